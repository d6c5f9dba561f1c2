# Shared by the scripts beside it: builds the service, starts it on an empty directory and waits
# until it listens. Everything the clients need goes into target/clients.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../../.."
clients="$PWD/crates/service/tests/clients"
work="$PWD/target/clients"
mkdir -p "$work"

# A virtual environment with the packages that are named, made once.
venv() {
  local name=$1
  shift
  if [ ! -f "$work/$name/complete" ]; then
    echo "installing $* into target/clients/$name"
    rm -rf "${work:?}/$name"
    python3 -m venv "$work/$name"
    "$work/$name/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "$work/$name/complete"
  fi
}

# Stops the service, if it runs, and removes what it kept.
stop_service() {
  [ -n "${run:-}" ] || return 0
  kill "$service" 2>/dev/null || true
  wait "$service" 2>/dev/null || true
  rm -rf "$run"
  run=
}

# Starts the service on an empty directory; what it says once it listens is in $run/ready.json.
start_service() {
  cargo build --quiet --package tsutsumi-service
  local target
  target=$(cargo metadata --format-version 1 --no-deps |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
  stop_service
  run=$(mktemp -d)
  "$target/debug/tsutsumi-service" serve --listen 127.0.0.1:0 --data "$run/data" --ready-json \
    >"$run/ready.json" 2>"$run/service.log" &
  service=$!
  trap stop_service EXIT
  for _ in $(seq 100); do
    [ -s "$run/ready.json" ] && return
    sleep 0.1
  done
  echo "the service did not start"
  cat "$run/service.log"
  exit 1
}
