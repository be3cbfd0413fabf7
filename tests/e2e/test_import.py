"""pqa import-files: the proof of concept's files become the archive's days."""
import base64
import collections
import datetime
import json
import os
import shutil
import signal
import time

import pandas
import pyarrow
import pyarrow.parquet.encryption
import pytest
from pageview_site import DAYS, FIRST, LAST, PROJECTS
from poc_files import COLUMNS, ROOT, day_path, export_day, make_frame, write_frame
from program import Program
from s3_program import S3Program, Trial
from s3_servers import BUCKET
from test_s3 import prefix, versitygw  # noqa: F401

DAY = DAYS[3]  # 2024-02-29
ONE_DAY = datetime.timedelta(1)


def day_rows(site, *days):
    return {number: row for number, row in site.archive_rows().items()
            if not days or row[8] in days}


@pytest.fixture
def files(sqlite_pqa, tmp_path):
    """The program with no database, and a folder for files."""
    program = Program(tmp_path / "store", None, tmp_path)
    program.root = tmp_path / "media"
    program.root.mkdir()
    return program


def import_json(pqa, *arguments, **options):
    done = pqa("import-files", *arguments, "--format", "json", **options)
    return {row["path"]: row for row in json.loads(done.stdout)}


def refused(pqa, path, *parts, code=1):
    """The import fails with the file's name and these words, and leaves nothing."""
    done = pqa("import-files", path, code=code)
    for part in [str(path), *parts]:
        assert part in done.stderr, done.stderr
    assert pqa.archive_rows() == {}


# --- What the seed's own code writes ---

def test_files_of_the_seed_are_the_archive(site, pqa, tmp_path):
    for day in DAYS:
        export_day(site, tmp_path / "media", day)
    pqa("import-files", tmp_path / "media")
    assert pqa.archive_rows() == site.archive_rows()
    pqa("verify", "--depth", "rows")
    pqa("verify", "--against-database")


def test_days_exported_again_whole_and_by_project_are_taken_once(sqlite_site, files):
    for day in DAYS:
        export_day(sqlite_site, files.root, day, per_project=True)
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 2"
                        " WHERE id % 3 = 0 AND date = ?", DAY)
    export_day(sqlite_site, files.root, DAY)
    export_day(sqlite_site, files.root, DAY)
    told = import_json(files, files.root)
    assert files.archive_rows() == sqlite_site.archive_rows()
    assert len(told) == len(list(files.root.rglob("*.parquet")))
    assert sum(path.rsplit("/", 1)[1].startswith("pageviews_2024-02-29_") for path in told) >= 2
    for row in told.values():
        assert row["rows"] == row["taken"] + row["doubled"] + row["left_out"]
    assert sum(row["taken"] for row in told.values()) == len(sqlite_site.archive_rows())
    files("verify", "--depth", "rows")


def test_import_twice_changes_nothing(sqlite_site, files):
    export_day(sqlite_site, files.root, DAY, per_project=True)
    files("import-files", files.root)
    version = files.version()
    assert "unchanged" in files("import-files", files.root).stdout
    assert files.version() == version


def test_dry_run_leaves_nothing(sqlite_site, files):
    export_day(sqlite_site, files.root, DAY)
    done = files("import-files", files.root, "--dry-run")
    assert "would be written" in done.stdout
    assert not files.store.exists()


# --- Later exports of the database ---

def test_later_export_merges_with_no_row_doubled(site, pqa, tmp_path):
    for day in DAYS:
        export_day(site, tmp_path / "media", day, per_project=True)
    Program(pqa.store, None, tmp_path)("import-files", tmp_path / "media")
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id % 5 = 0")
    expected = site.archive_rows()
    site.execute("DELETE FROM analytics_pageview WHERE id % 7 = 0")
    expected |= site.archive_rows()
    deleted = {number for number in expected if number % 7 == 0}
    pqa("export", "--since", FIRST, "--until", LAST)
    found = pqa.archive_rows()
    assert set(found) == set(expected)
    assert {n: r for n, r in found.items() if n not in deleted} == site.archive_rows()
    pqa("verify", "--depth", "rows")
    pqa("verify", "--against-database")
    pqa("delete-exported", "--since", FIRST, "--until", LAST)
    assert site.archive_rows() == {} and pqa.archive_rows() == found


def test_what_the_archive_has_with_more_views_stays(site, pqa, tmp_path):
    export_day(site, tmp_path / "media", DAY)
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id % 2 = 0")
    site.execute("UPDATE projects_project SET slug = 'renamed' WHERE id = 1")
    pqa("export", "--date", DAY)
    expected, version = pqa.archive_rows(), pqa.version()
    assert "unchanged" in Program(pqa.store, None, tmp_path)(
        "import-files", tmp_path / "media").stdout
    assert pqa.archive_rows() == expected and pqa.version() == version


def test_rows_that_the_database_lost_are_added_to_the_archive(site, pqa, tmp_path):
    export_day(site, tmp_path / "media", DAY)
    expected = day_rows(site, DAY)
    site.execute("DELETE FROM analytics_pageview WHERE id % 3 = 0")
    pqa("export", "--date", DAY)
    assert pqa.archive_rows() != expected
    pqa("import-files", tmp_path / "media")
    assert pqa.archive_rows() == expected
    pqa("verify", "--against-database")


def test_import_says_nothing_of_the_source_without_a_database(site, pqa, tmp_path):
    export_day(site, tmp_path / "media", DAY)
    Program(pqa.store, None, tmp_path)("import-files", tmp_path / "media")
    assert pqa.ask("status")[0]["source"] is None
    pqa("export", "--date", FIRST)
    assert pqa.ask("status")[0]["source"]


def test_import_with_a_database_is_of_that_database(site, pqa, sqlite_site, tmp_path):
    export_day(site, tmp_path / "media", DAY)
    pqa("import-files", tmp_path / "media")
    source = pqa.ask("status")[0]["source"]
    pqa("export", "--date", FIRST)
    assert pqa.ask("status")[0]["source"] == source
    shutil.copy(sqlite_site.path, tmp_path / "other.db")
    pqa.db = f"sqlite:{tmp_path / 'other.db'}"
    assert "--adopt-source" in pqa("import-files", tmp_path / "media", code=13).stderr


def test_only_days_of_whole_files_are_covered(sqlite_site, sqlite_pqa, tmp_path):
    media = tmp_path / "media"
    export_day(sqlite_site, media, FIRST)
    export_day(sqlite_site, media, DAY, per_project=True)
    shutil.rmtree(day_path(media, DAY).parent)  # the whole day's
    shutil.rmtree(media / ROOT / "project/django")
    done = sqlite_pqa("import-files", media)
    assert "1 days only files of single projects" in done.stderr
    assert sqlite_pqa.ask("status")[0]["covered"] == str(FIRST)
    sqlite_pqa.backfill(FIRST, LAST)
    assert sqlite_pqa.archive_rows() == sqlite_site.archive_rows()


def test_a_row_of_a_compacted_month_is_added(sqlite_site, sqlite_pqa, tmp_path):
    rows = list(day_rows(sqlite_site, DAY).values())
    for day in DAYS:
        export_day(sqlite_site, tmp_path / "media", day)
    late = make_frame(rows[:1]).assign(id=10**6, path="/late.html")
    sqlite_pqa("import-files", tmp_path / "media")
    sqlite_pqa("compact")
    write_frame(late, day_path(tmp_path / "late", DAY))
    sqlite_pqa("import-files", tmp_path / "late")
    found = sqlite_pqa.archive_rows()
    assert found.pop(10**6)[5] == "/late.html" and found == sqlite_site.archive_rows()
    sqlite_pqa("verify", "--depth", "rows")


# --- Questions ---

def answers_of(rows, project):
    """A dict's answers: top pages, views a day, of versions, 404s."""
    top, daily, versions, missing = (collections.Counter() for _ in range(4))
    for row in rows:
        if row[1] != project:
            continue
        if row[9] == 200:
            top[row[5]] += row[7]
            daily[str(row[8])] += row[7]
            versions[row[4]] += row[7]
        if row[9] == 404:
            missing[row[5]] += row[7]
    return [dict(counter) for counter in (top, daily, versions, missing)]


@pytest.mark.parametrize("drop", [[], ["id"]], ids=["ids", "no-ids"])
def test_answers_are_those_of_a_dict(sqlite_site, files, drop):
    best = {}
    for n, day in enumerate(DAYS):
        rows = list(day_rows(sqlite_site, day).values())
        first = make_frame(rows)
        second = first.iloc[: len(rows) // 2].assign(view_count=lambda f: f.view_count + n)
        for name, frame in ("", first), ("_a1B2c3D", second):
            path = day_path(files.root, day).with_name(f"pageviews_{day}{name}.parquet")
            write_frame(frame.drop(columns=drop), path)
        for row in [*rows, *(r[:7] + (r[7] + n,) + r[8:] for r in rows[: len(rows) // 2])]:
            best[row[0]] = max(best.get(row[0], row), row, key=lambda r: r[7])
    files("import-files", files.root)
    for project in (1, 2, 5):
        name = PROJECTS[project]
        days = ["--since", FIRST, "--until", LAST]
        top, daily, versions, missing = answers_of(best.values(), project)
        assert {r["path"]: r["views"] for r in files.ask("top", name, *days, "--limit", 0)} == top
        assert {r["date"]: r["views"] for r in files.ask("daily", name, *days)
                if r["views"]} == daily
        assert {r["version"]: r["views"] for r in files.ask("versions", name, *days)} == versions
        assert {r["path"]: r["views"]
                for r in files.ask("not-found", name, *days, "--limit", 0)} == missing
    assert len(files.archive_rows()) == len(best)
    files("verify", "--depth", "rows")


# --- Rows without ids ---

def without_ids(rows):
    return collections.Counter(tuple(row)[1:] for row in rows)


def test_rows_without_ids_get_the_databases_when_it_is_exported(site, pqa, tmp_path):
    for day in DAYS:
        frame = make_frame(day_rows(site, day).values()).drop(columns="id")
        write_frame(frame, day_path(tmp_path / "media", day))
    pqa("import-files", tmp_path / "media")
    found = pqa.archive_rows()
    assert all(number < -2**62 for number in found)
    assert without_ids(found.values()) == without_ids(site.archive_rows().values())
    version = pqa.version()
    pqa("import-files", tmp_path / "media")
    assert pqa.version() == version
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id % 5 = 0")
    pqa("export", "--since", FIRST, "--until", LAST)
    assert pqa.archive_rows() == site.archive_rows()
    pqa("verify", "--depth", "rows")
    pqa("verify", "--against-database")
    pqa("import-files", tmp_path / "media")
    assert pqa.archive_rows() == site.archive_rows()


def test_rows_with_and_without_ids_are_one(sqlite_site, files):
    frame = make_frame(day_rows(sqlite_site, DAY).values())
    more = frame.assign(view_count=frame.view_count + (frame.id % 2)).drop(columns="id")
    write_frame(frame, day_path(files.root, DAY))
    write_frame(more, day_path(files.root / "more", DAY))
    files("import-files", files.root)
    found = files.archive_rows()
    assert {n: row[7] for n, row in found.items()} == {
        n: row[7] + n % 2 for n, row in day_rows(sqlite_site, DAY).items()}


def test_rows_doubled_in_one_file_without_ids_are_all_kept(sqlite_site, files):
    row = next(iter(day_rows(sqlite_site, DAY).values()))
    frame = make_frame([row] * 3).drop(columns="id").assign(view_count=[5, 9, 7])
    again = frame.assign(view_count=[8, 5, 9])  # another order, one has grown
    write_frame(frame, day_path(files.root, DAY))
    write_frame(again, day_path(files.root / "again", DAY))
    files("import-files", files.root)
    assert sorted(r[7] for r in files.archive_rows().values()) == [5, 8, 9]
    version = files.version()
    files("import-files", files.root)
    assert files.version() == version


def test_rows_doubled_without_ids_get_those_of_a_database_that_has_them_twice(
        sqlite_site, sqlite_pqa, tmp_path):
    number, row = next(iter(day_rows(sqlite_site, DAY).items()))
    sqlite_site.insert([(10**6, row[1], row[3], *row[5:])])  # the same but for its id
    frame = make_frame(day_rows(sqlite_site, DAY).values()).drop(columns="id")
    write_frame(frame, day_path(tmp_path / "media", DAY))
    sqlite_pqa("import-files", tmp_path / "media")
    sqlite_pqa("export", "--date", DAY)
    assert sqlite_pqa.archive_rows() == day_rows(sqlite_site, DAY)


def test_many_rows_of_one_path_without_ids(sqlite_site, sqlite_pqa, tmp_path):
    """More than a page of them, whose versions have no slugs: all stand in one place."""
    day = DAYS[0]
    sqlite_site.execute("DELETE FROM analytics_pageview")
    sqlite_site.insert([(n + 1, 1 + n % 2, 10**6 + n // 2 % 3000, f"/p{n // 12000}.html", None, 5,
                         day, 200 if n % 12000 < 6000 else 404) for n in range(48000)])
    frame = make_frame(sqlite_site.archive_rows().values()).drop(columns="id")
    write_frame(frame, day_path(tmp_path / "media", day))
    sqlite_pqa("import-files", tmp_path / "media")
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = 6 WHERE id % 3 = 0")
    sqlite_pqa("export", "--date", day)
    assert sqlite_pqa.archive_rows() == sqlite_site.archive_rows()


def test_more_rows_of_one_path_than_a_page_are_refused(sqlite_site, sqlite_pqa, tmp_path):
    day = DAYS[0]
    sqlite_site.execute("DELETE FROM analytics_pageview")
    sqlite_site.insert([(n + 1, 1, 10**6 + n, "/", None, 5, day, 200) for n in range(20000)])
    frame = make_frame(sqlite_site.archive_rows().values()).drop(columns="id")
    write_frame(frame, day_path(tmp_path / "media", day))
    sqlite_pqa("import-files", tmp_path / "media")
    before = sqlite_pqa.archive_rows()
    done = sqlite_pqa("export", "--date", day, code=1)
    assert "too many rows agree" in done.stderr
    assert sqlite_pqa.archive_rows() == before and len(before) == 20000


def test_rows_without_ids_cannot_be_restored(sqlite_site, sqlite_pqa, tmp_path):
    frame = make_frame(day_rows(sqlite_site, DAY).values()).drop(columns="id")
    write_frame(frame, day_path(tmp_path / "media", DAY))
    sqlite_pqa("import-files", tmp_path / "media")
    done = sqlite_pqa("restore", "--since", DAY, "--until", DAY, code=1)
    assert "without ids" in done.stderr


# --- Types that pandas and others give the columns ---

def as_ints(frame, **kinds):
    return frame.astype(kinds)


def same_days(frame):
    return frame["date"].map(lambda d: pandas.Timestamp(d))


VARIANTS = {
    "null versions": lambda f: f.assign(version_id=None, version_slug=None),
    "null full paths": lambda f: f.assign(full_path=None),
    "double ids": lambda f: as_ints(f, id="float64", view_count="float64", status="float32"),
    "nullable ints": lambda f: f.assign(version_id=f.version_id.astype("Int64")),
    "small ints": lambda f: as_ints(f, status="uint16", view_count="uint32", project_id="int32"),
    "unsigned": lambda f: as_ints(f, id="uint64", status="int16"),
    "timestamps ns": lambda f: f.assign(date=same_days(f).astype("datetime64[ns]")),
    "timestamps us": lambda f: f.assign(date=same_days(f).astype("datetime64[us]")),
    "timestamps ms": lambda f: f.assign(date=same_days(f).astype("datetime64[ms]")),
    "timestamps UTC": lambda f: f.assign(
        date=same_days(f).astype("datetime64[ns]").dt.tz_localize("UTC")),
    "texts": lambda f: f.assign(date=f.date.astype(str)),
    "texts of times": lambda f: f.assign(date=f.date.astype(str) + " 00:00:00"),
    "categories": lambda f: f.assign(
        path=f.path.astype("category"), project_slug=f.project_slug.astype("category")),
    "objects": lambda f: f.astype({"path": object, "version_slug": object}),
    "more columns": lambda f: f.assign(extra=1, other="x"),
    "other order": lambda f: f[COLUMNS[::-1]],
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_types_of_pandas(sqlite_site, files, variant):
    frame = VARIANTS[variant](make_frame(day_rows(sqlite_site, DAY).values()))
    write_frame(frame, day_path(files.root, DAY))
    files("import-files", files.root)
    expected = day_rows(sqlite_site, DAY)
    if variant == "null versions":
        expected = {n: r[:3] + (None, None) + r[5:] for n, r in expected.items()}
    if variant == "null full paths":
        expected = {n: r[:6] + (None,) + r[7:] for n, r in expected.items()}
    assert files.archive_rows() == expected
    files("verify", "--depth", "rows")


@pytest.mark.parametrize("options", [
    {"use_deprecated_int96_timestamps": True}, {"compression": "zstd"},
    {"compression": None}, {"row_group_size": 17}, {"data_page_version": "2.0"},
    {"version": "1.0"}, {"use_dictionary": False}, {"engine": "fastparquet"},
    {"index": True}], ids=str)
def test_ways_of_writing(sqlite_site, files, options):
    frame = make_frame(day_rows(sqlite_site, DAY).values())
    if "use_deprecated_int96_timestamps" in options or "engine" in options:
        frame = frame.assign(date=same_days(frame).astype("datetime64[ns]"))
    if "engine" in options:
        frame = frame.astype({name: object for name in ("path", "full_path", "version_slug",
                                                        "project_slug")})
    path = day_path(files.root, DAY)
    if "engine" in options:
        path.parent.mkdir(parents=True)
        frame.to_parquet(path, index=False, compression="snappy", **options)
    else:
        write_frame(frame, path, **options)
    files("import-files", files.root)
    assert files.archive_rows() == day_rows(sqlite_site, DAY)


@pytest.mark.parametrize("writer", ["polars", "duckdb"])
def test_other_writers(sqlite_site, files, writer):
    import duckdb
    import polars
    path = day_path(files.root, DAY)
    path.parent.mkdir(parents=True)
    rows = pyarrow.Table.from_pylist(
        [dict(zip(COLUMNS, row)) for row in day_rows(sqlite_site, DAY).values()])
    if writer == "polars":
        polars.from_arrow(rows).write_parquet(path)
    else:
        duckdb.sql(f"COPY (FROM rows) TO '{path}' (FORMAT parquet)")
    files("import-files", files.root)
    assert files.archive_rows() == day_rows(sqlite_site, DAY)


@pytest.mark.parametrize("missing", [
    ["date"], ["project_slug"], ["full_path"], ["version_slug"],
    ["version_id", "version_slug"]], ids="-".join)
def test_missing_columns(sqlite_site, files, missing):
    rows = [r for r in day_rows(sqlite_site, DAY).values() if r[2] == "django"]
    frame = make_frame(rows).drop(columns=missing)
    write_frame(frame, day_path(files.root, DAY, "django"))
    files("import-files", files.root)
    gone = [COLUMNS.index(name) for name in missing if name in
            ("full_path", "version_slug", "version_id")]
    expected = {r[0]: tuple(None if i in gone else v for i, v in enumerate(r)) for r in rows}
    assert files.archive_rows() == expected


def test_slugs_come_from_the_database(sqlite_site, sqlite_pqa, tmp_path):
    frame = make_frame(day_rows(sqlite_site, DAY).values())
    write_frame(frame.drop(columns=["project_slug", "version_slug"]),
                day_path(tmp_path / "media", DAY))
    sqlite_pqa("import-files", tmp_path / "media")
    assert sqlite_pqa.archive_rows() == day_rows(sqlite_site, DAY)


def test_a_renamed_project_has_the_newest_files_slug(sqlite_site, files):
    for day, slug in (FIRST, "old"), (LAST, "new"):
        rows = [r for r in day_rows(sqlite_site, day).values() if r[1] == 1]
        write_frame(make_frame(rows).assign(project_slug=slug), day_path(files.root, day))
    files("import-files", files.root)
    assert {row[2] for row in files.archive_rows().values()} == {"new"}


# --- What is not understood ---

@pytest.mark.parametrize("column, values, part", [
    ("view_count", [1.5], "1.5; expected a whole number from 0 to 2147483647"),
    ("view_count", [float("inf")], "inf"),
    ("view_count", [None], "null"),
    ("view_count", [-3], "-3"),
    ("view_count", [2**31], "2147483648"),
    ("view_count", ["12"], "column view_count is of type BYTE_ARRAY"),
    ("project_id", [2.0**40], "1099511627776"),
    ("version_id", [2.5], "2.5"),
    ("version_id", [1e300], "1.0"),
    ("status", [70000], "expected a whole number from 0 to 32767"),
    ("id", [-1], "-1"),
    ("id", [2.0**60], "1.152921504606847e+18"),
    ("id", pandas.array([2**63], "UInt64"), "a number above 2^63"),
    ("status", [float("nan")], "null"),
    ("date", ["2024-02-30"], "'2024-02-30' is no date"),
    ("date", ["29.02.2024"], "expected one like 2026-01-15"),
    ("date", [pandas.Timestamp("2024-02-28T22:00:00Z")], "not midnight"),
    ("date", [datetime.date(1960, 1, 1)], "1960-01-01"),
    ("date", [20000], "expected dates, timestamps or strings"),
    ("path", [None], "null"),
    ("path", [7], "expected strings"),
    ("path", [["/a"]], "column path is a group"),
    ("path", [b"/\xff"], "not UTF-8"),
    ("path", ["/a\0b"], "NUL"),
    ("version_slug", ["x"], "where version_id is null"),
], ids=lambda value: str(value)[:30])
def test_values_that_are_refused(sqlite_site, files, column, values, part):
    row = next(r for r in day_rows(sqlite_site, DAY).values() if r[3] is None)
    good = make_frame([row])
    if column == "version_id":
        good["version_id"] = good["version_id"].astype("float64")
    path = write_frame(good.assign(**{column: values}), day_path(files.root, DAY))
    done = files("import-files", path, code=13 if "column" not in part and
                 "expected strings" != part and "dates, t" not in part else 1)
    for word in (str(path), part, column if column != "date" or "1960" not in part else ""):
        assert word in done.stderr, done.stderr
    assert files.archive_rows() == {}


@pytest.mark.parametrize("column", ["project_id", "path", "view_count", "status"])
def test_columns_that_must_be_there(sqlite_site, files, column):
    frame = make_frame(day_rows(sqlite_site, DAY).values()).drop(columns=column)
    refused(files, write_frame(frame, day_path(files.root, DAY)),
            f"there is no column {column}")


def test_the_place_of_a_bad_value_is_told(sqlite_site, files):
    frame = make_frame(day_rows(sqlite_site, DAY).values())
    frame["view_count"] = frame["view_count"].astype("int64")
    frame.loc[101, "view_count"] = -1
    path = write_frame(frame, day_path(files.root, DAY), row_group_size=50)
    refused(files, path, "row group 2, row 1: column view_count: -1", code=13)


def test_a_bad_file_stops_all(sqlite_site, files):
    for day in DAYS[:2]:
        export_day(sqlite_site, files.root, day)
    bad = day_path(files.root, LAST)
    bad.parent.mkdir(parents=True)
    whole = day_path(files.root, FIRST).read_bytes()
    for content in b"", b"PAR1", whole[:-1000], whole[:2000], whole[4:], b"x" * 5000:
        bad.write_bytes(content)
        refused(files, files.root, str(bad), code=13)


class Keys(pyarrow.parquet.encryption.KmsClient):
    """Keys that are kept as they are."""

    def __init__(self, configuration):
        super().__init__()

    def wrap_key(self, key, name):
        return base64.b64encode(key)

    def unwrap_key(self, key, name):
        return base64.b64decode(key)


def test_encrypted_files_are_refused(sqlite_site, files):
    encryption = pyarrow.parquet.encryption
    properties = encryption.CryptoFactory(Keys).file_encryption_properties(
        encryption.KmsConnectionConfig(),
        encryption.EncryptionConfiguration(footer_key="footer", column_keys={"column": COLUMNS}))
    path = day_path(files.root, DAY)
    path.parent.mkdir(parents=True)
    table = pyarrow.Table.from_pandas(make_frame(day_rows(sqlite_site, DAY).values()))
    with pyarrow.parquet.ParquetWriter(path, table.schema,
                                       encryption_properties=properties) as writer:
        writer.write_table(table)
    refused(files, path, "encrypted", code=12)


def test_days_that_are_not_over_are_refused(sqlite_site, files):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    rows = list(day_rows(sqlite_site, DAY).values())
    frame = make_frame(rows).assign(date=today)
    path = write_frame(frame, day_path(files.root, today))
    refused(files, path, str(today), f"--until {today - ONE_DAY}", code=2)
    write_frame(make_frame(rows), day_path(files.root, DAY))
    told = import_json(files, files.root, "--until", today - ONE_DAY)
    assert told[str(path)]["left_out"] == len(rows)
    assert files.archive_rows() == day_rows(sqlite_site, DAY)


def test_one_id_for_two_rows_is_refused(sqlite_site, files):
    rows = list(day_rows(sqlite_site, DAY).values())
    frame = make_frame([rows[0], rows[1]]).assign(id=17)
    write_frame(frame, day_path(files.root, DAY))
    done = files("import-files", files.root, code=13)
    assert "two rows of the files have the id 17" in done.stderr
    assert files.archive_rows() == {}


def test_a_row_that_contradicts_the_archive_stops_its_day(sqlite_site, sqlite_pqa, tmp_path):
    sqlite_pqa.backfill(FIRST, LAST)
    before = sqlite_pqa.archive_rows()
    frames = {day: make_frame(day_rows(sqlite_site, day).values()) for day in DAYS[:2]}
    frames[DAYS[0]].loc[0, "path"] = "/another"
    late = frames[DAYS[1]].iloc[:1].assign(id=10**6, path="/late.html")
    write_frame(frames[DAYS[0]], day_path(tmp_path / "media", DAYS[0]))
    write_frame(late, day_path(tmp_path / "media", DAYS[1]))
    done = sqlite_pqa("import-files", tmp_path / "media", code=13)
    assert f"day {DAYS[0]}" in done.stderr and "contradicts" in done.stderr
    found = sqlite_pqa.archive_rows()
    assert found.pop(10**6) and found == before


def test_nothing_to_import(sqlite_site, files):
    assert "no file to import" in files("import-files", files.root, code=10).stderr
    assert "no such file" in files("import-files", files.root / "x", code=10).stderr
    export_day(sqlite_site, files.root, DAY)
    assert "none of the" in files("import-files", files.root, "--until", FIRST, code=10).stderr


def test_pruned_days_stay_pruned(sqlite_site, sqlite_pqa, tmp_path):
    for day in DAYS:
        export_day(sqlite_site, tmp_path / "media", day)
    sqlite_pqa("import-files", tmp_path / "media")
    sqlite_pqa("prune", "--before", DAY, "--yes")
    kept = sqlite_pqa.archive_rows()
    assert "pruned before" in sqlite_pqa("import-files", tmp_path / "media").stdout
    assert sqlite_pqa.archive_rows() == kept == day_rows(sqlite_site, *DAYS[3:])


# --- Which files ---

def test_the_archives_own_files_are_left_out(sqlite_site, sqlite_pqa):
    export_day(sqlite_site, sqlite_pqa.store, DAY, per_project=True)
    sqlite_pqa.store.joinpath(ROOT, "_old").mkdir()
    shutil.copy(day_path(sqlite_pqa.store, DAY), sqlite_pqa.store / ROOT / "_old/x.parquet")
    sqlite_pqa("import-files", sqlite_pqa.store)
    assert sqlite_pqa.archive_rows() == day_rows(sqlite_site, DAY)
    done = sqlite_pqa("import-files", sqlite_pqa.store)
    assert "1 files were written by pqa" in done.stderr and "unchanged" in done.stdout


def test_vacuum_leaves_the_files_of_the_proof_of_concept(sqlite_site, sqlite_pqa):
    """They have the names that the archive's own first files of days have."""
    for day in DAYS[:2]:
        export_day(sqlite_site, sqlite_pqa.store, day)
    foreign = [day_path(sqlite_pqa.store, day) for day in DAYS[:2]]
    sqlite_pqa("export", "--date", FIRST)
    for path in sqlite_pqa.store.rglob("*.parquet"):
        os.utime(path, (10**9, 10**9))
    done = sqlite_pqa("vacuum", "--delete")
    assert all(path.exists() for path in foreign) and "import-files" in done.stderr
    sqlite_pqa("import-files", sqlite_pqa.store)
    assert sqlite_pqa.archive_rows() == day_rows(sqlite_site, *DAYS[:2])
    sqlite_pqa("vacuum", "--delete")
    assert all(path.exists() for path in foreign)
    assert sqlite_pqa.archive_rows() == day_rows(sqlite_site, *DAYS[:2])


def test_files_by_name_relative_and_twice(sqlite_site, files, tmp_path):
    export_day(sqlite_site, files.root, DAY)
    path = day_path(files.root, DAY)
    told = import_json(files, path.name, f"{path.parent}/", cwd=path.parent)
    assert set(told) == {path.name, str(path)}
    assert files.archive_rows() == day_rows(sqlite_site, DAY)


def test_since_and_until_choose_days(sqlite_site, files):
    for day in DAYS:
        export_day(sqlite_site, files.root, day)
    told = import_json(files, files.root, "--since", DAYS[1], "--until", DAYS[3])
    assert files.archive_rows() == day_rows(sqlite_site, *DAYS[1:4])
    assert sum(row["left_out"] for row in told.values()) == len(
        day_rows(sqlite_site, DAYS[0], *DAYS[4:]))


def test_days_between_files_are_not_covered(sqlite_site, files):
    for day in FIRST, LAST:
        export_day(sqlite_site, files.root, day)
    files("import-files", files.root)
    assert files.ask("status")[0]["covered"] == f"{FIRST},{LAST}"


def test_one_file_of_many_days(sqlite_site, files):
    write_frame(make_frame(sqlite_site.archive_rows().values()), files.root / "all.parquet")
    files("import-files", files.root / "all.parquet", "--memory", "16M")
    assert files.archive_rows() == sqlite_site.archive_rows()


# --- Stopped, and on S3 ---

def test_killed_imports_lose_nothing_and_go_on(sqlite_site, sqlite_pqa, tmp_path):
    for day in DAYS:
        export_day(sqlite_site, tmp_path / "media", day, per_project=True)
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                        " WHERE date < ?", DAYS[2])
    sqlite_pqa.backfill(FIRST, DAYS[1])
    archived = sqlite_pqa.archive_rows()
    for n in range(25):
        process = sqlite_pqa.start("import-files", tmp_path / "media")
        time.sleep(0.004 * n)
        process.kill()
        process.communicate()
        found = sqlite_pqa.archive_rows()
        assert {number: found[number] for number in archived} == archived
    sqlite_pqa("import-files", tmp_path / "media")
    assert sqlite_pqa.archive_rows() == sqlite_site.archive_rows()
    sqlite_pqa("verify", "--depth", "rows")


def test_an_import_ends_at_ctrl_c_and_leaves_nothing(sqlite_site, files):
    rows = list(sqlite_site.archive_rows().values())
    frame = pandas.concat([make_frame(rows)] * 150, ignore_index=True)
    frame["id"] = range(len(frame))
    frame["path"] = [f"/{n}.html" for n in range(len(frame))]
    write_frame(frame, files.root / "large.parquet")
    seen = set()
    for n in range(1, 9):
        process = files.start("import-files", files.root)
        time.sleep(0.2 * n)
        process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        process.communicate(timeout=60)
        seen.add(process.returncode)
        assert time.monotonic() - asked < 5
        if process.returncode == 0:
            break
        assert process.returncode == 130
        shutil.rmtree(files.store, ignore_errors=True)
    assert 130 in seen


def test_files_in_a_bucket(versitygw, prefix, sqlite_site, tmp_path):  # noqa: F811
    for day in DAYS:
        export_day(sqlite_site, tmp_path / "media", day, per_project=day == DAY)
    bucket = Trial(versitygw, prefix, tmp_path)
    for path in (tmp_path / "media").rglob("*.parquet"):
        bucket.put(str(path.relative_to(tmp_path / "media")), path.read_bytes())
    pqa = S3Program(versitygw, prefix, None, tmp_path)
    media = f"s3://{BUCKET}/{prefix}/{ROOT}"
    local = Program(tmp_path / "store", None, tmp_path)
    local.settings = pqa.settings
    one = f"{media}/{day_path('', DAY).relative_to(ROOT)}"
    assert set(import_json(local, one)) == {one}
    assert local.archive_rows() == day_rows(sqlite_site, DAY)
    told = import_json(pqa, media)
    assert len(told) == len(list((tmp_path / "media").rglob("*.parquet")))
    assert pqa.archive_rows() == sqlite_site.archive_rows()
    pqa("import-files", f"{media}/", code=0)
    assert "no file to import" in pqa("import-files", f"{media}/no-such", code=10).stderr
    assert "no such file" in pqa("import-files", f"{media}/no.parquet", code=10).stderr
