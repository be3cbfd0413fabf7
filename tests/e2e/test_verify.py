"""What each depth of a verification finds, and what it lets pass."""
import json

import pytest
from pageview_site import DAYS, FIRST, LAST

DEPTHS = ["sizes", "checksums", "rows"]
CORRUPT = 13


def find_file(pqa):
    return pqa.live_files()[0]


def find_name(pqa):
    return find_file(pqa).name


def remove_file(pqa):
    find_file(pqa).unlink()


def cut_file(pqa):
    file = find_file(pqa)
    file.write_bytes(file.read_bytes()[:-1])


def flip_bit(pqa):
    file = find_file(pqa)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def change_sum(pqa):
    """The log says one view more: its bytes are those that were published."""
    commit = next(file for file in sorted((pqa.table_path() / "_delta_log").glob("*.json"))
                  if '"add"' in file.read_text())
    lines = [json.loads(line) for line in commit.read_text().splitlines()]
    tags = next(line["add"]["tags"] for line in lines if "add" in line)
    tags["pqa.viewCount"] = str(int(tags["pqa.viewCount"]) + 1)
    commit.write_text("".join(json.dumps(line) + "\n" for line in lines))


def cut_log(pqa):
    first = min((pqa.table_path() / "_delta_log").glob("*.json"))
    first.write_text(first.read_text()[:-40])


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("damage, found_from", [
    (None, None), (remove_file, "sizes"), (cut_file, "sizes"), (cut_log, "sizes"),
    (flip_bit, "checksums"), (change_sum, "rows")])
def test_depth_finds_what_it_promises(sqlite_pqa, depth, damage, found_from):
    sqlite_pqa.backfill(FIRST, LAST)
    if damage:
        damage(sqlite_pqa)
    is_found = damage and DEPTHS.index(depth) >= DEPTHS.index(found_from)
    done = sqlite_pqa("verify", "--depth", depth, code=CORRUPT if is_found else 0)
    if damage is not cut_log:
        counts = "5 files verified, 1 failed" if is_found else "6 files verified, 0 failed"
        assert counts in done.stdout
    if is_found and damage is not cut_log:
        assert done.stderr.count("\n") == 1, "said twice"
        assert done.stderr.count(find_name(sqlite_pqa)) == 1, "named twice"


def test_rows_that_the_site_deleted_are_told_and_no_fault(pqa, site):
    pqa.backfill(FIRST, LAST)
    assert "not in the database" not in pqa("verify", "--against-database").stdout
    gone, = site.rows(f"SELECT count(*) FROM analytics_pageview WHERE date = '{DAYS[1]}'"
                      " AND id % 3 = 0")[0]
    site.execute(f"DELETE FROM analytics_pageview WHERE date = '{DAYS[1]}' AND id % 3 = 0")
    said = pqa("verify", "--against-database").stdout
    assert f"{gone} archived rows are not in the database any more" in said
    assert "0 failed" in said
    rows = len(pqa.archive_rows())
    assert f"6 files, 6 days of the database verified, 0 failed; {rows:,} rows" in said
    lines = pqa("verify", "--against-database", "--verbose").stdout.splitlines()
    for day in DAYS:
        assert any(line.startswith(f"{day} of the database ") for line in lines)
    site.execute(f"UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id ="
                 f" (SELECT min(id) FROM analytics_pageview WHERE date = '{DAYS[2]}')")
    said = pqa("verify", "--against-database", code=CORRUPT).stderr
    assert "1 have more views" in said
    assert said.count("\n") == 1 and said.count(str(DAYS[2])) == 1
