#!/bin/bash
# Build and test what is written in Java and Groovy for other programs, against the built server, or against that of RESTAIN_URL.
# Further arguments go to Maven.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

./setup.sh
if [ ! -f "$root/.next/BUILD_ID" ]; then
  echo "The server is not built: run node bootstrap.mjs build" >&2
  exit 1
fi

work=$(mktemp -d)
servers=()
stop() {
  [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
  [ ${#servers[@]} -eq 0 ] || wait "${servers[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

# serve NAME SETTING=VALUE...: starts a server on a free port and sets $url to its address.
serve() {
  local name=$1 port
  shift
  port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
  url=http://127.0.0.1:$port
  (cd "$root" && exec env LOG_LEVEL=warn REQUESTS_PER_MINUTE=100000 STORAGE_DIR="$work/$name" INFERENCE_PROVIDER=cpu "$@" \
    node node_modules/next/dist/bin/next start -H 127.0.0.1 -p "$port" >/dev/null) &
  servers+=($!)
  for _ in $(seq 600); do
    node -e "fetch('$url/api/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))" && return
    kill -0 "${servers[-1]}" 2>/dev/null || break
    sleep 0.2
  done
  echo "The server for the Java tests did not start." >&2
  exit 1
}

if [ -z "${RESTAIN_URL:-}" ]; then
  serve normal
  export RESTAIN_URL=$url
fi
# A server with one thread. After a second it answers with a task; one analysis may wait. Of larger images a part is chosen.
serve slow SYNC_LIMIT_SECONDS=1 POOL_THREADS=1 CONCURRENT_IMAGES=1 QUEUE_LIMIT=1 MAX_UPLOAD_BYTES=30MB MAX_PIXELS=5000000 \
  PUBLIC_URL=https://restain.example.org/lab
export RESTAIN_SLOW_URL=$url

Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
servers+=($!)
until [ -s "$work/display" ]; do
  kill -0 "${servers[-1]}"
  sleep 0.1
done
DISPLAY=:$(cat "$work/display")
export DISPLAY

# Offline once a run has succeeded with these files.
stamp=.repository/.poms
offline=()
poms=(pom.xml client/pom.xml ../imagej/pom.xml ../qupath/pom.xml)
if [ -f "$stamp" ] && cat "${poms[@]}" | cmp -s - "$stamp"; then offline=(--offline); fi
mvn --quiet --batch-mode --no-transfer-progress -Dmaven.repo.local="$PWD/.repository" "${offline[@]}" verify "$@"
cat "${poms[@]}" > "$stamp"

# The same sources and the same Java give the same bytes.
made_by() { unzip -p "$1" META-INF/MANIFEST.MF | tr -d '\r' | sed -n 's/^Build-Jdk-Spec: //p'; }
compare() {
  local built=$1 served=public/downloads/$2
  if [ -f "$served" ] && [ "$(made_by "$built")" != "$(made_by "$served")" ]; then
    echo "$2 is not compared: the served one was built by Java $(made_by "$served"), this one by Java $(made_by "$built")."
  elif ! cmp -s "$built" "$served"; then
    echo "The served $2 is not what its sources give. Run: cp $built $served" >&2
    exit 1
  fi
}
cd "$root"
compare integrations/java/client/target/restain-client-[0-9]*.jar restain-client.jar
compare integrations/imagej/target/ImageJ/plugins/Restain_.jar restain-imagej.jar
