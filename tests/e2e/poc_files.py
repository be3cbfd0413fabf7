"""Parquet files as the proof of concept writes them: its own code, where the seed is there,
over a site's database; and the same columns in all types that pandas may give them."""
import contextlib
import datetime
import importlib.util
import io
import os
import pathlib
import random
import sys
import types

import pandas

SEED = pathlib.Path(os.environ.get(
    "PQA_SEED", pathlib.Path(__file__).parents[2] / "../shared/seed")) / "poc/parquet.py"
ROOT = "analytics/pageviews"
COLUMNS = ["id", "project_id", "project_slug", "version_id", "version_slug", "path",
           "full_path", "view_count", "date", "status"]


class Storage:
    """Saves as Django's FileSystemStorage: a name that is taken gets a suffix."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.names = random.Random(5)

    def save(self, name, content):
        path = self.root / name
        while path.exists():
            letters = "".join(self.names.choices("abcXYZ0189", k=7))
            path = (self.root / name).with_name(f"{path.stem[:20]}_{letters}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read())
        return str(path.relative_to(self.root))


class Rows:
    """What the proof of concept asks of a queryset."""

    def __init__(self, site, date=None):
        self.site, self.date = site, date

    def filter(self, date):
        return Rows(self.site, date)

    def select_related(self, *names):
        return self

    def exists(self):
        return bool(self.values("id"))

    def values(self, *names):
        return [dict(zip(names, row)) for row in self.site.archive_rows().values()
                if row[8] == self.date]


def make_frame(rows):
    """As the proof of concept makes one of the rows of a queryset."""
    return pandas.DataFrame([dict(zip(COLUMNS, row)) for row in rows])


def write_frame(frame, path, **options):
    buffer = io.BytesIO()
    frame.to_parquet(buffer, **{"index": False, "compression": "snappy", **options})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return path


def day_path(root, date, project=None):
    base = pathlib.Path(root) / ROOT / (f"project/{project}" if project else "")
    return base / f"{date:%Y/%m/%d}/pageviews_{date}.parquet"


@contextlib.contextmanager
def stand_ins(site, per_project):
    """The modules that the seed's parquet.py imports."""
    def module(name, **members):
        made = types.ModuleType(name)
        made.__dict__.update(members)
        return name, made
    page_view = types.SimpleNamespace(objects=Rows(site))
    made = dict([
        module("django"), module("readthedocs"), module("readthedocs.analytics"),
        module("django.conf", settings=types.SimpleNamespace(
            RTD_PARQUET_EXPORT_PER_PROJECT=per_project)),
        module("django.utils", timezone=types.SimpleNamespace(now=datetime.datetime.now)),
        module("readthedocs.analytics.models", PageView=page_view)])
    before = {name: sys.modules.get(name) for name in made}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name, old in before.items():
            sys.modules.pop(name) if old is None else sys.modules.update({name: old})


def export_by_the_seed(site, root, date, per_project):
    with stand_ins(site, per_project):
        spec = importlib.util.spec_from_file_location("seed_parquet", SEED)
        seed = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(seed)
        return seed.ParquetAnalyticsExporter(Storage(root)).export_daily_pageviews(date)


def export_day(site, root, date, per_project=False):
    """Writes the day's files, by the seed's own code where it is there."""
    if SEED.exists():
        return export_by_the_seed(site, root, date, per_project)
    storage = Storage(root)
    frame = make_frame(row for row in site.archive_rows().values() if row[8] == date)
    slugs = [None, *(frame["project_slug"].unique() if per_project else [])]
    for slug in slugs:
        chosen = frame if slug is None else frame[frame["project_slug"] == slug]
        buffer = io.BytesIO()
        chosen.to_parquet(buffer, index=False, compression="snappy")
        buffer.seek(0)
        storage.save(str(day_path("", date, slug)), buffer)
    return None
