#!/bin/sh
# Make training/.venv: Debian's PyTorch, scikit-image and pytest, and the pinned packages of
# requirements.txt on top. Does nothing when all of it is there.
set -eu
cd "$(dirname "$0")"
packages="python3-venv python3-torch python3-skimage python3-scipy python3-pil python3-pytest"

has_debian_part() {
  /usr/bin/python3 -c "import ensurepip, venv, torch, skimage, scipy, PIL, pytest" 2>/dev/null
}

if ! has_debian_part; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
  fi
  if ! has_debian_part; then
    echo "training needs Debian packages. Install them with:" >&2
    echo "  sudo apt-get install $packages" >&2
    exit 1
  fi
fi

stamp=.venv/.requirements
if [ ! -f "$stamp" ] || ! cmp -s requirements.txt "$stamp"; then
  /usr/bin/python3 -m venv --system-site-packages .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
  site=$(.venv/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")
  echo "$PWD/src" > "$site/restain_training.pth" # the package itself, straight from its sources
  cp requirements.txt "$stamp"
fi
