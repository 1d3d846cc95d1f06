"""Post every labelled picture to a running server, score the answers, print one table.

`npm run eval` starts the server and then this program; options after `--` are passed on.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from ..data.shared import REPOSITORY, shared_folder
from .calibration import calibrate
from .client import Client
from .sets import SETS, find_samples, mean_scores, meets, score_sample
from .simulated import EXTREMES, MARKERS, make_fields, score_field, strata, summarise
from .studies import ihc_samples, resolution, robustness
from .table import print_calibration, print_studies, print_table
from .taught import taught

SIMULATED_GOALS = {MARKERS: {"pct_err_p95": 3.0, "pct_err_tumour_p95": 3.0}, EXTREMES: {}}
STUDY_LIMIT = 4  # pictures of each set in a study, unless --limit says otherwise


def evaluate_sets(client: Client, shared: Path, names: list[str], limit: int | None,
                  reduction: int = 1) -> list[dict]:
    """One entry per labelled set: its name, scores, goals, and every picture's scores."""
    entries = []
    for labelled in SETS:
        if labelled.name not in names:
            continue
        samples = find_samples(shared, labelled, limit)
        if not samples:
            print(f"skipped {labelled.name}: not in {shared / 'data'} (set RESTAIN_SHARED)")
            continue
        rows = {sample.name: score_sample(client, sample, reduction) for sample in samples}
        known = {"DeepLIIF": labelled.deepliif, "prototype": labelled.prototype}
        entries.append({"set": labelled.name, "images": len(samples), "scores": mean_scores(list(rows.values())),
                        "goals": labelled.goals, "known": known, "by_image": rows})
        _progress(entries[-1])
    return entries


def evaluate_simulated(client: Client, cache: Path, collection: str, count: int) -> list[dict]:
    """A simulated test set as a whole, then by magnification and marker or compartment."""
    rows = [score_field(client, field) for field in make_fields(cache, count, collection)]
    goals = SIMULATED_GOALS[collection]
    entries = [{"set": collection, "images": len(rows), "scores": summarise(rows), "goals": goals, "known": {},
                "by_image": {str(row["seed"]): row for row in rows}}]
    for name, group in strata(rows).items():
        entries.append({"set": f"{collection} {name}", "images": len(group), "scores": summarise(group), "goals": {},
                        "known": {}})
    _progress(entries[0])
    return entries


def _progress(entry: dict) -> None:
    print(f"{time.strftime('%H:%M:%S')} {entry['set']}: {entry['images']} pictures", file=sys.stderr, flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="npm run eval --", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    every = [*(labelled.name for labelled in SETS), *SIMULATED_GOALS]
    parser.add_argument("--url", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--sets", default=",".join(every), help="comma-separated, for studies too; none: studies only")
    parser.add_argument("--limit", type=int, help="pictures of each set")
    parser.add_argument("--simulated", type=int, default=200, help="fields of each simulated test set (default 200)")
    parser.add_argument("--reduction", type=int, default=1,
                        help="how many times smaller labelled pictures are: 2 = those of 40x as scanned at 20x")
    parser.add_argument("--model", help="name of an installed model")
    parser.add_argument("--algorithm", choices=("watershed", "deepliif"))
    parser.add_argument("--out", type=Path, help="write every figure, by picture, as JSON")
    parser.add_argument("--robustness", action="store_true", help="light, JPEG, rotations, pictures without nuclei")
    parser.add_argument("--taught", action="store_true", help="simulated users teach tumour nuclei by 20 clicks")
    parser.add_argument("--resolution", action="store_true", help="the same field at 40x, 20x, 10x")
    parser.add_argument("--calibration", action="store_true", help="are the probabilities true? (simulated fields)")
    parser.add_argument("--cache", type=Path, default=REPOSITORY / ".restain/eval", help="folder of simulated fields")
    args = parser.parse_args()
    names = [] if args.sets == "none" else args.sets.split(",")
    if unknown := set(names) - set(every):
        parser.error(f"no set called {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    options = {key: value for key, value in (("model", args.model), ("algorithm", args.algorithm)) if value}
    client, shared = Client(args.url, options), shared_folder()
    count = min(args.simulated, args.limit or args.simulated)
    started = time.monotonic()
    report: dict = {"model": args.model, "reduction": args.reduction, "studies": [],
                    "sets": evaluate_sets(client, shared, names, args.limit, args.reduction)}
    for collection in SIMULATED_GOALS:
        if collection in names and count:
            report["sets"] += evaluate_simulated(client, args.cache, collection, count)
    if report["sets"]:
        print_table(report["sets"], meets)
    if args.robustness or args.resolution:
        samples = ihc_samples(shared, names, args.limit or STUDY_LIMIT)
        if not samples:
            print(f"robustness and resolution have no pictures: none in {shared / 'data'} (set RESTAIN_SHARED)")
        for wanted, study in ((args.robustness, robustness), (args.resolution, resolution)):
            report["studies"] += study(client, samples) if wanted else []
    print_studies(report["studies"])
    if args.calibration:
        report["calibration"] = calibrate(client, make_fields(args.cache, min(count, 9 * STUDY_LIMIT)))
        print_calibration(report["calibration"])
    if args.taught and (found := taught(client, shared, args.limit)):
        report["taught"] = found
        print(f"taught {found['set']}: error of % positive of tumour nuclei {found['pct_err_prior']:.1f} by the prior, "
              f"{found['pct_err_taught']:.1f} after {found['clicks']} clicks (mean of {found['users']} users on "
              f"{found['images']} images; goal 3.3); worst run {found['worst_change']:+.1f}")
    print(f"{time.monotonic() - started:.0f} s")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
