"""System checks: what of the settings would not work, or would lose rows."""
from __future__ import annotations

import os
from typing import Any, Callable, Iterator, Optional, Sequence

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands, load_command_class
from django.db import DatabaseError, router
from django.utils.module_loading import import_string

import pqa

from . import archive as site
from . import conf as site_conf
from . import dashboard, databases, names, storages

_DASHBOARD_DAYS = 30
_COMMAND = "export_pageviews_to_parquet"
_SITES_DELETION = "delete_old_page_counts"
# Celery's name in the namespace CELERY, and its old one, which Read the Docs has.
_SCHEDULES = ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE")


@checks.register("pqa")
def check_settings(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Without asking the database or the store: pqa doctor does that."""
    try:
        conf = site_conf.read()
    except (ImproperlyConfigured, TypeError) as error:
        return [checks.Error(str(error), id="pqa.E001")]
    found: list[checks.CheckMessage] = []
    for check in (_check_command, _check_place, _check_database, _check_model, _check_urls,
                  _check_methods, _check_evidence, _check_kept_days, _check_time_zone,
                  _check_schedule):
        found.extend(check(conf))
    return found


def _try(identifier: str, hint: Optional[str], call: Callable[..., Any],
         *arguments: Any) -> tuple[Any, list[checks.CheckMessage]]:
    try:
        return call(*arguments), []
    except (ImproperlyConfigured, ImportError, pqa.Error, TypeError, ValueError) as error:
        return None, [checks.Error(str(error), hint=hint, id=identifier)]


def _check_command(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    """Of two apps that have a command Django takes that of the earlier one: the proof of
    concept's would export by this package, and then delete by date."""
    app = get_commands().get(_COMMAND, "pqa.django")
    if app != "pqa.django" and not _is_ours(str(app)):
        yield checks.Error(
            f"manage.py {_COMMAND} is the command of the app {app}, not of pqa.django: its "
            "--delete-after-export may delete page views that are in no archive.",
            hint=f"Remove management/commands/{_COMMAND}.py from {app}.", id="pqa.E007")


def _is_ours(app: str) -> bool:
    """Whether the app's command is made from ours."""
    from .management.commands.export_pageviews_to_parquet import Command
    try:
        return isinstance(load_command_class(app, _COMMAND), Command)
    except Exception:  # whatever its module does
        return False


def _check_place(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    place, errors = _try("pqa.E002", "Set PQA['STORE'] or PQA['STORAGE'].",
                         storages.find_place, conf)
    yield from errors
    if place is None:
        return
    yield from _try("pqa.E001", None, site.try_arguments, conf, place)[1]
    if place.store.startswith("s3://"):
        yield from _check_region(place)
    elif _is_served(place.store):
        yield checks.Error(
            f"The archive's directory {place.store} is MEDIA_ROOT, or in it: who guesses a "
            "name can download the page views of every project.",
            hint="Set PQA['STORE'] to a directory that no web server serves, or "
                 "PQA['STORAGE'] to another storage.", id="pqa.E003")


def _is_served(store: str) -> bool:
    root = settings.MEDIA_ROOT
    if not root:
        return False
    inside, outside = os.path.realpath(store), os.path.realpath(root)
    return bool(os.path.commonpath([inside, outside]) == outside)


def _check_region(place: storages.Place) -> Iterator[checks.CheckMessage]:
    variables = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE")
    if place.arguments.get("s3_region") or place.arguments.get("s3_profile"):
        return
    if not any(os.environ.get(name) for name in variables):
        yield checks.Warning(
            f"The archive is in {place.store}, and no region is set: us-east-1 is taken.",
            hint="Set AWS_S3_REGION_NAME, or region_name in the storage's OPTIONS.",
            id="pqa.W001")


def _check_database(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    if conf.through_connection:
        if not settings.DEBUG and not _is_testing():
            yield checks.Warning("PQA['THROUGH_CONNECTION'] is for tests: it copies rows "
                                 "and cannot delete.", id="pqa.W002")
        return
    for alias in {conf.database, conf.delete_database} - {None}:
        yield from _try("pqa.E004", None, databases.database_url, alias)[1]


def _is_testing() -> bool:
    from django.core import mail
    return hasattr(mail, "outbox")


def _check_model(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    yield from _try("pqa.E005", "PQA['MODEL'] must have the fields that page views have: "
                    + ", ".join(names.COLUMNS.values()) + "; PQA['ORGANIZATION_MODEL'] slug "
                    "and projects.", names.site_names, conf)[1]


def _model(conf: site_conf.Conf) -> Any:
    """What PQA names, where it can be found."""
    try:
        return names.page_view_model(conf.model) if conf.model else None
    except ImproperlyConfigured:  # it is told of by another check
        return None


def _is_answered(model: Any) -> bool:
    """Whether the model or a manager of it has the dashboard's questions from here."""
    return issubclass(model, dashboard.ArchivedPageViewMixin) or any(
        isinstance(manager, dashboard.ArchivedPageViewManagerMixin)
        for manager in model._meta.managers)


def _check_urls(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    if conf.url_resolver is not None:
        yield from _try("pqa.E008", "PQA['URL_RESOLVER'] is 'module.function'.",
                        import_string, conf.url_resolver)[1]
        return
    model = _model(conf)
    if model is not None and _is_answered(model):
        yield checks.Warning(
            f"{model._meta.label} has the dashboard's questions from pqa.django, and "
            "PQA['URL_RESOLVER'] is not set: the links of top pages are paths without a "
            "domain.",
            hint="Set PQA['URL_RESOLVER'] to 'module.function': (project, per_version) gives a "
                 "function from a path to its URL.", id="pqa.W006")


def _check_methods(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    """A method that is left in the model comes before the mixin's."""
    mixin, model = dashboard.ArchivedPageViewMixin, _model(conf)
    if model is None or not issubclass(model, mixin):
        return
    for name in ("top_viewed_pages", "page_views_by_date"):
        owner = next(kind for kind in model.__mro__ if name in vars(kind))
        if owner is not mixin:
            yield checks.Warning(
                f"{owner.__name__} has a method {name} of its own, which answers in place of "
                "ArchivedPageViewMixin's: the archive is not asked.",
                hint=f"Remove {name} from {owner.__module__}.{owner.__name__}.",
                id="pqa.W007")


def _check_evidence(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    if conf.dashboard != "shadow":
        return
    folder = os.path.dirname(os.path.abspath(os.fspath(conf.shadow_evidence or "")))
    if not os.access(folder, os.W_OK):
        yield checks.Error(f"PQA['SHADOW_EVIDENCE'] cannot be written: {folder} is not there, "
                           "or not writable for this user.", id="pqa.E006")


def _check_kept_days(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    """The dashboard shows 30 days and today."""
    if conf.dashboard != "archive" and 0 < (conf.keep_database_days or 0) <= _DASHBOARD_DAYS:
        yield checks.Warning(
            f"PQA['DASHBOARD'] is '{conf.dashboard}', and PQA['KEEP_DATABASE_DAYS'] leaves the "
            f"database {conf.keep_database_days} days: the dashboard shows "
            f"{_DASHBOARD_DAYS + 1}.",
            hint="Let the archive answer ('archive'), or keep more days.", id="pqa.W005")


def _check_time_zone(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    if settings.TIME_ZONE not in ("UTC", "Etc/UTC", "GMT"):
        yield checks.Warning(
            f"TIME_ZONE is {settings.TIME_ZONE}, and days end at midnight UTC here: rows of "
            "a day may still come after it was exported; nothing is lost, the next export "
            "of that day takes them in.",
            hint="Run the export after your own midnight too, or set TIME_ZONE to UTC.",
            id="pqa.W003")


def _deletes_by_date(task: Any, conf: site_conf.Conf) -> bool:
    return str(task).rsplit(".", 1)[-1] == _SITES_DELETION and task != conf.delete_task


def _by_date(where: str, task: str, conf: site_conf.Conf) -> checks.CheckMessage:
    """The site's own task deletes by date, whether a day is archived or not."""
    return checks.Warning(
        f"{where} still runs {task}, which deletes page views by their date, also those that "
        "were never exported.",
        hint=f"Schedule {conf.delete_task} instead, with PQA['KEEP_DATABASE_DAYS'].",
        id="pqa.W004")


def _check_schedule(conf: site_conf.Conf) -> Iterator[checks.CheckMessage]:
    for setting in _SCHEDULES:
        for name, entry in dict(getattr(settings, setting, None) or {}).items():
            task = entry.get("task") if isinstance(entry, dict) else None
            if _deletes_by_date(task, conf):
                yield _by_date(f"{setting}['{name}']", str(task), conf)


@checks.register("pqa", checks.Tags.database)
def check_database_schedule(databases: Optional[Sequence[str]] = None,
                            **kwargs: Any) -> list[checks.CheckMessage]:
    """What django-celery-beat keeps in the database stays there when it leaves the settings;
    looked at by ``manage.py check --database default``."""
    if not apps.is_installed("django_celery_beat"):
        return []
    model = apps.get_model("django_celery_beat", "PeriodicTask")
    alias = router.db_for_read(model)
    if alias not in (databases or ()):
        return []
    try:
        conf = site_conf.read()
        kept = list(model.objects.using(alias).filter(enabled=True).values_list("name", "task"))
    except (DatabaseError, ImproperlyConfigured):  # not migrated yet; told by check_settings
        return []
    return [_by_date(f"The periodic task '{name}' of django-celery-beat", task, conf)
            for name, task in kept if _deletes_by_date(task, conf)]
