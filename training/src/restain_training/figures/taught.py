"""Simulated users teach the product which nuclei are tumour, on pictures whose tumour nuclei alone were annotated."""

import json
from pathlib import Path

import numpy as np

from .client import Client
from .scoring import match_inside
from .sets import FAR_RADIUS, SETS, Sample, find_samples

TAUGHT_SET = "ki67-camera-points"
USERS, CLICKS = 20, 20
FIRST_SEED = 1_890_000_000


def _clicks(rng: np.random.Generator, points: list[dict], cells: list[dict]) -> list[dict]:
    """Tumour nuclei and others in turn, each at random, as somebody states them who knows the annotation.

    A find without an annotation is what the prior says it is, unless it says tumour: then it is `other`.
    """
    place = lambda items: np.array([[p["x"], p["y"]] for p in items], float).reshape(-1, 2)  # noqa: E731
    hits = match_inside(place(points), place(cells), [cell["contour"] for cell in cells], FAR_RADIUS)
    said = {j: "lymphocyte" if points[i]["cls"] == "til" else "tumour" for i, j in hits}
    names = [said.get(j, "other" if cell["kind"] == "tumour" else cell["kind"]) for j, cell in enumerate(cells)]
    pools = [rng.permutation([j for j, name in enumerate(names) if (name == "tumour") == wanted]).tolist()
             for wanted in (True, False)]
    chosen: list[int] = []
    while len(chosen) < CLICKS and any(pools):
        chosen += [pool.pop() for pool in pools if pool]
    # An outline begins at the upper left corner of a pixel of the nucleus. These points count from pixel centres, the
    # API from corners: there the middle of that pixel is one more.
    return [{"x": cells[j]["contour"][0][0] + 1, "y": cells[j]["contour"][0][1] + 1, "name": str(names[j])}
            for j in chosen[:CLICKS]]


def _teach_sample(client: Client, sample: Sample, number: int) -> dict[str, list[float]]:
    """Errors of % positive of tumour nuclei, in points: of the prior, and of each user."""
    points = json.loads((sample.folder / "points.json").read_text())
    tumour = [point for point in points if point["cls"] != "til"]
    true = 100 * sum(point["cls"] == "positive" for point in tumour) / max(1, len(tumour))
    error = lambda result: abs(true - result["scoring"]["tumour"]["percent_pos"])  # noqa: E731
    cells = client.infer(sample.image, sample.microns_per_pixel, slim="true", include="cells").cells
    analysis = client.analyse(sample.image, sample.microns_per_pixel)
    errors = {"prior": [error(analysis["result"])], "taught": []}
    for user in range(USERS):
        rng = np.random.default_rng([FIRST_SEED, number, user])
        teaching = {"classes": [], "clicks": _clicks(rng, points, cells)}
        errors["taught"].append(error(client.rescore(analysis["id"], {"teaching": teaching})["result"]))
    return errors


def taught(client: Client, shared: Path, limit: int | None) -> dict | None:
    """Means over pictures and users; None where the set is absent."""
    labelled = next(labelled for labelled in SETS if labelled.name == TAUGHT_SET)
    samples = find_samples(shared, labelled, limit)
    if not samples:
        print(f"skipped taught {TAUGHT_SET}: not in {shared / 'data'} (set RESTAIN_SHARED)")
        return None
    rows = {sample.name: _teach_sample(client, sample, n) for n, sample in enumerate(samples)}
    changes = [value - row["prior"][0] for row in rows.values() for value in row["taught"]]
    return {"set": TAUGHT_SET, "images": len(rows), "users": USERS, "clicks": CLICKS,
            "pct_err_prior": float(np.mean([row["prior"][0] for row in rows.values()])),
            "pct_err_taught": float(np.mean([row["taught"] for row in rows.values()])),
            "worst_change": float(max(changes)), "by_image": rows}
