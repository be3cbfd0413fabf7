/*
 * Writes a random Parquet file and what is in it, for other readers to be compared with:
 *   write_random SEED FILE EXPECTED
 * The seed chooses codec (seed % 6), data page version, and everything else. One column
 * for every pair of type and encoding. EXPECTED is a line of JSON a row: numbers, and hex
 * for byte arrays of any kind.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pqt.h"

enum { ROWS_MOST = 6000, COLUMNS_MOST = 80, TEXT_MOST = 40, NAME_MOST = 48 };

static const pqt_codec codecs[] = {PQT_UNCOMPRESSED, PQT_SNAPPY, PQT_GZIP,
                                   PQT_BROTLI,       PQT_ZSTD,   PQT_LZ4_RAW};
enum { CODECS = sizeof codecs / sizeof *codecs };

/* A kind of column, of which there is one a legal encoding and repetition. */
typedef struct column_kind {
    const char *name;
    pqt_type type;
    int32_t type_length;
    pqt_logical_type logical;
    pqt_encoding encodings[6];
    int encoding_count;
} column_kind;

static const column_kind kinds[] = {
    {"bool", PQT_BOOLEAN, 0, {0}, {PQT_PLAIN, PQT_RLE, PQT_ENCODING_CHOSEN}, 3},
    {"int",
     PQT_INT32,
     0,
     {0},
     {PQT_PLAIN, PQT_DELTA_BINARY_PACKED, PQT_RLE_DICTIONARY, PQT_BYTE_STREAM_SPLIT,
      PQT_ENCODING_CHOSEN},
     5},
    {"uint16",
     PQT_INT32,
     0,
     {.kind = PQT_LOGICAL_INTEGER, .bit_width = 16, .is_signed = false},
     {PQT_PLAIN, PQT_DELTA_BINARY_PACKED, PQT_RLE_DICTIONARY, PQT_ENCODING_CHOSEN},
     4},
    {"uint32",
     PQT_INT32,
     0,
     {.kind = PQT_LOGICAL_INTEGER, .bit_width = 32, .is_signed = false},
     {PQT_PLAIN, PQT_DELTA_BINARY_PACKED, PQT_RLE_DICTIONARY, PQT_ENCODING_CHOSEN},
     4},
    {"date",
     PQT_INT32,
     0,
     {.kind = PQT_LOGICAL_DATE},
     {PQT_PLAIN, PQT_DELTA_BINARY_PACKED, PQT_RLE_DICTIONARY, PQT_ENCODING_CHOSEN},
     4},
    {"long",
     PQT_INT64,
     0,
     {0},
     {PQT_PLAIN, PQT_DELTA_BINARY_PACKED, PQT_RLE_DICTIONARY, PQT_BYTE_STREAM_SPLIT,
      PQT_ENCODING_CHOSEN},
     5},
    {"time",
     PQT_INT64,
     0,
     {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MICROS, .is_utc = true},
     {PQT_PLAIN, PQT_DELTA_BINARY_PACKED, PQT_RLE_DICTIONARY, PQT_ENCODING_CHOSEN},
     4},
    {"float",
     PQT_FLOAT,
     0,
     {0},
     {PQT_PLAIN, PQT_RLE_DICTIONARY, PQT_BYTE_STREAM_SPLIT, PQT_ENCODING_CHOSEN},
     4},
    {"double",
     PQT_DOUBLE,
     0,
     {0},
     {PQT_PLAIN, PQT_RLE_DICTIONARY, PQT_BYTE_STREAM_SPLIT, PQT_ENCODING_CHOSEN},
     4},
    {"text",
     PQT_BYTE_ARRAY,
     0,
     {.kind = PQT_LOGICAL_STRING},
     {PQT_PLAIN, PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_DELTA_BYTE_ARRAY, PQT_RLE_DICTIONARY,
      PQT_ENCODING_CHOSEN},
     5},
    {"bytes",
     PQT_BYTE_ARRAY,
     0,
     {0},
     {PQT_PLAIN, PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_DELTA_BYTE_ARRAY, PQT_RLE_DICTIONARY,
      PQT_ENCODING_CHOSEN},
     5},
    {"fixed",
     PQT_FIXED_LEN_BYTE_ARRAY,
     5,
     {0},
     {PQT_PLAIN, PQT_DELTA_BYTE_ARRAY, PQT_RLE_DICTIONARY, PQT_BYTE_STREAM_SPLIT,
      PQT_ENCODING_CHOSEN},
     5},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct column {
    char name[NAME_MOST];
    pqt_schema_node leaf;
    pqt_column_options options;
    void *values;
    uint8_t *validity; /* NULL: required */
} column;

typedef struct table {
    column columns[COLUMNS_MOST];
    int32_t column_count;
    int64_t row_count;
    uint8_t *text; /* TEXT_MOST bytes a value */
    size_t text_used;
} table;

/* splitmix64: every bit of the state counts. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(uint64_t *state, uint64_t limit)
{
    return next_random(state) % limit;
}

/* Few and many different numbers, runs, and the ends of the type, by the column's mood.
 */
static uint64_t random_number(uint64_t *state, unsigned mood, uint64_t last)
{
    switch (mood) {
    case 0:
        return below(state, 3);
    case 1:
        return below(state, 20) ? last : next_random(state) % 1000;
    case 2:
        return last + below(state, 50);
    case 3:
        return below(state, 4) ? next_random(state)
                               : UINT64_C(1) << 63 >> below(state, 64);
    default:
        return next_random(state) % 60000;
    }
}

static pqt_view random_text(uint64_t *state, table *t, bool is_text, size_t fixed_bytes)
{
    static const char *const pieces[] = {"/",     "en",       "latest", "index",
                                         ".html", "\xc3\xa9", "v1",     ".2",
                                         "\"",    "\\",       "a",      ""};
    uint8_t *at = t->text + t->text_used;
    size_t size_bytes = fixed_bytes;
    if (is_text) {
        for (uint64_t n = below(state, 6); n > 0; n--) {
            const char *piece = pieces[below(state, sizeof pieces / sizeof *pieces)];
            memcpy(at + size_bytes, piece, strlen(piece));
            size_bytes += strlen(piece);
        }
    } else {
        if (!fixed_bytes) size_bytes = below(state, 12);
        for (size_t i = 0; i < size_bytes; i++)
            at[i] = (uint8_t)(below(state, 3) ? 7 : next_random(state));
    }
    t->text_used += size_bytes;
    return (pqt_view){at, size_bytes};
}

static void fill_views(table *t, column *c, uint64_t *state)
{
    pqt_view *views = c->values;
    const bool is_text = c->leaf.logical.kind == PQT_LOGICAL_STRING;
    const uint64_t repeats = 1 + below(state, 5);
    for (int64_t i = 0; i < t->row_count; i++)
        views[i] = i > 0 && below(state, repeats)
                       ? views[below(state, (uint64_t)i)]
                       : random_text(state, t, is_text, (size_t)c->leaf.type_length);
}

static void put_number(column *c, int64_t i, uint64_t number)
{
    const int32_t small = (int32_t)number;
    const bool is_narrow = c->leaf.logical.bit_width == 16;
    switch (c->leaf.type) {
    case PQT_BOOLEAN:
        ((uint8_t *)c->values)[i] = number & 1;
        break;
    case PQT_INT32:
        /* Dates stay within the years that all readers know. */
        ((int32_t *)c->values)[i] = is_narrow || c->leaf.logical.kind == PQT_LOGICAL_DATE
                                        ? (int32_t)(number % 60000)
                                        : small;
        break;
    case PQT_INT64:
        ((int64_t *)c->values)[i] = c->leaf.logical.kind == PQT_LOGICAL_TIMESTAMP
                                        ? (int64_t)(number % 4000000000000000)
                                        : (int64_t)number;
        break;
    case PQT_FLOAT:
        ((float *)c->values)[i] = (float)small / 8;
        break;
    default:
        ((double *)c->values)[i] = (double)(int64_t)number / 64;
        break;
    }
}

static void fill_column(table *t, column *c, uint64_t *state)
{
    const size_t rows = (size_t)t->row_count;
    c->values = calloc(rows + 1, sizeof(pqt_view));
    if (c->leaf.type >= PQT_BYTE_ARRAY) {
        fill_views(t, c, state);
    } else {
        const unsigned mood = (unsigned)below(state, 5);
        uint64_t last = 0;
        for (int64_t i = 0; i < t->row_count; i++)
            put_number(c, i, last = random_number(state, mood, last));
    }
    if (c->leaf.repetition == PQT_REQUIRED) return;
    c->validity = calloc(rows / 8 + 1, 1);
    const uint64_t nulls = below(state, 4); /* of 3: none, some, most, all */
    for (size_t i = 0; i < rows; i++)
        if (below(state, 3) >= nulls) c->validity[i / 8] |= (uint8_t)(1u << i % 8);
}

static void make_columns(table *t, pqt_codec codec, uint64_t *state)
{
    for (size_t k = 0; k < KINDS; k++) {
        for (int e = 0; e < kinds[k].encoding_count; e++) {
            column *c = &t->columns[t->column_count++];
            const pqt_encoding encoding = kinds[k].encodings[e];
            c->leaf = (pqt_schema_node){.name = c->name,
                                        .type = kinds[k].type,
                                        .type_length = kinds[k].type_length,
                                        .logical = kinds[k].logical};
            if (below(state, 2)) c->leaf.repetition = PQT_OPTIONAL;
            c->options = (pqt_column_options){.encoding = encoding, .codec = codec};
            c->options.bloom_filter =
                kinds[k].type != PQT_BOOLEAN && below(state, 3) == 0;
            c->options.long_pages = below(state, 4) == 0;
            snprintf(
                c->name, sizeof c->name, "%s_%s", kinds[k].name,
                encoding == PQT_ENCODING_CHOSEN ? "CHOSEN" : pqt_encoding_name(encoding));
            fill_column(t, c, state);
        }
    }
}

static void print_value(FILE *out, const column *c, int64_t i)
{
    if (c->validity && !(c->validity[i / 8] >> i % 8 & 1)) {
        fputs("null", out);
        return;
    }
    const bool is_unsigned =
        c->leaf.logical.kind == PQT_LOGICAL_INTEGER && !c->leaf.logical.is_signed;
    switch (c->leaf.type) {
    case PQT_BOOLEAN:
        fputs(((uint8_t *)c->values)[i] ? "true" : "false", out);
        return;
    case PQT_INT32: {
        const int32_t value = ((int32_t *)c->values)[i];
        fprintf(out, "%" PRId64, is_unsigned ? (int64_t)(uint32_t)value : (int64_t)value);
        return;
    }
    case PQT_INT64:
        fprintf(out, "%" PRId64, ((int64_t *)c->values)[i]);
        return;
    case PQT_FLOAT:
        fprintf(out, "%.17g", (double)((float *)c->values)[i]);
        return;
    case PQT_DOUBLE:
        fprintf(out, "%.17g", ((double *)c->values)[i]);
        return;
    default:
        break;
    }
    const pqt_view view = ((pqt_view *)c->values)[i];
    fputc('"', out);
    for (size_t k = 0; k < view.size_bytes; k++) fprintf(out, "%02x", view.data[k]);
    fputc('"', out);
}

static int print_expected(const table *t, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out) return -1;
    for (int64_t i = 0; i < t->row_count; i++) {
        for (int32_t c = 0; c < t->column_count; c++) {
            fprintf(out, "%s\"%s\":", c ? "," : "{", t->columns[c].name);
            print_value(out, &t->columns[c], i);
        }
        fputs("}\n", out);
    }
    return fclose(out);
}

static pqt_status write_to_file(void *self, const uint8_t *data, size_t size_bytes,
                                pqt_error *error)
{
    (void)error;
    return fwrite(data, 1, size_bytes, self) == size_bytes ? PQT_OK : PQT_IO;
}

static size_t value_bytes(pqt_type type)
{
    static const size_t bytes[] = {1, 4, 8, 12, 4, 8, sizeof(pqt_view), sizeof(pqt_view)};
    return bytes[type];
}

/* Rows of a column on memory of their own, text included. */
typedef struct piece {
    void *values;
    uint8_t *validity;
    uint8_t *text;
} piece;

static piece copy_piece(const column *c, int64_t from, int64_t count)
{
    const size_t width = value_bytes(c->leaf.type);
    const size_t rows = (size_t)count;
    piece p = {.values = malloc(rows * width + 1), .text = malloc(rows * TEXT_MOST + 1)};
    memcpy(p.values, (uint8_t *)c->values + (size_t)from * width, rows * width);
    if (c->leaf.type >= PQT_BYTE_ARRAY) {
        pqt_view *views = p.values;
        uint8_t *at = p.text;
        for (size_t i = 0; i < rows; i++) {
            memcpy(at, views[i].data, views[i].size_bytes);
            views[i].data = at;
            at += views[i].size_bytes;
        }
    }
    if (!c->validity) return p;
    p.validity = calloc(rows / 8 + 1, 1);
    for (int64_t i = 0; i < count; i++)
        if (c->validity[(from + i) / 8] >> (from + i) % 8 & 1)
            p.validity[i / 8] |= (uint8_t)(1u << i % 8);
    return p;
}

/* The copies are gone behind each append: the writer must not look at them again. */
static pqt_status append_piece(pqt_writer *writer, const table *t, int64_t from,
                               int64_t count, pqt_error *error)
{
    pqt_column_values values[COLUMNS_MOST] = {{0}};
    piece pieces[COLUMNS_MOST];
    for (int32_t c = 0; c < t->column_count; c++) {
        pieces[c] = copy_piece(&t->columns[c], from, count);
        values[c] = (pqt_column_values){.values = pieces[c].values,
                                        .validity = pieces[c].validity};
    }
    const pqt_status status = pqt_writer_append(writer, values, count, error);
    for (int32_t c = 0; c < t->column_count; c++) {
        free(pieces[c].values);
        free(pieces[c].validity);
        free(pieces[c].text);
    }
    return status;
}

static pqt_status append_all(pqt_writer *writer, const table *t, uint64_t *state,
                             pqt_error *error)
{
    for (int64_t from = 0; from < t->row_count;) {
        int64_t count = 1 + (int64_t)below(state, 700);
        if (count > t->row_count - from) count = t->row_count - from;
        pqt_status status = append_piece(writer, t, from, count, error);
        if (status == PQT_OK && below(state, 3) == 0)
            status = pqt_writer_end_page(writer, error);
        if (status == PQT_OK && below(state, 12) == 0)
            status = pqt_writer_end_row_group(writer, error);
        if (status != PQT_OK) return status;
        from += count;
    }
    return PQT_OK;
}

static pqt_status write_table(const table *t, const char *path, uint64_t seed,
                              pqt_error *error)
{
    uint64_t state = seed ^ 77;
    pqt_column_options columns[COLUMNS_MOST];
    pqt_schema_node nodes[1 + COLUMNS_MOST] = {
        {.is_group = true, .child_count = t->column_count}};
    for (int32_t c = 0; c < t->column_count; c++) {
        columns[c] = t->columns[c].options;
        nodes[1 + c] = t->columns[c].leaf;
    }
    const pqt_schema schema = {.nodes = nodes, .node_count = 1 + t->column_count};
    const pqt_writer_options options = {
        .page_rows = 1 + (int64_t)below(&state, 900),
        .row_group_rows = 100 + (int64_t)below(&state, 5000),
        .page_limit_bytes = 100 + below(&state, 20000),
        .dictionary_limit_bytes = 50 + below(&state, 20000),
        .statistics_limit_bytes = 1 + below(&state, 30),
        .page_v2 = seed / CODECS % 2 == 1,
        .threads = 1 + (int)below(&state, 3),
    };
    FILE *file = fopen(path, "wb");
    if (!file) return PQT_IO;
    const pqt_output output = {write_to_file, file};
    pqt_writer *writer = NULL;
    pqt_status status =
        pqt_writer_create(&output, &schema, columns, &options, &writer, error);
    if (status == PQT_OK) status = append_all(writer, t, &state, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, NULL, error);
    pqt_writer_free(writer);
    return fclose(file) == 0 ? status : PQT_IO;
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 4)
        return fprintf(stderr, "write_random SEED FILE EXPECTED\n"), 2;
    const uint64_t seed = strtoull(arguments[1], NULL, 10);
    uint64_t state = seed;
    table *t = calloc(1, sizeof *t);
    if (!t) return 1;
    t->row_count = (int64_t)below(&state, seed % 5 ? ROWS_MOST / 4 : ROWS_MOST);
    t->text = malloc((size_t)COLUMNS_MOST * (size_t)(t->row_count + 1) * TEXT_MOST);
    make_columns(t, codecs[seed % CODECS], &state);
    pqt_error error = {0};
    const pqt_status status = write_table(t, arguments[2], seed, &error);
    if (status != PQT_OK)
        return fprintf(stderr, "%s: %s\n", pqt_status_text(status), error.message), 1;
    if (print_expected(t, arguments[3]) != 0) return perror(arguments[3]), 1;
    for (int32_t c = 0; c < t->column_count; c++) {
        free(t->columns[c].values);
        free(t->columns[c].validity);
    }
    free(t->text);
    free(t);
    return 0;
}
