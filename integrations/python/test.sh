#!/bin/sh
# Lint, check and test the Python client against the built server, or against that of RESTAIN_URL.
set -eu
cd "$(dirname "$0")"
./setup.sh
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
exec .venv/bin/python -m pytest -q "$@"
