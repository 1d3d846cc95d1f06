"""The plugin of napari, with a viewer that has no window."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

import restain
from pictures import CELL, draw_field

os.environ["QT_QPA_PLATFORM"] = "offscreen"
pytest.importorskip("napari")

from napari.components import ViewerModel
from napari.layers import Labels, Points
from qtpy.QtWidgets import QApplication

from restain._napari.layers import labels_of, microns_per_pixel, pixels_of, region_of
from restain._napari.widget import ScoreWidget


@pytest.fixture(scope="session")
def application():
    yield QApplication.instance() or QApplication([])


@pytest.fixture
def viewer(application):
    return ViewerModel()


@pytest.fixture
def widget(viewer, url):
    made = ScoreWidget(viewer)
    made.server.value = url
    made.resolution.value = "40x"
    return made


def press(button):
    button.changed.emit(True)


def wait_until(application, is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it took too long"
        application.processEvents()
        time.sleep(0.01)


def score(application, widget):
    press(widget.score)
    wait_until(application, lambda: widget.score.enabled)
    return widget.status.value


def test_nuclei_become_labels_and_points(application, viewer, widget):
    image = viewer.add_image(draw_field(), name="field", scale=(0.25, 0.25), translate=(10, 20))
    said = score(application, widget)
    assert said.startswith("33.3 % positive (95 % interval ") and "10 of 30 nuclei" in said
    labels, points = viewer.layers["field: nuclei"], viewer.layers["field: centres"]
    assert isinstance(labels, Labels) and isinstance(points, Points)
    for layer in (labels, points):
        assert tuple(layer.scale) == (0.25, 0.25) and tuple(layer.translate) == (10, 20)
        assert list(layer.features["class"]).count("Positive") == 10
    assert labels.data.shape == image.data.shape[:2]
    sizes = np.bincount(labels.data.ravel(), minlength=31)[1:]
    assert list(sizes) == list(labels.features["area_px"])
    for (row, column), id in zip(points.data, points.features["id"]):
        assert labels.data[round(row), round(column)] == id
        # Centres of the drawn discs are at the corner of four pixels.
        assert abs(row % CELL - (CELL / 2 - 0.5)) < 2 and abs(column % CELL - (CELL / 2 - 0.5)) < 2
    assert labels.metadata["restain"]["model"]


def test_the_marker_decides_whether_tumour_nuclei_are_counted_apart(application, viewer, widget):
    viewer.add_image(draw_field(2, 2, 1), name="field")
    widget.marker.value = "er"
    assert "tumour nuclei" in score(application, widget)
    kinds = viewer.layers["field: nuclei"].features
    assert set(kinds["kind"]) <= {"tumour", "lymphocyte", "stroma", "other"} and "kind_likelihood" in kinds
    widget.marker.value = "cd3"
    assert "tumour nuclei" not in score(application, widget)


def test_labels_or_points_may_be_left_out(application, viewer, widget):
    viewer.add_image(draw_field(2, 2, 1), name="field")
    widget.with_labels.value = False
    score(application, widget)
    assert [layer.name for layer in viewer.layers] == ["field", "field: centres"]


def test_an_image_without_nuclei_has_empty_layers(application, viewer, widget):
    viewer.add_image(np.full((64, 64, 3), 240, np.uint8), name="glass")
    assert "0 of 0 nuclei" in score(application, widget)
    assert viewer.layers["glass: nuclei"].data.max() == 0 and len(viewer.layers["glass: centres"].data) == 0


@pytest.mark.parametrize(
    ("vertices", "kind", "total"),
    [
        ([[0, 0], [0, 60], [10, 60], [10, 0]], "rectangle", 6),
        ([[0, 0], [0, 30], [20, 30], [20, 0]], "polygon", 6),
        ([[0, 0], [0, 20], [20, 20], [20, 0]], "ellipse", 4),
    ],
)
def test_outside_of_a_region_nothing_is_counted(application, viewer, widget, vertices, kind, total):
    """In µm; the image has four pixels in each, from a corner of its own."""
    viewer.add_image(draw_field(), name="field", scale=(0.25, 0.25), translate=(0.125, 0.125))
    viewer.add_shapes([np.array(vertices)], shape_type=kind, name="tumour")
    widget.region.value = "tumour"
    assert f"of {total} nuclei" in score(application, widget)


def test_the_pixel_size_of_a_layer_is_taken(application, viewer, widget):
    viewer.add_image(draw_field(), name="field", scale=(250, 250), units=("nm", "nm"))
    widget.resolution.value = "layer"
    assert "10 of 30 nuclei" in score(application, widget)


def test_cancelling_stops_the_work_on_the_server(application, viewer, widget, slow_url):
    viewer.add_image(draw_field(42, 45, 630), name="large")
    widget.server.value = slow_url
    press(widget.score)
    # Which stage a poll meets depends on how fast the server is.
    wait_until(application, lambda: widget.status.value in {"reading", "inferring", "scoring", "encoding"})
    assert widget.cancel.enabled and not widget.score.enabled
    press(widget.cancel)
    wait_until(application, lambda: widget.score.enabled)
    assert widget.status.value == "Cancelled." and len(viewer.layers) == 1
    with restain.Client(slow_url) as client:
        wait_until(application, lambda: client.health()["queue"] == {"waiting": 0, "running": 0, "limit": 1}, 30)


def test_what_cannot_be_scored_is_told_in_a_sentence(application, viewer, widget):
    press(widget.score)
    assert "no image layer" in widget.status.value
    viewer.add_image(draw_field(), name="field")
    widget.resolution.value = "layer"
    press(widget.score)
    assert "states no pixel size" in widget.status.value
    widget.resolution.value = "40x"
    widget.header.value = "nonsense"
    press(widget.score)
    assert "header" in widget.status.value
    widget.header.value = ""
    widget.model.value = "no-such-model"
    assert "no-such-model" in score(application, widget)
    widget.server.value = "http://127.0.0.1:9"
    assert "No Restain server answers at http://127.0.0.1:9" in score(application, widget)
    widget.server.value = "nonsense"
    assert "http://" in score(application, widget)


def test_layers_of_other_kinds_are_refused(viewer):
    grey = viewer.add_image(np.zeros((8, 8), np.uint8), name="grey")
    stack = viewer.add_image(np.zeros((2, 8, 8, 3), np.uint8), rgb=True, name="stack")
    floats = viewer.add_image(np.zeros((8, 8, 3)), rgb=True, name="floats")
    for layer, said in ((grey, "no colour image"), (stack, "3 dimensions"), (floats, "float64")):
        with pytest.raises(ValueError, match=said):
            pixels_of(layer)
    levels = viewer.add_image([np.zeros((8, 8, 3), np.uint8), np.zeros((4, 4, 3), np.uint8)], multiscale=True, rgb=True)
    assert pixels_of(levels).shape == (8, 8, 3)
    oblong = viewer.add_image(np.zeros((8, 8, 3), np.uint8), rgb=True, scale=(1, 0.5), units=("um", "um"))
    with pytest.raises(ValueError, match="not square"):
        microns_per_pixel(oblong, "layer")
    line = viewer.add_shapes([np.array([[0, 0], [1, 1]])], shape_type="line")
    with pytest.raises(ValueError, match="encloses nothing"):
        region_of(line, levels)
    with pytest.raises(ValueError, match="no shape"):
        region_of(viewer.add_shapes(), levels)


def test_a_hole_and_a_corner_that_is_passed_twice_are_drawn_exactly():
    class Ring:
        id, left, top, right, bottom = 7, 1.0, 1.0, 6.0, 6.0
        contour = ((1, 1), (6, 1), (6, 6), (1, 6))
        holes = (((2, 2), (4, 2), (4, 4), (2, 4)),)

    class Corner:
        id, left, top, right, bottom = 8, 6.0, 6.0, 8.0, 8.0
        contour = ((6, 6), (7, 6), (7, 7), (8, 7), (8, 8), (7, 8), (7, 7), (6, 7))

    labels = labels_of([Ring, Corner], (9, 9))
    assert np.count_nonzero(labels == 7) == 21 and labels[2, 2] == 0 and labels[1, 1] == 7
    assert labels[6, 6] == labels[7, 7] == 8 and labels[6, 7] == 0


def test_napari_finds_the_widget_by_the_manifest():
    from npe2 import PluginManager, PluginManifest

    assert PluginManifest.from_distribution("restain").name == "restain"
    manager = PluginManager()
    manager.discover()
    (widget,) = manager.get_manifest("restain").contributions.widgets
    assert widget.display_name == "Score with Restain"
    manager.activate("restain")
    assert manager.commands.get(widget.command) is ScoreWidget


def test_the_widget_stands_in_the_window_of_napari(application):
    import napari

    viewer = napari.Viewer(show=False)
    try:
        dock, widget = viewer.window.add_plugin_dock_widget("restain")
        assert isinstance(widget, ScoreWidget) and dock.name == "Score with Restain (restain)"
    finally:
        viewer.close()
