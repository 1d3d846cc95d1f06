import numpy as np

from restain_training.data import targets as t


def two_touching_squares():
    labels = np.zeros((40, 50), np.int32)
    labels[10:30, 8:24] = 1
    labels[10:30, 24:40] = 2
    return labels


def test_depth_counts_from_one_and_falls_where_nuclei_touch():
    depth = t.depth_map(two_touching_squares())
    assert depth[0, 0] == 0
    assert depth[10, 15] == depth[20, 23] == depth[20, 24] == 1
    assert depth[20, 16] > 6


def test_image_border_is_not_an_edge_of_a_nucleus():
    labels = np.zeros((20, 20), np.int32)
    labels[:, :10] = 1
    assert t.depth_map(labels)[0, 0] > 8


def test_classes_separate_touching_nuclei_by_a_boundary():
    labels = two_touching_squares()
    tile, known = t.pack_tile(np.zeros((40, 50, 3), np.uint8), labels, np.array([False, True, False]))
    assert known == 0
    classes = t.classes_from_depth(tile[..., t.DEPTH] / t.DEPTH_SCALE, tile[..., t.OUTSIDE] / t.OUTSIDE_SCALE,
                                   tile[..., t.CLASS])
    assert classes[20, 12] == t.POSITIVE
    assert classes[20, 34] == t.NEGATIVE
    assert (classes[20, 22:26] == t.BOUNDARY).all()
    assert classes[9, 15] == t.BOUNDARY
    assert classes[7, 15] == t.BACKGROUND


def test_relative_depth_peaks_at_one_in_every_nucleus():
    labels = two_touching_squares()
    relative = t.relative_depth(labels, t.depth_map(labels))
    assert relative[labels == 1].max() == relative[labels == 2].max() == 1
    assert relative[labels == 0].max() == 0


def test_known_bits_name_the_true_modalities():
    labels, zero = two_touching_squares(), np.zeros((40, 50), np.uint8)
    _, known = t.pack_tile(np.zeros((40, 50, 3), np.uint8), labels, np.zeros(3, bool), dapi=zero, marker=zero)
    assert known == t.HAS_DAPI | t.HAS_MARKER


def test_empty_field_packs():
    tile, _ = t.pack_tile(np.zeros((16, 16, 3), np.uint8), np.zeros((16, 16), np.int32), np.zeros(1, bool))
    classes = t.classes_from_depth(tile[..., t.DEPTH] / t.DEPTH_SCALE, tile[..., t.OUTSIDE] / t.OUTSIDE_SCALE,
                                   tile[..., t.CLASS])
    assert (classes == t.BACKGROUND).all()
