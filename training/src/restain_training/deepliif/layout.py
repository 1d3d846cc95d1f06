"""What a DeepLIIF model folder holds: which file is which network, and how the networks are combined.

Rule: the command line wins over `train_opt.txt`, and `train_opt.txt` wins over file names and defaults.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from .weights import ImportRefused, candidates

# How DeepLIIF names its modalities, and its own default order.
MODALITY_OF_NAME = {"hema": "hematoxylin", "hematoxylin": "hematoxylin", "haematoxylin": "hematoxylin",
                    "dapi": "dapi", "lap2": "lap2", "marker": "marker"}
MODALITIES_NAMES = "IHC, Hema, DAPI, Lap2, Marker"
SEGMENTATION_WEIGHTS = (0.5, 0.0, 0.0, 0.0, 0.5)
# Red, green and blue of an empty tile, which is not run.
BACKGROUND_COLORS = {"hematoxylin": (201, 211, 208), "dapi": (10, 10, 10), "lap2": (0, 0, 0), "marker": (10, 10, 10)}
SCALE_SIZE, SMALLEST_SIZE, LARGEST_SIZE, SIZE_STEP = 512, 64, 1024, 16
# Letter of the segmentation networks -> number of the first one where the files do not show it.
FIRST_NUMBER = {"5": 1, "S": 0}
# Side of a tile on the slide in um, whatever scale_size is.
TILE_UM = 128


@dataclass(frozen=True)
class Layout:
    """Networks by their names ("G1"), and how their outputs are combined.

    Attributes
    ----------
    translations : modality -> network that makes it from the stained picture
    segmentations : "image" or modality -> network that segments it
    weights : "image" or modality -> share of that network in the segmentation
    background : modality -> red, green and blue of an empty tile
    side : px of a tile as the networks see it
    """

    translations: dict[str, str]
    segmentations: dict[str, str]
    weights: dict[str, float]
    background: dict[str, tuple[int, ...]]
    side: int = SCALE_SIZE

    @property
    def networks(self) -> list[str]:
        """All networks that are needed. A segmentation network of weight 0 is not."""
        return [*self.translations.values(), *(self.segmentations[v] for v, weight in self.weights.items() if weight)]

    @property
    def microns_per_pixel(self) -> float:
        """Of the tile as the networks see it."""
        return TILE_UM / self.side

    def doubts(self) -> list[str]:
        """Sentences about values that were accepted although they may be mistakes."""
        found = []
        total = sum(self.weights.values())
        if abs(total - 1) > 1e-6:
            found.append(f"the weights of the segmentation networks add up to {total:g}, not to 1")
        if self.side != SCALE_SIZE:
            found.append(f"scale_size is {self.side}: a tile is taken to show {TILE_UM} um, as at {SCALE_SIZE} px, "
                         f"so the networks see {self.microns_per_pixel:g} um per pixel")
        return found


def read_options(folder: Path) -> dict[str, str]:
    """`train_opt.txt` as name -> value, without empty values and None. Empty when there is no such file."""
    path = folder / "train_opt.txt"
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    pairs = (re.match(r"\s*(\w+):\s*(.*?)\s*(\[default:.*)?$", line) for line in lines)
    return {match[1]: match[2] for match in pairs if match and match[2] not in ("", "None")}


def check_options(options: dict[str, str]) -> None:
    """Refuse a model of another kind than DeepLIIF, and one without segmentation networks."""
    # Both norms take the statistics of the tile, where a batch is one tile.
    known = {"model": ("DeepLIIF",), "upsample": ("convtranspose",), "norm": ("batch", "instance")}
    for name, values in known.items():
        if name in options and options[name] not in values:
            raise ImportRefused(f"{name} is {options[name]!r}; it must be {' or '.join(values)}")
    if not _truth("seg_gen", options.get("seg_gen", "true")):
        raise ImportRefused("seg_gen is false: the model has no segmentation networks, but Restain needs a "
                            "segmentation; import a model that was trained with seg_gen")


def read_layout(folder: Path, options: dict[str, str]) -> Layout:
    """Which networks there are and how they are used.

    Raises ImportRefused when an option makes no sense or a file that is needed is missing.
    """
    modalities = _modalities(options)
    views = ["image", *modalities]
    weights = _weights(options, len(views))
    letter, first = _numbering(folder, options, len(views))
    layout = Layout(
        translations={modality: f"G{i}" for i, modality in enumerate(modalities, 1)},
        segmentations={view: f"G{letter}{first + i}" for i, view in enumerate(views)},
        weights=dict(zip(views, weights)),
        background=_background(options, modalities),
        side=_side(options),
    )
    missing = [name for name in layout.networks if not any(path.is_file() for path in candidates(folder, name))]
    if missing:
        there = ", ".join(sorted(_network_names(folder))) or "none"
        wanted = ", ".join(path.name for path in candidates(folder, missing[0]))
        raise ImportRefused(f"no file for {', '.join(missing)} (for the first, one of {wanted}); "
                            f"networks there: {there}")
    return layout


def _truth(name: str, text: str) -> bool:
    word = text.lower()
    if word in ("true", "yes", "1"):
        return True
    if word in ("false", "no", "0"):
        return False
    raise ImportRefused(f"{name} is {text!r}; it must be true or false")


def _numbers(name: str, text: str) -> list[float]:
    """The numbers of a list, with any brackets and separators."""
    try:
        return [float(part) for part in re.split(r"[\s,;/()\[\]]+", text) if part]
    except ValueError:
        raise ImportRefused(f"{name} is {text!r}, which is not a list of numbers") from None


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise ImportRefused(f"{name} is {text!r}, which is not a whole number")
    return int(text)


def _modalities(options: dict[str, str]) -> list[str]:
    """Our names of the outputs of G1, G2, ... The first of `modalities_names` is the stained picture itself."""
    text = options.get("modalities_names", MODALITIES_NAMES)
    stained, *names = [name for name in re.split(r"[\s,;'\"()\[\]]+", text) if name] or [""]
    if stained.lower() in MODALITY_OF_NAME:
        raise ImportRefused(f"modalities_names is {text!r}; its first must be the stained picture's name, as in "
                            f"--modalities-names '{MODALITIES_NAMES}'")
    count = _whole("modalities_no", options.get("modalities_no", str(len(names))))
    if count != len(names):
        raise ImportRefused(f"modalities_no is {count}, but modalities_names has {len(names)} beside the stained "
                            f"picture: {', '.join(names) or 'none'}; state both with --modalities-no and "
                            "--modalities-names")
    unknown = [name for name in names if name.lower() not in MODALITY_OF_NAME]
    if unknown:
        raise ImportRefused(f"modalities_names has {', '.join(unknown)}; Restain has pictures for Hema, DAPI, Lap2 and "
                            "Marker. If one of these is meant, name it, as in "
                            f"--modalities-names '{MODALITIES_NAMES}'")
    modalities = [MODALITY_OF_NAME[name.lower()] for name in names]
    if len(set(modalities)) < len(modalities):
        raise ImportRefused(f"modalities_names is {text!r}, which names a modality twice")
    return modalities


def _weights(options: dict[str, str], count: int) -> list[float]:
    if "seg_weights" not in options:
        if count != len(SEGMENTATION_WEIGHTS):
            raise ImportRefused(f"a model of {count - 1} modalities has no usual weights; state {count} with "
                                "--seg-weights")
        return list(SEGMENTATION_WEIGHTS)
    text = options["seg_weights"]
    weights = _numbers("seg_weights", text)
    if len(weights) != count:
        raise ImportRefused(f"seg_weights is {text!r}: {len(weights)} numbers for {count} segmentation networks")
    if not all(0 <= weight < float("inf") for weight in weights) or not any(weights):
        raise ImportRefused(f"seg_weights is {text!r}; each must be 0 or more, and at least one above 0")
    return weights


def _network_names(folder: Path) -> set[str]:
    """The names of all networks in the folder, in either kind of file."""
    matches = (re.fullmatch(r"(?:latest_net_)?(G\w+)\.(?:pt|pth)", path.name) for path in folder.iterdir())
    return {match[1] for match in matches if match}


def _numbering(folder: Path, options: dict[str, str], count: int) -> tuple[str, int]:
    """The letter of the segmentation networks and the number of the first, as stated or as the files show."""
    there: dict[str, set[int]] = {}
    for name in _network_names(folder):
        match = re.fullmatch(r"G([5S])(\d)", name)
        if match:
            there.setdefault(match[1], set()).add(int(match[2]))
    letter = options.get("mod_id_seg")
    if letter is None:
        if len(there) > 1:
            raise ImportRefused("the folder has segmentation networks of both names, G5. and GS.; choose one with "
                                "--mod-id-seg")
        letter = next(iter(there), "5")
    if letter not in FIRST_NUMBER:
        raise ImportRefused(f"mod_id_seg is {letter!r}; it must be {' or '.join(FIRST_NUMBER)}")
    stated = options.get("input_id")
    if stated is not None:
        if stated not in ("0", "1"):
            raise ImportRefused(f"input_id is {stated!r}; it must be 0 or 1")
        return letter, int(stated)
    numbers = there.get(letter, set())
    # Number 0, or the highest number of the other scheme, shows which it is. Networks of weight 0 may be missing.
    from_zero, from_one = 0 in numbers, count in numbers
    if from_zero and from_one:
        raise ImportRefused(f"the folder has G{letter}0 and G{letter}{count}, one more than the model's {count} "
                            "segmentation networks; state the first number with --input-id 0 or 1")
    return letter, 0 if from_zero else 1 if from_one else FIRST_NUMBER[letter]


def _background(options: dict[str, str], modalities: list[str]) -> dict[str, tuple[int, ...]]:
    if "background_colors" not in options:
        return {modality: BACKGROUND_COLORS[modality] for modality in modalities}
    text = options["background_colors"]
    values = _numbers("background_colors", text)
    if len(values) != 3 * len(modalities) or not all(v in range(256) for v in values):
        raise ImportRefused(f"background_colors is {text!r}; it must be red, green and blue from 0 to 255 for each of "
                            f"{', '.join(modalities)}, {3 * len(modalities)} whole numbers; state them with "
                            "--background-colors")
    colours = [tuple(int(v) for v in values[i : i + 3]) for i in range(0, len(values), 3)]
    return dict(zip(modalities, colours))


def _side(options: dict[str, str]) -> int:
    side = _whole("scale_size", options.get("scale_size", str(SCALE_SIZE)))
    if side % SIZE_STEP or not SMALLEST_SIZE <= side <= LARGEST_SIZE:
        raise ImportRefused(f"scale_size is {side}; it must be a multiple of {SIZE_STEP} from {SMALLEST_SIZE} to "
                            f"{LARGEST_SIZE}")
    return side
