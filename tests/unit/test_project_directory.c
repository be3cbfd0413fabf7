#include "table/project_directory.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/view.h"
#include "test_help.h"

static void add(directory_writer *w, int32_t id, const char *slug, int64_t rows)
{
    pqt_error error;
    const directory_run run = {id, view_text(slug), rows};
    assert_ok(directory_writer_add(w, &run, &error));
}

static void finish(directory_writer *w, buffer *out)
{
    pqt_error error;
    assert_ok(directory_writer_finish(w, out, &error));
    directory_writer_free(w);
}

static void assert_run(const directory_run *run, int32_t id, const char *slug,
                       int64_t rows)
{
    assert_int_equal(run->project_id, id);
    assert_true(view_equal(run->project_slug, view_text(slug)));
    assert_int_equal(run->row_count, rows);
}

static void runs_come_back_and_neighbours_are_joined(void **state)
{
    (void)state;
    pqt_error error;
    directory_writer w = {0};
    buffer bytes = {0};
    arena memory = {0};
    project_directory d;
    add(&w, 7, "", 3);
    add(&w, INT32_MAX, "django", 2);
    add(&w, INT32_MAX, "django", 5);
    add(&w, INT32_MIN, "django", 1);
    add(&w, INT32_MIN, "djangoer", (int64_t)1 << 40);
    add(&w, INT32_MIN, "dj", 1);
    finish(&w, &bytes);
    assert_ok(project_directory_parse(buffer_view(&bytes), ((int64_t)1 << 40) + 12,
                                      &memory, &d, &error));
    assert_int_equal(d.run_count, 5);
    assert_run(&d.runs[0], 7, "", 3);
    assert_run(&d.runs[1], INT32_MAX, "django", 7);
    assert_run(&d.runs[2], INT32_MIN, "django", 1);
    assert_run(&d.runs[3], INT32_MIN, "djangoer", (int64_t)1 << 40);
    assert_run(&d.runs[4], INT32_MIN, "dj", 1);
    arena_free(&memory);
    buffer_free(&bytes);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void made_of(uint32_t *seed, directory_writer *w, directory_run *expected,
                    size_t count)
{
    static char texts[64][16];
    for (size_t i = 0; i < count; i++) {
        const uint32_t r = next_random(seed);
        snprintf(texts[i], sizeof texts[i], "%c%.*s%u", 'a' + (int)(r % 3),
                 (int)(r / 3 % 5), "oftendocs", r / 64 % 7);
        expected[i] = (directory_run){(int32_t)(r / 1024 % 50) + (int32_t)i * 100,
                                      view_text(texts[i]), 1 + r % 300};
        add(w, expected[i].project_id, texts[i], expected[i].row_count);
    }
}

static void any_runs_come_back(void **state)
{
    (void)state;
    pqt_error error;
    uint32_t seed = 5;
    for (int round = 0; round < 500; round++) {
        const size_t count = next_random(&seed) % 60;
        directory_run expected[64];
        directory_writer w = {0};
        buffer bytes = {0};
        arena memory = {0};
        project_directory d;
        int64_t rows = 0;
        made_of(&seed, &w, expected, count);
        for (size_t i = 0; i < count; i++) rows += expected[i].row_count;
        finish(&w, &bytes);
        assert_ok(
            project_directory_parse(buffer_view(&bytes), rows, &memory, &d, &error));
        assert_int_equal(d.run_count, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(d.runs[i].project_id, expected[i].project_id);
            assert_true(view_equal(d.runs[i].project_slug, expected[i].project_slug));
            assert_int_equal(d.runs[i].row_count, expected[i].row_count);
        }
        arena_free(&memory);
        buffer_free(&bytes);
    }
}

static pqt_status parse(pqt_view bytes, int64_t rows, pqt_error *error)
{
    arena memory = {0};
    project_directory d;
    const pqt_status status = project_directory_parse(bytes, rows, &memory, &d, error);
    arena_free(&memory);
    return status;
}

static void every_changed_bit_and_every_cut_is_seen(void **state)
{
    (void)state;
    pqt_error error;
    directory_writer w = {0};
    buffer bytes = {0};
    add(&w, 1, "pip", 10);
    add(&w, 2, "pipx", 20);
    finish(&w, &bytes);
    assert_ok(parse(buffer_view(&bytes), 30, &error));
    assert_fails(parse(buffer_view(&bytes), 31, &error), PQT_CORRUPT, "other rows");
    for (size_t bit = 0; bit < bytes.size_bytes * 8; bit++) {
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_fails(parse(buffer_view(&bytes), 30, &error), PQT_CORRUPT, "damaged");
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < bytes.size_bytes; size++)
        assert_fails(parse(view_of(bytes.data, size), 30, &error), PQT_CORRUPT,
                     "damaged");
    buffer_free(&bytes);
}

/* A directory with any bytes between its magic and a hash that is right. */
static pqt_status parse_made(const uint8_t *middle, size_t size, pqt_error *error)
{
    uint8_t bytes[256] = "PQD1";
    memcpy(bytes + 4, middle, size);
    store_u64le(bytes + 4 + size, hash_bytes64(bytes, 4 + size));
    return parse(view_of(bytes, 4 + size + 8), 1, error);
}

static void what_an_attacker_would_write_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *words;
    } made[] = {
        {"\x81", 1, "fewer runs"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9, "fewer runs"},
        {"\x01\x01\x00\x00\x01", 5, "a slug ends"}, /* shares with nobody */
        {"\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "a slug ends"},
        {"\x01\x00\x01"
         "a",
         4, "fewer runs"},
        {"\x01\x00\x01"
         "a\x00",
         5, "a run ends"},
        {"\x01\x00\x00\x00\x00", 5, "rows are out of range"},
        {"\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 14,
         "rows are out of range"},
        {"\x01\x00\x00\xff\xff\xff\xff\x7f\x01", 9, "id is out of range"},
        {"\x01\x00\x00\x00\x01\x00", 6, "left behind"},
        {"\x02\x00\x00\x00\x01\x00\x00\x00\x01", 9, "other rows"},
    };
    pqt_error error;
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        assert_fails(parse_made((const uint8_t *)made[i].bytes, made[i].size, &error),
                     PQT_CORRUPT, made[i].words);
}

/* A short directory of slugs that are each the one before and a byte: 8 MiB, not more. */
static void slugs_that_grow_do_not_take_the_memory(void **state)
{
    (void)state;
    pqt_error error;
    buffer bytes = {0};
    const uint64_t count = 20000;
    uint8_t hash[8];
    assert_ok(buffer_append(&bytes, "PQD1", 4, &error));
    assert_ok(buffer_append_varint(&bytes, count, &error));
    for (uint64_t i = 0; i < count; i++) {
        assert_ok(buffer_append_varint(&bytes, i, &error));
        assert_ok(buffer_append(&bytes,
                                "\x01"
                                "x\x00\x01",
                                4, &error));
    }
    store_u64le(hash, hash_bytes64(bytes.data, bytes.size_bytes));
    assert_ok(buffer_append(&bytes, hash, sizeof hash, &error));
    assert_fails(parse(buffer_view(&bytes), 20000, &error), PQT_CORRUPT, "too long");
    buffer_free(&bytes);
}

static void too_many_runs_make_no_directory(void **state)
{
    (void)state;
    directory_writer w = {0};
    buffer bytes = {0};
    for (int32_t i = 0; i <= PROJECT_DIRECTORY_MOST_RUNS; i++) add(&w, i, "a", 1);
    finish(&w, &bytes);
    assert_int_equal(bytes.size_bytes, 0);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_come_back_and_neighbours_are_joined),
        cmocka_unit_test(any_runs_come_back),
        cmocka_unit_test(every_changed_bit_and_every_cut_is_seen),
        cmocka_unit_test(what_an_attacker_would_write_is_refused),
        cmocka_unit_test(slugs_that_grow_do_not_take_the_memory),
        cmocka_unit_test(too_many_runs_make_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
