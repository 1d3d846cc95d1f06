"""One image: kinds of input, options, and the result."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys

import numpy as np
import pytest
from PIL import Image

import restain
from conftest import ROOT
from pictures import draw_field, png_of, save_field
from restain.result import Result

FIELD = draw_field()


@pytest.fixture(scope="module")
def result(url):
    with restain.Client(url) as client:
        return client.score(FIELD, resolution="40x")


def test_numbers_are_those_of_the_drawing(result):
    assert (result.total, result.positive, result.percent) == (30, 10, 33.3)
    low, high = result.interval
    assert low < 33.3 < high
    assert result.provenance["microns_per_pixel"] == 0.25
    assert (result.scoring["num_total"], result.scoring["num_pos"]) == (30, 10)


def test_nuclei_are_a_table(result):
    pytest.importorskip("pandas")
    nuclei = result.nuclei
    assert len(nuclei) == 30 and nuclei["positive"].sum() == 10
    assert abs(nuclei["x"].iloc[0] % 40 - 20) < 2
    assert {"id", "x", "y", "positive", "area_px", "area_um2", "left", "top", "right", "bottom"} <= set(nuclei.columns)


def test_nuclei_are_dictionaries_without_pandas(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    nuclei = client.score(FIELD, resolution="40x").nuclei
    assert isinstance(nuclei, list) and sum(nucleus["positive"] for nucleus in nuclei) == 10


def test_pictures_are_arrays_of_the_images_size(result):
    assert set(result.images) == {"Hema", "DAPI", "Lap2", "Marker", "Seg", "SegOverlaid", "SegRefined"}
    for name in result.images:
        assert result.images[name].shape == FIELD.shape and result.images[name].dtype == np.uint8


def test_every_kind_of_image_gives_the_same_numbers(client, tmp_path):
    path = save_field(tmp_path / "field.png")
    for image in (path, str(path), png_of(FIELD), FIELD, FIELD[:, :, ::1], Image.fromarray(FIELD)):
        assert client.score(image, resolution="40x").positive == 10


def test_the_hash_is_that_of_the_bytes_sent(client, tmp_path):
    path = save_field(tmp_path / "field.png")
    sent = client.score(path, resolution="40x").sha256
    assert sent == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_picture_keeps_its_pixel_size(client, tmp_path):
    Image.fromarray(FIELD).save(tmp_path / "field.png", dpi=(101600, 101600))
    with Image.open(tmp_path / "field.png") as picture:
        assert client.score(picture).provenance["microns_per_pixel"] == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize("form", ["text", "dictionary", "object"])
def test_a_region_counts_only_what_is_inside(client, form):
    roi = {"type": "Polygon", "coordinates": [[[0, 0], [240, 0], [240, 40], [0, 40], [0, 0]]]}

    class Shape:
        __geo_interface__ = roi

    given = {"text": json.dumps(roi), "dictionary": roi, "object": Shape()}[form]
    inside = client.score(FIELD, resolution="40x", roi=given)
    assert (inside.total, inside.positive) == (6, 6)


def test_thresholds_are_sent_and_come_back(client):
    result = client.score(FIELD, microns_per_pixel=np.float64(0.25), size_thresh=100_000, marker_thresh="auto")
    assert result.total == 0 and result.scoring["size_thresh"] == 100_000
    assert "nothing_found" in [warning.code for warning in result.warnings]
    assert len(result.nuclei) == 0


def test_kinds_of_nuclei_are_columns_and_tumour_nuclei_are_counted_apart(client):
    pytest.importorskip("pandas")
    result = client.score(FIELD, resolution="40x", marker="er")
    nuclei = result.nuclei
    assert set(nuclei["kind"]) <= {"tumour", "lymphocyte", "stroma", "other"}
    assert nuclei["kind_likelihood"].between(0, 1).all()
    in_tumour = nuclei[nuclei["kind"] == "tumour"]
    assert result.tumour["num_total"] == len(in_tumour)
    assert result.tumour["num_pos"] == in_tumour["positive"].sum() and result.tumour["made_by"] == "prior"
    assert client.score(FIELD, resolution="40x", marker="cd8").tumour is None
    with pytest.raises(restain.RestainError) as caught:
        client.score(FIELD, marker="cd4")
    assert [error.pointer for error in caught.value.errors] == ["/marker"]


def test_membranes_are_measured_where_the_marker_is_one_of_them(client):
    result = client.score(FIELD, resolution="40x", marker="pdl1", membrane_weak=0.3)
    assert result.membrane["cuts"]["weak"] == 0.3 and 0 <= result.membrane["tps"] <= 100
    assert "membrane_unproven" in {warning.code for warning in result.warnings}
    row = result._rows()[0]
    assert {"membrane_completeness", "membrane_od", "cytoplasm_od"} <= set(row) and "membrane" not in row
    plain = client.score(FIELD, resolution="40x", marker="pdl1", measure="nuclei")
    assert plain.membrane is None and "membrane_od" not in plain._rows()[0] and "TPS" not in repr(plain)


def test_a_field_of_tissue_is_scored_with_its_membranes(client):
    result = client.score(ROOT / "public/samples/pdl1.jpg", resolution="40x", marker="pdl1")
    cells, (low, high) = result.membrane["tumour"]["num_total"], result.membrane["tps_interval"]
    assert 20 < cells < result.total and low <= result.membrane["tps"] <= high
    assert repr(result).endswith(f"nuclei; TPS {result.membrane['tps']:.1f} % of {cells:,} tumour cells>")


def test_a_foreign_classifier_is_refused_with_the_reason(client):
    for classifier in ({"schema": "other/1"}, '{"schema": "other/1"}'):
        with pytest.raises(restain.RestainError) as caught:
            client.score(FIELD, classifier=classifier)
        assert [error.pointer for error in caught.value.errors] == ["/classifier"]
        assert 'expected a taught classifier with "schema": "restain-classifier/1"' in str(caught.value)


def test_a_doubt_is_a_warning_with_a_sentence(client):
    warnings = client.score(FIELD).warnings
    assert "pixel_size_assumed" in [warning.code for warning in warnings]
    assert all(len(warning.detail) > 20 for warning in warnings)


def test_a_saved_result_is_never_overwritten(result, tmp_path):
    folders = [result.save(tmp_path / "new", "field") for _ in range(3)]
    assert [folder.name for folder in folders] == ["field", "field-2", "field-3"]
    names = {file.name for file in folders[0].iterdir()}
    assert {"SegOverlaid.png", "Seg.png", "restain.json", "nuclei.csv"} <= names
    assert json.loads((folders[2] / "restain.json").read_text())["scoring"]["num_total"] == 30
    assert len((folders[1] / "nuclei.csv").read_text().splitlines()) == 31
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["field", "field-2", "field-3"]


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".", ".."])
def test_a_name_that_is_a_path_is_refused(result, tmp_path, name):
    with pytest.raises(ValueError, match="without a path"):
        result.save(tmp_path, name)


def test_a_notebook_shows_overlay_and_number(result):
    shown = result._repr_html_()
    assert "33.3 % positive" in shown and "data:image/png;base64," in shown and "10 of 30 nuclei" in shown


def test_a_notebook_shows_text_of_a_server_as_text():
    answer = {"scoring": {"num_total": 1, "num_pos": 1}, "warnings": [{"code": "x", "detail": "<script>"}]}
    assert "<script>" not in Result(answer)._repr_html_()


def test_answers_of_other_versions_are_read(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    newer = {
        "scoring": {"num_total": 4, "num_pos": 1, "percent_pos": 25.0, "h_score": 12},
        "warnings": [{"code": "new_doubt", "detail": "A doubt.", "more": 1}],
        "cells": [{"id": 1, "centroid": [1.5, 2.5], "positive": True, "kind": "tumor"}],
        "novelty": {},
    }
    older = {"scoring": {"num_total": 4, "num_pos": 1}, "warnings": ["A sentence."], "cells": []}
    assert Result(newer).nuclei[0]["kind"] == "tumor"
    read = Result(older)
    assert (read.percent, read.interval, read.warnings[0].detail) == (25.0, None, "A sentence.")


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (b"not an image at all", "unreadable_image", 415),
        (png_of(FIELD)[:300], "unreadable_image", 415),
        (b"", "missing_part", 400),
        (b"%PDF-1.7\n%%EOF", "unreadable_image", 415),
    ],
)
def test_broken_files_raise_the_error_of_the_server(client, data, code, status):
    with pytest.raises(restain.RestainError) as caught:
        client.score(data, resolution="40x")
    assert (caught.value.code, caught.value.status) == (code, status)
    assert len(caught.value.detail) > 15 and caught.value.detail in str(caught.value)
    assert caught.value.request_id


def test_a_faulty_option_is_named(client):
    with pytest.raises(restain.RestainError) as caught:
        client.score(FIELD, resolution="63x", prob_thresh=999)
    assert caught.value.code == "invalid_option"
    assert {error.pointer for error in caught.value.errors} == {"/resolution", "/prob_thresh"}
    assert "63x" in str(caught.value) and "999" in str(caught.value)


def test_an_unknown_option_or_model_is_refused(client):
    with pytest.raises(TypeError, match="resolutoin"):
        client.score(FIELD, resolutoin="40x")
    with pytest.raises(restain.RestainError) as caught:
        client.score(FIELD, model="no-such-model")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8, 3), np.uint16),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((3, 8, 8), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((8, 8, 3), bool),
    ],
)
def test_arrays_that_are_not_images_are_refused(client, array):
    with pytest.raises(ValueError, match="uint8"):
        client.score(array)


def test_other_objects_that_are_not_images_are_refused(client, tmp_path):
    with pytest.raises(ValueError, match="8 bits"):
        client.score(Image.new("I;16", (40, 40)))
    with pytest.raises(TypeError, match="got int"):
        client.score(3)
    with pytest.raises(FileNotFoundError):
        client.score(tmp_path / "away.png")


def test_the_asynchronous_client_gives_the_same_result(url):
    async def score():
        async with restain.AsyncClient(url) as client:
            both = await asyncio.gather(*(client.score(FIELD, resolution="40x") for _ in range(2)))
            return both, await client.health()

    both, health = asyncio.run(score())
    assert [result.positive for result in both] == [10, 10]
    assert health["status"] == "ok"


@pytest.mark.parametrize("address", ["localhost:3000", "ftp://localhost", "", "http://"])
def test_a_faulty_address_is_refused(address):
    with pytest.raises(ValueError, match="http"):
        restain.Client(address)
