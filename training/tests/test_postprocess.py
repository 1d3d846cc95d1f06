import numpy as np

from restain_training.data import targets as t
from restain_training.release.postprocess import centroids, draw, nuclei_from_segmentation


def perfect_segmentation(labels, positive):
    tile, _ = t.pack_tile(np.zeros((*labels.shape, 3), np.uint8), labels, positive)
    classes = t.classes_from_depth(tile[..., t.DEPTH] / t.DEPTH_SCALE, tile[..., t.OUTSIDE] / t.OUTSIDE_SCALE,
                                   tile[..., t.CLASS])
    return np.stack([255 * (classes == c) for c in (t.POSITIVE, t.BOUNDARY, t.NEGATIVE)], -1).astype(np.uint8)


def test_perfect_maps_give_back_the_nuclei():
    rows, cols = np.mgrid[0:80, 0:100]
    labels = np.zeros((80, 100), np.int32)
    labels[np.hypot(rows - 40, cols - 25) < 14] = 1
    labels[(np.hypot(rows - 40, cols - 51) < 13) & (labels == 0)] = 2
    found, positive = nuclei_from_segmentation(perfect_segmentation(labels, np.array([False, True, False])))
    assert found.max() == 2
    for truth, (x, is_positive) in {1: (25, True), 2: (51, False)}.items():
        match = found[40, x]
        overlap = ((found == match) & (labels == truth)).sum() / ((found == match) | (labels == truth)).sum()
        assert overlap > 0.85
        assert positive[match] == is_positive
    assert np.allclose(sorted(centroids(found)[:, 0]), [25, 51], atol=1.5)
    drawing = draw(found, positive)
    assert tuple(drawing[40, 25]) == (255, 0, 0) and tuple(drawing[40, 51]) == (0, 0, 255)


def test_an_empty_segmentation_gives_no_nuclei():
    labels, positive = nuclei_from_segmentation(np.zeros((40, 40, 3), np.uint8))
    assert labels.max() == 0 and len(positive) == 1
    assert centroids(labels).shape == (0, 2)
