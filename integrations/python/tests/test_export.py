"""Files of a stored result."""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
import sys
import zipfile

import pytest

import restain
from middlemen import hang_up, proxy, reply
from pictures import draw_field
from restain.exports import server_of


@pytest.fixture(scope="module")
def stored(url):
    """A result that the server keeps."""
    with restain.Client(url) as client:
        result = client.analyse(draw_field(), accept_terms=True, resolution="40x", pictures=[], hot_spot_nuclei=4)
        yield result
        client.delete(result.analysis_id)


def rows_of(path, **options):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file, **options))


def test_every_file_of_a_result_is_saved(client, stored, tmp_path):
    for name, file in restain.EXPORTS.items():
        path = client.export(stored.analysis_id, name, tmp_path / "new")
        assert path.parent == tmp_path / "new" and path.stat().st_size > 100
        assert path.name == file or (name == "all" and path.name.startswith("restain-"))
    nuclei = rows_of(tmp_path / "new" / "nuclei.csv")
    assert (len(nuclei), sum(row["class"] == "positive" for row in nuclei)) == (30, 10)
    scoring = json.loads((tmp_path / "new" / "scoring.json").read_text())
    assert scoring["scoring"]["num_pos"] == 10
    assert (scoring["h_score"], scoring["hot_spot"]) == (stored.h_score, stored.hot_spot)
    (archive,) = (tmp_path / "new").glob("restain-*.zip")
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        assert set(opened.namelist()) >= {"report.pdf", "nuclei.csv", "Original.png", "SegOverlaid.png"}


def test_options_and_pictures(client, stored, tmp_path):
    assert client.export(stored.analysis_id, "Seg", tmp_path).read_bytes()[1:4] == b"PNG"
    table = client.export(f"{client.url}/analyses/{stored.analysis_id}", "csv", tmp_path, csv="semicolon")
    assert len(rows_of(table, delimiter=";")) == 30
    graded = client.export(stored.analysis_id, "geojson", tmp_path, geojson_classes="grades", coordinates="slide")
    assert json.loads(graded.read_text())["restain"]["coordinates"] == "slide"
    assert '"name":"Positive"' not in graded.read_text()
    assert not [name for name in rows_of(table, delimiter=";")[0] if name.startswith("feature_")]
    long = client.export(stored.analysis_id, "csv", tmp_path, features="all")
    assert len([name for name in rows_of(long)[0] if name.startswith("feature_")]) > 10
    with pytest.raises(TypeError, match="unknown option colour"):
        client.export(stored.analysis_id, "csv", tmp_path, colour="red")


def test_the_address_of_a_slide_is_told_from_that_of_a_result(client, url, tmp_path):
    with pytest.raises(restain.RestainError, match="restain slide") as raised:
        client.export(f"{url}/slides/{'A' * 22}", "csv", tmp_path)
    assert raised.value.code == "analysis_not_found"


def test_nothing_is_overwritten_and_nothing_unfinished_is_left(client, stored, tmp_path):
    names = [client.export(stored.analysis_id, "scoring", tmp_path).name for _ in range(2)]
    assert names == ["scoring.json", "scoring-2.json"]
    for identity, name, code in (("A" * 22, "csv", "analysis_not_found"), (stored.analysis_id, "a.b", "not_found")):
        with pytest.raises(restain.RestainError) as caught:
            client.export(identity, name, tmp_path)
        assert caught.value.code == code
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scoring-2.json", "scoring.json"]


def test_a_lost_connection_is_tried_again_and_a_page_of_a_proxy_is_no_file(url, stored, tmp_path):
    with proxy(url, hang_up) as address, restain.Client(address) as client:
        assert len(rows_of(client.export(stored.analysis_id, "csv", tmp_path))) == 30
    with proxy(url, reply("200 OK", "<html>", "text/html")) as address, restain.Client(address) as client:
        with pytest.raises(restain.RestainError) as caught:
            client.export(stored.analysis_id, "csv", tmp_path)
        assert caught.value.code == "unexpected_answer"
    assert [path.name for path in tmp_path.iterdir()] == ["nuclei.csv"]


def test_the_asynchronous_client_saves_the_same(url, stored, tmp_path):
    async def fetch():
        async with restain.AsyncClient(url) as client:
            with pytest.raises(restain.RestainError):
                await client.export(stored.analysis_id, "none.txt", tmp_path)
            return await client.export(stored.analysis_id, "csv", tmp_path)

    assert len(rows_of(asyncio.run(fetch()))) == 30


@pytest.mark.parametrize(
    ("stored", "server"),
    [
        ("https://h.example/analyses/5cT2nX0hY1dQk3VJw9rZbA", "https://h.example"),
        ("http://h.example:81/lab/slides/5cT2nX0hY1dQk3VJw9rZbA/?a=b#c", "http://h.example:81/lab"),
        ("5cT2nX0hY1dQk3VJw9rZbA", None),
        ("slides/slide.svs", None),
    ],
)
def test_the_address_of_a_page_names_its_server(stored, server):
    assert server_of(stored) == server


def run(*arguments):
    command = [sys.executable, "-m", "restain", "export", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_command_saves_what_is_asked_for_and_says_where(url, stored, tmp_path):
    done = run(stored.analysis_id, "--server", url, "--out", tmp_path, "--format", "csv", "--format", "Seg")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "nuclei.csv"), str(tmp_path / "Seg.png")]
    address = run(f"{url}/analyses/{stored.analysis_id}", "--out", tmp_path, "--format", "csv", "--features", "all")
    assert address.returncode == 0 and "feature_" in (tmp_path / "nuclei-2.csv").read_text().splitlines()[0]
    everything = run(stored.analysis_id, "--server", url, "--out", tmp_path / "all")
    assert everything.returncode == 0 and zipfile.is_zipfile(everything.stdout.strip())


def test_an_id_that_begins_with_a_dash_is_no_option(url, tmp_path):
    for stored in ("-_b3Rb2HAAAAAAAAAAAAAA", "--b3Rb2HAAAAAAAAAAAAAA"):
        done = run(stored, "--server", url, "--out", tmp_path)
        assert done.returncode == 1 and "analysis_not_found" in done.stderr, done.stderr


def test_the_command_goes_on_after_a_failure_and_says_why(url, stored, tmp_path):
    some = run("A" * 22, stored.analysis_id, "--server", url, "--out", tmp_path, "--format", "scoring")
    assert some.returncode == 1 and "analysis_not_found" in some.stderr and "Traceback" not in some.stderr
    assert (tmp_path / "scoring.json").exists()
    refused = run(stored.analysis_id, "--server", "localhost")
    assert refused.returncode == 2 and "http" in refused.stderr
