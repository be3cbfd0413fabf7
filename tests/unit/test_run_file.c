#include "archive/run_file.h"

#include <stdlib.h>
#include <unistd.h>

#include "random_rows.h"
#include "test_help.h"

static pqt_error error;

static void append_batch(run_writer *writer, const archive_row *rows,
                         const row_origin *origins, size_t count)
{
    row_batch *batch = NULL;
    assert_ok(run_batch_create(&batch, &error));
    assert_true(count <= batch->capacity);
    for (size_t i = 0; i < count; i++)
        assert_ok(row_batch_append_copy(batch, &rows[i], origins[i], &error));
    assert_ok(run_writer_append(writer, batch, &error));
    row_batch_free(batch);
}

static void assert_run_is(run_reader *reader, const archive_row *rows,
                          const row_origin *origins, size_t count)
{
    assert_ok(run_reader_start(reader, &error));
    for (size_t i = 0; i < count; i++) {
        archive_row row;
        row_origin origin;
        assert_true(run_reader_row(reader, &row, &origin));
        assert_int_equal(origin, origins[i]);
        assert_int_equal(row.date, rows[i].date);
        assert_true(hash128_equal(archive_row_hash_whole(&row),
                                  archive_row_hash_whole(&rows[i])));
        assert_ok(run_reader_advance(reader, &error));
    }
    archive_row behind;
    row_origin origin;
    assert_false(run_reader_row(reader, &behind, &origin));
}

/* Batches of all sizes; more groups than one of the run's files has. */
static void run_gives_back_its_rows_in_order(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    random_rows random = {.state = 61};
    archive_row *rows = calloc(ROWS, sizeof *rows);
    row_origin *origins = calloc(ROWS, sizeof *origins);
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = random_row(&random, 4);
        origins[i] = random_below(&random, 2) ? ORIGIN_DATABASE : ORIGIN_ARCHIVE;
    }
    for (size_t most = 1; most <= 4096; most *= 16) {
        run_writer *writer = NULL;
        run_reader *reader = NULL;
        const size_t total = most == 1 ? 400 : ROWS;
        assert_ok(run_writer_create("/tmp", &writer, &error));
        for (size_t at = 0; at < total;) {
            size_t count = 1 + random_below(&random, (uint32_t)most);
            if (count > total - at) count = total - at;
            append_batch(writer, rows + at, origins + at, count);
            at += count;
        }
        assert_ok(run_writer_finish(writer, &reader, &error));
        assert_run_is(reader, rows, origins, total);
        run_reader_free(reader);
    }
    arena_free(&random.texts);
    free(rows);
    free(origins);
}

static void run_of_nothing_is_at_its_end(void **state)
{
    (void)state;
    run_writer *writer = NULL;
    run_reader *reader = NULL;
    assert_ok(run_writer_create("/tmp", &writer, &error));
    assert_ok(run_writer_finish(writer, &reader, &error));
    assert_run_is(reader, NULL, NULL, 0);
    run_reader_free(reader);
}

static void run_keeps_texts_of_any_length(void **state)
{
    (void)state;
    enum { LONG = 1 << 20 };
    char *text = malloc(LONG);
    memset(text, 'x', LONG);
    archive_row rows[3];
    const row_origin origins[3] = {ORIGIN_ARCHIVE, ORIGIN_DATABASE, ORIGIN_ARCHIVE};
    for (int i = 0; i < 3; i++)
        rows[i] = (archive_row){.id = i,
                                .path = view_of(text, (size_t)(i == 1 ? LONG : i)),
                                .has_full_path = i > 0,
                                .full_path = view_of(text, i == 2 ? LONG : 0)};
    run_writer *writer = NULL;
    run_reader *reader = NULL;
    assert_ok(run_writer_create("/tmp", &writer, &error));
    append_batch(writer, rows, origins, 3);
    assert_ok(run_writer_finish(writer, &reader, &error));
    assert_run_is(reader, rows, origins, 3);
    run_reader_free(reader);
    free(text);
}

static void directory_that_is_missing_is_named(void **state)
{
    (void)state;
    run_writer *writer = NULL;
    assert_fails(run_writer_create("/nowhere/at/all", &writer, &error), PQT_NOT_FOUND,
                 "/nowhere/at/all");
    assert_null(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_gives_back_its_rows_in_order),
        cmocka_unit_test(run_of_nothing_is_at_its_end),
        cmocka_unit_test(run_keeps_texts_of_any_length),
        cmocka_unit_test(directory_that_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
