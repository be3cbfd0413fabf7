#include <stdio.h>

#include "delta/log_listing.h"

#include "test_help.h"

static void put(store *s, const char *name)
{
    pqt_error error;
    char key[200];
    const store_body body = {-1, view_text("x")};
    snprintf(key, sizeof key, "t/_delta_log/%s", name);
    assert_ok(store_put_if_absent(s, key, &body, &error));
}

static store *make_log(const char *const *names, size_t count)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    for (size_t i = 0; i < count; i++) put(s, names[i]);
    return s;
}

/* Two tries with two and three parts among each other, of which one is whole; a part too
 * many, a V2 checkpoint, and names that only look like the log's. */
static const char *const names[] = {
    "00000000000000000004.json",
    "00000000000000000005.checkpoint.0000000001.0000000002.parquet",
    "00000000000000000005.checkpoint.0000000001.0000000003.parquet",
    "00000000000000000005.checkpoint.0000000002.0000000003.parquet",
    "00000000000000000005.checkpoint.0000000003.0000000003.parquet",
    "00000000000000000005.json",
    "00000000000000000006.checkpoint.0000000003.0000000002.parquet",
    "00000000000000000006.checkpoint.0000000001.0000000002.parquet",
    "00000000000000000006.checkpoint.parquet",
    "00000000000000000006.checkpoint.parquet.tmp",
    "00000000000000000006.crc",
    "00000000000000000006.json",
    "00000000000000000007.checkpoint.3a0d65cd-4056-49b8-937b-95f9e3ee90e5.parquet",
    "00000000000000000008.7d17ac10-5cc3-401b-bd1a-9c82dd2ea032.json",
    "000000000000000000009.json",
    "_last_checkpoint",
};

static void listing_finds_complete_checkpoints_only(void **state)
{
    (void)state;
    pqt_error error;
    store *s = make_log(names, sizeof names / sizeof *names);
    log_listing listing;
    assert_ok(log_listing_read(s, "t", 0, 0, &listing, &error));
    assert_int_equal(listing.first_commit, 4);
    assert_int_equal(listing.last_commit, 6);
    assert_int_equal(listing.checkpoint_count, 2);
    assert_int_equal(listing.checkpoints[0].version, 5);
    assert_int_equal(listing.checkpoints[0].parts, 3);
    assert_int_equal(listing.checkpoints[1].version, 6);
    assert_int_equal(listing.checkpoints[1].parts, 0);
    assert_int_equal(listing.v2_version, 7);
    assert_false(listing.is_partial || listing.has_more);
    log_listing_free(&listing);
    store_close(s);
}

static void listing_begins_and_ends_as_told(void **state)
{
    (void)state;
    pqt_error error;
    store *s = make_log(names, sizeof names / sizeof *names);
    log_listing listing;
    assert_ok(log_listing_read(s, "t", 6, 0, &listing, &error));
    assert_int_equal(listing.first_commit, 6);
    assert_int_equal(listing.checkpoint_count, 1);
    assert_true(listing.is_partial);
    log_listing_free(&listing);
    assert_ok(log_listing_read(s, "t", 0, 7, &listing, &error));
    assert_true(listing.has_more);
    assert_int_equal(listing.last_commit, 5);
    log_listing_free(&listing);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listing_finds_complete_checkpoints_only),
        cmocka_unit_test(listing_begins_and_ends_as_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
