#!/usr/bin/env bash
# Drives the service with two older clients, unmodified: PyPI keyprotect 2.3.1 (with redstone) and
# npm @ibm-cloud/ibm-key-protect 0.1.2.
. "$(dirname "$0")/lib.sh"
venv keyprotect-2.3.1 keyprotect==2.3.1
if [ ! -f "$work/node/complete" ]; then
  echo "installing @ibm-cloud/ibm-key-protect 0.1.2 into target/clients/node"
  mkdir -p "$work/node"
  (cd "$work/node" && npm init --yes >/dev/null &&
    npm install --ignore-scripts --no-audit --no-fund --silent @ibm-cloud/ibm-key-protect@0.1.2)
  touch "$work/node/complete"
fi
start_service
"$work/keyprotect-2.3.1/bin/python" "$clients/keyprotect_2.py" "$run/ready.json"
start_service
cp "$clients/node.mjs" "$work/node/drive.mjs"
node "$work/node/drive.mjs" "$run/ready.json"
