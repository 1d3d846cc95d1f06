"""The options of a request, in Python and as they are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict, Union

MARKERS = ("ki67", "er", "pr", "p53", "cd3", "cd8", "cd138", "her2", "pdl1", "he", "other")
"""What a slide can be stained for."""


class SlideOptions(TypedDict, total=False):
    """Options of both `score` and `analyse`. All are optional: the server then chooses, and states what it used."""

    resolution: str
    """Scan magnification: `10x` (1.0 µm per pixel), `20x` (0.5) or `40x` (0.25)."""
    microns_per_pixel: float
    """Pixel size in µm; wins over `resolution` and over what the file states."""
    model: str
    """Name of an installed model; see `Client.health`."""
    prob_thresh: int
    """A pixel belongs to a nucleus when red + blue of `Seg` is above this (0 to 254)."""
    size_thresh: Union[int, str]
    """Keep nuclei with more pixels than this, or `auto`."""
    size_thresh_upper: Union[int, str]
    """Keep nuclei with fewer pixels than this, or `none`."""
    marker_thresh: Union[int, str]
    """A nucleus whose largest marker value is above this is positive; or `auto`, `none`."""
    algorithm: str
    """How nuclei are found in `Seg`: `watershed` or `deepliif`."""
    intensity_two_plus: float
    """Mean optical density from which a positive nucleus is 2+."""
    intensity_three_plus: float
    """The same for 3+."""
    hot_spot_mm2: float
    """Also find the hot spot: the square field of this area with the highest labeling index."""
    hot_spot_nuclei: int
    """Also find the hot spot among the smallest square fields that have this many nuclei."""
    marker: str
    """What the slide is stained for: one of `MARKERS`. With markers of other cells `Result.tumour` is None."""
    exclude_on_edges: bool
    """Do not count nuclei that touch the edge of the picture, of which a part may lie outside."""
    measure: str
    """`membrane`: measure membranes too, as with the markers `her2` and `pdl1`; `nuclei`: do not."""
    membrane_weak: float
    """Optical density of DAB from which a membrane is stained."""
    membrane_moderate: float
    """The same for moderately stained."""
    membrane_strong: float
    """The same for strongly stained."""
    membrane_partial: float
    """Share of the membrane, 0 to 1, from which a cell has a stained one."""
    membrane_complete: float
    """The same for a complete one."""
    classifier: Any
    """Taught by clicks on the page of a result: the JSON that it saves, as text or as a dictionary."""
    series: int
    """Which image, in a file with several."""
    plane: int
    """Which focal plane, from 0."""
    channels: str
    """`rgb`: the three channels without names are red, green and blue."""
    level: int
    """Which level of the pyramid; 0 is the full resolution."""
    region: tuple[int, int, int, int]
    """Analyse only this part: x, y, width, height in pixels of the full resolution."""


class ExportOptions(TypedDict, total=False):
    """How the files of the nuclei are written."""

    coordinates: str
    """Pixels of the `image` that was analysed, or of the whole `slide`."""
    geojson_classes: str
    """`positive`: Positive and Negative; `grades`: Negative, 1+, 2+ and 3+; `kinds`: Tumor: Positive and so on."""
    csv: str
    """`comma`, or `semicolon` with decimal commas for Excel in Europe."""
    features: str
    """`all`: list each of the features that kinds are told by; `none`: do not."""


class SlideSettings(TypedDict, total=False):
    """How the nuclei of a slide are found and counted. What is left out stays as it is."""

    model: str
    """Name of an installed model."""
    microns_per_pixel: float
    """Pixel size of the full resolution, where the file states none or a wrong one."""
    prob_thresh: int
    """As in `SlideOptions`, like the following."""
    size_thresh: Union[int, str]
    """Keep nuclei with more pixels than this, or `auto`."""
    size_thresh_upper: Union[int, str]
    """Keep nuclei with fewer pixels than this, or `none`."""
    marker_thresh: Union[int, str]
    """A nucleus whose largest marker value is above this is positive; or `auto`, `none`."""
    intensity_two_plus: float
    """Mean optical density from which a positive nucleus is 2+."""
    intensity_three_plus: float
    """The same for 3+."""
    marker: str
    """What the slide is stained for: one of `MARKERS`. With markers of other cells `RegionScore.tumour` is None."""
    membrane_weak: float
    """As in `SlideOptions`, like the four that follow; for the markers `her2` and `pdl1`."""
    membrane_moderate: float
    membrane_strong: float
    membrane_partial: float
    membrane_complete: float
    classifier: Any
    """As in `SlideOptions`."""


class SlideExportOptions(TypedDict, total=False):
    """How the files of a slide are written."""

    geojson_classes: str
    """As in `ExportOptions`, like the two that follow."""
    csv: str
    """`comma`, or `semicolon` with decimal commas for Excel in Europe."""
    features: str
    """`all`: list each of the features that kinds are told by; `none`: do not."""
    heat_map: str
    """What `heatmap.png` shows: `index` (positive nuclei in %) or `density` (nuclei per mm²)."""
    heat_map_um: float
    """Side of the squares of the heat maps, in µm."""
    region: tuple[int, int, int, int]
    """Of `modalities`: x, y, width, height of the part that is inferred."""
    annotation: str
    """Or the id of the annotation whose box is inferred."""


class ScoreOptions(SlideOptions, total=False):
    """Options of `score`."""

    roi: Any
    """Count only nuclei inside: GeoJSON (text, a dictionary, or an object with `__geo_interface__`), in pixels."""
    coordinates: str
    """Pixels of `roi` and of the nuclei: those of the `image` that is analysed, or of the whole `slide`."""


_SCORING = (
    "algorithm",
    "prob_thresh",
    "size_thresh",
    "size_thresh_upper",
    "marker_thresh",
    "intensity_two_plus",
    "intensity_three_plus",
    "hot_spot_mm2",
    "hot_spot_nuclei",
    "exclude_on_edges",
    "marker",
    "measure",
    "membrane_weak",
    "membrane_moderate",
    "membrane_strong",
    "membrane_partial",
    "membrane_complete",
    "classifier",
)


def form_fields(options: Mapping[str, Any]) -> dict[str, str]:
    """The options as form fields of `/api/infer`. None means not given."""
    _refuse_unknown(options, ScoreOptions)
    return {name: _text(name, value) for name, value in options.items() if value is not None}


def start_body(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as the body of `POST /api/analyses/{id}/start`."""
    _refuse_unknown(options, SlideOptions)
    given = {name: _plain(value) for name, value in options.items() if value is not None}
    _read_classifier(given)
    if "region" in given:
        given["region"] = dict(zip(("x", "y", "width", "height"), _four(given["region"])))
    scoring = {name: given.pop(name) for name in _SCORING if name in given}
    return {**given, "scoring": scoring} if scoring else given


def slide_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a slide that are given."""
    given = given_options(options, SlideSettings)
    _read_classifier(given)
    return given


def _read_classifier(given: dict[str, Any]) -> None:
    if "classifier" in given:
        given["classifier"] = json.loads(_json(given["classifier"]))


def export_query(options: Mapping[str, Any]) -> dict[str, str]:
    """The options of an export as a query; None means not given."""
    return {name: str(value) for name, value in given_options(options, ExportOptions).items()}


def given_options(options: Mapping[str, Any], known: Any) -> dict[str, Any]:
    """The options of a kind that are given: None means not given. Raises TypeError if one is unknown."""
    _refuse_unknown(options, known)
    return {name: _plain(value) for name, value in options.items() if value is not None}


def slide_export_query(options: Mapping[str, Any]) -> dict[str, str]:
    """The options of an export of a slide as a query; None means not given."""
    return {name: _text(name, value) for name, value in given_options(options, SlideExportOptions).items()}


def _refuse_unknown(options: Mapping[str, Any], known: Any) -> None:
    # __annotations__ of a TypedDict holds those of its bases too.
    names = known.__annotations__
    unknown = [name for name in options if name not in names]
    if unknown:
        raise TypeError(f"unknown option {', '.join(unknown)}; the options are {', '.join(names)}")


def _text(name: str, value: Any) -> str:
    if name in ("roi", "classifier"):
        return _json(value)
    if name == "region":
        return ",".join(str(number) for number in _four(value))
    return str(value)


def _json(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(getattr(value, "__geo_interface__", value))


def _four(region: Any) -> list[int]:
    numbers = [int(number) for number in region]
    if len(numbers) != 4:
        raise ValueError(f"region must be x, y, width, height; got {len(numbers)} numbers")
    return numbers


def _plain(value: Any) -> Any:
    """numpy numbers as Python numbers, for JSON."""
    return value.item() if hasattr(value, "item") else value
