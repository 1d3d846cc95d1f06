import numpy as np
import pytest
import torch

from restain_training.kinds.network_features import (
    BOTTLENECK,
    FINE,
    PAD,
    Found,
    feature_maps,
    mean_over,
    pool_field,
    ring_of,
    sample,
)
from restain_training.kinds.network_trial import LOOKS, less_median
from restain_training.network.model import RestainNet

SIDE = 96


def places(size):
    """A map whose two channels are the x and y of its pixels' centres, in px of the unpadded picture."""
    along = (torch.arange((SIDE + 2 * PAD) // size) + 0.5) * size - PAD
    return torch.stack(torch.meshgrid(along, along, indexing="xy"))


@pytest.mark.parametrize("size", [FINE, BOTTLENECK])
def test_a_map_is_read_where_the_nucleus_lies(size):
    centre = np.array([[30.0, 50.0], [61.0, 17.5]])
    assert sample(places(size), size, centre) == pytest.approx(centre, abs=1e-3)


def test_a_map_is_read_over_the_outline_and_at_the_centre_where_none_is_left():
    labels = np.zeros((SIDE // FINE, SIDE // FINE), np.int64)
    labels[10:14, 20:30] = 1
    means = mean_over(places(FINE), FINE, labels, np.array([[0.0, 0.0], [61.0, 17.5]]))
    assert means == pytest.approx(np.array([[50.0, 24.0], [61.0, 17.5]]), abs=1e-3)


def test_a_ring_holds_no_nucleus():
    labels = np.zeros((40, 40), np.int64)
    labels[10:20, 10:20], labels[10:20, 22:30] = 1, 2
    ring = ring_of(labels)
    assert not (ring[labels > 0]).any()
    assert ring[15, 20] == 1 and ring[15, 21] == 2 and ring[15, 4] == 1 and ring[15, 3] == 0


def test_maps_show_the_nucleus_in_both_views():
    torch.manual_seed(1)
    net = RestainNet(4).eval()
    picture = np.full((SIDE, SIDE + 7, 3), 240, np.uint8)
    picture[40:56, 60:76] = (90, 60, 120)
    assert {size: tuple(m.shape[1:]) for size, m in feature_maps(net, picture).items()} == {
        size: (160 // size, 176 // size) for size in (2, 4, 8, 16)}
    labels = np.zeros(picture.shape[:2], np.int64)
    labels[40:56, 60:76], labels[40:56, 20:36], labels[70:86, 20:36] = 1, 2, 3
    pooled = pool_field(net, picture, labels, np.array([[68.0, 48.0], [28.0, 48.0], [28.0, 78.0]]), 0.25)
    for name in ("full-fine", "half-fine"):
        apart = np.abs(pooled[name] - pooled[name][1]).max(1)
        assert apart[0] > 5 * apart[2], name


def test_columns_are_relative_to_the_nuclei_that_count_in_their_field():
    found = Found(["a", "b"], np.array([0, 0, 0, 1]), np.zeros(4, int), np.zeros(4, bool),
                  np.array([True, False, True, False]), np.zeros((4, 2)), np.zeros((4, 0)))
    assert less_median(np.array([[1.0], [9.0], [3.0], [7.0]]), found).ravel().tolist() == [-1, 7, 1, 0]


def test_every_look_is_another():
    picture = np.random.default_rng(1).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    shown = [look(picture) for look in LOOKS.values()]
    assert all(other.shape == picture.shape and other.dtype == np.uint8 for other in shown)
    assert len({other.tobytes() for other in [picture, *shown]}) == len(LOOKS) + 1
