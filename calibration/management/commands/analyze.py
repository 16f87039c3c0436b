"""`manage.py analyze FILE`: agreement and accuracy of a CSV of ratings, without a database."""

import json
import os
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand
from django.utils import timezone

from calibration.analysis.assembling import assemble
from calibration.analysis.documents import report_document
from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import Layout, fit_layout
from calibration.analysis.measures import Report, Settings, measure
from calibration.analysis.pages import report_page
from calibration.analysis.reading import read_columns
from calibration.analysis.tables import open_table
from calibration.analysis.terminal import terminal_report
from calibration.stats import Level

_COLUMNS = {"item_column": "item", "rater_column": "rater", "label_column": "label", "gold_column": "gold"}


# Replicates beyond this tell nothing more.
_MOST_REPLICATES = 100_000


class Command(BaseCommand):
    help = (
        "Measures agreement and accuracy in a CSV of ratings. Three shapes: long, a column a rater, decisions with QA."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="CSV with a header, JSON Lines, or tasks of Label Studio, in UTF-8"
        )
        for option, role in _COLUMNS.items():
            parser.add_argument(
                f"--{option.replace('_', '-')}", metavar="NAME", help=f"column of the {role} (default: {role})"
            )
        parser.add_argument("--qa-column", metavar="NAME", help="column of a QA decision beside each label")
        parser.add_argument("--time-column", metavar="NAME", help="column of the seconds that each answer took")
        parser.add_argument(
            "--wide", type=_names, default=(), metavar="C1,C2", help="columns that each hold one rater's labels"
        )
        parser.add_argument(
            "--by",
            type=_names,
            default=(),
            metavar="A,B",
            help="columns to cut by; week, month and day come from a date",
        )
        parser.add_argument("--categories", type=_names, default=(), metavar="A,B", help="all labels that may be given")
        parser.add_argument(
            "--order", type=_names, default=(), metavar="A,B", help="labels from least to most, for --level ordinal"
        )
        parser.add_argument(
            "--multi", metavar="SEPARATOR", help="labels are sets, their members with this between them, as in a|b"
        )
        parser.add_argument(
            "--no-violation",
            metavar="LABEL",
            help="the label of harmless items; false alarms and misses are told apart",
        )
        parser.add_argument(
            "--bootstrap", type=int, default=0, metavar="N", help="also resample N times for intervals, from 100 on"
        )
        parser.add_argument("--target", type=float, default=0.95, help="accuracy to reach, as a share (default: 0.95)")
        parser.add_argument(
            "--level", choices=[level.value for level in Level], default="nominal", help="what labels mean"
        )
        parser.add_argument(
            "--duplicates",
            choices=["last", "first", "error"],
            default="last",
            help="which rating of a repeated item and rater counts",
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")
        parser.add_argument("--html", type=Path, metavar="OUT", help="also write one self-contained page")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            report = _report(options, Progress(sys.stderr))
            page = (
                report_page(report, source=options["file"].name, made_on=timezone.now().date())
                if options["html"]
                else None
            )
            if page is not None:
                write_whole(options["html"], page)
        except BadInput as problem:
            self.stderr.write(str(problem))
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(report_document(report), indent=1, allow_nan=False, ensure_ascii=False))
        else:
            self.stdout.write(terminal_report(report, width=shutil.get_terminal_size((120, 40)).columns))
        for warning in report.ratings.warnings if options["json"] else ():
            self.stderr.write(f"Note: {warning}")
        if page is not None:
            self.stderr.write(f"The report is in {options['html']}.")


class Progress:
    """A line on a terminal that tells how far the work is, shown once it has taken a second; silent elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_shown = stream.isatty()
        self._started = time.monotonic()

    def part(self, name: str, first: float, last: float) -> Callable[[float], None]:
        """A function that takes the share done of one part, which spans `first` to `last` of the whole."""
        return lambda share: self._draw(name, first + share * (last - first))

    def clear(self) -> None:
        """Leave an empty line."""
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, name: str, share: float) -> None:
        if self._is_shown and time.monotonic() - self._started > 1:
            filled = round(30 * share)
            self._stream.write(f"\r\x1b[K{name:<10} {'█' * filled}{'░' * (30 - filled)} {share:4.0%}")
            self._stream.flush()


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises BadInput where that is not possible."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}. Choose a folder that exists and is yours."
        ) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _report(options: dict[str, Any], progress: Progress) -> Report:
    if not 0 < options["target"] < 1:
        raise BadInput(f"--target {options['target']:g} is not a share: write 0.95 for 95 %.")
    _check_repeats("--categories", options["categories"])
    if options["bootstrap"] and not 100 <= options["bootstrap"] <= _MOST_REPLICATES:
        raise BadInput(f"--bootstrap {options['bootstrap']}: write a number from 100 to {_MOST_REPLICATES:,}, as 1000.")
    if options["multi"] is not None and not options["multi"].strip():
        raise BadInput('--multi needs what stands between the labels of a set, as in --multi "|".')
    path = options["file"]
    layout, named = _layout(options)
    try:
        separator = options["multi"] or ""
        table = open_table(path, separator=separator)
        layout = fit_layout(layout, table.header, file=str(path), named=named, others=_other_arguments(options))
        columns = read_columns(table, layout, progress=progress.part("Reading", 0, 0.7))
        ratings = assemble(
            columns, categories=options["categories"], duplicates=options["duplicates"], separator=separator
        )
        settings = Settings(
            target=options["target"],
            level=Level(options["level"]),
            order=options["order"],
            no_violation=options["no_violation"],
            replicates=options["bootstrap"],
        )
        return measure(ratings, settings, progress=progress.part("Measuring", 0.7, 1))
    finally:
        progress.clear()


def _layout(options: dict[str, Any]) -> tuple[Layout, frozenset[str]]:
    """The columns asked for, and which of them by name."""
    given = {role: options[option] for option, role in _COLUMNS.items() if options[option]}
    if options["wide"] and ("rater" in given or "label" in given):
        raise BadInput("--wide names a column a rater, so --rater-column and --label-column do not go with it.")
    if len(set(options["wide"])) != len(options["wide"]):
        raise BadInput("--wide names a column twice.")
    return Layout(
        **given, qa=options["qa_column"], wide=options["wide"], by=options["by"], time=options["time_column"]
    ), frozenset(given)


def _check_repeats(option: str, names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names):
        raise BadInput(f"{option} names a label twice.")


def _other_arguments(options: dict[str, Any]) -> list[str]:
    """The arguments that do not name columns, as they were given, for the command that is suggested."""
    found = [] if options["target"] == 0.95 else ["--target", f"{options['target']:g}"]
    for name in ("categories", "order"):
        found += [f"--{name}", ",".join(options[name])] if options[name] else []
    found += [] if options["level"] == "nominal" else ["--level", options["level"]]
    found += ["--no-violation", options["no_violation"]] if options["no_violation"] else []
    found += ["--bootstrap", str(options["bootstrap"])] if options["bootstrap"] else []
    found += ["--multi", options["multi"]] if options["multi"] else []
    found += [] if options["duplicates"] == "last" else ["--duplicates", options["duplicates"]]
    found += ["--json"] if options["json"] else []
    return found + (["--html", str(options["html"])] if options["html"] else [])
