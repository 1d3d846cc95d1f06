"""The widget "Score with Restain"."""

from __future__ import annotations

import os
from typing import Any, Optional

import napari
import numpy as np
from magicgui.widgets import CheckBox, ComboBox, Container, Label, LineEdit, ProgressBar, PushButton
from napari.layers import Image, Layer, Shapes
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtCore import QTimer

from ..options import MARKERS
from ..result import Result
from .background import Background, describe
from .layers import RESOLUTIONS, centres_of, labels_of, microns_per_pixel, pixels_of, region_of

_LAYER = "layer"
_WHOLE = "whole image"
_LOOK_MILLISECONDS = 100
_COLOURS = {"Positive": "#fa3e3e", "Negative": "#7070e1"}
_MICRONS_OF_A_POINT = 3.0


class ScoreWidget(Container[Any]):
    """Scores an image layer by a Restain server, and adds nuclei as labels and as points."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._running: Optional[Background] = None
        self._image: Any = None
        self.image = ComboBox(label="image", choices=lambda _: self._names(Image))
        self.region = ComboBox(label="region", choices=lambda _: [_WHOLE, *self._names(Shapes)])
        self.resolution = ComboBox(
            label="resolution", choices=[_LAYER, *RESOLUTIONS], tooltip="layer: the pixel size that the layer states"
        )
        self.server = LineEdit(label="server", value=os.environ.get("RESTAIN_URL", "http://localhost:3000"))
        self.header = LineEdit(label="header", tooltip="sent with every request, like Authorization: Bearer abc")
        self.model = LineEdit(label="model", tooltip="empty: what the server chooses")
        self.marker = ComboBox(
            label="marker",
            choices=["", *MARKERS],
            tooltip="what the slide is stained for: it decides whether tumour nuclei are counted apart",
        )
        self.with_labels = CheckBox(label="labels", value=True)
        self.with_points = CheckBox(label="points", value=True)
        self.score = PushButton(text="Score")
        self.cancel = PushButton(text="Cancel", enabled=False)
        self.progress = ProgressBar(value=0, max=100, visible=False)
        self.status = Label()
        super().__init__(
            widgets=[
                self.image,
                self.region,
                self.resolution,
                self.server,
                self.header,
                self.model,
                self.marker,
                self.with_labels,
                self.with_points,
                self.score,
                self.cancel,
                self.progress,
                self.status,
            ]
        )
        self.status.native.setWordWrap(True)
        self.score.clicked.connect(self._start)
        self.cancel.clicked.connect(self._stop)
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self._list_layers)
        self._timer = QTimer()
        self._timer.setInterval(_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    def _names(self, kind: type[Layer]) -> list[str]:
        return [layer.name for layer in self._viewer.layers if isinstance(layer, kind)]

    def _list_layers(self, _: Any = None) -> None:
        self.image.reset_choices()
        self.region.reset_choices()

    def _start(self) -> None:
        try:
            if self.image.value is None:
                raise ValueError("There is no image layer. Open an image first.")
            image = self._viewer.layers[self.image.value]
            options: dict[str, Any] = {"microns_per_pixel": microns_per_pixel(image, self.resolution.value)}
            if self.model.value.strip():
                options["model"] = self.model.value.strip()
            if self.marker.value:
                options["marker"] = self.marker.value
            if self.region.value != _WHOLE:
                options["roi"] = region_of(self._viewer.layers[self.region.value], image)
            self._image = image
            self._running = Background(self.server.value.strip(), self._headers(), pixels_of(image), options)
        except ValueError as error:
            self._say(str(error))
            return
        self.score.enabled, self.cancel.enabled, self.progress.visible = False, True, True
        self._timer.start()

    def _headers(self) -> dict[str, str]:
        text = self.header.value.strip()
        name, colon, value = text.partition(":")
        if text and (not colon or not name.strip()):
            raise ValueError("The header must be written like Authorization: Bearer abc.")
        return {name.strip(): value.strip()} if text else {}

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _look(self) -> None:
        """Follows the work in the background, from the thread of the window."""
        running = self._running
        if running is None:
            return
        self.progress.value = round(100 * running.share)
        if not running.is_done:
            self._say(running.stage)
            return
        self._timer.stop()
        self._running = None
        self.score.enabled, self.cancel.enabled, self.progress.visible = True, False, False
        if running.result is not None:
            self._show(running.result)
        elif running.is_cancelled:
            self._say("Cancelled.")
        elif running.error is not None:
            self._say(describe(running.error, self.server.value))

    def _show(self, result: Result) -> None:
        image, nuclei = self._image, result.nuclei
        classes = (
            np.where(nuclei["positive"].astype(bool), "Positive", "Negative") if len(nuclei) else np.array([], str)
        )
        features = nuclei.drop(columns=[name for name in ("contour", "holes") if name in nuclei])
        features.insert(1, "class", classes)
        place = {"scale": image.scale[-2:], "translate": image.translate[-2:], "units": image.units[-2:]}
        if self.with_labels.value:
            colours: dict[Any, Any] = {None: "transparent", 0: "transparent"}
            colours.update({int(id): _COLOURS[name] for id, name in zip(nuclei["id"], classes)})
            self._viewer.add_labels(
                labels_of(nuclei.itertuples(), pixels_of(image).shape),
                name=f"{image.name}: nuclei",
                features=features.assign(index=nuclei["id"]),
                colormap=DirectLabelColormap(color_dict=colours),
                metadata={"restain": result.provenance},
                **place,
            )
        if self.with_points.value:
            self._viewer.add_points(
                centres_of(nuclei),
                name=f"{image.name}: centres",
                features=features,
                face_color=[_COLOURS[name] for name in classes] if len(nuclei) else "white",
                size=_MICRONS_OF_A_POINT / float(result.provenance.get("microns_per_pixel", 1)),
                metadata={"restain": result.provenance},
                **place,
            )
        low_high = f" (95 % interval {result.interval[0]:.1f} to {result.interval[1]:.1f})" if result.interval else ""
        lines = [f"{result.percent:.1f} % positive{low_high}, {result.positive:,} of {result.total:,} nuclei"]
        tumour = result.tumour
        if tumour is not None:
            counted = f"{tumour['num_pos']:,} of {tumour['num_total']:,} tumour nuclei"
            lines.append(f"tumour: {tumour['percent_pos']:.1f} % positive, {counted}")
        self._say("\n".join([*lines, *(warning.detail for warning in result.warnings)]))

    def _say(self, text: str) -> None:
        self.status.value = text
