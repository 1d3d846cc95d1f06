"""Many images at once, in Python."""

from __future__ import annotations

import asyncio

import pytest

import restain
from pictures import draw_field, save_field


@pytest.fixture
def folder(tmp_path):
    for number in range(5):
        save_field(tmp_path / f"{number}.png", brown=number)
    save_field(tmp_path / "below" / "5.PNG", brown=5)
    (tmp_path / "2.png").write_bytes(b"broken")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_bytes(b"no image")
    return tmp_path


def test_all_end_and_the_broken_one_says_why(client, folder):
    outcomes = {outcome.image.name: outcome for outcome in client.score_folder(folder, resolution="40x")}
    assert sorted(outcomes) == ["0.png", "1.png", "2.png", "3.png", "4.png", "5.PNG"]
    assert outcomes["2.png"].result is None and outcomes["2.png"].error.code == "unreadable_image"
    for number in (0, 1, 3, 4):
        assert outcomes[f"{number}.png"].result.positive == number


def test_inner_folders_can_be_left_out(client, folder):
    assert len(list(client.score_folder(folder, recursive=False, resolution="40x"))) == 5


def test_what_was_saved_is_not_scored_again(client, folder):
    for outcome in client.score_folder(folder, recursive=False, resolution="40x"):
        if outcome.result:
            outcome.result.save(folder / "below", outcome.image.stem)
    assert [path.name for path in restain.find_images(folder / "below")] == ["5.PNG"]


def test_a_file_that_is_away_is_an_outcome_too(client, folder):
    images = [folder / "away.png", draw_field(), folder / "0.png", folder]
    errors = [outcome.error for outcome in client.score_many(images, resolution="40x")]
    assert sorted(type(error).__name__ for error in errors) == [
        "FileNotFoundError",
        "IsADirectoryError",
        "NoneType",
        "NoneType",
    ]


def test_a_misspelt_option_is_refused_before_the_first_image(client, folder):
    with pytest.raises(TypeError, match="resolutoin"):
        client.score_folder(folder, resolutoin="40x")


def test_iterating_may_be_left_early(client, folder):
    for outcome in client.score_folder(folder, resolution="40x"):
        assert outcome.image
        break
    assert client.score(folder / "1.png", resolution="40x").positive == 1


@pytest.mark.parametrize("concurrency", [1, 4])
def test_at_most_concurrency_images_are_begun(url, folder, concurrency):
    begun, ended, most = 0, 0, 0

    def images():
        nonlocal begun, most
        for number in (0, 1, 3, 4):
            begun += 1
            most = max(most, begun - ended)
            yield folder / f"{number}.png"

    async def score():
        nonlocal ended
        async with restain.AsyncClient(url) as client:
            async for outcome in client.score_many(images(), concurrency=concurrency, resolution="40x"):
                ended += 1
                assert outcome.error is None

    asyncio.run(score())
    assert ended == 4 and most <= concurrency
