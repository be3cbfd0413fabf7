/*
 * Files that lie, read whole under a budget of memory and time: each is refused with a
 * status and words, or gives the right values.
 */
#ifndef BAD_INPUT_H
#define BAD_INPUT_H

#include <unistd.h>

#include "test_help.h"

#include "made_file.h"
#include "memory_budget.h"
#include "pqt_reader.h"

enum { BAD_INPUT_BUDGET_BYTES = 32 << 20, BAD_INPUT_SECONDS = 60 };

static inline pqt_status bad_input_read_chunks(pqt_reader *reader, pqt_error *error)
{
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    TRY(pqt_reader_load_page_indexes(reader, NULL, 0, error));
    pqt_values values = {0};
    pqt_status status = PQT_OK;
    for (int32_t g = 0; g < m->row_group_count; g++)
        for (int32_t c = 0; c < m->schema.column_count && status == PQT_OK; c++) {
            const int64_t rows = m->row_groups[g].row_count;
            bool may_contain;
            status = pqt_reader_read(reader, g, c, 0, rows, &values, error);
            if (status == PQT_OK && values.row_count != rows)
                fail_msg("rows are missing");
            if (status == PQT_OK)
                status = pqt_reader_bloom_check(reader, g, c, view_of("x", 1),
                                                &may_contain, error);
        }
    pqt_values_free(&values);
    return status;
}

/* Opens and reads all there is, in memory of exactly its size. */
static inline pqt_status bad_input_read(pqt_view bytes, const pqt_reader_options *options,
                                        memory_budget *budget, pqt_error *error)
{
    const pqt_allocator allocator = memory_budget_allocator(budget);
    pqt_reader_options with_budget = options ? *options : (pqt_reader_options){0};
    pqt_reader *reader = NULL;
    uint8_t *copy = malloc(bytes.size_bytes ? bytes.size_bytes : 1);
    if (bytes.size_bytes) memcpy(copy, bytes.data, bytes.size_bytes);
    with_budget.allocator = &allocator;
    *error = (pqt_error){0};
    alarm(BAD_INPUT_SECONDS);
    pqt_status status = pqt_reader_open_memory(view_of(copy, bytes.size_bytes),
                                               &with_budget, &reader, error);
    if (status == PQT_OK) {
        status = bad_input_read_chunks(reader, error);
        pqt_reader_close(reader);
    }
    alarm(0);
    free(copy);
    assert_int_equal(budget->used_bytes, 0);
    return status;
}

/* What a file of `name` must come to: PQT_OK, or that status with those words. */
static inline void bad_input_expect(pqt_view bytes, const char *name, pqt_status expected,
                                    const char *words)
{
    pqt_error error;
    memory_budget budget = {.limit_bytes = BAD_INPUT_BUDGET_BYTES};
    const pqt_status status = bad_input_read(bytes, NULL, &budget, &error);
    const bool told =
        status == PQT_OK || (error.status == status && strstr(error.message, words));
    if (status != expected || !told)
        fail_msg("%s: '%s', %s; expected '%s', %s", name, pqt_status_text(status),
                 status == PQT_OK ? "" : error.message, pqt_status_text(expected), words);
}

/*
 * A good file `f`, changed: `group`, `chunk` and `page` are its first. The statements are
 * the case's name.
 */
#define MADE(file, changes, expected, words)                                         \
    do {                                                                             \
        made_file f = file;                                                          \
        made_group *group = &f.groups[0];                                            \
        made_chunk *chunk = &group->chunks[0];                                       \
        made_page *page = &chunk->pages[0];                                          \
        (void)page;                                                                  \
        changes;                                                                     \
        bad_input_expect(made_file_write(&f), #file ", " #changes, expected, words); \
        made_file_free(&f);                                                          \
    } while (0)

#define CORRUPT(changes, words) MADE(made_file_good(), changes, PQT_CORRUPT, words)
#define GOOD(file, changes)     MADE(file, changes, PQT_OK, "")

#endif
