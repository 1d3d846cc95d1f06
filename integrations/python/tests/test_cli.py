"""`restain score`, run as a program."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from conftest import free_port
from pictures import draw_field, png_of, save_field
from restain.table import COLUMNS


def run(*arguments, **more):
    command = [sys.executable, "-m", "restain", "score", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **more)


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return {row["image"]: row for row in csv.DictReader(file)}


@pytest.fixture
def fields(tmp_path):
    folder = tmp_path / "fields"
    for number in range(3):
        save_field(folder / f"{number}.png", brown=10 * number)
    save_field(folder / "below" / "a, [b] é.png", brown=5)
    (folder / "broken.tif").write_bytes(b"II*\0 and no more")
    return folder


def test_one_row_per_image_and_a_second_run_continues(url, fields, tmp_path):
    out, overlays = tmp_path / "results.csv", fields / "overlays"
    arguments = (fields, "--server", url, "--out", out, "--resolution", "40x", "--save", overlays)
    first = run(*arguments)
    assert first.returncode == 1, first.stderr
    assert "4 scored, 1 failed" in first.stderr and "broken.tif" in first.stderr and "unreadable_image" in first.stderr
    rows = rows_of(out)
    assert set(rows) == {f"fields/{name}" for name in ("0.png", "1.png", "2.png", "broken.tif", "below/a, [b] é.png")}
    one = rows["fields/1.png"]
    assert (one["total"], one["positive"], one["percent"], one["error"]) == ("30", "10", "33.3", "")
    assert float(one["low"]) < 33.3 < float(one["high"])
    assert len(one["sha256"]) == 64 and one["microns_per_pixel"] == "0.25" and one["model"] and one["software"]
    assert "(unreadable_image)" in rows["fields/broken.tif"]["error"] and rows["fields/broken.tif"]["total"] == ""
    assert sorted(path.name for path in overlays.iterdir()) == sorted(
        f"{name}.overlay.png" for name in ("0.png", "1.png", "2.png", "a, [b] é.png")
    )

    # The broken file is repaired, one is changed, one is new. The others and the overlays are skipped.
    save_field(fields / "broken.tif", brown=1)
    save_field(fields / "2.png", brown=2)
    save_field(fields / "3.png", brown=3)
    second = run(*arguments)
    assert second.returncode == 0, second.stderr
    assert "3 scored, 3 done before" in second.stderr
    rows = rows_of(out)
    assert len(rows) == 6 and len(out.read_text(encoding="utf-8").splitlines()) == 7
    expected = {"1.png": "10", "2.png": "2", "3.png": "3", "broken.tif": "1"}
    assert {name: rows[f"fields/{name}"]["positive"] for name in expected} == expected
    assert (overlays / "2.png-2.overlay.png").exists()

    third = run(*arguments, cwd=fields)
    assert third.returncode == 0 and "0 scored, 6 done before" in third.stderr


def test_the_numbers_of_the_tumour_are_columns_where_the_marker_allows_them(url, fields, tmp_path):
    arguments = (fields / "1.png", "--server", url, "--resolution", "40x")
    assert run(*arguments, "--out", tmp_path / "ki67.csv", "--marker", "ki67").returncode == 0
    (row,) = rows_of(tmp_path / "ki67.csv").values()
    total, positive = int(row["tumour_total"]), int(row["tumour_positive"])
    assert 0 <= positive <= total <= 30
    if total:
        assert float(row["tumour_low"]) <= float(row["tumour_percent"]) <= float(row["tumour_high"])
    assert run(*arguments, "--out", tmp_path / "cd3.csv", "--marker", "cd3").returncode == 0
    (row,) = rows_of(tmp_path / "cd3.csv").values()
    assert (row["total"], row["tumour_total"], row["tumour_percent"], row["tumour_high"]) == ("30", "", "", "")
    assert (row["membrane_tps"], row["membrane_cps"], row["her2_pattern"]) == ("", "", "")


def test_membranes_are_columns_where_they_are_measured(url, fields, tmp_path):
    arguments = (fields / "1.png", "--server", url, "--resolution", "40x", "--out", tmp_path / "pdl1.csv")
    assert run(*arguments, "--marker", "pdl1").returncode == 0
    (row,) = rows_of(tmp_path / "pdl1.csv").values()
    assert 0 <= float(row["membrane_tps"]) <= 100
    assert run(*arguments, "--marker", "pdl1", "--measure", "nuclei", "--restart").returncode == 0
    (row,) = rows_of(tmp_path / "pdl1.csv").values()
    assert row["membrane_tps"] == "" and row["total"] == "30"


def test_other_settings_do_not_mix_with_earlier_rows(url, fields, tmp_path):
    out = tmp_path / "results.csv"
    assert run(fields / "0.png", "--server", url, "--out", out, "--resolution", "40x").returncode == 0
    before = out.read_text()
    other = run(fields / "0.png", "--server", url, "--out", out, "--resolution", "20x")
    assert other.returncode == 2 and "other settings" in other.stderr and "--restart" in other.stderr
    assert out.read_text() == before
    again = run(fields / "0.png", "--server", url, "--out", out, "--resolution", "20x", "--restart")
    assert again.returncode == 0 and '""20x""' in out.read_text()


def test_a_table_of_another_program_is_not_changed(url, fields, tmp_path):
    out = tmp_path / "mine.csv"
    for text in ("a,b\n1,2\n", 'a,"b\n'):
        out.write_text(text)
        refused = run(fields, "--server", url, "--out", out)
        assert refused.returncode == 2 and "mine.csv" in refused.stderr
        assert out.read_text() == text


def test_a_row_that_was_cut_off_is_scored_again(url, fields, tmp_path):
    out = tmp_path / "results.csv"
    arguments = (fields / "0.png", fields / "1.png", "--server", url, "--out", out, "--resolution", "40x")
    assert run(*arguments).returncode == 0
    out.write_text(out.read_text()[:-40])
    again = run(*arguments)
    assert again.returncode == 0 and "1 scored, 1 done before" in again.stderr
    assert len(rows_of(out)) == 2


def test_a_whole_result_is_saved_on_request(url, fields, tmp_path):
    arguments = (fields / "1.png", "--server", url, "--out", tmp_path / "r.csv", "--resolution", "40x", "--restart")
    for _ in range(2):
        assert run(*arguments, "--save-results", tmp_path / "all").returncode == 0
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["1.png", "1.png-2"]
    assert (tmp_path / "all/1.png/nuclei.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["{fields}", "--server", "localhost:3000"], "http"),
        (["{fields}/away"], "does not exist"),
        (["{empty}"], "no image"),
        (["{fields}", "--jobs", "0"], "at least 1"),
        (["{fields}", "--header", "no colon"], "NAME: VALUE"),
        (["{fields}", "--server", "{away}"], "unreachable"),
        (["{fields}", "--out", "{fields}"], "directory"),
    ],
)
def test_what_cannot_run_says_why_before_the_first_image(fields, tmp_path, arguments, why):
    (tmp_path / "empty").mkdir()
    names = {"fields": fields, "empty": tmp_path / "empty", "away": f"http://127.0.0.1:{free_port()}"}
    refused = run(*(argument.format(**names) for argument in arguments), cwd=tmp_path)
    assert refused.returncode == 2 and why in refused.stderr and "Traceback" not in refused.stderr
    assert not (tmp_path / "results.csv").exists()


def test_ctrl_c_keeps_what_is_done(url, tmp_path):
    folder, out = tmp_path / "fields", tmp_path / "results.csv"
    save_field(folder / "a.png")
    (folder / "b.png").write_bytes(png_of(np.tile(draw_field(noise=0), (20, 16, 1))))
    command = [sys.executable, "-m", "restain", "score", str(folder), "--server", url, "--out", str(out)]
    program = subprocess.Popen(
        [*command, "--resolution", "40x", "--jobs", "1"],
        stderr=subprocess.PIPE,
        text=True,
        # A shell has its programs in the background ignore Ctrl-C, the tests and this one among them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    end = time.monotonic() + 60
    while not (out.exists() and len(out.read_text().splitlines()) == 2) and time.monotonic() < end:
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    _, message = program.communicate(timeout=30)
    assert program.returncode == 130 and "run the same command to continue" in message and "Traceback" not in message
    assert rows_of(out)["fields/a.png"]["total"] == "30"


def test_a_row_has_the_columns_that_are_documented(url, fields, tmp_path):
    out = tmp_path / "results.csv"
    assert run(fields / "0.png", "--server", url, "--out", out, "--quiet").stderr == ""
    assert out.read_text().splitlines()[0] == ",".join(COLUMNS)
    assert "pixel_size_assumed" in rows_of(out)["fields/0.png"]["warnings"]
