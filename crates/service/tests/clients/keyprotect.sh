#!/usr/bin/env bash
# Runs the integration suite that the PyPI package keyprotect 3.0.1 ships, unmodified, against the
# service. Takes about a minute and a half: the suite itself waits twice for 31 seconds.
. "$(dirname "$0")/lib.sh"
venv keyprotect-3.0.1 keyprotect==3.0.1 pytest cryptography
start_service

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
suite=$(ls -d "$work"/keyprotect-3.0.1/lib/python3*/site-packages/test/integration)
"$work/keyprotect-3.0.1/bin/pytest" -q -p no:cacheprovider \
  "$suite/test_ibm_key_protect_api_v2.py" | tee report.txt || { tail -40 service.log; exit 1; }
# 46 tests, of which the suite skips 6 by itself; anything else than 40 passed is a failure
grep -q '^40 passed, 6 skipped' report.txt || { echo "expected 40 passed, 6 skipped"; exit 1; }
