#include "archive/verify.h"

#include "night.h"

static store *open_archive(const test_site *site, int32_t days)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    assert_ok(night_export(site, s, 0, days - 1, NULL, &error));
    return s;
}

static void whole_archive_verifies(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = open_archive(&site, 4);
    assert_ok(night_verify(s, NULL, &error));
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

static void rows_that_the_archive_lacks_are_told(void **state)
{
    (void)state;
    pqt_error error;
    for (int32_t day = 0; day < 4; day++) { /* the last day was empty */
        test_site site = site_of_days(3);
        store *s = open_archive(&site, 4);
        site_add(&site, 900, day);
        assert_fails(night_verify(s, &site, &error), PQT_CORRUPT,
                     "1 rows of the database are not in the archive");
        store_close(s);
    }
}

static void rows_of_days_that_are_not_covered_are_no_fault(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(4);
    store *s = open_archive(&site, 1);
    assert_ok(night_export(&site, s, 3, 3, NULL, &error));
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

static void rows_that_changed_or_contradict_are_told(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(3);
    store *s = open_archive(&site, 3);
    site_find(&site, 30)->view_count++;
    assert_fails(night_verify(s, &site, &error), PQT_CORRUPT, "1 have more views");
    site_find(&site, 30)->view_count -= 2;
    assert_fails(night_verify(s, &site, &error), PQT_CORRUPT, "id 30 ");
    store_close(s);
}

static void rows_that_the_site_deleted_are_no_fault(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(3);
    store *s = open_archive(&site, 3);
    site_remove(&site, 30);
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

/* --- Damage --- */

static void find_file(store *s, char path[100])
{
    pqt_error error;
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &snapshot, &error));
    snprintf(path, 100, ARCHIVE_ROOT "/%s", snapshot->files[1].path);
    delta_snapshot_free(snapshot);
}

static void put_again(store *s, const char *path, pqt_view bytes)
{
    pqt_error error;
    const store_body body = {-1, bytes};
    assert_ok(store_remove(s, path, &error));
    assert_ok(store_put_if_absent(s, path, &body, &error));
}

static void every_damaged_byte_is_found(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = open_archive(&site, 3);
    char path[100];
    buffer bytes = {0};
    find_file(s, path);
    assert_ok(store_get(s, path, 1 << 20, &bytes, &error));
    for (size_t at = 0; at < bytes.size_bytes; at += 13) {
        bytes.data[at] ^= 0x10;
        put_again(s, path, buffer_view(&bytes));
        assert_fails(night_verify(s, NULL, &error), PQT_CORRUPT, "pageviews_2024-10-05");
        bytes.data[at] ^= 0x10;
    }
    put_again(s, path, view_of(bytes.data, bytes.size_bytes / 2));
    assert_fails(night_verify(s, NULL, &error), PQT_CORRUPT, "bytes; the log says");
    put_again(s, path, buffer_view(&bytes));
    assert_ok(night_verify(s, NULL, &error));
    assert_ok(store_remove(s, path, &error));
    assert_fails(night_verify(s, NULL, &error), PQT_CORRUPT, "pageviews_2024-10-05");
    buffer_free(&bytes);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_archive_verifies),
        cmocka_unit_test(rows_that_the_archive_lacks_are_told),
        cmocka_unit_test(rows_of_days_that_are_not_covered_are_no_fault),
        cmocka_unit_test(rows_that_changed_or_contradict_are_told),
        cmocka_unit_test(rows_that_the_site_deleted_are_no_fault),
        cmocka_unit_test(every_damaged_byte_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
