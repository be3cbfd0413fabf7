"""The archive on S3: real servers, and a proxy that shows the faults they cannot."""
import datetime
import hashlib
import http.server
import json
import os
import pathlib
import random
import signal
import threading
import time
import uuid

import pytest
from faulty_proxy import (Answer, Cut, Drip, Dropped, FaultyProxy, Lost, Short, Skew, Stall)
from pageview_site import DAYS, FIRST, LAST
from program import Program
from s3_program import S3Program, Trial
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY, Minio, Rclone, Versitygw

ODD_KEYS = ["plain", "with blank", "per%cent", "per%25cent", "plus+plus", "ü/文档/é",
            "it's", "a&b=c", "q?x#y", "tab\there", 'quo"te', "<x>", "~.-_", "a:b;c,d@e",
            "back\\slash", "{x}|^`[y]", "date=2026-01-15/x", "!$*()", "\U0001f40d"]


def running(kind, **settings):
    if not kind.is_installed():
        pytest.skip(f"{kind.name} is not built: tools/test_servers.sh")
    return kind(**settings)


@pytest.fixture(scope="module")
def versitygw():
    with running(Versitygw) as server:
        yield server


@pytest.fixture(scope="module")
def minio():
    with running(Minio) as server:
        yield server


@pytest.fixture(params=["versitygw", "minio"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def prefix():
    return f"tests/{uuid.uuid4().hex[:8]}"


@pytest.fixture
def trial(server, prefix, tmp_path):
    return Trial(server, prefix, tmp_path)


@pytest.fixture
def s3_pqa(server, prefix, sqlite_site, tmp_path):
    return S3Program(server, prefix, sqlite_site.url, tmp_path)


@pytest.fixture
def proxy(versitygw):
    """Before versitygw: what the proxy plants does not depend on the server."""
    with FaultyProxy(versitygw) as running_proxy:
        yield running_proxy


@pytest.fixture
def faulty(versitygw, proxy, prefix, tmp_path):
    return Trial(versitygw, prefix, tmp_path, proxy.endpoint)


@pytest.fixture
def faulty_pqa(versitygw, proxy, prefix, sqlite_site, tmp_path):
    program = S3Program(versitygw, prefix, sqlite_site.url, tmp_path, proxy.endpoint)
    program.settings |= {"PQA_S3_RETRY_TIME": "20", "PQA_S3_TIMEOUT": "1"}
    return program


# --- The whole product ---


def test_backfill_is_read_alike_by_us_and_by_delta_rs(s3_pqa, sqlite_site):
    s3_pqa.backfill(FIRST, LAST)
    assert s3_pqa.archive_rows() == sqlite_site.archive_rows()
    s3_pqa("verify")
    s3_pqa("verify", "--against-database")
    assert len(s3_pqa.ask("files")) == len(DAYS)
    assert s3_pqa.ask("status")[0]["days"] == len(DAYS)


def test_checkpoints_are_put_and_their_hint_is_replaced(s3_pqa, sqlite_site):
    s3_pqa.backfill(FIRST, LAST)
    log = f"{s3_pqa.prefix}/analytics/pageviews/_delta_log/"
    said = []
    while s3_pqa.version() < 21:
        day = DAYS[s3_pqa.version() % len(DAYS)]
        sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                            " WHERE date = ? AND id % 7 = 0", day)
        assert "checkpoint" not in s3_pqa("export", "--date", day).stderr
        if s3_pqa.version() % 10 == 0:
            said.append(json.loads(s3_pqa.server.read(log + "_last_checkpoint"))["version"])
    assert said == [10, 20]
    assert s3_pqa.archive_rows() == sqlite_site.archive_rows()
    filesystem = s3_pqa.server.filesystem()
    for version in range(20):
        filesystem.delete_file(f"{BUCKET}/{log}{version:020}.json")
    assert s3_pqa.archive_rows() == sqlite_site.archive_rows()
    s3_pqa("verify", "--against-database")


def test_backfill_from_postgres(versitygw, prefix, postgres_site, tmp_path):
    pqa = S3Program(versitygw, prefix, postgres_site.url, tmp_path)
    pqa.backfill(FIRST, LAST)
    assert pqa.archive_rows() == postgres_site.archive_rows()
    pqa("verify", "--against-database")


def test_questions_answer_as_on_a_disk(s3_pqa, sqlite_site, tmp_path):
    local = Program(tmp_path / "store", sqlite_site.url, tmp_path)
    s3_pqa.backfill(FIRST, LAST)
    local.backfill(FIRST, LAST)
    for question in ("top", "daily", "not-found", "versions", "views"):
        for project in ("django", "pip"):
            arguments = (question, project, "--since", FIRST, "--until", LAST)
            assert s3_pqa.ask(*arguments) == local.ask(*arguments)
    assert s3_pqa.run("top", "nobody").returncode == local.run("top", "nobody").returncode


def test_export_again_changes_nothing_and_late_rows_are_merged(s3_pqa, sqlite_site):
    s3_pqa.backfill(FIRST, LAST)
    before = s3_pqa.server.keys(s3_pqa.prefix)
    s3_pqa("export", "--date", FIRST)
    after = s3_pqa.server.keys(s3_pqa.prefix)
    assert {key for key in before if ".pqa" not in key} == {
        key for key in after if ".pqa" not in key}
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 2"
                        " WHERE date = ? AND id % 3 = 0", FIRST)
    s3_pqa("export", "--date", FIRST)
    assert s3_pqa.archive_rows() == sqlite_site.archive_rows()
    assert len(s3_pqa.live_files()) == len(DAYS)
    s3_pqa("verify")


def test_missing_table_and_missing_bucket_are_told_apart(s3_pqa):
    assert "no table" in s3_pqa("status", code=10).stderr
    s3_pqa.store = f"s3://no-such-bucket/{s3_pqa.prefix}"
    assert "NoSuchBucket" in s3_pqa("status", code=10).stderr
    assert "NoSuchBucket" in s3_pqa("export", "--date", FIRST, code=10).stderr


def test_store_written_on_minio_is_the_same_bytes_as_on_versitygw(
        versitygw, minio, prefix, sqlite_site, tmp_path):
    contents = []
    for server in (versitygw, minio):
        pqa = S3Program(server, prefix, sqlite_site.url, tmp_path)
        pqa("export", "--date", FIRST)
        contents.append({key: server.read(key) for key in pqa.data_keys()})
    assert contents[0] == contents[1] and len(contents[0]) == 1


# --- The store's operations ---


def test_odd_keys_are_put_got_listed_and_removed(trial, server, prefix, tmp_path):
    trial = Trial(server, prefix + "/odd pre+fix%/é'", tmp_path)
    for number, key in enumerate(ODD_KEYS):
        trial.put(key, f"content {number}".encode())
    for number, key in enumerate(ODD_KEYS):
        assert trial.get(key) == f"content {number}".encode(), key
        assert int(trial("size", key)) == len(f"content {number}")
    in_order = sorted(ODD_KEYS, key=str.encode)
    assert [key for key, _ in trial.list()] == in_order
    seen_by_arrow = {key.split("/é'/", 1)[1] for key in server.keys(prefix)}
    assert seen_by_arrow == set(ODD_KEYS)
    for key in ODD_KEYS:
        trial("remove", key)
        trial("remove", key)
    assert trial.list() == []


def test_list_pages_starts_after_and_keeps_to_its_prefix(versitygw, prefix, tmp_path):
    trial = Trial(versitygw, prefix, tmp_path)
    folder = versitygw.data / BUCKET / prefix
    names = [f"log/{n:05}.json" for n in range(2105)] + ["log2/x", "lo", "log/+ %.txt"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * (len(name) % 7))
    expected = sorted(((name, len(name) % 7) for name in names), key=lambda e: e[0].encode())
    assert trial.list() == expected
    logs = [entry for entry in expected if entry[0].startswith("log/")]
    assert trial.list("log/") == logs
    assert trial.list("log/", "log/01500.json") == [e for e in logs if e[0] > "log/01500.json"]
    assert trial.list("log/000") == [e for e in logs if e[0].startswith("log/000")]
    assert trial.list("none/") == []


def test_ranges_are_read_as_asked(trial, server, prefix):
    choose = random.Random(4)
    data = choose.randbytes(9_000_001)
    trial.put("data", data)
    for _ in range(8):
        ends = sorted(choose.sample(range(len(data) + 1), 2 * choose.randint(1, 40)))
        ranges = list(zip(ends[::2], ends[1::2]))
        path = trial.folder / "ranges"
        trial("ranges", "data", path, *(f"{a}:{b - a}" for a, b in ranges))
        assert path.read_bytes() == b"".join(data[a:b] for a, b in ranges)
    assert "cannot read" in trial("ranges", "data", path, "9000000:2", status="io")


def test_put_is_refused_where_an_object_is_there(trial):
    trial.put("key", b"first")
    assert "there already" in trial.put("key", b"second", status="conflict")
    trial.put("key", b"first", status="conflict")
    assert trial.get("key") == b"first"


def test_of_eight_puts_at_once_one_wins(trial):
    files = []
    for number in range(8):
        files.append(trial.folder / f"put-{number}")
        files[-1].write_bytes(f"writer {number}".encode() * 100)
    trial("probe")
    for turn in range(4):
        puts = [trial.start("put", f"race/{turn}", path) for path in files]
        codes = [put.wait(60) for put in puts]
        assert codes.count(0) == 1 and codes.count(9) == 7, codes
        assert trial.get(f"race/{turn}") == files[codes.index(0)].read_bytes()


def test_large_object_is_put_in_parts_once(trial, server, prefix):
    trial.env["MULTIPART"] = str(5 << 20)
    data = random.Random(2).randbytes((21 << 20) + 7)
    trial.put("large", data)
    assert hashlib.sha256(server.read(f"{prefix}/large")).digest() == hashlib.sha256(data).digest()
    assert trial.get("large") == data
    trial.put("large", b"x" + data[1:], status="conflict")
    assert trial.get("large") == data


def uploads_under_way(proxy):
    """Multipart uploads begun and neither completed nor aborted, as the proxy saw them."""
    begun = proxy.count("POST", "?uploads=")
    ended = {r.target for r in proxy.requests if "uploadId=" in r.target
             and "partNumber" not in r.target and r.method in ("POST", "DELETE")}
    return begun - len(ended)


def test_parts_that_fail_are_aborted(faulty, proxy):
    faulty.env["MULTIPART"] = str(5 << 20)
    data = random.Random(3).randbytes(20 << 20)
    proxy.fault(Answer(403, "AccessDenied"), "PUT", "partNumber=2", times=99)
    message = faulty.put("large", data, status="denied")
    assert "s3:PutObject" in message and uploads_under_way(proxy) == 0
    proxy.clear()
    proxy.fault(Answer(503, "SlowDown"), "PUT", "partNumber=2")
    proxy.fault(Lost(), "PUT", "partNumber=1")
    proxy.fault(Answer(200, "InternalError"), "POST", "large?uploadId=")
    faulty.put("large", data)
    assert faulty.get("large") == data


@pytest.mark.parametrize("fault", [
    Lost(), Answer(500, "InternalError", after=True), Cut(10), Answer(200, "InternalError",
                                                                      after=True)])
def test_answer_to_complete_that_is_lost_is_settled(faulty, proxy, fault):
    faulty.env["MULTIPART"] = str(5 << 20)
    data = random.Random(3).randbytes(6 << 20)
    proxy.fault(fault, "POST", "large?uploadId=")
    faulty.put("large", data)
    assert faulty.get("large") == data


def test_server_that_ignores_the_condition_is_refused_for_writing(prefix, sqlite_site,
                                                                  tmp_path):
    with running(Rclone) as server:
        trial = Trial(server, prefix, tmp_path)
        message = trial.put("key", b"data", status="unsupported")
        assert "ignores If-None-Match" in message and server.address in message
        assert server.keys(prefix) == {}
        pqa = S3Program(server, prefix, sqlite_site.url, tmp_path)
        assert "ignores If-None-Match" in pqa("export", "--date", FIRST, code=1).stderr
        trial = Trial(server, "read", tmp_path)
        assert trial.get("odd key+%") == b"read only"
        assert trial.list() == [("odd key+%", 9)]


# --- Faults ---


READ_FAULTS = [Dropped(), Cut(0), Cut(30), Cut(400), Answer(500, "InternalError"),
               Answer(503, "SlowDown"), Answer(503), Answer(429), Answer(502, body=b"<html>"),
               Answer(200, headers={"etag": '"x"'}, body=b""),
               Answer(200, body=b"<html>captive portal</html>"),
               Answer(400, "RequestTimeout"), Answer(301, headers={
                   "x-amz-bucket-region": "us-east-1"}, body=b"")]


@pytest.mark.parametrize("fault", range(len(READ_FAULTS)))
def test_read_is_tried_again(faulty, proxy, fault):
    data = b"0123456789" * 100
    faulty.put("key", data)
    proxy.clear()
    fault = READ_FAULTS[fault]
    is_false_content = getattr(fault, "status", 0) == 200 and fault.headers
    if not is_false_content:  # nothing in a whole GET tells it from an empty object
        proxy.fault(fault, "GET", "key")
        assert faulty.get("key") == data
    proxy.fault(fault, "GET", "key")
    faulty("ranges", "key", faulty.folder / "r", "10:20", "900:50")
    assert (faulty.folder / "r").read_bytes() == data[10:30] + data[900:950]
    proxy.fault(fault, "GET", "list-type")
    if not is_false_content:
        assert faulty.list() == [("key", 1000)]
    proxy.fault(fault, "HEAD", "key")
    if getattr(fault, "status", 0) != 200 and getattr(fault, "code", "") != "RequestTimeout":
        assert int(faulty("size", "key")) == 1000


def test_bytes_that_do_not_have_the_checksum_are_refused(faulty, proxy):
    faulty.put("key", b"x" * 1000)
    proxy.fault(Short(7), "GET", "key")
    assert "checksum" in faulty("get", "key", faulty.folder / "g", status="io")


def test_range_that_is_another_is_tried_again(faulty, proxy):
    faulty.put("key", bytes(range(256)))
    proxy.fault(Answer(206, headers={"etag": '"x"', "content-range": "bytes 0-9/256"},
                       body=b"0123456789"), "GET", "key")
    faulty("ranges", "key", faulty.folder / "r", "100:10")
    assert (faulty.folder / "r").read_bytes() == bytes(range(100, 110))


def test_server_without_ranges_is_read_all_the_same(faulty, proxy):
    faulty.put("key", bytes(range(256)))
    proxy.fault(Answer(200, headers={"etag": '"x"'}, body=bytes(range(256))), "GET", "key")
    faulty("ranges", "key", faulty.folder / "r", "100:10", "200:20")
    assert (faulty.folder / "r").read_bytes() == bytes([*range(100, 110), *range(200, 220)])


PUT_FAULTS = {"lost": Lost(), "dropped": Dropped(), "cut": Cut(20),
              "500 before": Answer(500, "InternalError"),
              "500 after": Answer(500, "InternalError", after=True),
              "503": Answer(503, "SlowDown"), "409": Answer(409, "ConditionalRequestConflict"),
              "200 with an error": Answer(200, "InternalError", headers={"etag": '"x"'}),
              "200 with an error after": Answer(200, "InternalError", after=True),
              "200 without an etag": Answer(200, body=b"<html>"),
              "checksum header refused": Answer(501, "NotImplemented")}


@pytest.mark.parametrize("name", PUT_FAULTS)
def test_put_is_settled(faulty, proxy, name):
    faulty("probe")
    proxy.fault(PUT_FAULTS[name], "PUT", "/key")
    faulty.put("key", b"ours" * 1000)
    assert faulty.get("key") == b"ours" * 1000
    faulty.put("key", b"other" * 1000, status="conflict")


@pytest.mark.parametrize("name", ["dropped", "500 before", "409", "lost"])
def test_put_whose_answer_was_lost_is_a_conflict_where_others_won(
        faulty, proxy, versitygw, prefix, tmp_path, name):
    """Somebody else's object must not be taken for ours, nor ours for somebody else's."""
    faulty("probe")
    (tmp_path / "theirs").mkdir()
    others = Trial(versitygw, prefix, tmp_path / "theirs")

    class TheyWin(type(PUT_FAULTS[name])):
        def run(self, connection, request, forward):
            others.put("key", b"theirs")
            super().run(connection, request, forward)

    fault = TheyWin.__new__(TheyWin)
    fault.__dict__ |= PUT_FAULTS[name].__dict__
    proxy.fault(fault, "PUT", "/key")
    assert "there already" in faulty.put("key", b"ours", status="conflict")
    assert others.get("key") == b"theirs"


def test_put_that_cannot_be_looked_at_is_unknown(faulty, proxy):
    faulty("probe")
    proxy.fault(Lost(), "PUT", "/key")
    proxy.fault(Answer(403, "AccessDenied"), "HEAD", "/key", times=99)
    assert "not known whether it was put" in faulty.put("key", b"ours", status="io")


def test_foreign_412_is_a_conflict_at_once(faulty, proxy):
    faulty("probe")
    proxy.clear()
    proxy.fault(Answer(412, "PreconditionFailed"), "PUT", "/key")
    faulty.put("key", b"ours", status="conflict")
    assert proxy.count("PUT", "/key") == 1


def test_budget_ends_with_what_failed(faulty, proxy):
    faulty.env["RETRY"] = "1"
    proxy.fault(Answer(503, "SlowDown"), "GET", times=999)
    started = time.monotonic()
    message = faulty("get", "key", faulty.folder / "g", status="timeout")
    assert "503 SlowDown" in message and time.monotonic() - started < 3
    assert proxy.count("GET") > 2


def test_retry_after_is_kept_to(faulty, proxy):
    faulty.put("key", b"data")
    proxy.fault(Answer(503, "SlowDown", headers={"retry-after": "1"}), "GET", "/key")
    started = time.monotonic()
    assert faulty.get("key") == b"data" and time.monotonic() - started > 1


def test_denied_is_not_tried_again(faulty, proxy):
    proxy.fault(Answer(403, "AccessDenied"), "GET", times=99)
    assert "s3:GetObject" in faulty("get", "key", faulty.folder / "g", status="denied")
    assert proxy.count("GET") == 1


@pytest.mark.parametrize("fault", [Drip(), Stall()])
def test_answer_that_comes_too_slowly_is_lost(faulty, proxy, fault):
    faulty.put("key", b"data" * 100)
    proxy.fault(fault, "GET", "/key")
    started = time.monotonic()
    assert faulty.get("key") == b"data" * 100
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("minutes", [9, -9])
def test_clock_skew_is_corrected_once(faulty, proxy, minutes):
    proxy.fault(Skew(minutes), times=999)
    faulty.put("key", b"data")
    assert faulty.get("key") == b"data"
    assert proxy.count("GET", "/key") == 2


def test_clock_skew_that_stays_is_told(faulty, proxy):
    proxy.fault(Answer(403, "RequestTimeTooSkewed",
                       headers={"date": "Fri, 24 May 2030 00:00:00 GMT"}), "GET", times=99)
    message = faulty("get", "key", faulty.folder / "g", status="denied")
    assert "behind the server's" in message and proxy.count("GET") == 2


LIST = "<ListBucketResult><IsTruncated>{}</IsTruncated>{}{}</ListBucketResult>"


def listed(key):
    return f"<Contents><Key>{key}</Key><Size>1</Size></Contents>"


@pytest.mark.parametrize("truncated,keys,token,part", [
    ("true", ["a"], "", "does not say where"),
    ("false", ["b", "a"], "", "not in order"),
    ("false", ["a", "a"], "", "not in order"),
    ("false", ["../elsewhere"], "", "does not begin with the prefix"),
    ("true", ["a"], "<NextContinuationToken>same</NextContinuationToken>", "comes again")])
def test_lists_that_cannot_be_are_refused(faulty, proxy, prefix, truncated, keys, token, part):
    for number in range(2):
        entries = "".join(listed(f"{prefix}/{'' if number == 0 else 'z'}{key}"
                                 if not key.startswith("..") else key) for key in keys)
        proxy.fault(Answer(200, body=LIST.format(truncated, entries, token).encode()), "GET",
                    "list-type")
    assert part in faulty("list", "", status="corrupt")


def test_list_without_an_end_or_with_entities_is_refused(faulty, proxy):
    proxy.fault(Answer(200, body=b"<ListBucketResult></ListBucketResult>"), "GET", "list-type")
    assert "whether it ends" in faulty("list", "", status="corrupt")
    proxy.fault(Answer(200, body=b"<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult/>"), "GET",
                "list-type", times=99)
    faulty("list", "", status="io")


# --- Faults while the product works ---


@pytest.mark.parametrize("name", ["lost", "500 after", "500 before", "dropped", "409",
                                  "200 with an error after"])
def test_commit_survives(faulty_pqa, proxy, sqlite_site, name):
    """Every PUT of the log in turn: each row once, each version once."""
    proxy.fault(PUT_FAULTS[name], "PUT", "_delta_log", times=99)

    def every_other(rule=proxy.rules[0]):
        count = {"seen": 0}
        original = rule.matches

        def matches(request):
            if request.method != "PUT" or "_delta_log" not in request.target:
                return False
            count["seen"] += 1
            return count["seen"] % 2 == 1 and original(request)
        rule.matches = matches
    every_other()
    faulty_pqa.backfill(FIRST, DAYS[2])
    faulty_pqa.backfill(DAYS[3], LAST)
    assert faulty_pqa.archive_rows() == sqlite_site.archive_rows()
    assert faulty_pqa.log_versions() == list(range(len(faulty_pqa.log_versions())))
    assert faulty_pqa.data_keys() == {
        uri.removeprefix(f"s3://{BUCKET}/") for uri in faulty_pqa.live_files()}


def test_requests_that_fail_at_random_lose_and_double_nothing(faulty_pqa, proxy, sqlite_site):
    choose = random.Random(6)
    faults = [Lost(), Dropped(), Cut(25), Answer(503, "SlowDown"),
              Answer(500, "InternalError", after=True), Answer(500, "InternalError")]

    class Sometimes:
        def run(self, connection, request, forward):
            fault = choose.choice(faults) if choose.random() < 0.25 else None
            if fault:
                fault.run(connection, request, forward)
            else:
                connection.send_answer(forward())
    proxy.fault(Sometimes(), times=10**9)
    for since, until in ((FIRST, DAYS[2]), (FIRST, LAST)):
        faulty_pqa.backfill(since, until)
    proxy.clear()
    assert faulty_pqa.archive_rows() == sqlite_site.archive_rows()
    assert faulty_pqa.log_versions() == list(range(len(faulty_pqa.log_versions())))
    faulty_pqa("verify")


def test_server_that_stays_away_is_exit_75_and_one_sentence(faulty_pqa, proxy):
    faulty_pqa.settings["PQA_S3_RETRY_TIME"] = "1"
    proxy.fault(Answer(503, "SlowDown"), times=10**9)
    done = faulty_pqa("export", "--date", FIRST, code=75)
    assert "503 SlowDown" in done.stderr


def test_damaged_object_is_found_by_verify(s3_pqa, trial):
    s3_pqa("export", "--date", FIRST)
    key, = s3_pqa.data_keys()
    data = bytearray(s3_pqa.server.read(key))
    data[len(data) // 2] ^= 1
    trial.replace(key.removeprefix(f"{s3_pqa.prefix}/"), bytes(data))
    s3_pqa("verify", code=13)


def rule(body, prefix="", status="Enabled"):
    return (f"<Rule><ID>planted</ID><Filter><Prefix>{prefix}</Prefix></Filter>"
            f"<Status>{status}</Status>{body}</Rule>")


EXPIRES = "<Expiration><Days>30</Days></Expiration>"


@pytest.mark.parametrize("rules,code,part", [
    (rule(EXPIRES), 1, "deletes live objects (after 30 days)"),
    (rule(EXPIRES, "PREFIX/analytics"), 1, "deletes live objects"),
    (rule("<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>",
          "tests/"), 1, "moves objects to GLACIER"),
    (rule(EXPIRES, "elsewhere/"), 0, "no rule expires or freezes"),
    (rule(EXPIRES, status="Disabled"), 0, "no rule expires or freezes"),
    (rule(EXPIRES).replace("<Filter>", "<Filter><Tag><Key>a</Key></Tag>"), 0, "no rule expires"),
    (rule("<Transition><StorageClass>STANDARD_IA</StorageClass></Transition>"), 0,
     "AbortIncompleteMultipartUpload")])
def test_doctor_reads_the_buckets_rules(faulty_pqa, proxy, rules, code, part):
    text = f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>"
    proxy.fault(Answer(200, body=text.replace("PREFIX", faulty_pqa.prefix).encode()), "GET",
                "lifecycle")
    done = faulty_pqa("doctor", code=code)
    assert part in done.stdout + done.stderr


def test_doctor_finds_a_plain_bucket_in_order(s3_pqa):
    done = s3_pqa("doctor")
    assert "objects can be put" in done.stdout and "versioning" in done.stdout


def test_doctor_finds_no_bucket_and_no_keys(s3_pqa):
    bucket, settings = s3_pqa.store, dict(s3_pqa.settings)
    s3_pqa.store = "s3://no-such-bucket/x"
    said = s3_pqa("doctor", code=10).stdout
    assert "NoSuchBucket" in said and "backfill" not in said and "ok       store" not in said
    s3_pqa.store = bucket
    s3_pqa.settings = {name: value for name, value in settings.items() if "KEY" not in name}
    s3_pqa.settings["AWS_EC2_METADATA_DISABLED"] = "true"
    done = s3_pqa.run("doctor")
    assert done.returncode and "no S3 credentials" in done.stdout and "HTTP 0" not in done.stdout
    assert "ok       store" not in done.stdout and done.stdout.count("no S3 credentials") == 1


# --- Stopping and locking ---


def test_interrupt_ends_within_a_second_while_a_server_stalls(faulty_pqa, proxy):
    faulty_pqa.settings["PQA_S3_TIMEOUT"] = "60"
    for path in ("list-type", "_delta_log", ".parquet"):
        proxy.clear()
        rule = proxy.fault(Stall(), path=path, times=99)
        process = faulty_pqa.start("backfill", "--since", FIRST, "--until", LAST)
        for _ in range(200):
            if rule.taken:
                break
            time.sleep(0.05)
        assert rule.taken, path
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        process.communicate(timeout=20)
        assert process.returncode == 130
        assert time.monotonic() - started < 2.5  # and releases its lease: up to 0.8 s more


def test_killed_at_any_request_then_run_again(versitygw, prefix, sqlite_site, tmp_path, proxy):
    """The process ends at the n-th request, before or after the server applied it."""
    source_rows = sqlite_site.archive_rows()
    pqa = S3Program(versitygw, prefix + "/counted", sqlite_site.url, tmp_path, proxy.endpoint)
    pqa.backfill(FIRST, LAST)
    count = len(proxy.requests)
    points = range(count) if os.environ.get("PQA_CHECK_ALL") else \
        sorted(random.Random(1).sample(range(count), min(8, count)))
    for number in points:
        pqa = S3Program(versitygw, f"{prefix}/{number}", sqlite_site.url, tmp_path,
                        proxy.endpoint)
        proxy.clear()

        class Kill:
            def run(self, connection, request, forward):
                if number % 2:
                    forward()
                process.kill()
                connection.drop()
        ready = threading.Event()
        process = None
        proxy.fault(Kill(), skip=number)
        process = pqa.start("backfill", "--since", FIRST, "--until", LAST)
        process.communicate(timeout=60)
        pqa.backfill(FIRST, LAST)
        assert pqa.archive_rows() == source_rows, number
        assert pqa.log_versions() == list(range(len(pqa.log_versions())))


def test_lease_has_one_holder_and_outlives_none(trial):
    holder = trial.start("lock", "writer", "30")
    assert holder.stdout.readline() == b"locked\n"
    message = trial("lock", "writer", "0", status="busy")
    assert f"process {holder.pid}" in message
    holder.kill()
    holder.wait()
    assert trial("lock", "writer", "0") == b"locked\n"  # its process has ended: no waiting
    assert trial("lock", "writer", "0") == b"locked\n"
    assert trial.list() == []


def test_lease_of_a_holder_that_is_silent_runs_out_and_it_finds_out(versitygw, prefix, tmp_path):
    trial = Trial(versitygw, prefix, tmp_path)
    trial.env["LEASE"] = "2"
    holder = trial.start("lock", "writer", "1")
    assert holder.stdout.readline() == b"locked\n"
    holder.send_signal(signal.SIGSTOP)
    # As from another machine, where it cannot be seen whether the process lives.
    other = Trial(versitygw, prefix, tmp_path)
    other.env["LEASE"] = "2"
    other("lock", "writer", "0", status="busy")
    time.sleep(4.5)  # the times in answers are whole seconds, and may lag behind by one
    successor = other.start("lock", "writer", "3")
    assert successor.stdout.readline() == b"locked\n", successor.communicate()
    holder.send_signal(signal.SIGCONT)
    _, err = holder.communicate(timeout=20)
    assert b"was lost to another process" in err and str(successor.pid).encode() in err
    other("lock", "writer", "0", status="busy")  # what the first did is not a release
    _, err = successor.communicate(timeout=20)
    assert successor.returncode == 0, err


def test_two_exports_at_once_archive_each_row_once(s3_pqa, sqlite_site):
    both = [s3_pqa.start("backfill", "--since", FIRST, "--until", LAST) for _ in range(2)]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in both]
    assert sorted(code for _, code in ends) in ([0, 0], [0, 11]), ends
    assert s3_pqa.archive_rows() == sqlite_site.archive_rows()


# --- Where the server is, and who asks ---


def test_bucket_in_the_host(prefix, tmp_path):
    with running(Versitygw, virtual=True) as server:
        trial = Trial(server, prefix, tmp_path)
        trial.env |= {"AWS_ENDPOINT_URL": f"http://localhost:{server.port}",
                      "AWS_CONFIG_FILE": str(tmp_path / "config")}
        (tmp_path / "config").write_text("[default]\ns3 =\n  addressing_style = virtual\n")
        trial.put("a b/+", b"data")
        assert trial.get("a b/+") == b"data" and trial.list() == [("a b/+", 4)]
        assert f"{prefix}/a b/+" in server.keys(prefix)


def test_region_is_learned_from_the_answer(prefix, tmp_path):
    with running(Minio, region="eu-central-1") as server:
        trial = Trial(server, prefix, tmp_path)
        trial.put("key", b"data")
        assert trial.get("key") == b"data"
        trial.env["AWS_REGION"] = "eu-central-1"
        assert trial.list() == [("key", 4)]


def test_https_needs_a_certificate_that_is_trusted(prefix, sqlite_site, tmp_path):
    with running(Versitygw, tls=True) as server:
        trial = Trial(server, prefix, tmp_path)
        assert "--s3-ca-bundle" in trial.put("key", b"data", status="io")
        trial.env["AWS_CA_BUNDLE"] = str(server.certificate)
        trial.put("key", b"data")
        assert trial.get("key") == b"data"
        pqa = S3Program(server, prefix + "/p", sqlite_site.url, tmp_path)
        pqa("export", "--date", FIRST, "--s3-ca-bundle", server.certificate)
        pqa("verify", "--s3-ca-bundle", server.certificate)


def test_wrong_keys_are_denied_with_what_to_do(s3_pqa):
    s3_pqa.settings["AWS_SECRET_ACCESS_KEY"] = "another-planted-secret"
    done = s3_pqa("export", "--date", FIRST, code=12)
    assert "secret access key" in done.stderr
    assert "another-planted-secret" not in done.stderr + done.stdout
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del s3_pqa.settings[name]
    assert "no S3 credentials" in s3_pqa("status", code=12).stderr


def test_placement_of_new_objects_is_asked_for(versitygw, prefix, proxy, sqlite_site, tmp_path):
    pqa = S3Program(versitygw, prefix, sqlite_site.url, tmp_path, proxy.endpoint)
    pqa.run("export", "--date", FIRST, "--s3-encryption", "sse-kms", "--s3-kms-key", "key-1",
            "--s3-storage-class", "STANDARD_IA", "--s3-retry-time", "1")
    put = next(r for r in proxy.requests if r.method == "PUT")
    assert put.headers["x-amz-server-side-encryption"] == "aws:kms"
    assert put.headers["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"
    assert put.headers["x-amz-storage-class"] == "STANDARD_IA"
    assert "x-amz-storage-class" in put.headers["authorization"]
    assert "sse-kms" in pqa("export", "--date", FIRST, "--s3-kms-key", "key-1", code=2).stderr


class Metadata:
    """The container's, the instance's and STS's services in one; counts what is asked."""

    def __init__(self, valid_s=3600):
        self.valid_s, self.asked, self.fail = valid_s, [], False

    def __enter__(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, text):
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                service.asked.append((self.command, self.path, dict(self.headers), body))
                self.answer(*service.choose(self.command, self.path, self.headers, body))

            do_GET = do_PUT = do_POST = handle_any

            def log_message(self, *_):
                pass

        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.listener.server_port}"
        threading.Thread(target=self.listener.serve_forever, args=(0.05,)).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown()
        self.listener.server_close()

    def expiration(self):
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
            seconds=self.valid_s)
        return ends.strftime("%Y-%m-%dT%H:%M:%SZ")

    def choose(self, method, path, headers, body):
        keys = {"Code": "Success", "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY,
                "Expiration": self.expiration()}
        if self.fail:
            return 500, SECRET_KEY
        if path == "/container":
            ok = headers.get("Authorization") == "Bearer planted-token"
            return (200, json.dumps(keys)) if ok else (401, "")
        if path == "/latest/api/token":
            return 200, "imds-token"
        if headers.get("x-aws-ec2-metadata-token") != "imds-token" and method == "GET":
            return 401, ""
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, "archive-role\n"
        if path == "/latest/meta-data/iam/security-credentials/archive-role":
            return 200, json.dumps(keys)
        if method == "POST" and "WebIdentityToken=planted%2Ftoken" in body:
            return 200, f"""<AssumeRoleWithWebIdentityResponse xmlns="x">
              <AssumeRoleWithWebIdentityResult><Credentials>
              <AccessKeyId>{ACCESS_KEY}</AccessKeyId>
              <SecretAccessKey>{SECRET_KEY}</SecretAccessKey><SessionToken></SessionToken>
              <Expiration>{self.expiration()}</Expiration></Credentials>
              </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""
        return 404, ""


PROVIDERS = {
    "container": lambda url, folder: {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(folder / "token")},
    "instance": lambda url, folder: {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_EC2_METADATA_DISABLED": "false"},
    "web identity": lambda url, folder: {
        "AWS_ENDPOINT_URL_STS": url, "AWS_ROLE_ARN": "arn:aws:iam::1:role/archive",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "web-token")},
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_keys_come_from_services_and_are_had_anew(versitygw, prefix, tmp_path, provider):
    (tmp_path / "token").write_text("Bearer planted-token\n")
    (tmp_path / "web-token").write_text("planted/token\n")
    with Metadata() as service:
        trial = Trial(versitygw, prefix, tmp_path)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del trial.env[name]
        trial.env |= PROVIDERS[provider](service.url, tmp_path)
        trial.put("key", b"data")
        once = len(service.asked)
        assert 1 <= once <= 3
        service.valid_s = 200  # less than the five minutes before which new ones are asked
        assert trial.get("key") == b"data"
        service.asked.clear()
        holder = trial.start("lock", "writer", "0.1")
        holder.communicate(timeout=20)
        assert holder.returncode == 0 and once <= len(service.asked)
        service.fail = True
        message = trial("get", "key", tmp_path / "g", status=(
            "denied" if provider != "x" else "io"))
        assert SECRET_KEY not in message and "planted" not in message


def test_profile_of_the_shared_files(versitygw, prefix, tmp_path):
    trial = Trial(versitygw, prefix, tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        del trial.env[name]
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(
        f"[archive]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key={SECRET_KEY}\n")
    (tmp_path / ".aws/config").write_text(
        f"[profile archive]\nregion = us-east-1\nendpoint_url = {versitygw.endpoint}\n"
        "[profile other]\ncredential_process = /bin/false\n"
        f"endpoint_url = {versitygw.endpoint}\n")
    trial.env["AWS_PROFILE"] = "archive"
    trial.put("key", b"data")
    assert trial.get("key") == b"data"
    trial.env["AWS_PROFILE"] = "other"
    assert "credential_process" in trial.put("key", b"data", status="unsupported")
    trial.env["AWS_PROFILE"] = "nobody"
    assert "no profile 'nobody'" in trial.put("key", b"data", status="invalid")


def test_expired_keys_are_read_anew_once(faulty, proxy):
    faulty.put("key", b"data")
    proxy.fault(Answer(400, "ExpiredToken"), "GET", "/key")
    assert faulty.get("key") == b"data"
    proxy.clear()
    proxy.fault(Answer(400, "ExpiredToken"), "GET", "/key", times=99)
    assert "have expired" in faulty("get", "key", faulty.folder / "g", status="denied")
    assert proxy.count("GET", "/key") == 2


def test_no_connection_is_told_after_a_few_tries(versitygw, prefix, tmp_path):
    trial = Trial(versitygw, prefix, tmp_path, "http://127.0.0.1:9")
    trial.env["RETRY"] = "60"
    started = time.monotonic()
    message = trial("get", "key", tmp_path / "g", status="timeout")
    assert "no connection to 127.0.0.1:9" in message and time.monotonic() - started < 10


def test_local_store_does_the_same(tmp_path, versitygw):
    """The trials above hold on a disk: they are about the store, not the server."""
    trial = Trial(versitygw, "unused", tmp_path)
    trial.store = str(tmp_path / "local")
    pathlib.Path(trial.store).mkdir()
    trial.put("a/b", b"data")
    trial.put("a/b", b"data", status="conflict")
    assert trial.get("a/b") == b"data" and trial.list() == [("a/b", 4)]
