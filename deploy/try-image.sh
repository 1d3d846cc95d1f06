#!/bin/bash
# Tries an image that deploy/build-image.sh has built, without a container engine: its files as a root that cannot be
# written, as uid 10001, with a scratch folder for /tmp and /app/.restain. Posts pictures, and says what came of each.
# Needs root and buildah.
#
#   deploy/try-image.sh [NAME] [PORT] [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-restain:local} port=${2:-3990}
files=("${@:3}")
[ ${#files[@]} -gt 0 ] || files=(public/samples/cd3.jpg)
export STORAGE_DRIVER=vfs
store=${STORE:-/var/tmp/restain-buildah}
buildah() { command buildah --root "$store/root" --runroot "$store/run" "$@"; }
container=$(buildah from --pull-never "$name")
root=$(buildah mount "$container")
server=
# `inside` is a shell, whose child is unshare, which hands on no signal. $ended: how the server in it has ended.
end_server() {
  kill "$(pgrep -P "$(pgrep -P "$server")")"
  ended=0
  wait "$server" || ended=$?
  server=
}
clean() {
  [ -z "$server" ] || end_server || true
  buildah umount "$container" >/dev/null; buildah rm "$container" >/dev/null
}
trap clean EXIT

# Runs a command in the image. What it mounts is gone with it.
inside() {
  unshare --mount --fork --kill-child sh -euc '
    root=$1; shift
    mount --bind "$root" "$root"
    mount -o remount,bind,ro "$root"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -t tmpfs -o uid=10001 tmpfs "$root/app/.restain"
    mount -t tmpfs tmpfs "$root/dev"; touch "$root/dev/null" "$root/dev/urandom"
    mount --bind /dev/null "$root/dev/null"; mount --bind /dev/urandom "$root/dev/urandom"
    mount -t proc proc "$root/proc"
    exec chroot --userspec=10001:10001 "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp \
      NODE_ENV=production BIOFORMATS_DIR=/app/bioformats OPENSLIDE_DIR=/app/openslide FORMATS=off \
      INFERENCE_PROVIDER=cpu "PORT=$PORT" \
      sh -c "cd /app && exec \"\$@\"" sh "$@"
  ' sh "$root" "$@"
}
export PORT=$port

echo "uid: $(inside id -u); Node $(inside node --version)"
inside sh -c 'touch /app/x 2>/dev/null' && { echo 'FAULT: /app can be written' >&2; exit 1; }
echo 'root file system: read-only'
for file in LICENSE NOTICE third-party-licences.txt; do
  [ -s "$root/app/$file" ] || { echo "FAULT: no /app/$file" >&2; exit 1; }
done
echo "licences: $(wc -c < "$root/app/third-party-licences.txt") bytes; Debian packages without one: $(
  for package in $(cut -d' ' -f1 "$root/app/debian-packages.txt"); do
    [ -e "$root/usr/share/doc/$package/copyright" ] || printf '%s ' "$package"
  done | wc -w)"
echo "parts in the SBOM: $(grep -c '"purl"' "$root/app/sbom.cdx.json"), Debian packages: $(wc -l < "$root/app/debian-packages.txt")"
inside env LOG_LEVEL=silent node .workers/doctor.mjs
inside node server.js > "$store/try.log" 2>&1 &
server=$!
for _ in $(seq 120); do
  curl -fsS "http://127.0.0.1:$port/api/health/ready" 2>/dev/null && break
  sleep 1
done
echo
curl -fsS "http://127.0.0.1:$port/api/health" | head -c 200
echo
for file in "${files[@]}"; do
  answer=$(curl -sS "http://127.0.0.1:$port/api/infer?slim&resolution=40x" -F "img=@$file")
  echo "$(basename "$file"): $(grep -oE '"scoring":\{"num_total":[0-9]+' <<< "$answer" || echo "FAULT: ${answer:0:500}")"
done
end_server
echo "after SIGTERM: exit code $ended"
buildah images --format '{{.Name}}:{{.Tag}} {{.Size}}' "$name"
