#!/usr/bin/env bash
# Sends generated requests to every operation of the served OpenAPI document, with ids that do not
# exist and then with a key that does: none may end in a server error, and every answer must be one
# that the document describes. SCHEMATHESIS_EXAMPLES says how many requests an operation gets in
# each of the two rounds; 30, about 3,600 in all, if it is not set, and 100 for more than 10,000.
. "$(dirname "$0")/lib.sh"
venv schemathesis-4 'schemathesis>=4,<5'
start_service
examples=${SCHEMATHESIS_EXAMPLES:-30}

field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$run/$1" "$2"; }
url=$(field ready.json url)
curl --silent --fail --output "$run/token.json" "$url/identity/token" --data-urlencode \
  "apikey=$(field ready.json apiKey)" \
  --data 'grant_type=urn:ibm:params:oauth:grant-type:apikey'
headers=(-H "Authorization: Bearer $(field token.json access_token)"
  -H "Bluemix-Instance: $(field ready.json instance)")
curl --silent --fail --output "$run/key.json" "$url/api/v2/keys" "${headers[@]}" --data \
  '{"metadata":{},"resources":[{"name":"root","extractable":false,"aliases":["orders"]}]}'

cd "$run"
# A new import token takes a busy machine longer than the 10 seconds that are waited by default.
round() {
  local name=$1
  shift
  "$work/schemathesis-4/bin/schemathesis" "$@" --phases fuzzing \
    --max-examples "$examples" --suppress-health-check all --no-color --request-timeout 60 \
    --checks not_a_server_error,status_code_conformance,response_schema_conformance \
    >"$name.log" 2>&1 || { tail -120 "$name.log"; tail -20 service.log; exit 1; }
  local count
  count=$(sed -n 's/^ *\([0-9]*\) generated, \([0-9]*\) passed$/\2/p' "$name.log")
  [ "${count:-0}" -gt 500 ] || { tail -60 "$name.log"; echo "too few requests"; exit 1; }
  echo "schemathesis-$name: $count passed, 0 failed"
}
round random run "$url/openapi.json" "${headers[@]}"
cat >schemathesis.toml <<'TOML'
[parameters]
"path.id" = "orders"
TOML
round key --config-file schemathesis.toml run "$url/openapi.json" "${headers[@]}" \
  --exclude-path-regex '/keys/\{id\}(/purge|/restore|/aliases/\{alias\}|/actions/disable)?$'
