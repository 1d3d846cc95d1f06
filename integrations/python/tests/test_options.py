"""The options of this client are those of the server: one that the server gained is noticed here."""

from __future__ import annotations

import httpx
import pytest

from restain.options import ExportOptions, ScoreOptions, SlideExportOptions, SlideSettings


@pytest.fixture(scope="module")
def document(url):
    return httpx.get(f"{url}/api/openapi.json").json()


def names_of(kind):
    return set(kind.__annotations__)


def query_of(document, method, path):
    return {one["name"] for one in document["paths"][path][method]["parameters"] if one["in"] == "query"}


def test_scoring(document):
    # This client asks for pictures and nuclei itself, and leaves the reader to the server.
    left_out = {"pil", "slim", "nopost", "include", "geojson_classes"}
    assert query_of(document, "post", "/api/infer") == names_of(ScoreOptions) | left_out


def test_files(document):
    assert query_of(document, "get", "/api/analyses/{id}/exports/{name}") == names_of(ExportOptions)
    assert query_of(document, "get", "/api/slides/{id}/exports/{name}") == names_of(SlideExportOptions)


def test_settings_of_slides(document):
    # What is clicked on a page is changed there.
    left_out = {"base_revision", "teaching", "corrections"}
    assert (
        set(document["components"]["schemas"]["SaveSlideSettings"]["properties"]) == names_of(SlideSettings) | left_out
    )
