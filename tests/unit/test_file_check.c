/* What the archive writes is decoded again and compared: every difference is found. */
#include "archive/file_check.h"

#include <stdlib.h>
#include <unistd.h>

#include "archive/day.h"
#include "archive/file_writer.h"
#include "random_rows.h"
#include "table/project_directory.h"
#include "test_help.h"

enum { ROWS = 400, BATCH_ROWS = 150 };

static pqt_error error;

static int compare_rows(const void *a, const void *b)
{
    return archive_row_compare(a, b);
}

static void make_rows(random_rows *random, archive_row *rows)
{
    for (size_t i = 0; i < ROWS; i++) rows[i] = random_row(random, 1);
    qsort(rows, ROWS, sizeof *rows, compare_rows);
}

static archive_sum sum_of(const archive_row *rows, size_t count)
{
    archive_sum sum = {0};
    for (size_t i = 0; i < count; i++)
        archive_sum_add(&sum, rows[i].view_count, archive_row_hash_whole(&rows[i]));
    return sum;
}

static file_writer *write_rows(const archive_row *rows, size_t count,
                               const file_writer_options *options, written_file *written)
{
    file_writer *writer = NULL;
    row_batch *batch = NULL;
    assert_ok(file_writer_create(options, &writer, &error));
    assert_ok(row_batch_create(BATCH_ROWS, &batch, &error));
    for (size_t i = 0; i < count; i++) {
        assert_ok(row_batch_append_copy(batch, &rows[i], ORIGIN_DATABASE, &error));
        if (batch->count < BATCH_ROWS && i + 1 < count) continue;
        assert_ok(file_writer_append(writer, batch, &error));
        row_batch_clear(batch);
    }
    assert_ok(file_writer_finish(writer, written, &error));
    row_batch_free(batch);
    return writer;
}

static const file_writer_options plain_options = {.temporary_directory = "/tmp",
                                                  .threads = 1};

/* What checking a file of these rows says, beside the sum of others. */
static pqt_status check_against(const archive_row *rows, size_t count,
                                const archive_sum *expected)
{
    written_file written;
    file_writer *writer = write_rows(rows, count, &plain_options, &written);
    const pqt_status status = file_writer_check(writer, expected, NULL, &error);
    file_writer_free(writer);
    return status;
}

static void written_file_is_accepted_in_every_way_of_writing(void **state)
{
    (void)state;
    static archive_row rows[ROWS];
    random_rows random = {.state = 51};
    make_rows(&random, rows);
    const archive_sum sum = sum_of(rows, ROWS);
    char first_digest[SHA256_TEXT_BYTES] = "";
    for (int way = 0; way < 12; way++) {
        const file_writer_options options = {.temporary_directory = "/tmp",
                                             .threads = 1 + way % 3,
                                             .compression_level = way / 3 % 2 ? 9 : 0,
                                             .portable = way / 6 == 1};
        written_file written;
        thread_pool *pool = NULL;
        assert_ok(thread_pool_create(1 + way % 4, &pool, &error));
        file_writer *writer = write_rows(rows, ROWS, &options, &written);
        assert_ok(file_writer_check(writer, &sum, pool, &error));
        if (way == 0) memcpy(first_digest, written.sha256, sizeof first_digest);
        if (way < 3) assert_string_equal(written.sha256, first_digest);
        file_writer_free(writer);
        thread_pool_free(pool);
    }
    arena_free(&random.texts);
}

/* Each changes one thing of a row. */
static void change_id(archive_row *r)
{
    r->id++;
}
static void change_project(archive_row *r)
{
    r->project_id += 100;
}
static void change_version(archive_row *r)
{
    r->version_id++;
}
static void change_views(archive_row *r)
{
    r->view_count++;
}
static void change_status(archive_row *r)
{
    r->status++;
}
static void change_date(archive_row *r)
{
    r->date++;
}
static void null_version(archive_row *r)
{
    r->has_version = !r->has_version;
    r->version_id = 0;
}
static void empty_full_path(archive_row *r)
{
    r->has_full_path = !r->has_full_path;
    r->full_path = view_text("");
}
static void change_full_path(archive_row *r)
{
    r->has_full_path = true;
    r->full_path = view_text("/somewhere/else");
}
static void change_path(archive_row *r)
{
    r->path = view_text("/zzz");
}
static void change_version_slug(archive_row *r)
{
    r->has_version_slug = true;
    r->version_slug = view_text("zzz");
}
static void empty_version_slug(archive_row *r)
{
    r->has_version_slug = !r->has_version_slug;
    r->version_slug = view_text("");
}
static void change_project_slug(archive_row *r)
{
    r->project_slug = view_text("zzz");
}

static void every_changed_value_is_found(void **state)
{
    (void)state;
    static void (*const changes[])(archive_row *) = {
        change_id,          change_project, change_version,      change_views,
        change_status,      change_date,    null_version,        empty_full_path,
        change_full_path,   change_path,    change_version_slug, empty_version_slug,
        change_project_slug};
    static archive_row rows[ROWS];
    random_rows random = {.state = 52};
    make_rows(&random, rows);
    const archive_sum sum = sum_of(rows, ROWS);
    for (size_t c = 0; c < sizeof changes / sizeof *changes; c++)
        for (size_t round = 0; round < 3; round++) {
            static archive_row changed[ROWS];
            memcpy(changed, rows, sizeof rows);
            changes[c](&changed[random_below(&random, ROWS)]);
            qsort(changed, ROWS, sizeof *changed, compare_rows);
            if (check_against(changed, ROWS, &sum) != PQT_CORRUPT)
                fail_msg("change %zu was not found", c);
        }
    arena_free(&random.texts);
}

static void rows_lost_doubled_or_exchanged_are_found(void **state)
{
    (void)state;
    static archive_row rows[ROWS + 1], changed[ROWS + 1];
    random_rows random = {.state = 53};
    make_rows(&random, rows);
    const archive_sum sum = sum_of(rows, ROWS);
    memcpy(changed, rows + 1, (ROWS - 1) * sizeof *rows);
    assert_int_equal(check_against(changed, ROWS - 1, &sum), PQT_CORRUPT);
    memcpy(changed, rows, ROWS * sizeof *rows);
    changed[ROWS] = changed[ROWS - 1];
    assert_int_equal(check_against(changed, ROWS + 1, &sum), PQT_CORRUPT);
    /* One lost, another there twice. */
    memcpy(changed, rows, ROWS * sizeof *rows);
    changed[7] = changed[8];
    assert_int_equal(check_against(changed, ROWS, &sum), PQT_CORRUPT);
    /* The views of two exchanged: every column's own sum is as before. */
    memcpy(changed, rows, ROWS * sizeof *rows);
    for (size_t i = 1; i < ROWS; i++) {
        if (changed[i].view_count == changed[0].view_count) continue;
        const int32_t views = changed[i].view_count;
        changed[i].view_count = changed[0].view_count;
        changed[0].view_count = views;
        break;
    }
    assert_int_equal(check_against(changed, ROWS, &sum), PQT_CORRUPT);
    arena_free(&random.texts);
}

static void wrong_order_is_found_in_a_group_and_across(void **state)
{
    (void)state;
    static archive_row rows[ROWS];
    random_rows random = {.state = 54};
    make_rows(&random, rows);
    const archive_sum sum = sum_of(rows, ROWS);
    for (size_t at = 0; at + 1 < ROWS; at += 37) {
        const archive_row kept = rows[at];
        rows[at] = rows[at + 1];
        rows[at + 1] = kept;
        assert_int_equal(check_against(rows, ROWS, &sum), PQT_CORRUPT);
        assert_non_null(strstr(error.message, "order"));
        rows[at + 1] = rows[at];
        rows[at] = kept;
    }
    arena_free(&random.texts);
}

/* --- The project directory --- */

static pqt_status read_file(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                            pqt_error *e)
{
    const written_file *file = self;
    if (pread(file->descriptor, out, size_bytes, (off_t)offset) == (ssize_t)size_bytes)
        return PQT_OK;
    return error_set(e, PQT_IO, "the test's file cannot be read");
}

/* Where the directory of a written file is, and what it says. */
static int32_t load_directory(written_file *file, pqt_byte_range *place, arena *memory,
                              project_directory *out)
{
    const pqt_input input = {.read = read_file,
                             .self = file,
                             .size_bytes = file->size_bytes,
                             .name = "the test's file"};
    pqt_reader *reader = NULL;
    assert_ok(pqt_reader_open(&input, NULL, &reader, &error));
    assert_ok(
        pqt_reader_find_block(reader, view_text(PROJECT_DIRECTORY_KEY), place, &error));
    assert_ok(project_directory_load(reader, memory, out, &error));
    const int32_t groups = pqt_reader_metadata(reader)->row_group_count;
    pqt_reader_close(reader);
    return groups;
}

/* Puts these runs in the place of the file's, with a hash that is right. */
static void put_directory(const written_file *file, pqt_byte_range place,
                          const directory_run *runs, size_t count)
{
    directory_writer writer = {0};
    buffer bytes = {0};
    for (size_t i = 0; i < count; i++)
        assert_ok(directory_writer_add(&writer, &runs[i], &error));
    assert_ok(directory_writer_finish(&writer, &bytes, &error));
    assert_int_equal(bytes.size_bytes, place.size_bytes);
    assert_int_equal(
        pwrite(file->descriptor, bytes.data, bytes.size_bytes, (off_t)place.offset),
        (ssize_t)bytes.size_bytes);
    directory_writer_free(&writer);
    buffer_free(&bytes);
}

static void assert_found(file_writer *writer, const archive_sum *sum)
{
    assert_fails(file_writer_check(writer, sum, NULL, &error), PQT_CORRUPT,
                 "project directory");
}

/* Paths so long that they make row groups of a hundred rows. */
static void lengthen(random_rows *random, archive_row *rows)
{
    static char text[200000];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < ROWS; i++)
        rows[i].path =
            arena_concatenate(&random->texts, rows[i].path, view_of(text, sizeof text));
    qsort(rows, ROWS, sizeof *rows, compare_rows);
}

static void directory_that_contradicts_the_rows_is_found(void **state)
{
    (void)state;
    static archive_row rows[ROWS];
    random_rows random = {.state = 55};
    arena memory = {0};
    written_file file;
    pqt_byte_range place;
    project_directory d;
    make_rows(&random, rows);
    lengthen(&random, rows);
    const archive_sum sum = sum_of(rows, ROWS);
    file_writer *writer = write_rows(rows, ROWS, &plain_options, &file);
    assert_true(load_directory(&file, &place, &memory, &d) > 2);
    assert_ok(file_writer_check(writer, &sum, NULL, &error));
    directory_run *runs = arena_alloc(&memory, d.run_count, sizeof *runs);
    for (size_t at = 0; at + 2 < d.run_count; at += 11) {
        memcpy(runs, d.runs, d.run_count * sizeof *runs);
        runs[at].project_id++;
        runs[at].project_id %= 8;
        if (runs[at].project_id == runs[at + 1].project_id ||
            (at > 0 && runs[at].project_id == runs[at - 1].project_id))
            continue;
        put_directory(&file, place, runs, d.run_count);
        assert_found(writer, &sum);
        memcpy(runs, d.runs, d.run_count * sizeof *runs);
        runs[at].row_count++;
        if (--runs[at + 1].row_count == 0) continue;
        put_directory(&file, place, runs, d.run_count);
        assert_found(writer, &sum);
    }
    put_directory(&file, place, d.runs, d.run_count);
    assert_ok(file_writer_check(writer, &sum, NULL, &error));
    file_writer_free(writer);
    arena_free(&memory);
    arena_free(&random.texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_file_is_accepted_in_every_way_of_writing),
        cmocka_unit_test(every_changed_value_is_found),
        cmocka_unit_test(rows_lost_doubled_or_exchanged_are_found),
        cmocka_unit_test(wrong_order_is_found_in_a_group_and_across),
        cmocka_unit_test(directory_that_contradicts_the_rows_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
