#!/usr/bin/env bash
# Runs the integration suite that the PyPI package keyprotect 3.0.1 ships, unmodified, against the
# service. Everything it needs goes into target/clients. Takes about a minute and a half: the suite
# itself waits twice for 31 seconds.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
work="$PWD/target/clients"
venv="$work/keyprotect-3.0.1"
mkdir -p "$work"

if [ ! -x "$venv/bin/pytest" ]; then
  echo "installing keyprotect 3.0.1 into target/clients"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check \
    keyprotect==3.0.1 pytest cryptography
fi
cargo build --quiet --package tsutsumi-service
target=$(cargo metadata --format-version 1 --no-deps |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')

run=$(mktemp -d)
"$target/debug/tsutsumi-service" serve --listen 127.0.0.1:0 --data "$run/data" --ready-json \
  >"$run/ready.json" 2>"$run/service.log" &
service=$!
trap 'kill "$service" 2>/dev/null || true; rm -rf "$run"' EXIT
for _ in $(seq 100); do
  [ -s "$run/ready.json" ] && break
  sleep 0.1
done

cd "$run"
python3 - <<'PY'
import json

ready = json.load(open("ready.json"))
with open("ibm_key_protect_api_v2.env", "w") as env:
    for name, value in {
        "URL": ready["url"],
        "AUTH_URL": ready["url"],
        "AUTH_TYPE": "iam",
        "APIKEY": ready["apiKey"],
        "BLUEMIX_INSTANCE": ready["instance"],
    }.items():
        env.write(f"IBM_KEY_PROTECT_API_{name}={value}\n")
PY
suite=$("$venv/bin/python" -c 'import test.integration as t; print(list(t.__path__)[0])' 2>/dev/null ||
  ls -d "$venv"/lib/python3*/site-packages/test/integration)
# 46 tests, of which the suite skips 6 by itself; anything else than 40 passed is a failure
"$venv/bin/pytest" -q -p no:cacheprovider "$suite/test_ibm_key_protect_api_v2.py" "$@" |
  tee "$run/report.txt" || { tail -40 "$run/service.log"; exit 1; }
[ $# -gt 0 ] || grep -q '^40 passed, 6 skipped' "$run/report.txt" ||
  { echo "expected 40 passed, 6 skipped"; exit 1; }
