"""The rights that the documents name are those that the tests run with: of IAM, on MinIO, as
keys for a while with a policy of their own; of SQL, word for word from the page."""
import datetime
import hashlib
import hmac
import json
import pathlib
import re
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import duckdb_program
import pytest
from pageview_site import DAYS, FIRST, LAST
from s3_program import S3Program
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY, Minio

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
RANGE = ("--since", FIRST, "--until", LAST)


# --- IAM ---

def documented_actions():
    """Of the table in docs/s3.md; each row has those of the row before as well."""
    rows = re.findall(r"^\| (reader|writer|vacuum)[^|]* \| (.*)\|$",
                      (DOCS / "s3.md").read_text(), re.M)
    actions, found = [], {}
    for who, text in rows:
        actions = actions + re.findall(r"`(s3:\w+)`", text.split(". ")[0])
        found[who] = actions
    return found


ACTIONS = documented_actions()


def policy(actions, prefix):
    bucket = [action for action in actions if action == "s3:ListBucket"]
    objects = [action for action in actions if action != "s3:ListBucket"]
    statements = [{"Effect": "Allow", "Action": bucket, "Resource": f"arn:aws:s3:::{BUCKET}"},
                  {"Effect": "Allow", "Action": objects,
                   "Resource": f"arn:aws:s3:::{BUCKET}/{prefix}/*"}]
    return {"Version": "2012-10-17", "Statement": [s for s in statements if s["Action"]]}


def signed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def ask_sts(server, body):
    """STS AssumeRole, signed by the book (AWS Signature Version 4)."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/sts/aws4_request"
    content = hashlib.sha256(body.encode()).hexdigest()
    headers = {"host": server.address, "x-amz-content-sha256": content, "x-amz-date": now}
    names = ";".join(headers)
    request = "\n".join(["POST", "/", "", *(f"{n}:{v}" for n, v in headers.items()), "", names,
                         content])
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                      hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + SECRET_KEY).encode()
    for part in scope.split("/"):
        key = signed(key, part)
    authorization = (f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={names}, "
                     f"Signature={signed(key, text).hex()}")
    asked = urllib.request.Request(server.endpoint, body.encode(), headers | {
        "Authorization": authorization, "Content-Type": "application/x-www-form-urlencoded"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.read()


def keys_with(server, actions, prefix):
    """A client's environment with keys that may do only this."""
    answer = ask_sts(server, urllib.parse.urlencode({
        "Action": "AssumeRole", "Version": "2011-06-15", "DurationSeconds": 3600,
        "Policy": json.dumps(policy(actions, prefix))}))
    found = {tag.tag.split("}")[1]: tag.text for tag in xml.etree.ElementTree.fromstring(
        answer).iter()}
    return server.env() | {"AWS_ACCESS_KEY_ID": found["AccessKeyId"],
                           "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
                           "AWS_SESSION_TOKEN": found["SessionToken"]}


@pytest.fixture(scope="module")
def minio():
    if not Minio.is_installed():
        pytest.skip("minio is not installed (tools/test_servers.sh)")
    with Minio() as server:
        yield server


@pytest.fixture
def archive(minio, sqlite_site, tmp_path):
    """Programs by who they are, of one archive."""
    prefix = f"rights-{tmp_path.name}"

    def program(who):
        made = S3Program(minio, prefix, sqlite_site.url, tmp_path)
        made.settings = keys_with(minio, ACTIONS[who], prefix)
        return made
    return program


def test_the_documents_name_rights():
    assert ACTIONS["reader"] == ["s3:GetObject", "s3:ListBucket"]
    assert ACTIONS["writer"] == [*ACTIONS["reader"], "s3:PutObject"]
    assert ACTIONS["vacuum"] == [*ACTIONS["writer"], "s3:DeleteObject"]


def test_writer_exports_compacts_prunes_and_deletes_rows(archive, sqlite_site):
    writer, rows = archive("writer"), sqlite_site.archive_rows()
    writer.backfill(FIRST, LAST)
    sqlite_site.insert([(900001, 1, None, "/late.html", None, 3, FIRST, 200)])
    rows |= sqlite_site.archive_rows()
    writer("export", "--date", FIRST)
    writer("compact")
    writer("prune", "--before", DAYS[1], "--yes")
    writer("prune", "--undo")
    writer("delete-exported", *RANGE)
    assert sqlite_site.archive_rows() == {} and writer.archive_rows() == rows
    writer("restore", *RANGE)
    assert len(sqlite_site.archive_rows()) == len(rows)
    writer("verify")
    writer("nightly")


def test_reader_reads_and_changes_nothing(archive, minio):
    writer, reader = archive("writer"), archive("reader")
    writer.backfill(FIRST, LAST)
    before = minio.keys(writer.prefix)
    for question in ["top", "daily", "not-found", "versions"]:
        assert reader.ask(question, "django", *RANGE) == writer.ask(question, "django", *RANGE)
    for command in [("status",), ("files",), ("verify", "--against-database")]:
        reader(*command)
    for command in [("export", "--date", FIRST), ("delete-exported", *RANGE), ("compact",),
                    ("vacuum", "--delete"), ("prune", "--before", DAYS[1], "--yes")]:
        assert "s3:PutObject" in reader(*command, code=12).stderr
    assert minio.keys(writer.prefix) == before


@pytest.mark.parametrize("extensions", [["httpfs"], ["httpfs", "delta"]])
def test_readers_rights_are_enough_for_duckdb(archive, tmp_path, extensions):
    """With keys for a while: their token goes along."""
    for name in extensions:
        duckdb_program.install_extension(name, tmp_path)
    writer, reader = archive("writer"), archive("reader")
    writer.backfill(FIRST, LAST)
    reader.settings["PQA_DUCKDB"] = str(duckdb_program.program())
    rows = json.loads(reader("sql", "SELECT path, sum(view_count)::BIGINT AS views FROM pageviews"
                             " WHERE project_id = 1 AND status = 200 GROUP BY path"
                             " ORDER BY views DESC, path LIMIT 25", "--format", "json").stdout)
    assert rows == reader.ask("top", "django", *RANGE)
    shown = reader("sql", "FROM duckdb_secrets(); SELECT getvariable('pqa_session_token')").stdout
    assert "session_token=redacted" in shown
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert reader.settings[name] not in shown


def test_doctor_tries_each_right(archive):
    archive("writer").backfill(FIRST, LAST)
    reader = archive("reader")("doctor", code=12).stdout
    assert "ok       store" in reader and "PROBLEM  writing" in reader
    ACTIONS["nobody"] = ["s3:GetObject"]
    nobody = archive("nobody")("doctor", code=12).stdout
    assert "PROBLEM  store" in nobody and "PROBLEM  writing" in nobody


def test_only_vacuums_rights_delete_objects(archive, minio):
    writer, vacuum = archive("writer"), archive("vacuum")
    writer.backfill(FIRST, LAST)
    rows = writer.archive_rows()
    left = {number: row for number, row in rows.items() if row[1] != 1}
    said = writer("forget", "--project-id", 1, "--yes", "--ignore-database", code=12).stderr
    assert "s3:DeleteObject" in said
    vacuum("forget", "--project-id", 1, "--yes", "--ignore-database")
    assert writer.archive_rows() == left
    vacuum("vacuum", "--delete")
    vacuum("verify")


# --- SQL ---

def documented_grants(page="deletion.md"):
    return re.findall(r"^(GRANT [^;]*);", (DOCS / page).read_text(), re.M)


def test_documented_grants_suffice(postgres_site, postgres_pqa, cluster):
    grants = documented_grants()
    assert len(grants) >= 2
    roles = ["pqa_reader", "pqa_deleter", "pageviews_owner"]
    for role in roles:
        postgres_site.execute(f"DROP ROLE IF EXISTS {role}")
        postgres_site.execute(f"CREATE ROLE {role} LOGIN")
    try:
        for grant in grants:
            postgres_site.execute(grant)
        rows = postgres_site.archive_rows()
        as_role = {role: postgres_pqa.db.replace("postgres@", f"{role}@")
                   for role in ["pqa_reader", "pqa_deleter"]}
        postgres_pqa.db = as_role["pqa_reader"]
        postgres_pqa.backfill(FIRST, LAST)
        postgres_pqa("verify", "--against-database")
        postgres_pqa("delete-exported", *RANGE, code=12)
        postgres_pqa.settings["PQA_DELETE_DB"] = as_role["pqa_deleter"]
        postgres_pqa("delete-exported", *RANGE)
        assert postgres_site.archive_rows() == {} and postgres_pqa.archive_rows() == rows
    finally:
        for role in roles:
            postgres_site.execute(f"DROP OWNED BY {role}")
            postgres_site.execute(f"DROP ROLE {role}")


def test_documented_grants_suffice_for_a_restore(postgres_site, postgres_pqa):
    """Each that is missing is named."""
    grants = documented_grants("upkeep.md")
    database = postgres_site.rows("SELECT current_database()")[0][0]
    postgres_pqa.backfill(FIRST, LAST)
    rows = postgres_site.archive_rows()
    postgres_site.execute("TRUNCATE analytics_pageview RESTART IDENTITY")
    postgres_site.execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
    postgres_site.execute("DROP ROLE IF EXISTS pqa_restorer")
    postgres_site.execute("CREATE ROLE pqa_restorer LOGIN")
    restore = ("restore", *RANGE, "--to-db",
               postgres_pqa.db.replace("postgres@", "pqa_restorer@"))
    named = ["GRANT SELECT", "GRANT INSERT ON", "GRANT TEMPORARY ON DATABASE", "setval"]
    assert len(grants) == len(named)
    try:
        for grant, missing in zip(grants, named):
            refused = postgres_pqa(*restore, code=0 if missing == "setval" else 12)
            assert missing in refused.stderr
            if missing == "GRANT INSERT ON":
                assert "analytics_pageview TO pqa_restorer" in refused.stderr.replace('"', "")
            if missing == "setval":
                postgres_site.execute("TRUNCATE analytics_pageview RESTART IDENTITY")
            postgres_site.execute(grant.replace("DATABASE site", f"DATABASE {database}"))
        assert postgres_pqa(*restore).stderr == ""
        assert postgres_site.archive_rows() == rows
    finally:
        postgres_site.execute("DROP OWNED BY pqa_restorer")
        postgres_site.execute("DROP ROLE pqa_restorer")
