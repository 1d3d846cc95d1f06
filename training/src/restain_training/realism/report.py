"""The numbers as tables."""

import numpy as np

from .patches import SIMULATED
from .separation import auc, cross_validated, interval
from .statistics import FAMILIES, STATISTICS


def _range(values: np.ndarray) -> str:
    """Median, and the 10th and 90th percentile."""
    values = values[~np.isnan(values)]
    if not len(values):
        return "-"
    low, middle, high = np.percentile(values, (10, 50, 90))
    digits = 1 if max(abs(low), abs(high)) >= 10 else 2 if max(abs(low), abs(high)) >= 1 else 3
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _wider(drawn: np.ndarray, real: np.ndarray) -> float | None:
    """10th to 90th percentile of `drawn` / of `real`; None where either has no value or `real` is always the same."""
    if not np.isfinite(drawn).any() or not np.isfinite(real).any():
        return None
    wide, span = (float(np.subtract(*np.nanpercentile(values, (90, 10)))) for values in (drawn, real))
    return wide / span if span > 0 else None


def rank_statistics(numbers: np.ndarray, sources: np.ndarray) -> list[dict]:
    """One entry per statistic, the one that separates best first.

    `auc`: chance that a simulated patch has the larger value than a real one; `wider`: 10th to 90th percentile of
    simulated / of real patches; `ranges`: text by source.
    """
    drawn = sources == SIMULATED
    entries = []
    for column, (name, what) in enumerate(STATISTICS.items()):
        values = numbers[:, column]
        entries.append({
            "name": name, "what": what,
            "auc": _known(auc(values[drawn], values[~drawn])), "wider": _wider(values[drawn], values[~drawn]),
            "medians": {source: float(np.nanmedian(values[sources == source])) for source in dict.fromkeys(sources)
                        if np.isfinite(values[sources == source]).any()},
            "ranges": {source: _range(values[sources == source]) for source in dict.fromkeys(sources)},
        })
    return sorted(entries, key=_distance, reverse=True)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _distance(entry: dict) -> float:
    """0 where a statistic does not separate, 1 where it always does."""
    return 0.0 if entry["auc"] is None else 2 * abs(entry["auc"] - 0.5)


def mean_distance(entries: list[dict]) -> float:
    """Mean over statistics of 2 |AUC - 0.5|: it still falls where the classifier's own area is near 1."""
    return float(np.mean([_distance(entry) for entry in entries]))


def area_table(scores: np.ndarray, sources: np.ndarray, pictures: list[str], nuclear: np.ndarray) -> list[dict]:
    """Area under the curve of a classifier against all real patches, and against each set.

    A set is compared with simulated patches whose marker is in the same place of the cell, where there are any.
    """
    drawn = sources == SIMULATED
    names = np.array(pictures)
    entries = []
    for source in ("all", *(name for name in dict.fromkeys(sources) if name != SIMULATED)):
        real = ~drawn if source == "all" else sources == source
        alike = drawn & (nuclear == nuclear[real][0])
        chosen = real | (drawn if source == "all" or not alike.any() else alike)
        low, high = interval(scores[chosen], drawn[chosen], list(names[chosen]))
        entries.append({"source": source, "patches": int(real.sum()), "pictures": len(set(names[real])),
                        "simulated": int((drawn & chosen).sum()), "low": low, "high": high,
                        "auc": auc(scores[drawn & chosen], scores[real])})
    return entries


def family_areas(numbers: np.ndarray, sources: np.ndarray, pictures: list[str], seed: int) -> dict[str, float]:
    """Area under the curve of a classifier that knows one family of statistics alone, the largest first."""
    drawn, names = sources == SIMULATED, list(STATISTICS)
    areas = {}
    for family, members in FAMILIES.items():
        columns = [names.index(member) for member in members]
        scores = cross_validated(numbers[:, columns], drawn, pictures, list(sources), seed)
        areas[family] = auc(scores[drawn], scores[~drawn])
    return dict(sorted(areas.items(), key=lambda entry: -entry[1]))


def families_as_markdown(areas: dict[str, float]) -> str:
    """One line per family of statistics."""
    return "\n".join(["| statistics | AUC of these alone |", "|---|---|",
                      *(f"| {family} | {area:.3f} |" for family, area in areas.items())])


def areas_as_markdown(by_numbers: list[dict], by_filters: list[dict]) -> str:
    """Both classifiers, one line per set."""
    lines = ["| real set | pictures | patches | simulated | AUC of the statistics | AUC of random filters |",
             "|---|---|---|---|---|---|"]
    for ours, theirs in zip(by_numbers, by_filters):
        areas = " | ".join(f"{entry['auc']:.3f} ({entry['low']:.3f} to {entry['high']:.3f})"
                           for entry in (ours, theirs))
        lines.append(f"| {ours['source']} | {ours['pictures']} | {ours['patches']} | {ours['simulated']} | {areas} |")
    return "\n".join(lines)


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def statistics_as_markdown(entries: list[dict]) -> str:
    """Every statistic: median (10th to 90th percentile) of the simulated patches and of each set."""
    sources = [SIMULATED, *(name for name in entries[0]["ranges"] if name != SIMULATED)]
    lines = [f"| statistic | AUC | width | {' | '.join(sources)} | what |", "|---" * (len(sources) + 4) + "|"]
    for entry in entries:
        ranges = " | ".join(entry["ranges"][source] for source in sources)
        area, width = _figure(entry["auc"], 3), _figure(entry["wider"], 2)
        lines.append(f"| {entry['name']} | {area} | {width} | {ranges} | {entry['what']} |")
    return "\n".join(lines)
