"""The package: a wheel with types, and a page of documentation."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import restain

PACKAGE = Path(__file__).parents[1]


@pytest.mark.long
def test_a_wheel_builds_and_holds_the_types(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(PACKAGE)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"restain-{restain.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert "restain/py.typed" in names and "restain/cli.py" in names
        assert "restain/napari.yaml" in names and "restain/_napari/widget.py" in names
        entry = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
        assert "restain = restain.cli:main" in entry


@pytest.mark.long
def test_the_documentation_is_made_of_the_docstrings(tmp_path):
    subprocess.run([sys.executable, "-m", "pdoc", "restain", "-o", str(tmp_path)], check=True, capture_output=True)
    page = (tmp_path / "restain.html").read_text(encoding="utf-8")
    for name in restain.__all__:
        assert f'id="{name}"' in page, name
