#!/bin/sh
# Lint and test the training package.
set -eu
cd "$(dirname "$0")"
./setup.sh
.venv/bin/ruff check .
exec .venv/bin/python -m pytest -q "$@"
