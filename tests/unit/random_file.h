/* Parquet files of random flat columns in memory, with the values that are in them. */
#ifndef RANDOM_FILE_H
#define RANDOM_FILE_H

#include <stdio.h>

#include "base/buffer.h"
#include "naive_decode.h"
#include "pqt.h"

enum { RANDOM_COLUMNS = 6, RANDOM_ROWS = 3000, RANDOM_TEXT = 40 };

typedef struct random_column {
    pqt_schema_node leaf;
    pqt_column_options options;
    uint8_t booleans[RANDOM_ROWS];
    int32_t narrow[RANDOM_ROWS]; /* also the bits of floats */
    int64_t wide[RANDOM_ROWS];   /* and of doubles */
    char texts[RANDOM_ROWS][RANDOM_TEXT];
    pqt_view views[RANDOM_ROWS];
    uint8_t validity[RANDOM_ROWS / 8 + 1];
} random_column;

typedef struct random_file {
    random_column columns[RANDOM_COLUMNS];
    int64_t row_count;
    buffer bytes;
} random_file;

static inline size_t random_below(uint64_t *random, size_t limit)
{
    return (size_t)(naive_random(random) % limit);
}

static inline bool random_is_valid(const random_column *c, int64_t row)
{
    return c->leaf.repetition == PQT_REQUIRED || (c->validity[row / 8] >> row % 8 & 1);
}

/* Runs, few values and many values in turns. */
static inline void random_fill_column(random_column *c, int64_t rows, uint64_t *random)
{
    const size_t kinds = 1 + random_below(random, 3) * 500;
    int64_t same = 0;
    memset(c->validity, 0, sizeof c->validity);
    for (int64_t i = 0; i < rows; i++, same--) {
        const bool again = i > 0 && same > 0;
        const size_t value = random_below(random, kinds);
        if (!again) same = (int64_t)random_below(random, 30);
        if (random_below(random, 10)) c->validity[i / 8] |= (uint8_t)(1u << i % 8);
        c->booleans[i] = again ? c->booleans[i - 1] : (uint8_t)random_below(random, 2);
        c->narrow[i] = again ? c->narrow[i - 1] : (int32_t)(value * 2654435761u);
        c->wide[i] =
            again ? c->wide[i - 1] : (int64_t)(value * UINT64_C(0x9e3779b97f4a7c15));
        const int size = snprintf(c->texts[i], RANDOM_TEXT, "/path/%zu/page-%zu.html",
                                  value % 20, value);
        c->views[i] = again ? c->views[i - 1] : view_of(c->texts[i], (size_t)size);
    }
}

/* A type with an encoding it can have. */
static inline void random_choose(random_column *c, const char *name, uint64_t *random)
{
    static const struct {
        pqt_type type;
        pqt_encoding encoding;
    } choices[] = {
        {PQT_BOOLEAN, PQT_PLAIN},
        {PQT_BOOLEAN, PQT_RLE},
        {PQT_INT32, PQT_PLAIN},
        {PQT_INT32, PQT_RLE_DICTIONARY},
        {PQT_INT32, PQT_DELTA_BINARY_PACKED},
        {PQT_INT32, PQT_BYTE_STREAM_SPLIT},
        {PQT_INT64, PQT_PLAIN},
        {PQT_INT64, PQT_RLE_DICTIONARY},
        {PQT_INT64, PQT_DELTA_BINARY_PACKED},
        {PQT_FLOAT, PQT_PLAIN},
        {PQT_FLOAT, PQT_BYTE_STREAM_SPLIT},
        {PQT_DOUBLE, PQT_RLE_DICTIONARY},
        {PQT_DOUBLE, PQT_BYTE_STREAM_SPLIT},
        {PQT_BYTE_ARRAY, PQT_PLAIN},
        {PQT_BYTE_ARRAY, PQT_RLE_DICTIONARY},
        {PQT_BYTE_ARRAY, PQT_DELTA_LENGTH_BYTE_ARRAY},
        {PQT_BYTE_ARRAY, PQT_DELTA_BYTE_ARRAY},
    };
    static const pqt_codec codecs[] = {PQT_UNCOMPRESSED, PQT_GZIP, PQT_ZSTD};
    const size_t choice = random_below(random, sizeof choices / sizeof *choices);
    c->leaf = (pqt_schema_node){.name = name, .type = choices[choice].type};
    c->options = (pqt_column_options){
        .encoding = choices[choice].encoding,
        .codec = codecs[random_below(random, 3)],
        .bloom_filter =
            random_below(random, 4) == 0 && choices[choice].type > PQT_BOOLEAN,
    };
    if (random_below(random, 2)) c->leaf.repetition = PQT_OPTIONAL;
}

static inline pqt_status random_collect(void *self, const uint8_t *data,
                                        size_t size_bytes, pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

static inline const void *random_values(const random_column *c)
{
    switch (c->leaf.type) {
    case PQT_BOOLEAN:
        return c->booleans;
    case PQT_INT32:
    case PQT_FLOAT:
        return c->narrow;
    case PQT_INT64:
    case PQT_DOUBLE:
        return c->wide;
    default:
        return c->views;
    }
}

static inline void random_file_make(random_file *file, uint64_t *random)
{
    static const char *const names[RANDOM_COLUMNS] = {"a", "b", "c", "d", "e", "f"};
    pqt_error error;
    pqt_schema_node nodes[1 + RANDOM_COLUMNS] = {
        {.is_group = true, .child_count = RANDOM_COLUMNS}};
    pqt_column_options options[RANDOM_COLUMNS];
    pqt_column_values values[RANDOM_COLUMNS];
    const int64_t most = (int64_t)(naive_random(random) % 4 ? 300 : RANDOM_ROWS);
    file->row_count = 1 + (int64_t)random_below(random, (size_t)most);
    file->bytes = (buffer){0};
    for (int i = 0; i < RANDOM_COLUMNS; i++) {
        random_column *c = &file->columns[i];
        random_choose(c, names[i], random);
        options[i] = c->options;
        nodes[1 + i] = c->leaf;
        random_fill_column(c, file->row_count, random);
        values[i] = (pqt_column_values){
            .values = random_values(c),
            .validity = c->leaf.repetition == PQT_OPTIONAL ? c->validity : NULL};
    }
    const pqt_writer_options writer_options = {
        .page_rows = 1 + (int64_t)random_below(random, 500),
        .row_group_rows = 1 + (int64_t)random_below(random, 1500),
        .page_v2 = random_below(random, 2) == 1,
        .dictionary_limit_bytes = random_below(random, 2) ? 2000 : 0,
    };
    const pqt_output output = {random_collect, &file->bytes};
    const pqt_schema schema = {.nodes = nodes, .node_count = 1 + RANDOM_COLUMNS};
    pqt_writer *writer = NULL;
    assert_ok(
        pqt_writer_create(&output, &schema, options, &writer_options, &writer, &error));
    assert_ok(pqt_writer_append(writer, values, file->row_count, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
}

static inline void random_file_free(random_file *file)
{
    buffer_free(&file->bytes);
    file->bytes = (buffer){0};
}

#endif
