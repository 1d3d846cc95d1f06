"""Whole slides, kept by the server."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import signal
import subprocess
import sys

import httpx
import pytest
from PIL import Image

import restain
from conftest import ROOT
from middlemen import hang_up, proxy, reply
from pictures import draw_field
from restain import RestainError
from restain.slides import RegionScore, scope_of

PART_BYTES = 8 * 2**20
# Rows 5 to 14 of the drawing: 150 brown nuclei of 300.
ROWS = {"type": "Polygon", "coordinates": [[[0, 200], [1200, 200], [1200, 600], [0, 600], [0, 200]]]}


def tiff_of(pixels, **more):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "TIFF", **more)
    return file.getvalue()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """30 x 25 nuclei at 0.25 µm per pixel, the upper 10 rows brown. Zeros at its end make it two parts."""
    path = tmp_path_factory.mktemp("slide") / "slide.tif"
    field = draw_field(columns=30, rows=25, brown=300)
    path.write_bytes(tiff_of(field, dpi=(101600, 101600)).ljust(PART_BYTES + 1000, b"\0"))
    return path


@pytest.fixture(scope="module")
def slide(url, file):
    """A slide with one region scored."""
    with restain.Client(url, timeout=120) as client:
        seen = []
        one = client.slide(file, accept_terms=True, progress=lambda share, stage: seen.append((share, stage)))
        assert [entry for entry in seen if entry[1] == "uploading"][-1] == (1.0, "uploading")
        one.ids = one.annotate(ROWS, "tumour", "rows")["ids"]
        one.change_settings(size_thresh=60)
        stages = []
        one.first = one.score(annotations=one.ids, progress=lambda share, stage: stages.append(stage))
        assert set(stages) <= {"waiting", "scoring"} and stages
        yield one
        one.delete()
        with pytest.raises(restain.RestainError) as caught:
            one.status()
        assert caught.value.code == "slide_not_found"


def test_numbers_are_those_of_the_region(slide):
    scores = slide.first
    assert (scores.tumour.total, scores.tumour.positive, scores.tumour.percent) == (300, 150, 50.0)
    alone = scores.tumour.tumour
    assert alone["num_total"] <= 300 and alone["made_by"] == "prior"
    low, high = scores.tumour.interval
    assert low < 50 < high and scores.tumour.is_complete
    (rows,) = [one for one in scores.annotations if one.id == slide.ids[0]]
    assert (rows.name, rows.total) == ("rows", 300) and rows.numbers["area_mm2"] == pytest.approx(0.03)
    assert scores.answer["thresholds"]["size_thresh"] == 60 and scores.answer["microns_per_pixel"] == 0.25
    assert "50.0 % positive" in repr(scores.tumour) and "nuclei" in repr(scores)
    assert [spots["size"] for spots in scores.hot_spots] and isinstance(scores.warnings, list)


@pytest.mark.parametrize(("place", "address"), [((0, 0), "A1"), ((1, 6), "B7"), ((27, 11), "AB12")])
def test_cores_are_known_by_their_address(place, address):
    row, column = place
    assert RegionScore({"core": {"row": row, "column": column}}).core == address
    assert RegionScore({"core": None}).core == ""


def test_nuclei_are_a_table_with_the_names_of_the_regions(slide):
    pytest.importorskip("pandas")
    nuclei = slide.nuclei()
    rows = nuclei[nuclei["regions"] == "rows"]
    assert (len(rows), rows["positive"].sum()) == (300, 150)
    assert ((rows["x"] % 40 - 20).abs() < 2).all() and rows["y"].between(200, 600).all()
    assert {"id", "intensity", "area_px", "area_um2", "marker_max", "od_mean"} <= set(nuclei.columns)
    assert rows["area_um2"].iloc[0] == pytest.approx(rows["area_px"].iloc[0] / 16, abs=0.1)


def test_nuclei_are_dictionaries_without_pandas(slide, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    nuclei = slide.nuclei()
    assert isinstance(nuclei, list) and isinstance(nuclei[0]["area_px"], int)
    assert sum(nucleus["positive"] for nucleus in nuclei if nucleus["regions"] == "rows") == 150


def test_files_are_saved_and_never_overwritten(slide, tmp_path):
    names = [slide.export("geojson", tmp_path, geojson_classes="grades").name for _ in range(2)]
    assert names == ["nuclei.geojson.gz", "nuclei-2.geojson.gz"]
    features = json.loads(gzip.decompress((tmp_path / names[0]).read_bytes()))["features"]
    assert {feature["properties"]["classification"]["name"] for feature in features} & {"1+", "2+", "3+"}
    for name in ("scores", "regions", "heatmap", "parquet"):
        assert slide.export(name, tmp_path).stat().st_size > 100
    inferred = slide.export("modalities", tmp_path, region=(0, 0, 240, 200))
    assert inferred.name == "modalities.ome.tif" and inferred.read_bytes()[:2] == b"II"
    with pytest.raises(restain.RestainError) as caught:
        slide.export("none.txt", tmp_path)
    assert caught.value.code == "not_found"
    with pytest.raises(TypeError, match="unknown option colour"):
        slide.export("csv", tmp_path, colour="red")
    tables = [slide.export("csv", tmp_path / "long", features=features) for features in ("all", "none")]
    assert ["feature_" in gzip.decompress(table.read_bytes()).decode() for table in tables] == [True, False]
    kinds = slide.export("geojson", tmp_path / "long", geojson_classes="kinds")
    assert ": Negative" in gzip.decompress(kinds.read_bytes()).decode()
    assert len(list(tmp_path.iterdir())) == 8


def test_annotations_are_added_and_removed(slide, tmp_path):
    before = slide.annotations()
    beyond = {"type": "Polygon", "coordinates": [[[1100, 0], [1300, 0], [1300, 40], [1100, 40], [1100, 0]]]}
    stated = {"name": "islets", "classification": {"name": "Stroma", "color": [1, 2, 3]}}
    feature = {"type": "Feature", "geometry": beyond, "properties": stated}
    added = slide.annotate({"type": "FeatureCollection", "features": [feature]}, "tumour")
    assert "cut at the edge" in added["message"] and len(added["ids"]) == 1
    assert slide.annotations()[-1]["name"] == "islets" and slide.annotations()[-1]["class"] == "stroma"

    class Shape:
        __geo_interface__ = ROWS

    (tmp_path / "rows.geojson").write_text(json.dumps(ROWS))
    corners = "".join(f'<Vertex X="{x}" Y="{y}"/>' for x, y in ((0, 0), (80, 0), (80, 80)))
    region = f"<Regions><Region><Vertices>{corners}</Vertices></Region></Regions>"
    xml = f"<Annotations><Annotation>{region}</Annotation></Annotations>"
    for regions in ([Shape(), ROWS], json.dumps(ROWS), tmp_path / "rows.geojson", str(tmp_path / "rows.geojson"), xml):
        added["ids"] += slide.annotate(regions)["ids"]
    assert len(added["ids"]) == 7
    assert {one["class"] for one in slide.annotations()[len(before) + 1 :]} == {"other"}
    slide.remove_annotations(added["ids"])
    assert slide.annotations() == before


def test_an_upload_goes_on_where_a_lost_connection_ended_it(url, file):
    """The third request sends the first part. After it there is no server any more."""
    with proxy(url, None, None, None, hang_up, hang_up) as address, restain.Client(address, retries=1) as client:
        client._http.close()
        client._http = httpx.Client(base_url=address, limits=httpx.Limits(max_keepalive_connections=0))
        with pytest.raises(restain.RestainError) as caught:
            client.slide(file, accept_terms=True)
        assert caught.value.code == "unreachable"
        begun = re.search(r'id="([^"]+)"', str(caught.value)).group(1)
        shares = []
        slide = client.slide(
            file, id=begun, progress=lambda share, stage: shares.append(share) if stage == "uploading" else None
        )
        assert shares == [1.0] and slide.status()["state"] == "ready"
        slide.delete()


def test_the_asynchronous_twin_scores_the_same_slide(url, slide, tmp_path):
    async def work():
        async with restain.AsyncClient(url) as client:
            twin = await client.slide(id=slide.address)
            scores = await twin.score(annotations=slide.ids)
            path = await twin.export("scores", tmp_path)
            added = await twin.annotate(ROWS, "stroma")
            await twin.remove_annotations(added["ids"])
            nuclei = await twin.nuclei()
            # All of the sample would take a minute: it has not ended when it is cancelled.
            other = await client.slide(sample="slide-ki67")
            begun = asyncio.Event()
            scoring = asyncio.ensure_future(other.score(progress=lambda *_: begun.set()))
            await asyncio.wait_for(begun.wait(), 60)
            scoring.cancel()
            with pytest.raises(asyncio.CancelledError):
                await scoring
            state = (await other.status())["scoring"]["state"]
            await other.delete()
            return scores, path, nuclei, state

    scores, path, nuclei, state = asyncio.run(work())
    assert scores.tumour.positive == 150 and len(nuclei) >= 300 and state == "cancelled"
    assert json.loads(path.read_text())["tumour"]["num_total"] == 300


def test_a_sample_needs_no_terms_and_ctrl_c_stops_its_scoring(client):
    def interrupt(*_):
        raise KeyboardInterrupt

    sample = client.slide(sample="slide-ki67")
    assert sample.status()["slide"]["width"] == 8000
    with pytest.raises(KeyboardInterrupt):
        sample.score(progress=interrupt)
    assert sample.status()["scoring"]["state"] == "cancelled"
    sample.delete()
    with pytest.raises(restain.RestainError) as caught:
        client.slide(sample="slide-none")
    assert caught.value.code == "not_found"


def test_what_cannot_be_a_slide_is_refused_and_leaves_nothing(client, file):
    with pytest.raises(ValueError, match="terms"):
        client.slide(file)
    with pytest.raises(ValueError, match="one of image"):
        client.slide(file, sample="slide-ki67")
    with pytest.raises(ValueError, match="state an image"):
        client.slide()
    with pytest.raises(ValueError, match="id of a slide"):
        client.slide(id="http://localhost/")
    with pytest.raises(restain.RestainError) as caught:
        client.slide(b"no slide", accept_terms=True)
    assert caught.value.code == "unreadable_image"


def test_without_a_pixel_size_the_server_asks_for_it(client):
    slide = client.slide(tiff_of(draw_field()), accept_terms=True)
    with pytest.raises(restain.RestainError) as caught:
        slide.score()
    assert caught.value.status == 409 and "microns_per_pixel" in str(caught.value)
    slide.delete()


def test_a_page_of_a_proxy_is_no_slide(url):
    with proxy(url, reply("200 OK", "[]", "application/json")) as address, restain.Client(address) as client:
        with pytest.raises(restain.RestainError) as caught:
            client.slide(id="A" * 22).status()
    assert caught.value.code == "unexpected_answer"


def test_regions_that_are_no_polygons_are_refused(slide, tmp_path):
    with pytest.raises(ValueError, match="GeoJSON"):
        slide.annotate("{")
    with pytest.raises(ValueError, match="got int"):
        slide.annotate(7)
    with pytest.raises(ValueError, match="tumor"):
        slide.annotate(ROWS, "tumor")
    with pytest.raises(FileNotFoundError):
        slide.annotate(tmp_path / "away.geojson")
    with pytest.raises(restain.RestainError) as caught:
        slide.annotate({"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {}})
    assert caught.value.status == 400 and len(caught.value.detail) > 15


def test_a_scope_that_there_is_not_is_refused():
    for stated in ({"scope": "all"}, {"rectangle": (1, 2, 3)}, {"scope": "slide", "annotations": ["a"]}):
        with pytest.raises(ValueError):
            scope_of(**{"scope": None, "annotations": None, "rectangle": None, **stated})
    assert scope_of(None, None, None) == {"kind": "slide"}


@pytest.mark.parametrize(("document", "library"), [("README.md", "restain"), ("docs/api.md", "requests")])
def test_the_scripts_of_the_documents_score_a_slide(url, document, library, tmp_path):
    pytest.importorskip(library)
    text = (ROOT / document).read_text(encoding="utf-8")
    (script,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "slide.svs" in block]
    (tmp_path / "slide.svs").write_bytes(tiff_of(draw_field(), dpi=(101600, 101600)))
    program = [sys.executable, "-c", script.replace("http://localhost:3000", url)]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    percent, total = done.stdout.split()[:2]
    assert 0 < float(percent) <= 100 and 0 < int(total) <= 30


def run(*arguments):
    command = [sys.executable, "-m", "restain", "slide", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_the_command_scores_a_slide_and_leaves_nothing(url, client, file, tmp_path):
    regions = tmp_path / "regions.geojson"
    regions.write_text(json.dumps({"type": "Feature", "geometry": ROWS, "properties": {"name": "rows"}}))
    done = run(
        *(file, "--accept-terms", "--server", url, "--annotations", regions, "--out", tmp_path / "out"),
        *("--format", "csv", "--format", "scores", "--size-thresh", "60"),
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "rows: 50.0 % positive" in lines[0] and "150 of 300" in lines[0]
    assert lines[-2:] == [str(tmp_path / "out/nuclei.csv.gz"), str(tmp_path / "out/scores.json")]
    answer = json.loads((tmp_path / "out/scores.json").read_text())
    assert answer["thresholds"]["size_thresh"] == 60
    (address,) = re.findall(r"The slide is at (\S+)", done.stderr)
    with pytest.raises(RestainError) as caught:
        client.slide(id=address).status()
    assert caught.value.code == "slide_not_found"


def test_the_command_keeps_a_slide_on_request_and_goes_on_with_it(url, client, tmp_path):
    small = tmp_path / "small.tif"
    small.write_bytes(tiff_of(draw_field()))
    kept = run(
        small, "--accept-terms", "--server", url, "--keep", "--rectangle", "0,0,240,200", "--microns-per-pixel", "0.25"
    )
    assert kept.returncode == 0, kept.stderr
    address = kept.stdout.split()[-1]
    assert address.startswith(f"{url}/slides/")
    part = ("--rectangle", "0,0,240,200", "--format", "modalities", "--out", tmp_path)
    again = run(address, "--marker", "cd3", *part)
    assert again.returncode == 0 and (tmp_path / "modalities.ome.tif").exists(), again.stderr
    there = client.slide(id=address)
    assert there.scores().slide.tumour is None
    there.change_settings(marker="er")
    assert there.scores().slide.tumour["num_total"] <= 30
    with pytest.raises(restain.RestainError) as caught:
        there.change_settings(classifier={"schema": "other/1"})
    assert caught.value.code == "invalid_option"
    client.slide(id=address).delete()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["{file}"], "--accept-terms"),
        (["{file}/away", "--accept-terms"], "away"),
        (["{file}", "--accept-terms", "--rectangle", "1,2"], "x,y,width,height"),
        (["{file}", "--accept-terms", "--server", "localhost"], "http"),
        (["{file}", "--accept-terms", "--annotations", "{file}"], "GeoJSON"),
        (["{file}", "--accept-terms", "--format", "xls"], "--format must be one of"),
        (["{file}", "--accept-terms", "--format", "modalities"], "--rectangle"),
        (["{file}", "--accept-terms", "--scope", "tumour", "--rectangle", "0,0,9,9"], "give one"),
    ],
)
def test_a_command_that_cannot_run_says_why(url, file, arguments, why):
    refused = run(*(argument.format(file=file) for argument in arguments))
    assert refused.returncode == 2 and why in refused.stderr and "Traceback" not in refused.stderr


def test_ctrl_c_in_the_command_leaves_nothing(url):
    file = ROOT / "public/samples/slide-ki67.tif"
    command = [sys.executable, "-m", "restain", "slide", str(file), "--accept-terms", "--server", url]
    program = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        # A shell has its programs in the background ignore Ctrl-C, the tests and this one among them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    line = program.stderr.readline()
    assert "slides/" in line
    program.send_signal(signal.SIGINT)
    _, message = program.communicate(timeout=60)
    assert program.returncode == 130 and "Traceback" not in message
    with restain.Client(url) as client, pytest.raises(restain.RestainError) as caught:
        client.slide(id=line.split()[-1]).status()
    assert caught.value.code == "slide_not_found"
