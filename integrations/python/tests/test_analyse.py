"""Large files, uploaded in parts."""

from __future__ import annotations

import pytest

import restain
from middlemen import hang_up, proxy
from pictures import draw_field, png_of

PART_BYTES = 8 * 2**20


@pytest.fixture(scope="module")
def two_parts(tmp_path_factory):
    """A PNG with bytes after its end, which readers ignore: it is uploaded in two parts."""
    path = tmp_path_factory.mktemp("slide") / "field.png"
    path.write_bytes(png_of(draw_field()).ljust(PART_BYTES + 1000, b"\0"))
    return path


def test_a_file_goes_up_in_parts_and_is_deleted_on_request(client, two_parts):
    seen = []
    result = client.analyse(
        two_parts, accept_terms=True, resolution="40x", size_thresh=10, progress=lambda share, stage: seen.append(stage)
    )
    assert (result.total, result.positive, result.scoring["size_thresh"]) == (30, 10, 10)
    assert result.images["SegOverlaid"].shape == (200, 240, 3) and "Original" not in result.images
    assert seen[:2] == ["uploading", "uploading"]
    with pytest.raises(restain.RestainError, match="no table of nuclei"):
        _ = result.nuclei
    client.delete(result.analysis_id)
    with pytest.raises(restain.RestainError) as caught:
        client._run(_get(result.analysis_id))
    assert caught.value.code == "analysis_not_found"


def _get(analysis_id):
    from restain.flows import Call, Patience, analysis_url, send

    return send(Call("GET", analysis_url(analysis_id)), Patience())


def test_an_upload_continues_after_a_lost_connection(url, two_parts):
    with proxy(url, hang_up) as address, restain.Client(address) as client:
        result = client.analyse(two_parts, accept_terms=True, resolution="40x", pictures=["Seg"])
        assert result.positive == 10 and list(result.images) == ["Seg"]
        client.delete(result.analysis_id)


def test_without_the_terms_nothing_is_sent(client, two_parts):
    with pytest.raises(ValueError, match="terms"):
        client.analyse(two_parts)


def test_a_failure_leaves_nothing_on_the_server(client):
    with pytest.raises(restain.RestainError) as caught:
        client.analyse(b"not an image", accept_terms=True)
    assert caught.value.code == "unreadable_image"
    with pytest.raises(restain.RestainError) as caught:
        client.analyse(draw_field(), accept_terms=True, region=(0, 0, 999_999, 10))
    assert (caught.value.code, caught.value.status) == ("wrong_state", 409)


def test_a_faulty_region_or_option_is_refused(client):
    with pytest.raises(ValueError, match="got 3 numbers"):
        client.analyse(draw_field(), accept_terms=True, region=(0, 0, 10))
    with pytest.raises(TypeError, match="roi"):
        client.analyse(draw_field(), accept_terms=True, roi="{}")
