"""`manage.py write_metrics_docs`: the parts of docs/metrics.md that come from the docstrings of calibration.stats."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from calibration.management.commands.analyze import write_whole
from calibration.management.metric_entries import fill_blocks


class Command(BaseCommand):
    help = "Writes the entries of docs/metrics.md from the docstrings of calibration.stats; --check only compares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the document is old")
        parser.add_argument("--file", type=Path, default=None, metavar="PATH", help="default: docs/metrics.md")

    def handle(self, *_args: object, **options: Any) -> None:
        path = options["file"] or Path(settings.BASE_DIR) / "docs" / "metrics.md"
        try:
            old = path.read_text(encoding="utf-8")
            new = fill_blocks(old)
        except (OSError, ValueError) as problem:
            self.stderr.write(str(problem))
            sys.exit(2)
        if old == new:
            self.stdout.write(f"{path} agrees with the docstrings.")
        elif options["check"]:
            self.stderr.write(f"{path} differs from the docstrings. Run manage.py write_metrics_docs.")
            sys.exit(1)
        else:
            write_whole(path, new)
            self.stdout.write(f"{path} is written.")
