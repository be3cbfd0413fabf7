"""Each kind of failure is a class, with the library's message."""
import pickle

import pytest
from pageview_site import FIRST

import pqa


def test_missing_store_is_not_found(tmp_path):
    with pytest.raises(pqa.NotFound, match="there is no store") as caught:
        pqa.Archive(tmp_path / "none").top_pages("django")
    assert (caught.value.status, caught.value.exit_code) == ("NOT_FOUND", 10)
    assert isinstance(caught.value, (pqa.Error, LookupError))


def test_store_that_appears_later_is_seen(sqlite_archive):
    with pytest.raises(pqa.NotFound):
        sqlite_archive.status()
    sqlite_archive.export(FIRST)
    assert sqlite_archive.status()["days"] == 1


def test_other_source_is_refused(sqlite_archive, sqlite_program, tmp_path):
    sqlite_archive.export(FIRST)
    other = pqa.Archive(sqlite_program.store, db=sqlite_program.db, environment="staging")
    with pytest.raises(pqa.Error) as caught:
        other.export(FIRST)
    assert "source" in str(caught.value)


def test_two_writers_one_is_busy(sqlite_archive):
    def export_again(day):
        sqlite_archive.export(FIRST)

    with pytest.raises(pqa.Busy, match="another process writes to this store") as caught:
        sqlite_archive.export(FIRST, on_day=export_again)
    assert caught.value.exit_code == 11
    assert sqlite_archive.export(FIRST)[0].outcome == "unchanged"


def test_wrong_arguments_are_told(sqlite_archive, tmp_path):
    sqlite_archive.export(FIRST)
    with pytest.raises(pqa.Invalid, match="last day is before the first"):
        sqlite_archive.top_pages("django", "2024-03-01", "2024-02-01")
    with pytest.raises(OverflowError):
        sqlite_archive.top_pages(2**40, FIRST, FIRST)
    with pytest.raises(TypeError):
        sqlite_archive.top_pages("django", FIRST, FIRST, limit="many")
    with pytest.raises(ValueError, match="embedded null"):
        sqlite_archive.top_pages("dj\0ango", FIRST, FIRST)
    with pytest.raises(pqa.Invalid, match="s3_addressing"):
        pqa.Archive(tmp_path, s3_addressing="sideways")
    with pytest.raises(TypeError):
        pqa.Archive(tmp_path, names={"no_such_column": "x"})
    with pytest.raises(pqa.Invalid):
        sqlite_archive.backfill()
    with pytest.raises(pqa.Invalid):
        sqlite_archive.export(FIRST, since=FIRST)


def test_messages_say_what_python_takes(sqlite_archive, sqlite_program):
    sqlite_archive.export(FIRST)
    with pytest.raises(pqa.Invalid, match="days is -1: a number from 1 on"):
        sqlite_archive.backfill(-1)
    with pytest.raises(pqa.NotFound, match="db= in Python"):
        pqa.Archive(sqlite_program.store).export(FIRST)
    with pytest.raises(pqa.Invalid, match="include_open=True in Python"):
        sqlite_archive.export("today")
    other = pqa.Archive(sqlite_program.store, db=sqlite_program.db, environment="staging")
    with pytest.raises(pqa.Corrupt, match="in Python adopt_source=True"):
        other.export(FIRST)


def test_closed_archive_answers_nothing(sqlite_archive):
    sqlite_archive.close()
    for call in (sqlite_archive.files, sqlite_archive.nightly, sqlite_archive.export):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_password_is_not_told(tmp_path):
    archive = pqa.Archive(tmp_path / "s", db="postgresql://u:s3cret@127.0.0.1:1/db")
    with pytest.raises(pqa.Error) as caught:
        archive.export("yesterday")
    assert "s3cret" not in repr(caught.value) + repr(archive)


def test_every_class_has_its_kind():
    for kind in (pqa.Invalid, pqa.OutOfMemory, pqa.InputOutput, pqa.NotFound, pqa.Denied,
                 pqa.Corrupt, pqa.Unsupported, pqa.Limit, pqa.Conflict, pqa.Timeout, pqa.Busy,
                 pqa.Cancelled, pqa.Internal):
        made = pqa.errors.make_error(kind.status, "what", kind.exit_code)
        assert type(made) is kind and str(made) == "what"
        again = pickle.loads(pickle.dumps(made))
        assert type(again) is kind and str(again) == "what"
    assert type(pqa.errors.make_error("NEW", "x", 1)) is pqa.Internal
