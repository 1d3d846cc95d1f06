"""Kinds of nuclei from the frozen network's maps, against the features made by hand: an experiment (HISTORY.md).

FOLDER holds fields of FIT and CHOOSE as `fields.draw_fields` draws them. Fits on the first, reports on the second, and
on some of those once more as other cameras might show them.
"""

import argparse
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from ..data.shared import REPOSITORY
from ..network.shipped import load_model
from ..simulator.spec import STATED_KINDS
from .fields import CHOOSE, FIT, draw_fields
from .fit import LIMIT, UNKNOWN, Table, fit_softmax, report
from .network_features import Found, pool_folder, read_found
from .prior import SQUARED

POOLED = Path(__file__).with_name("pooled.mjs")
FOLDS = 3
MOST_OF_A_FIELD = 100  # nuclei that are fitted to
L2_HAND = 1e-3  # of the prior that ships
L2_NETWORK = 3e-2  # of the network's columns; 3e-3 cost more in folds of FIT
STEPS = 150  # of L-BFGS
HIDDEN, EPOCHS = 32, 40


def _jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


LOOKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "dark": lambda p: _bytes(0.75 * p),
    "gamma 0.8": lambda p: _bytes(255 * (p / 255) ** 0.8),
    "gamma 1.25": lambda p: _bytes(255 * (p / 255) ** 1.25),
    "yellow": lambda p: _bytes(p * np.array([1.0, 0.95, 0.8])),
    "blur": lambda p: _bytes(gaussian_filter(p.astype(np.float32), (1.2, 1.2, 0))),
    "jpeg": lambda p: _jpeg(p, 30),
}


def change_look(folder: Path, to: Path, look: Callable[[np.ndarray], np.ndarray], count: int) -> None:
    """The first `count` fields of CHOOSE of a folder in another look."""
    to.mkdir(parents=True, exist_ok=True)
    for truth in sorted(folder.glob(f"{CHOOSE}-*.json"))[:count]:
        Image.fromarray(look(np.asarray(Image.open(truth.with_suffix(".png")).convert("RGB")))).save(
            to / f"{truth.stem}.png")
        for name in (truth.name, f"{truth.stem}-labels.png"):
            (to / name).write_bytes((folder / name).read_bytes())


def _node(folder: Path, *likelihoods: Path) -> None:
    subprocess.run(["node", str(POOLED), str(REPOSITORY), str(folder), *map(str, likelihoods)], check=True)


class Nuclei:
    """All nuclei of a folder, what is known of them, and their truth."""

    def __init__(self, folder: Path, net):
        self.folder = folder
        if not (folder / "found.bin").is_file():
            _node(folder)
        self.found: Found = read_found(folder)
        self.pooled = pool_folder(net, folder)
        self.truths = [json.loads((folder / name).read_text()) for name in self.found.names]
        self.kind = np.full(len(self.found.field), UNKNOWN)
        for index, truth in enumerate(self.truths):
            kinds = np.array([UNKNOWN] + [STATED_KINDS.index(kind) for kind in truth["kinds"][1:]])
            here = self.found.field == index
            self.kind[here] = kinds[self.found.label[here]]
        is_fit = np.array([name.startswith(FIT) for name in self.found.names])[self.found.field]
        self.is_fit = is_fit & self.found.kept & (self.kind != UNKNOWN)

    def network(self, names: list[str], relative: bool) -> np.ndarray:
        """(n, c) pooled maps; relative to the median of the nuclei of the same field that count."""
        columns = np.hstack([self.pooled[name] for name in names]).astype(np.float64)
        return less_median(columns, self.found) if relative else columns

    def context(self, likelihoods: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What surrounds each nucleus, by the product's code, for each first stage by name."""
        paths = {name: self.folder / f"stage-{index}.bin" for index, name in enumerate(likelihoods)}
        for name, path in paths.items():
            likelihoods[name].astype(np.float32).tofile(path)
        _node(self.folder, *paths.values())
        return {name: np.fromfile(path.with_name(f"{path.stem}-context.bin"), np.float32).astype(np.float64)
                .reshape(len(self.kind), -1) for name, path in paths.items()}

    def figures(self, likelihood: np.ndarray, count: int) -> dict[str, float]:
        """Of the first `count` fields of CHOOSE."""
        kept = self.found.kept
        reported = [name for name in self.found.names if name.startswith(CHOOSE)][:count]
        names = [name if name in reported else "" for name in self.found.names]
        table = Table(names, self.truths, self.found.field[kept], self.kind[kept],
                      self.found.positive[kept], np.empty((kept.sum(), 0)))
        figures = report(table, likelihood[kept], CHOOSE)
        known = table.part(CHOOSE) & (table.kind != UNKNOWN)
        right = (likelihood[kept].argmax(1) == table.kind)[known]
        shares = [right[table.kind[known] == kind].mean() for kind in np.unique(table.kind[known])]
        return {**figures, "balanced": round(float(np.mean(shares)), 4)}


def less_median(columns: np.ndarray, found: Found) -> np.ndarray:
    """`columns` (n, c) less their median over the nuclei of the same field that count."""
    result = columns.copy()
    for index in np.unique(found.field):
        here = found.field == index
        counted = here & found.kept
        result[here] -= np.median(columns[counted if counted.any() else here], axis=0)
    return result


class Regression:
    """A softmax regression: columns centred, scaled, limited; the first `squared` of them squared, too."""

    def __init__(self, columns: np.ndarray, nuclei: Nuclei, chosen: np.ndarray, squared: int, l2: float):
        self.squared, self.mean, self.scale = squared, columns[chosen].mean(0), columns[chosen].std(0) + 1e-6
        weight = 1 / np.sqrt(np.bincount(nuclei.found.field[chosen])[nuclei.found.field[chosen]])
        design = self._design(columns[chosen])
        self.table = fit_softmax(design, nuclei.kind[chosen], weight / weight.sum(), l2, STEPS)

    def _design(self, columns: np.ndarray) -> np.ndarray:
        centred = np.clip((columns - self.mean) / self.scale, -LIMIT, LIMIT)
        return np.hstack([centred, centred[:, :self.squared] ** 2 - 1])

    def scores(self, columns: np.ndarray) -> np.ndarray:
        """(n, kinds), of mean 0."""
        scores = self._design(columns) @ self.table[1:] + self.table[0]
        return scores - scores.mean(1, keepdims=True)

    def likelihood(self, columns: np.ndarray) -> np.ndarray:
        """(n, kinds) that add up to 1."""
        powers = np.exp(self.scores(columns))
        return powers / powers.sum(1, keepdims=True)


class Perceptron(Regression):
    """The same columns through one hidden layer."""

    def __init__(self, columns: np.ndarray, nuclei: Nuclei, chosen: np.ndarray):
        torch.manual_seed(1)
        self.squared, self.mean, self.scale = 0, columns[chosen].mean(0), columns[chosen].std(0) + 1e-6
        design = torch.from_numpy(self._design(columns[chosen])).float()
        kind = torch.from_numpy(nuclei.kind[chosen])
        self.net = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(design.shape[1], HIDDEN), torch.nn.ReLU(),
                                       torch.nn.Dropout(0.2), torch.nn.Linear(HIDDEN, len(STATED_KINDS)))
        optimiser = torch.optim.AdamW(self.net.parameters(), 2e-3, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(design)).split(256):
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(self.net(design[batch]), kind[batch]).backward()
                optimiser.step()
            schedule.step()
        self.net.eval()

    @torch.no_grad()
    def scores(self, columns: np.ndarray) -> np.ndarray:
        """(n, kinds)."""
        return self.net(torch.from_numpy(self._design(columns)).float()).double().numpy()


def thin(nuclei: Nuclei) -> np.ndarray:
    """(n,) bool: at most MOST_OF_A_FIELD nuclei of each field of FIT."""
    order = np.random.default_rng(1).permutation(len(nuclei.kind))
    chosen = np.zeros(len(order), bool)
    for index in np.unique(nuclei.found.field[nuclei.is_fit]):
        chosen[order[(nuclei.found.field == index)[order] & nuclei.is_fit[order]][:MOST_OF_A_FIELD]] = True
    return chosen


def crossed(columns: np.ndarray, nuclei: Nuclei, chosen: np.ndarray, l2: float) -> np.ndarray:
    """Scores (n, kinds) of all nuclei by regressions that were not fitted to their field."""
    scores = np.zeros((len(columns), len(STATED_KINDS)))
    for fold in range(FOLDS):
        inside = nuclei.found.field % FOLDS == fold
        scores[inside] = Regression(columns, nuclei, chosen & ~inside, 0, l2).scores(columns[inside])
    return scores


def unfitted(columns: np.ndarray, nuclei: Nuclei, chosen: np.ndarray, net: Regression) -> np.ndarray:
    """Scores (n, kinds) by `net`; of nuclei of FIT by regressions that were not fitted to their field."""
    is_fit = np.array([name.startswith(FIT) for name in nuclei.found.names])[nuclei.found.field]
    return np.where(is_fit[:, None], crossed(columns, nuclei, chosen, L2_NETWORK), net.scores(columns))


FULL = ["full-fine", "full-ring", "full-quarter", "full-eighth", "full-bottleneck"]
MAPS = [*FULL, *(name.replace("full", "half") for name in FULL)]
FORMS = {"maps as they are": False, "maps less the field's median": True}


class Arms:
    """Everything that is fitted; what it says of other nuclei."""

    def __init__(self, nuclei: Nuclei):
        chosen, hand = thin(nuclei), nuclei.found.features
        print(f"{nuclei.is_fit.sum()} nuclei to fit on, {chosen.sum()} of them for the network's columns", flush=True)
        columns = {form: nuclei.network(MAPS, relative) for form, relative in FORMS.items()}
        self.net = {form: Regression(columns[form], nuclei, chosen, 0, L2_NETWORK) for form in FORMS}
        seen = {"by hand": hand}
        for form in FORMS:
            seen[form] = np.hstack([hand, unfitted(columns[form], nuclei, chosen, self.net[form])])
        self.first = {arm: Regression(seen[arm], nuclei, nuclei.is_fit, SQUARED, L2_HAND) for arm in seen}
        context = nuclei.context({arm: self.first[arm].likelihood(seen[arm]) for arm in seen})
        second = {arm: np.hstack([seen[arm], context[arm]]) for arm in seen}
        self.second = {arm: Regression(second[arm], nuclei, nuclei.is_fit, SQUARED, L2_HAND) for arm in seen}
        self.hidden = {"by hand": Perceptron(second["by hand"], nuclei, chosen)}
        for form in FORMS:
            self.hidden[form] = Perceptron(np.hstack([second["by hand"], columns[form]]), nuclei, chosen)

    def likelihoods(self, nuclei: Nuclei) -> dict[str, np.ndarray]:
        """(n, kinds) of each arm by name."""
        columns = {form: nuclei.network(MAPS, relative) for form, relative in FORMS.items()}
        seen = {"by hand": nuclei.found.features}
        for form in FORMS:
            seen[form] = np.hstack([seen["by hand"], self.net[form].scores(columns[form])])
        first = {arm: self.first[arm].likelihood(seen[arm]) for arm in seen}
        context = nuclei.context(first)
        second = {arm: np.hstack([seen[arm], context[arm]]) for arm in seen}
        said = {"by hand, first stage": first["by hand"],
                "by hand": self.second["by hand"].likelihood(second["by hand"]),
                "by hand, hidden layer": self.hidden["by hand"].likelihood(second["by hand"])}
        for form in FORMS:
            said[f"network alone, {form}"] = self.net[form].likelihood(columns[form])
            said[f"both, {form}"] = self.second[form].likelihood(second[form])
            said[f"both, {form}, hidden layer"] = self.hidden[form].likelihood(
                np.hstack([second["by hand"], columns[form]]))
        nobody = 0.01 * np.eye(len(STATED_KINDS))[-1]  # what is no nucleus is no tumour
        said["true kinds of what was found"] = np.eye(len(STATED_KINDS) + 1)[nuclei.kind][:, :-1] + nobody
        return said


def show(title: str, nuclei: Nuclei, likelihoods: dict[str, np.ndarray], count: int) -> None:
    """Print a table of all arms, over the first `count` fields of CHOOSE."""
    print(f"\n{count} fields, {title}")
    print("| arm | kind right | balanced | tumour or not | index error, mean | 95th percentile |")
    print("|---|---|---|---|---|---|")
    for name, likelihood in likelihoods.items():
        f = nuclei.figures(likelihood, count)
        print(f"| {name} | {f['kind_right']:.3f} | {f['balanced']:.3f} | {f['tumour_or_not_right']:.3f} | "
              f"{f['tumour_index_error_mean']:.2f} | {f['tumour_index_error_p95']:.2f} |", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the fields; what it holds already is not drawn again")
    parser.add_argument("--fit", type=int, default=110, help="fields to fit on (default 110)")
    parser.add_argument("--choose", type=int, default=80, help="fields to report on (default 80)")
    parser.add_argument("--shifted", type=int, default=24, help="of those, in other looks (default 24)")
    args = parser.parse_args()
    draw_fields(args.folder, FIT, args.fit)
    draw_fields(args.folder, CHOOSE, args.choose)
    net = load_model(REPOSITORY / "models/restain-ihc").net
    nuclei = Nuclei(args.folder, net)
    arms = Arms(nuclei)
    likelihoods = arms.likelihoods(nuclei)
    for count in (args.choose, *([args.shifted] if args.shifted else [])):
        show("as they are", nuclei, likelihoods, count)
    for name, look in LOOKS.items() if args.shifted else ():
        folder = args.folder / "looks" / name.replace(" ", "-")
        change_look(args.folder, folder, look, args.shifted)
        shifted = Nuclei(folder, net)
        show(name, shifted, arms.likelihoods(shifted), args.shifted)


if __name__ == "__main__":
    main()
