#include "archive/row_batch.h"

#include "random_rows.h"
#include "test_help.h"

static void row_batch_gives_back_what_was_appended(void **state)
{
    (void)state;
    pqt_error error;
    row_batch *batch = NULL;
    assert_ok(row_batch_create(500, &batch, &error));
    for (uint64_t seed = 1; seed < 4; seed++) {
        random_rows random = {.state = seed};
        archive_row rows[500];
        row_batch_clear(batch);
        for (int i = 0; i < 500; i++) {
            rows[i] = random_row(&random, 3);
            assert_ok(row_batch_append_copy(batch, &rows[i], ORIGIN_ARCHIVE, &error));
        }
        for (size_t i = 0; i < 500; i++) {
            archive_row back;
            row_batch_get(batch, i, &back);
            assert_int_equal(archive_row_compare(&back, &rows[i]), 0);
            assert_true(hash128_equal(archive_row_hash_whole(&back),
                                      archive_row_hash_whole(&rows[i])));
        }
        arena_free(&random.texts);
    }
    row_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_batch_gives_back_what_was_appended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
