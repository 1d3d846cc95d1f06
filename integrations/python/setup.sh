#!/bin/sh
# Make .venv with the client and what its tests need. Does nothing when all of it is there.
set -eu
cd "$(dirname "$0")"

if ! /usr/bin/python3 -c "import ensurepip, venv" 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
  else
    echo "The Python client's tests need: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi

stamp=.venv/.requirements
if [ ! -f "$stamp" ] || ! cat pyproject.toml requirements.txt | cmp -s - "$stamp"; then
  /usr/bin/python3 -m venv --system-site-packages .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e .
  cat pyproject.toml requirements.txt > "$stamp"
fi
# Libraries of the system that Qt needs, for the plugin of napari.
if ! .venv/bin/python -c "import PyQt6.QtWidgets" 2>/dev/null; then
  libraries="libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0 libxkbcommon0"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $libraries
  else
    echo "The tests of the napari plugin need: sudo apt-get install $libraries" >&2
    exit 1
  fi
fi
