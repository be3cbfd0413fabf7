"""Planted secrets: whatever fails, in whatever command, no output has them: neither stream,
nor the report, the metrics or an object."""
import itertools
import os

import duckdb_program
import psycopg
import pytest
from pageview_site import DAYS, FIRST, LAST
from program import Program
from s3_program import S3Program
from s3_servers import BUCKET, Versitygw, free_port

SECRETS = {name: f"planted-{name}-4711" for name in [
    "url-password", "pgpassword", "service-password", "aws-secret", "aws-token",
    "success-token", "failure-token", "delete-password", "config-password", "query-password"]}
FOOTER_KEY, COLUMN_KEY = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
RANGE = ("--since", FIRST, "--until", LAST)
LONG = bool(os.environ.get("PQA_CHECK_ALL"))

COMMANDS = {
    "export": ("export", "--date", FIRST),
    "backfill": ("backfill", *RANGE),
    "verify": ("verify", "--against-database"),
    "status": ("status",),
    "doctor": ("doctor",),
    "delete-exported": ("delete-exported", *RANGE),
    "restore": ("restore", *RANGE),
    "top": ("top", "django", "--live", *RANGE),
    "daily": ("daily", "django", *RANGE),
    "files": ("files",),
    "sql": ("sql", "SELECT * FROM pageviews, nothing_such"),
    "compact": ("compact",),
    "prune": ("prune", "--before", DAYS[1]),
    "vacuum": ("vacuum", "--delete"),
    "forget": ("forget", "django", "--yes"),
    "nightly": ("nightly", "--look-back", "1", "--compact", "--vacuum"),
}
if not LONG:
    COMMANDS = {name: COMMANDS[name] for name in ["doctor", "delete-exported", "top", "sql",
                                                        "nightly"]}


@pytest.fixture(scope="module")
def gateway():
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not installed (tools/test_servers.sh)")
    with Versitygw() as server:
        yield server


@pytest.fixture(scope="module")
def guarded(cluster):
    """A role that needs its password, and its user's part of a URL."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        path, = connection.execute("SHOW hba_file").fetchone()
        with open(path, "r+") as file:
            old = file.read()
            file.seek(0)
            file.write("local all guarded scram-sha-256\n" + old)
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'the right one'")
        connection.execute("SELECT pg_reload_conf()")
    return f"host={cluster.folder}&port={cluster.PORT}"


def planted(pqa, tmp_path, port):
    """Settings with a secret in each place that takes one."""
    service = tmp_path / "services"
    service.write_text(f"[site]\npassword={SECRETS['service-password']}\n")
    service.chmod(0o600)
    return {"PGPASSWORD": SECRETS["pgpassword"], "PGSERVICEFILE": str(service),
            "AWS_ACCESS_KEY_ID": "AKIDTESTER", "AWS_SECRET_ACCESS_KEY": SECRETS["aws-secret"],
            "AWS_SESSION_TOKEN": SECRETS["aws-token"], "AWS_EC2_METADATA_DISABLED": "true",
            "PQA_DUCKDB": str(duckdb_program.script()),
            "PQA_REPORT_FILE": str(tmp_path / "report.ndjson"),
            "PQA_METRICS_FILE": str(tmp_path / "night.prom"),
            "PQA_SUCCESS_URL": f"http://127.0.0.1:{port}/ok?token={SECRETS['success-token']}",
            "PQA_FAILURE_URL": f"http://u:{SECRETS['failure-token']}@127.0.0.1:{port}/bad",
            "PQA_DELETE_DB": f"postgresql://d:{SECRETS['delete-password']}@127.0.0.1:{port}/x"}


def url(host, more=""):
    return f"postgresql://guarded:{SECRETS['url-password']}@{host}{more}"


# name: what is wrong; a function of (pqa, the test's things).
def wrong_password(pqa, t):
    pqa.db = url("/postgres", f"?{t['guarded']}")


def password_of_the_environment(pqa, t):
    pqa.db = f"postgresql://guarded@/postgres?{t['guarded']}"


def password_of_the_query(pqa, t):
    pqa.db = (f"postgresql://guarded@/postgres?{t['guarded']}"
              f"&password={SECRETS['query-password']}")


def password_of_the_service(pqa, t):
    del pqa.settings["PGPASSWORD"]
    pqa.db = f"postgresql://guarded@/postgres?service=site&{t['guarded']}"


def unreachable_host(pqa, t):
    pqa.db = url(f"127.0.0.1:{t['port']}", "/site?connect_timeout=2")


def unknown_host(pqa, t):
    pqa.db = url("nowhere.invalid", "/site?connect_timeout=2")


def no_tls_at_the_server(pqa, t):
    pqa.db = url(f"{t['gateway'].address}", "/site?sslmode=require&connect_timeout=2")


def port_that_is_none(pqa, t):
    pqa.db = url("localhost:port", "/site")


def parameter_that_is_none(pqa, t):
    pqa.db = url("localhost", "/site?no_such_parameter=1")


def kind_that_is_none(pqa, t):
    pqa.db = f"mysql://root:{SECRETS['url-password']}@localhost/site"


def denied_bucket(pqa, t):
    pqa.store = f"s3://{BUCKET}/denied"
    pqa.settings["AWS_ENDPOINT_URL"] = t["gateway"].endpoint


def server_that_is_not_there(pqa, t):
    pqa.store = f"s3://{BUCKET}/nowhere"
    pqa.settings |= {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{t['port']}", "PQA_S3_RETRY_TIME": "1"}


def store_without_tls(pqa, t):
    pqa.store = f"s3://{BUCKET}/plain"
    pqa.settings |= {"AWS_ENDPOINT_URL": f"https://{t['gateway'].address}", "PQA_S3_RETRY_TIME": "1"}


def settings_file_with_a_mistake(pqa, t):
    path = t["folder"] / "pqa.conf"
    path.write_text(f"db = postgresql://a:{SECRETS['config-password']}@localhost/x\n"
                    f"db-passwort = {SECRETS['config-password']}\n")
    pqa.db = None
    pqa.settings["PQA_CONFIG"] = str(path)
    pqa.settings.pop("PQA_DB", None)


def settings_file_of_an_unreachable_database(pqa, t):
    path = t["folder"] / "pqa.conf"
    path.write_text(f"db = postgresql://a:{SECRETS['config-password']}@127.0.0.1:{t['port']}/x\n")
    pqa.db = None
    pqa.settings["PQA_CONFIG"] = str(path)


def damaged_archive(pqa, t):
    pqa.db = t["site"].url
    saved, pqa.settings = pqa.settings, {}
    pqa.backfill(FIRST, LAST)
    pqa.settings = saved
    victim = pqa.live_files()[0]
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:200])


MISTAKES = [wrong_password, password_of_the_environment, password_of_the_query,
            password_of_the_service, unreachable_host, unknown_host, no_tls_at_the_server,
            port_that_is_none, parameter_that_is_none, kind_that_is_none, denied_bucket,
            server_that_is_not_there, store_without_tls, settings_file_with_a_mistake,
            settings_file_of_an_unreachable_database, damaged_archive]


def assert_no_secret(text, where, secrets=SECRETS.values()):
    for secret in secrets:
        assert secret.encode() not in text, f"{where} shows {secret}"


def assert_files_have_none(folder, names):
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in names:
            assert_no_secret(path.read_bytes(), path)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_no_failing_run_shows_a_secret(mistake, guarded, gateway, sqlite_site, tmp_path):
    port = free_port()
    pqa = Program(tmp_path / "store", None, tmp_path)
    pqa.settings = planted(pqa, tmp_path, port)
    mistake(pqa, {"guarded": guarded, "gateway": gateway, "port": port, "folder": tmp_path,
                  "site": sqlite_site})
    failed = 0
    for name, command in COMMANDS.items():
        done = pqa.run(*command)
        failed += done.returncode != 0
        assert_no_secret((done.stdout + done.stderr).encode(), name)
    assert failed > 0, "nothing failed"
    assert_files_have_none(tmp_path, {"services", "pqa.conf", "site.db"})
    for key in gateway.keys(""):
        assert_no_secret(gateway.read(key), key)


def test_words_of_a_command_that_is_wrong_show_no_secret(sqlite_site, tmp_path):
    pqa = Program(tmp_path / "store", None, tmp_path)
    secret = SECRETS["url-password"]
    wrong = [("--db", f"postgresql://a:{secret}@localhost:port/x"), ("--no-such-option", "1"),
             ("--db", f"mysql://a:{secret}@h/x"), ("--delete-db", f"postgresql://a:{secret}@:x/")]
    for command, options in itertools.product(COMMANDS.values(), wrong):
        done = pqa.run(*command, "--db", f"postgresql://a:{secret}@127.0.0.1:1/x", *options)
        assert done.returncode != 0
        assert_no_secret((done.stdout + done.stderr).encode(), command)


def test_keys_of_files_are_not_shown(sqlite_site, tmp_path):
    pqa = Program(tmp_path / "store", sqlite_site.url, tmp_path)
    pqa.backfill(FIRST, FIRST)
    plain = pqa.live_files()[0]
    secret = tmp_path / "secret.parquet"
    done = pqa.run("parquet", "convert", plain, secret, "--encrypt-footer-key", FOOTER_KEY)
    file = secret if done.returncode == 0 else plain
    keys = [(FOOTER_KEY[:-1] + "0", f"path={COLUMN_KEY}"), (FOOTER_KEY[:-2], "path=" + COLUMN_KEY),
            (FOOTER_KEY, f"no_such_column={COLUMN_KEY}"), (FOOTER_KEY, f"path={COLUMN_KEY}zz")]
    for (footer, column), name in itertools.product(keys, ["cat", "schema", "meta", "verify"]):
        done = pqa.run("parquet", name, file, "--footer-key", footer, "--column-key", column)
        assert_no_secret((done.stdout + done.stderr).encode(), name,
                         [footer, column.split("=")[1], FOOTER_KEY, COLUMN_KEY])


def test_session_token_stays_secret_on_a_server_that_answers(gateway, sqlite_site, tmp_path):
    """With keys that are right: neither a manifest nor an object has them."""
    pqa = S3Program(gateway, f"secrets-{tmp_path.name}", sqlite_site.url, tmp_path)
    pqa.settings |= {"PQA_REPORT_FILE": str(tmp_path / "report.ndjson"),
                     "PQA_METRICS_FILE": str(tmp_path / "night.prom"),
                     "PQA_FAILURE_URL": f"http://127.0.0.1:1/?t={SECRETS['failure-token']}",
                     "PQA_SUCCESS_URL": f"http://127.0.0.1:1/?t={SECRETS['success-token']}"}
    pqa.backfill(FIRST, LAST)
    done = pqa.run("nightly")
    assert_no_secret((done.stdout + done.stderr).encode(), "nightly")
    secrets = [*SECRETS.values(), gateway.env()["AWS_SECRET_ACCESS_KEY"]]
    for key in gateway.keys(pqa.prefix):
        assert_no_secret(gateway.read(key), key, secrets)
    assert_files_have_none(tmp_path, {"site.db"})
