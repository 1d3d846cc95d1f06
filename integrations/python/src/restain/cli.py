"""The command line: `restain score FOLDER`, `restain slide FILE`, `restain export ID`."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from . import __version__
from .client import AsyncClient, Client, Outcome
from .errors import RestainError
from .exports import EXPORTS, SLIDE_EXPORTS, server_of
from .options import MARKERS, form_fields
from .result import write_free
from .slides import ANNOTATION_CLASSES, Slide, SlideScores, region_file
from .sources import OVERLAY_SUFFIX, find_images, hash_file
from .table import Table, TableError, describe

EXIT_DONE, EXIT_SOME_FAILED, EXIT_CANNOT_RUN, EXIT_INTERRUPTED = 0, 1, 2, 130

_SHOWN_FAILURES = 10
_OPTIONS = {
    "resolution": "scan magnification: 10x, 20x or 40x",
    "microns_per_pixel": "pixel size in µm; wins over --resolution",
    "model": "name of an installed model",
    "prob_thresh": "segmentation threshold, 0 to 254",
    "size_thresh": "keep nuclei with more pixels than this, or auto",
    "size_thresh_upper": "keep nuclei with fewer pixels than this, or none",
    "marker_thresh": "0 to 255, auto or none",
    "algorithm": "watershed or deepliif",
    "intensity_two_plus": "mean optical density from which a positive nucleus is 2+",
    "intensity_three_plus": "mean optical density from which a positive nucleus is 3+",
    "marker": f"what the slide is stained for: {', '.join(MARKERS)}",
    "measure": "membrane: measure membranes too, as with the markers her2 and pdl1; nuclei: do not",
}


_SLIDE_OPTIONS = (
    "model",
    "microns_per_pixel",
    "prob_thresh",
    "size_thresh",
    "size_thresh_upper",
    "marker_thresh",
    "intensity_two_plus",
    "intensity_three_plus",
    "marker",
)


_DEFAULT_SERVER = "http://localhost:3000"


class CannotRun(Exception):
    """A reason to stop before the first image, as a sentence."""


@dataclass
class Tally:
    """What happened to the images of a run."""

    done_before: int = 0
    scored: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the command line and returns the exit status: 0 all scored, 1 some failed, 2 could not run, 130 stopped."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args([_no_option(one) for one in given])
    try:
        return int(options.run(options))
    except CannotRun as reason:
        print(f"restain: {_printable(str(reason))}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    except KeyboardInterrupt:
        print("restain: stopped; run the same command to continue", file=sys.stderr)
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="restain", description="Scores images by a Restain server.")
    parser.add_argument("--version", action="version", version=f"restain {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_score(commands)
    _add_slide(commands)
    _add_export(commands)
    return parser


def _no_option(argument: str) -> str:
    """An id may begin with a dash. A space before it, which `str.strip` takes away, tells `argparse` that it is one."""
    is_id = re.fullmatch(r"-[\w-]{21}", argument, re.ASCII) and re.search("[0-9A-Z]", argument)
    return f" {argument}" if is_id else argument


def _add_server(command: argparse.ArgumentParser, of_address: str = "") -> None:
    text = f"default: {of_address}RESTAIN_URL, else {_DEFAULT_SERVER}"
    command.add_argument("--server", metavar="URL", help=text)
    command.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="sent with each request"
    )


def _server(options: argparse.Namespace, stored: str = "") -> str:
    """The server that is named, or else that of the address of something stored."""
    return options.server or server_of(stored) or os.environ.get("RESTAIN_URL") or _DEFAULT_SERVER


def _add_export(commands: Any) -> None:
    export = commands.add_parser(
        "export",
        help="save the files of stored results",
        description="Saves the files that the result page saves, and prints the path of each. Nothing is overwritten.",
    )
    text = "id of an analysis, or the address of its result page"
    export.add_argument("results", nargs="+", type=str.strip, metavar="ID", help=text)
    names = ", ".join(EXPORTS)
    text = f"{names}, or a picture as Seg or SegOverlaid; may be given several times; default: all"
    export.add_argument("--format", action="append", dest="formats", metavar="NAME", help=text)
    export.add_argument("--out", default=Path(), type=Path, metavar="DIR", help="default: the current folder")
    export.add_argument("--coordinates", choices=("image", "slide"), help="what coordinates count")
    export.add_argument("--geojson-classes", choices=("positive", "grades", "kinds"), help="classes of the GeoJSON")
    export.add_argument("--csv", choices=("comma", "semicolon"), help="semicolon: for Excel in Europe")
    export.add_argument("--features", choices=("none", "all"), help="all: list the features that kinds are told by")
    _add_server(export, "that of the address, else ")
    export.set_defaults(run=_run_export)


def _add_slide(commands: Any) -> None:
    slide = commands.add_parser(
        "slide",
        help="score a whole slide",
        description="Sends a slide in parts, scores it, prints its numbers, and deletes it from the server again.",
    )
    slide.add_argument("slide", metavar="FILE", help="a file to send, or the address of a slide that the server keeps")
    slide.add_argument("--accept-terms", action="store_true", help="the terms of use on the server's home page")
    slide.add_argument("--keep", action="store_true", help="leave the slide on the server, and print its address")
    slide.add_argument(
        "--annotations", type=Path, metavar="FILE", help="regions to add and to score, of QuPath or ImageScope"
    )
    text = "what they mark where the file does not say it; default: %(default)s"
    slide.add_argument("--annotation-class", choices=ANNOTATION_CLASSES, default="other", help=text)
    slide.add_argument("--rectangle", type=_rectangle, metavar="X,Y,W,H", help="score this part")
    slide.add_argument("--scope", choices=("slide", "tumour"), help="default: the regions, else the slide's tissue")
    slide.add_argument("--series", type=int, help="which image of a file with several")
    for name in _SLIDE_OPTIONS:
        slide.add_argument(f"--{name.replace('_', '-')}", type=_plain_number, help=_OPTIONS[name])
    text = f"{', '.join(SLIDE_EXPORTS)}: a file of the result to save; may be given several times"
    slide.add_argument("--format", action="append", default=[], dest="formats", metavar="NAME", help=text)
    slide.add_argument("--out", default=Path(), type=Path, metavar="DIR", help="default: the current folder")
    slide.add_argument("--quiet", action="store_true", help="show no progress bar")
    _add_server(slide, "that of the address, else ")
    slide.set_defaults(run=_run_slide)


def _rectangle(text: str) -> list[int]:
    numbers = [int(number) for number in text.split(",") if number.strip().isdigit()]
    if len(numbers) != 4 or text.count(",") != 3:
        raise argparse.ArgumentTypeError(f"must be x,y,width,height; got {text}")
    return numbers


def _plain_number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _add_score(commands: Any) -> None:
    score = commands.add_parser(
        "score",
        help="score images into a table",
        description="Scores every image of the given folders and files, one row per image. To continue a stopped run, "
        "run the same command again: images that are in the table are skipped, failed ones are tried again.",
    )
    score.add_argument("images", nargs="+", type=Path, metavar="FOLDER")
    score.add_argument("--out", default=Path("results.csv"), type=Path, metavar="CSV", help="default: %(default)s")
    for name, text in _OPTIONS.items():
        score.add_argument(f"--{name.replace('_', '-')}", help=text)
    score.add_argument("--save", type=Path, metavar="DIR", help="save each image with its nuclei outlined in DIR")
    score.add_argument("--save-results", type=Path, metavar="DIR", help="save all pictures, numbers and nuclei in DIR")
    score.add_argument("--jobs", type=int, default=2, metavar="N", help="images at once; default: %(default)s")
    score.add_argument("--not-below", action="store_true", help="do not search folders inside FOLDER")
    score.add_argument("--restart", action="store_true", help="score all images again and replace the table")
    score.add_argument("--quiet", action="store_true", help="show no progress bar and no summary")
    _add_server(score)
    score.set_defaults(run=_run_score)


def _run_score(options: argparse.Namespace) -> int:
    console = Console(stderr=True, quiet=options.quiet, highlight=False)
    tally = asyncio.run(_score(options, console))
    _summarise(tally, options.out, console)
    return EXIT_SOME_FAILED if tally.failures or tally.left else EXIT_DONE


def _run_slide(options: argparse.Namespace) -> int:
    """Prints a line of numbers for each region, then the path of each file."""
    console = Console(stderr=True, quiet=options.quiet, highlight=False, soft_wrap=True)
    regions = _read_regions(options)
    _check_formats(options)
    ids: list[str] = []
    is_there = options.slide.startswith(("http://", "https://"))
    if not is_there and not options.accept_terms:
        raise CannotRun("the server keeps a slide while it works on it: read its terms of use, then add --accept-terms")
    try:
        client = Client(_server(options, options.slide), headers=_headers(options.header))
    except ValueError as error:
        raise CannotRun(str(error)) from error
    with client:
        try:
            with _bar(console) as bar:
                report = _reporter(bar)
                given = {"id": options.slide} if is_there else {"image": options.slide, "accept_terms": True}
                slide = client.slide(**given, series=options.series, progress=report)
                try:
                    console.print(f"The slide is at {slide.address}", markup=False)
                    if regions is not None:
                        added = slide.annotate(regions, options.annotation_class)
                        console.print(added["message"], markup=False)
                        ids = added["ids"]
                    scores = _score_slide(slide, options, ids, report)
                    bar.stop()
                    _print_scores(scores, ids)
                    for name in options.formats:
                        # Only this file is of a part.
                        is_of_part = name in ("modalities", SLIDE_EXPORTS["modalities"])
                        part: Any = {"region": options.rectangle} if is_of_part else {}
                        print(slide.export(name, options.out, **part))
                    if options.keep:
                        print(slide.address)
                finally:
                    if not options.keep and not is_there:
                        slide.delete()
        except (RestainError, ValueError, OSError) as error:
            raise CannotRun(str(error)) from error
    return EXIT_DONE


def _check_formats(options: argparse.Namespace) -> None:
    """Before a slide is sent and scored for hours: the files that are asked for must be files that there are."""
    known = {*SLIDE_EXPORTS, *SLIDE_EXPORTS.values()}
    unknown = [name for name in options.formats if name not in known]
    if unknown:
        raise CannotRun(f"--format must be one of {', '.join(SLIDE_EXPORTS)}; got {unknown[0]}")
    of_part = {"modalities", SLIDE_EXPORTS["modalities"]}
    if of_part & set(options.formats) and options.rectangle is None:
        raise CannotRun("--format modalities is of a part: add --rectangle X,Y,W,H")
    if options.scope is not None and options.rectangle is not None:
        raise CannotRun("--scope and --rectangle both say what is scored: give one")


def _read_regions(options: argparse.Namespace) -> Optional[bytes]:
    """The file of regions, if one is named. What is no GeoJSON is refused before anything is sent."""
    if options.annotations is None:
        return None
    try:
        text: bytes = options.annotations.read_bytes()
        region_file(text, options.annotation_class)
        return text
    except (ValueError, OSError) as error:
        raise CannotRun(f"{options.annotations}: {error}") from error


def _score_slide(slide: Slide, options: argparse.Namespace, ids: list[str], report: Any) -> SlideScores:
    settings: Any = {name: value for name in _SLIDE_OPTIONS if (value := getattr(options, name)) is not None}
    if settings:
        slide.change_settings(**settings)
    is_part = options.rectangle is not None or options.scope is not None
    wanted = ids if ids and not is_part else None
    return slide.score(options.scope, annotations=wanted, rectangle=options.rectangle, progress=report)


def _print_scores(scores: SlideScores, ids: list[str]) -> None:
    for one in scores.annotations:
        if one.id in ids or one.core:
            print(f"{' '.join(filter(None, [one.core, one.name])) or one.id}: {one}")
    if scores.tumour is not None:
        print(f"tumour: {scores.tumour}")
    print(f"slide: {scores.slide}")
    for warning in scores.warnings:
        print(f"restain: {_printable(str(warning))}", file=sys.stderr)


def _reporter(bar: Progress) -> Any:
    """Shows each stage as a row of its own."""
    rows: dict[str, Any] = {}

    def report(share: float, stage: str) -> None:
        if stage not in rows:
            rows[stage] = bar.add_task(stage, total=1.0)
        bar.update(rows[stage], completed=share)

    return report


def _run_export(options: argparse.Namespace) -> int:
    """Prints the path of each file that is saved."""
    written = {name: getattr(options, name) for name in ("coordinates", "geojson_classes", "csv", "features")}
    failed = 0
    for result in options.results:
        try:
            client = Client(_server(options, result), headers=_headers(options.header))
        except ValueError as error:
            raise CannotRun(str(error)) from error
        with client:
            for name in options.formats or ["all"]:
                try:
                    print(client.export(result, name, options.out, **written))
                except (RestainError, OSError) as error:
                    failed += 1
                    print(f"restain: {_printable(f'{result} {name}: {error}')}", file=sys.stderr)
    return EXIT_SOME_FAILED if failed else EXIT_DONE


async def _score(options: argparse.Namespace, console: Console) -> Tally:
    given = {name: value for name in _OPTIONS if (value := getattr(options, name)) is not None}
    images = _find(options)
    try:
        headers = _headers(options.header)
        server = _server(options)
        client = AsyncClient(server, headers=headers)
        # A wrong address fails soon. Later on, a server that is away is waited for.
        first_contact = AsyncClient(server, headers=headers, retries=1)
        if options.jobs < 1:
            raise ValueError(f"--jobs must be at least 1; got {options.jobs}")
        table = Table(options.out, form_fields(given))
        if not options.restart:
            table.check_options()
    except (ValueError, OSError, TableError) as error:
        raise CannotRun(str(error)) from error
    to_do = [image for image in images if options.restart or not _is_done(table, image)]
    tally = Tally(done_before=len(images) - len(to_do), left=len(to_do))
    if not to_do:
        return tally
    try:
        async with first_contact:
            await first_contact.health()
        table.open(to_do, options.restart)
    except (RestainError, OSError) as error:
        raise CannotRun(f"{server}: {error}" if isinstance(error, RestainError) else str(error)) from error
    with table, _bar(console) as bar:
        await _score_all(client, to_do, given, options, table, bar, tally)
    await client.close()
    return tally


async def _score_all(
    client: AsyncClient,
    to_do: Sequence[Path],
    given: dict[str, Any],
    options: argparse.Namespace,
    table: Table,
    bar: Progress,
    tally: Tally,
) -> None:
    row = bar.add_task("Scoring", total=len(to_do))
    outcomes = client.score_many(to_do, concurrency=options.jobs, **given)
    async for outcome in outcomes:
        error, overlay = outcome.error, ""
        if outcome.result is not None:
            try:
                overlay = _save(outcome, options)
            except OSError as failure:
                error = failure
        sha256 = outcome.result.sha256 if outcome.result is not None else _hash_or_nothing(outcome.image)
        table.add(outcome.image, sha256, None if error else outcome.result, error, overlay)
        tally.left -= 1
        bar.advance(row)
        if error is None:
            tally.scored += 1
            continue
        tally.failures.append((table.name_of(outcome.image), describe(error)))
        if await _is_server_gone(client, error):
            # The remaining images would all fail for the same reason, slowly.
            break
    await outcomes.aclose()  # type: ignore[attr-defined]


async def _is_server_gone(client: AsyncClient, error: Exception) -> bool:
    if not isinstance(error, RestainError) or error.code != "unreachable":
        return False
    try:
        await client.health()
    except RestainError as second:
        return second.code == "unreachable"
    return False


def _find(options: argparse.Namespace) -> list[Path]:
    """The images of the given folders and files, each once, without the pictures that this program saved."""
    saved = [folder.resolve() for folder in (options.save, options.save_results) if folder is not None]
    found: dict[Path, None] = {}
    for named in options.images:
        try:
            images = find_images(named, not options.not_below) if named.is_dir() else [named]
            if not named.exists():
                raise CannotRun(f"{named} does not exist")
            for image in images:
                if named.is_dir() and any(folder in image.resolve().parents for folder in saved):
                    continue
                found[image] = None
        except OSError as error:
            raise CannotRun(str(error)) from error
    if not found:
        raise CannotRun(f"there is no image in {', '.join(map(str, options.images))}")
    return list(found)


def _is_done(table: Table, image: Path) -> bool:
    return table.has(image) and table.is_done(image, _hash_or_nothing(image))


def _hash_or_nothing(image: Path) -> str:
    try:
        return hash_file(image)
    except OSError:
        return ""


def _save(outcome: Outcome, options: argparse.Namespace) -> str:
    assert outcome.result is not None
    if options.save_results is not None:
        outcome.result.save(options.save_results, outcome.image.name)
    if options.save is None or "SegOverlaid" not in outcome.result.images:
        return ""
    return str(write_free(options.save / outcome.image.name, OVERLAY_SUFFIX, outcome.result.images.png("SegOverlaid")))


def _headers(lines: Sequence[str]) -> dict[str, str]:
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise ValueError("a --header must have the form 'NAME: VALUE'")
        headers[name.strip()] = value.strip()
    return headers


def _bar(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console)


def _summarise(tally: Tally, out: Path, console: Console) -> None:
    for name, why in tally.failures[:_SHOWN_FAILURES]:
        console.print(_printable(f"{name}: {why}"), markup=False)
    if len(tally.failures) > _SHOWN_FAILURES:
        console.print(f"and {len(tally.failures) - _SHOWN_FAILURES} more: see the column error")
    parts = [f"{tally.scored} scored"]
    if tally.done_before:
        parts.append(f"{tally.done_before} done before")
    if tally.failures:
        parts.append(f"{len(tally.failures)} failed")
    if tally.left:
        parts.append(f"{tally.left} not tried, since the server is away; run the same command to continue")
    console.print(_printable(f"{', '.join(parts)}: {out}"), markup=False)


def _printable(text: str) -> str:
    """`text` without bytes that cannot be printed: a file name may be invalid UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
