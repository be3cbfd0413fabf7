"""Copies of what never changes, for questions to S3: fewer rounds, the same answers."""
import random
import shutil
import stat
import uuid

import pytest
from faulty_proxy import FaultyProxy, Slow
from pageview_site import DAYS, FIRST, LAST
from s3_program import S3Program, Trial
from s3_servers import Versitygw

RANGE = ("--since", FIRST, "--until", LAST)
QUESTIONS = [(question, project, *RANGE)
             for question in ("top", "daily", "not-found", "versions", "views")
             for project in ("django", "pip")]


@pytest.fixture(scope="module")
def server():
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not built: tools/test_servers.sh")
    with Versitygw() as started:
        yield started


@pytest.fixture
def prefix():
    return f"tests/{uuid.uuid4().hex[:8]}"


@pytest.fixture
def proxy(server):
    with FaultyProxy(server) as started:
        yield started


@pytest.fixture
def pqa(server, prefix, sqlite_site, tmp_path):
    return S3Program(server, prefix, sqlite_site.url, tmp_path)


@pytest.fixture
def watched(server, proxy, prefix, tmp_path):
    """Without a database: it would be asked for the project."""
    return S3Program(server, prefix, None, tmp_path, proxy.endpoint)


@pytest.fixture
def cache(tmp_path):
    """Where copies are kept by default."""
    return tmp_path / ".cache" / "pqa" / "objects"


def without_cache(pqa, *arguments):
    return pqa.ask(*arguments, "--cache-directory", "none")


def rounds_of(proxy, pqa, *arguments):
    """What a question asks for, round by round: the last parts of the targets."""
    proxy.clear()
    proxy.fault(Slow(0.25), times=10**9)
    pqa(*arguments)
    return [sorted(f"{r.method} {r.target.split('/')[-1][:60]}" for r in found)
            for found in proxy.rounds()]


def is_listing(found):
    return len(found) == 1 and "list-type=2" in found[0]


def test_cold_question_takes_few_rounds_and_a_warm_one_two(pqa, watched, proxy):
    pqa.backfill(FIRST, LAST)
    cold = rounds_of(proxy, watched, "top", "django", *RANGE)
    assert len(cold) <= 4, cold
    assert is_listing(cold[0])
    assert all(".json" in request for request in cold[1])
    warm = rounds_of(proxy, watched, "top", "django", *RANGE)
    assert len(warm) <= 2, warm
    assert is_listing(warm[0])


def test_file_that_does_not_come_whole_says_at_its_end_whose_rows_are_where(
        pqa, watched, proxy, sqlite_site):
    """The rows of a project are asked for without a look into columns of projects."""
    choose = random.Random(3)
    rows = ((10**6 + n, 1 + n % 5, None, f"/{choose.getrandbits(64):x}.html",
             f"/en/latest/{choose.getrandbits(64):x}.html", 1 + n % 7, FIRST, 200)
            for n in range(60000))
    sqlite_site.insert(rows)
    pqa("export", "--date", FIRST)
    file, = pqa.data_keys()
    assert pqa.server.keys(pqa.prefix)[file] > 2 * 256 * 1024
    cold = rounds_of(proxy, watched, "top", "django", "--since", FIRST, "--until", FIRST)
    assert len(cold) == 4, cold
    assert len(cold[2]) == 1, "the end of the file"
    warm = rounds_of(proxy, watched, "top", "django", "--since", FIRST, "--until", FIRST)
    assert len(warm) == 2, warm
    assert watched.ask("top", "django", "--since", FIRST, "--until", FIRST, "--limit", 10) == [
        {"path": path, "views": views} for path, views in sqlite_site.rows(
            "SELECT path, sum(view_count) v FROM analytics_pageview WHERE project_id = 1 AND"
            " date = ? AND status = 200 GROUP BY path ORDER BY v DESC, path LIMIT 10",
            FIRST)]


def test_answers_are_the_same_with_and_without_copies(pqa, watched, cache):
    pqa.backfill(FIRST, LAST)
    expected = [without_cache(watched, *question) for question in QUESTIONS]
    assert not cache.exists()
    for _ in range(2):
        assert [watched.ask(*question) for question in QUESTIONS] == expected
    assert any(cache.iterdir())
    by_id = ("top", "--project-id", 1, *RANGE)
    assert watched.ask(*by_id) == without_cache(watched, *by_id)


def test_later_exports_are_seen(pqa, watched, sqlite_site):
    pqa.backfill(FIRST, LAST)
    before = watched.ask("top", "django", *RANGE)
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 5"
                        " WHERE project_id = 1 AND status = 200")
    pqa("export", "--date", DAYS[2])
    after = watched.ask("top", "django", *RANGE)
    assert after == without_cache(watched, "top", "django", *RANGE)
    assert sum(row["views"] for row in after) > sum(row["views"] for row in before)


def test_table_that_was_made_anew_is_read_anew(pqa, watched, server, prefix, sqlite_site):
    """Under the same names, at once: no time of a listing tells them apart."""
    trial = Trial(server, prefix, pqa.folder)
    pqa.backfill(FIRST, LAST)
    before = watched.ask("daily", "django", *RANGE)
    for key in server.keys(prefix):
        trial("remove", key.removeprefix(f"{prefix}/"))
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = 9 - view_count"
                        " WHERE view_count BETWEEN 1 AND 8")
    pqa.backfill(FIRST, LAST)
    after = watched.ask("daily", "django", *RANGE)
    assert after == without_cache(watched, "daily", "django", *RANGE) != before


def test_verify_finds_damage_that_a_copy_hides(pqa, watched, server, prefix):
    trial = Trial(server, prefix, pqa.folder)
    pqa.backfill(FIRST, LAST)
    watched.ask("top", "django", *RANGE)
    key = sorted(pqa.data_keys())[0]
    data = bytearray(server.read(key))
    for at in (len(data) - 100, len(data) // 2):
        data[at] ^= 1
    trial.replace(key.removeprefix(f"{prefix}/"), bytes(data))
    for program in (pqa, watched):
        program("verify", code=13)


@pytest.mark.parametrize("place", ["/dev/null", "/proc/none", "relative", "file"])
def test_place_that_cannot_be_used_fails_no_question(pqa, watched, tmp_path, place):
    pqa.backfill(FIRST, FIRST)
    (tmp_path / "file").touch()
    place = tmp_path / "file" if place == "file" else place
    question = ("top", "django", *RANGE)
    assert watched.ask(*question, "--cache-directory", place) == without_cache(
        watched, *question)
    shutil.rmtree("relative", ignore_errors=True)


def test_copies_that_are_damaged_or_foreign_change_nothing(pqa, watched, cache):
    pqa.backfill(FIRST, LAST)
    question = ("top", "django", *RANGE)
    expected = watched.ask(*question)
    copies = [copy for copy in cache.iterdir() if not copy.name.startswith(".")]
    assert len(copies) > len(DAYS)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    for number, copy in enumerate(copies):
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        data = bytearray(copy.read_bytes())
        data[number * 97 % len(data)] ^= 1
        copy.write_bytes(data if number % 3 else data[:number])
    assert watched.ask(*question) == expected
    (cache / ".total").write_bytes(b"\xff" * 3)
    assert watched.ask(*question) == expected


def test_many_processes_share_the_copies(pqa, watched, cache):
    pqa.backfill(FIRST, LAST)
    expected = without_cache(watched, "top", "django", *RANGE)
    running = [watched.start("top", "django", *RANGE, "--format", "json",
                             "--cache-size", "1M") for _ in range(6)]
    answers = [process.communicate(timeout=60) for process in running]
    assert all(process.returncode == 0 for process in running), answers
    assert len({out for out, _ in answers}) == 1
    assert watched.ask("top", "django", *RANGE) == expected
    assert sum(copy.stat().st_size for copy in cache.iterdir()) <= 1 << 20


def test_bound_that_is_too_small_is_refused(watched):
    done = watched("top", "django", "--cache-size", "100K", code=2)
    assert "--cache-size" in done.stderr


def test_forget_leaves_no_copy(pqa, watched, cache, tmp_path):
    pqa.backfill(FIRST, LAST)
    other = ["--cache-directory", tmp_path / "other"]
    watched.ask("top", "django", *RANGE)
    watched.ask("top", "django", *RANGE, *other)
    assert any(cache.iterdir()) and any((tmp_path / "other/objects").glob("[!.]*"))
    watched("forget", "django", "--yes", "--ignore-database", *other)
    assert not list((tmp_path / "other/objects").glob("[!.]*"))
    watched("forget", "--project-id", 1, "--yes", "--ignore-database")
    assert not list(cache.glob("[!.]*"))
