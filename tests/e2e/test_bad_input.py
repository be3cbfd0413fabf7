"""What a user, a database or a disk may get wrong: a clear error, its exit code, no loss."""
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from pageview_site import DAYS, FIRST, LAST, PostgresDatabase, SqliteDatabase, make_tables

FAILURE, USAGE, MISSING, DENIED, CONTRADICTS = 1, 2, 10, 12, 13


def fails(pqa, code, *words, command=("export", "--date", FIRST), **options):
    """Fails with that code, says those words once, and keeps the archive as it was."""
    before = pqa.archive_rows() if pqa.store.is_dir() else {}
    done = pqa(*command, code=code, **options)
    assert done.stdout == "" and done.stderr.startswith("pqa: "), done.stderr
    for word in words:
        assert str(word) in done.stderr, f"'{word}' is not in: {done.stderr}"
    assert (pqa.archive_rows() if pqa.store.is_dir() else {}) == before


# --- What is asked for

@pytest.mark.parametrize("arguments,words", [
    (["export", "--date", "2026-02-30"], ["2026-02-30"]),
    (["export", "--date", "2024-13-01"], ["2024-13-01"]),
    (["export", "--date", "tomorrowish"], ["tomorrowish"]),
    (["export", "--date", "2199-01-01"], ["2199-01-01", "future"]),
    (["backfill", "--since", "2024-03-02", "--until", "2024-03-01"], ["2024-03-02"]),
    (["export", "--dat", "2024-03-01"], ["--dat", "--date"]),
    (["exprot"], ["exprot", "export"]),
    (["export", "--date"], ["--date"]),
    (["top"], ["which project"]),
    (["top", "django", "extra"], ["extra"]),
    (["top", "django", "--project-id", "5"], ["django", "--project-id 5", "one of them"]),
    (["daily", "nosuch", "--project-id", "1"], ["nosuch", "--project-id 1"]),
    (["export", "--date", "2024-03-01", "--store", "s3:/bucket/x"], ["s3://BUCKET/PREFIX"]),
    (["export", "--date", "2024-03-01", "--store", "S3://bucket/x"], ["s3://BUCKET/PREFIX"]),
    (["status", "--store", "ftp://host/x"], ["no store for 'ftp:'"]),
    (["top", "django", "--limit", "many"], ["many"]),
    (["top", "django", "--format", "xml"], ["xml", "json"]),
    (["top", "django", "--status", "70000"], ["70000"]),
])
def test_wrong_usage_is_told(sqlite_pqa, arguments, words):
    fails(sqlite_pqa, USAGE, *words, command=arguments)


def test_unknown_config_key_is_refused_with_a_suggestion(sqlite_pqa, tmp_path):
    config = tmp_path / "pqa.conf"
    config.write_text("stroe = /tmp/x\n")
    fails(sqlite_pqa, USAGE, "stroe", "store", "pqa.conf",
          command=["status", "--config", config])


def test_a_misspelt_variable_is_told(sqlite_pqa):
    sqlite_pqa.backfill(FIRST, LAST)
    sqlite_pqa.settings = {"PQA_STROE": "planted-secret"}
    done = sqlite_pqa("status")
    assert done.stderr == "pqa: the variable PQA_STROE is ignored: PQA_STORE is meant?\n"


def test_settings_come_from_flag_then_environment_then_file(sqlite_pqa, tmp_path):
    sqlite_pqa.backfill(FIRST, LAST)
    config = tmp_path / "pqa.conf"
    config.write_text(f"store = {tmp_path}/from-file\n")
    sqlite_pqa("status", "--config", config)
    fails(sqlite_pqa, MISSING, "from-flag",
          command=["status", "--config", config, "--store", tmp_path / "from-flag"])
    sqlite_pqa.settings = {"PQA_STORE": tmp_path / "from-environment"}
    fails(sqlite_pqa, MISSING, "from-environment", command=["status", "--config", config])


def test_missing_settings_are_named(sqlite_pqa):
    sqlite_pqa.db = None
    fails(sqlite_pqa, MISSING, "--db", "PQA_DB")


# --- The database

def test_no_sqlite_file_is_told_and_none_is_made(sqlite_pqa, tmp_path):
    sqlite_pqa.db = f"sqlite:{tmp_path}/nothing.db"
    fails(sqlite_pqa, MISSING, "nothing.db")
    assert not (tmp_path / "nothing.db").exists()


def test_no_postgres_database_is_told(postgres_pqa, cluster):
    postgres_pqa.db = cluster.url("nothing")
    fails(postgres_pqa, MISSING, "nothing")


def test_no_server_is_told_and_may_be_tried_again(sqlite_pqa, tmp_path):
    sqlite_pqa.db = f"postgresql://postgres@/site?host={tmp_path}"
    assert sqlite_pqa.run("export", "--date", FIRST).returncode in (MISSING, 75)


def test_password_is_not_shown(sqlite_pqa, tmp_path):
    sqlite_pqa.db = f"postgresql://postgres:s3cret@/site?host={tmp_path}"
    done = sqlite_pqa.run("export", "--date", FIRST)
    assert done.returncode != 0 and "s3cret" not in done.stdout + done.stderr


def test_no_table_is_told(site, pqa):
    site.execute("ALTER TABLE analytics_pageview RENAME TO elsewhere")
    fails(pqa, MISSING, "analytics_pageview")


def test_no_column_is_told(site, pqa):
    site.execute("ALTER TABLE analytics_pageview RENAME COLUMN full_path TO other")
    fails(pqa, MISSING, "full_path")


def test_no_rights_are_told(postgres_pqa, postgres_site, cluster):
    postgres_site.execute("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN"
                          " duplicate_object THEN NULL; END $$")
    name = postgres_site.rows("SELECT current_database()")[0][0]
    postgres_pqa.db = cluster.url(name, user="reader")
    fails(postgres_pqa, DENIED, "analytics_pageview")


def test_rows_hidden_by_row_level_security_are_refused(postgres_pqa, postgres_site, cluster):
    """A policy would hide rows without a word, and the archive would look complete."""
    for statement in ["DO $$ BEGIN CREATE ROLE half LOGIN; EXCEPTION WHEN duplicate_object"
                      " THEN NULL; END $$",
                      "GRANT SELECT ON ALL TABLES IN SCHEMA public TO half",
                      "ALTER TABLE analytics_pageview ENABLE ROW LEVEL SECURITY",
                      "CREATE POLICY every_second ON analytics_pageview USING (id % 2 = 0)"]:
        postgres_site.execute(statement)
    name = postgres_site.rows("SELECT current_database()")[0][0]
    postgres_pqa.db = cluster.url(name, user="half")
    done = postgres_pqa.run("export", "--date", FIRST)
    assert done.returncode not in (0, 3) and postgres_pqa.archive_rows() == {}


@pytest.mark.parametrize("column,value", [
    ("project_id", 2**31), ("version_id", -2**31 - 1), ("view_count", 2**31),
    ("status", 40000)])
def test_value_out_of_range_names_the_row(sqlite_site, sqlite_pqa, column, value):
    sqlite_site.execute(f"UPDATE analytics_pageview SET {column} = ? WHERE id = 77", value)
    day = sqlite_site.rows("SELECT date FROM analytics_pageview WHERE id = 77")[0][0]
    fails(sqlite_pqa, FAILURE, 77, column, command=["export", "--date", day])


def test_value_out_of_range_in_postgres_names_the_row(postgres_site, postgres_pqa):
    postgres_site.execute("ALTER TABLE analytics_pageview ALTER view_count TYPE bigint")
    postgres_site.execute("UPDATE analytics_pageview SET view_count = 3000000000 WHERE id = 77")
    day = postgres_site.rows("SELECT date FROM analytics_pageview WHERE id = 77")[0][0]
    fails(postgres_pqa, FAILURE, 77, "view_count", command=["export", "--date", day])


@pytest.mark.parametrize("value", ["x'61ff62'", "CAST(x'610062' AS text)"])
def test_text_that_is_not_utf8_names_the_row_or_is_escaped(sqlite_site, sqlite_pqa, value):
    sqlite_site.execute(f"UPDATE analytics_pageview SET path = CAST({value} AS text) WHERE id = 77")
    day = sqlite_site.rows("SELECT date FROM analytics_pageview WHERE id = 77")[0][0]
    fails(sqlite_pqa, FAILURE, 77, "--invalid-utf8=escape", command=["export", "--date", day])
    sqlite_pqa("export", "--date", day, "--invalid-utf8=escape")
    path = sqlite_pqa.archive_rows()[77][5]
    assert path.lower() in ("a\\xffb", "a\\x00b")
    sqlite_pqa("export", "--date", day, "--invalid-utf8=escape")


@pytest.mark.parametrize("value", ["'text'", "1.5", "x'01'", "NULL"])
def test_sqlite_value_of_another_type_names_the_row(tmp_path, sqlite_pqa, value):
    database = SqliteDatabase(tmp_path / "odd.db")
    make_tables(database)
    database.execute("DROP TABLE analytics_pageview")
    database.execute("CREATE TABLE analytics_pageview (id integer PRIMARY KEY AUTOINCREMENT,"
                     " project_id, version_id, path, full_path, view_count, date, status)")
    database.execute(f"INSERT INTO analytics_pageview VALUES (77, 1, NULL, '/', NULL, {value},"
                     f" '{FIRST}', 200)")
    sqlite_pqa.db = database.url
    fails(sqlite_pqa, FAILURE, 77, "view_count")


def test_sqlite_file_that_is_no_database_is_told(sqlite_pqa, tmp_path):
    (tmp_path / "text.db").write_text("not a database, but a text that is long enough" * 100)
    sqlite_pqa.db = f"sqlite:{tmp_path}/text.db"
    done = sqlite_pqa.run("export", "--date", FIRST)
    assert done.returncode in (FAILURE, MISSING, CONTRADICTS) and "text.db" in done.stderr


# --- The store

def test_store_that_is_a_file_is_told(sqlite_pqa):
    sqlite_pqa.store.write_text("")
    fails(sqlite_pqa, MISSING, "store")


def test_no_store_is_told_and_none_is_made(sqlite_pqa):
    for command in (["status"], ["files"], ["verify"], ["top", "django"]):
        fails(sqlite_pqa, MISSING, "store", command=command)
    assert not sqlite_pqa.store.exists()


@pytest.fixture
def open_folder():
    """That somebody else may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


def test_store_that_may_not_be_written_is_told(sqlite_site, open_folder, sqlite_pqa):
    """As somebody who is not root, for whom every directory can be written."""
    options = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder = open_folder
    shutil.copy(sqlite_pqa.path, folder / "pqa")
    shutil.copy(sqlite_site.path, folder / "site.db")
    (folder / "pqa").chmod(0o755)
    (folder / "store").mkdir(mode=0o555)
    sqlite_pqa.path, sqlite_pqa.store = str(folder / "pqa"), folder / "store"
    sqlite_pqa.db = f"sqlite:{folder}/site.db"
    sqlite_pqa.settings = {"TMPDIR": "/tmp", "HOME": "/"}
    fails(sqlite_pqa, DENIED, "store", cwd="/", **options)


def test_home_of_another_user_is_passed_over(sqlite_site, open_folder, sqlite_pqa):
    """sudo and systemd-run may keep HOME=/root; the machine's settings still count."""
    options = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder = open_folder
    shutil.copy(sqlite_pqa.path, folder / "pqa")
    (folder / "pqa").chmod(0o755)
    home = folder / "home"
    (home / ".config" / "pqa").mkdir(parents=True)
    (home / ".config" / "pqa" / "pqa.conf").write_text("no-such-setting = 1\n")
    sqlite_pqa.path = str(folder / "pqa")
    for settings in ({"HOME": str(home)}, {"XDG_CONFIG_HOME": str(home / ".config")}):
        sqlite_pqa.settings = settings
        (home / ".config").chmod(0)
        sqlite_pqa("version", cwd="/", **options)
        done = sqlite_pqa.run("status", "--store", "/proc/not/there", cwd="/", **options)
        assert "pqa.conf" not in done.stderr and "/proc/not/there" in done.stderr
        (home / ".config").chmod(0o755)
        refused = sqlite_pqa.run("status", cwd="/", **options)
        assert "no-such-setting" in refused.stderr


def run_on_small_disk(program, folder, size, commands):
    """Commands in a mount namespace of their own, where a copy of the store is on a disk ($disk)
    of that size."""
    folder.mkdir()
    enter = ["unshare", "--mount", "--map-root-user", "--user", "sh", "-c"]
    if subprocess.run([*enter, f"mount -t tmpfs none {folder}"]).returncode:
        pytest.skip("no mount namespace here")
    script = (f"disk={folder}; mount -t tmpfs -o size={size} none $disk && "
              f"cp -r {program.store}/. $disk || exit; {commands.strip()}")
    return subprocess.run([*enter, script], env=program.environment(), text=True,
                          capture_output=True)


def test_full_disk_is_told_and_the_archive_goes_on(sqlite_pqa, tmp_path):
    sqlite_pqa("export", "--date", FIRST)
    done = run_on_small_disk(sqlite_pqa, tmp_path / "small", "56k", f"""
        {sqlite_pqa.path} backfill --since {FIRST} --until {LAST} --store $disk; echo code $?
        {sqlite_pqa.path} verify --store $disk; echo code $?""")
    codes = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("code")]
    assert codes[0] in ("1", "3") and codes[1] == "0", done.stdout + done.stderr
    assert "space" in done.stderr and f"{tmp_path}/small" in done.stderr


def test_doctor_finds_a_disk_that_is_full(sqlite_pqa, tmp_path):
    sqlite_pqa("export", "--date", FIRST)
    done = run_on_small_disk(sqlite_pqa, tmp_path / "small", "256k", f"""
        head -c 1M /dev/zero >$disk/fill; truncate -s -4096 $disk/fill
        {sqlite_pqa.path} doctor --store $disk; echo code $?""")
    problem, = [line for line in done.stdout.splitlines() if line.startswith("PROBLEM")]
    assert "free space" in problem and " kB free; a day needs about 6" in problem, done.stdout
    assert done.stdout.endswith("code 1\n")


def damage(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset, os.SEEK_SET if offset >= 0 else os.SEEK_END)
        file.write(data)


@pytest.mark.parametrize("offset,data", [(100, b"\xff\xfe"), (-4, b"PARX"), (-8, b"\xff" * 4),
                                         (-200, b"\0" * 40), (0, b"")])
def test_damaged_data_file_is_found(sqlite_pqa, offset, data):
    sqlite_pqa.backfill(FIRST, LAST)
    path, = [file for file in sqlite_pqa.live_files() if str(FIRST) in file.name]
    if data:
        damage(path, offset, data)
    else:
        os.truncate(path, path.stat().st_size // 2)
    done = sqlite_pqa("verify", code=CONTRADICTS)
    assert path.name in done.stderr + done.stdout
    done = sqlite_pqa("export", "--date", FIRST, code=CONTRADICTS)
    assert path.name in done.stderr


def test_missing_data_file_is_found(sqlite_pqa):
    sqlite_pqa.backfill(FIRST, LAST)
    path = sqlite_pqa.live_files()[0]
    path.unlink()
    assert path.name in sqlite_pqa("verify", code=CONTRADICTS).stdout + sqlite_pqa(
        "verify", code=CONTRADICTS).stderr


@pytest.mark.parametrize("text", ["", "{", '{"add":{"path":"../../etc/passwd"}}\n', "[]\n",
                                  '{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}\n',
                                  '{"remove":{"path":"never-there.parquet"}}\n{"add":1}\n'])
def test_damaged_log_is_found(sqlite_pqa, text):
    sqlite_pqa.backfill(FIRST, LAST)
    entry = sqlite_pqa.table_path() / "_delta_log" / f"{sqlite_pqa.version():020}.json"
    entry.write_text(text)
    for command in (["status"], ["verify"], ["export", "--date", FIRST],
                    ["top", "django", "--since", FIRST, "--until", LAST]):
        done = sqlite_pqa.run(*command)
        assert done.returncode in (FAILURE, CONTRADICTS), (command, done)
        assert entry.name in done.stderr, (command, done.stderr)


def test_gap_in_the_log_is_found(sqlite_pqa):
    for day in (FIRST, LAST):
        sqlite_pqa("export", "--date", day)
    assert sqlite_pqa.version() >= 1
    log = sqlite_pqa.table_path() / "_delta_log"
    (log / f"{sqlite_pqa.version() - 1:020}.json").unlink()
    assert sqlite_pqa.run("status").returncode in (MISSING, CONTRADICTS)


# --- The doctor

def test_doctor_is_content_with_a_good_site(site, pqa):
    pqa("export", "--date", FIRST)
    pqa("doctor")


def test_doctor_names_what_is_missing(site, pqa):
    site.execute("ALTER TABLE analytics_pageview RENAME COLUMN full_path TO other")
    done = pqa.run("doctor")
    assert done.returncode in (FAILURE, MISSING) and "full_path" in done.stdout + done.stderr


def test_doctor_advises_an_index_on_date(postgres_site, postgres_pqa):
    assert isinstance(postgres_site, PostgresDatabase)
    postgres_site.execute("DROP INDEX by_date")
    postgres_site.execute("INSERT INTO analytics_pageview (id, project_id, path, view_count,"
                          " date, status) SELECT g + 100000, 1, g::text, 1, '2020-01-01', 200"
                          " FROM generate_series(1, 120000) g")
    postgres_site.execute("ANALYZE analytics_pageview")
    said = postgres_pqa.run("doctor").stdout
    assert "of 122,400 rows" in said
    statement = re.search(r"CREATE INDEX .*", said)[0]
    postgres_site.execute(statement)
    assert "CREATE INDEX" not in postgres_pqa.run("doctor").stdout


def test_doctors_index_for_sqlite_can_be_made(sqlite_site, sqlite_pqa):
    sqlite_site.execute("DROP INDEX by_date")
    sqlite_site.execute(re.search(r"CREATE INDEX .*", sqlite_pqa.run("doctor").stdout)[0])
    assert "CREATE INDEX" not in sqlite_pqa.run("doctor").stdout


def test_doctor_sums_up(sqlite_site, sqlite_pqa):
    yesterday = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(1)
    sqlite_site.execute("DELETE FROM analytics_pageview")
    sqlite_pqa("export", "--date", yesterday)
    said = sqlite_pqa("doctor").stdout
    assert " 1 day covered, 0 missing" in said and said.endswith("everything is in order\n")
    sqlite_site.execute("DROP INDEX by_date")
    assert sqlite_pqa("doctor").stdout.endswith("no problem; 1 piece of advice\n")


def test_doctor_warns_of_ids_that_may_return(sqlite_site, sqlite_pqa):
    sqlite_site.execute("CREATE TABLE plain (id integer PRIMARY KEY, project_id, version_id,"
                        " path, full_path, view_count, date, status)")
    sqlite_site.execute("DROP TABLE analytics_pageview")
    sqlite_site.execute("ALTER TABLE plain RENAME TO analytics_pageview")
    assert "AUTOINCREMENT" in sqlite_pqa.run("doctor").stdout


def test_a_server_that_is_down_may_work_later(postgres_pqa, tmp_path):
    for db in ("postgresql://127.0.0.1:1/site", f"postgresql:///site?host={tmp_path}"):
        done = postgres_pqa("export", "--db", db, code=75)
        assert "Is the server running" in done.stderr


def test_a_server_without_a_connection_left_may_work_later(postgres_pqa, postgres_site):
    postgres_site.execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    try:
        done = postgres_pqa("export", "--db", postgres_site.url.replace("postgres@", "crowded@"),
                            code=75)
        assert "too many connections" in done.stderr
    finally:
        postgres_site.execute("DROP ROLE crowded")


def test_a_message_of_several_lines_is_one(sqlite_pqa, tmp_path):
    """As PostgreSQL's are: nothing of its layout is left."""
    sqlite_pqa.db = f"postgresql://nobody@/none?host={tmp_path}"
    done = sqlite_pqa.run("export", "--date", FIRST)
    assert "\\x0A" not in done.stderr and "\\x09" not in done.stderr
    assert done.returncode != 0 and "; " in done.stderr and done.stderr.count("\n") == 1


def test_doctor_tells_of_rows_older_than_the_archive(site, pqa):
    """Nights go on from the archive's first day: nothing else would ever say it."""
    pqa("export", "--date", DAYS[2])
    said = pqa.run("doctor").stdout
    assert f"the database has rows of {FIRST}, and the archive begins with {DAYS[2]}" in said
    pqa("backfill", "--since", FIRST, "--until", DAYS[2])
    assert "older rows" not in pqa.run("doctor").stdout
