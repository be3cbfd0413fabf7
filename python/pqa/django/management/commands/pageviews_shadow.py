"""
Says whether the dashboard's comparisons (PQA["DASHBOARD"] = "shadow") are enough to trust
the archive.

    python manage.py pageviews_shadow
    python manage.py pageviews_shadow --days 14 --answers 1000
"""
from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

import pqa

from ... import conf as site_conf

_DIFFERENT = 13


class Command(BaseCommand):
    help = "Say whether the archive's answers were the database's, and often enough"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--evidence", help="The file [PQA['SHADOW_EVIDENCE']]")
        parser.add_argument("--days", type=int, default=0,
                            help="With equal answers that are wanted since the last "
                                 "difference [7]")
        parser.add_argument("--answers", type=int, default=0,
                            help="Equal ones that are wanted since then [100]")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = options["evidence"] or site_conf.read().shadow_evidence
            if not path:
                raise CommandError("No evidence: say --evidence FILE, or set "
                                   "PQA['SHADOW_EVIDENCE']", returncode=10)
            told = pqa.shadow_summary(path, days=options["days"], answers=options["answers"])
        except ImproperlyConfigured as error:
            raise CommandError(str(error), returncode=10) from error
        except pqa.Error as error:
            raise CommandError(str(error), returncode=error.exit_code) from error
        self._tell(told)

    def _tell(self, told: pqa.ShadowSummary) -> None:
        self.stdout.write(f"{told.compared} compared: {told.equal} equal, {told.different} "
                          f"different; {told.failed} could not be compared")
        if told.compared:
            self.stdout.write(f"From {_time(told.first_ms)} to {_time(told.last_ms)} UTC; "
                              f"archive {told.archive_us / told.compared / 1000:.1f} ms, "
                              f"database {told.database_us / told.compared / 1000:.1f} ms "
                              "a question")
        if told.is_ready:
            self.stdout.write(self.style.SUCCESS(told.message))
        elif told.different:
            raise CommandError(told.message, returncode=_DIFFERENT)
        else:
            self.stdout.write(self.style.WARNING(told.message))


def _time(at_ms: int) -> str:
    at = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%d %H:%M")
