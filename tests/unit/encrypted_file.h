/*
 * A small nested file in memory, encrypted in any way, and all that can be read of it as
 * one number, so that files can be compared.
 */
#ifndef ENCRYPTED_FILE_H
#define ENCRYPTED_FILE_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/view.h"
#include "pqt.h"

enum {
    FILE_ROWS = 60,
    FILE_GROUP_ROWS = 32,
    FILE_PAGE_ROWS = 8,
    FILE_COLUMNS = 5,
    FILE_NODES = 9
};

/* Each key is one byte, again and again; what the file notes of it is how pyarrow writes
 * a key that its key manager knows by a name. */
typedef struct file_key {
    const char *column; /* NULL: the footer's */
    const char *note;
    uint8_t byte;
} file_key;

#define KEY_NOTE(name, is_footer)                                                        \
    "{\"keyMaterialType\":\"PKMT1\",\"internalStorage\":true,\"isFooterKey\":" is_footer \
    ",\"kmsInstanceID\":\"DEFAULT\",\"kmsInstanceURL\":\"DEFAULT\",\"masterKeyID\":"     \
    "\"m\","                                                                             \
    "\"wrappedDEK\":\"" name "\",\"doubleWrapping\":false}"

static const file_key file_keys[] = {
    {NULL, KEY_NOTE("f0", "true"), 0xf0},
    {"id", KEY_NOTE("11", "false"), 0x11},
    {"name", KEY_NOTE("22", "false"), 0x22},
    {"list.list.element", KEY_NOTE("33", "false"), 0x33},
    {"other", KEY_NOTE("44", "false"), 0x44},
    {"deep.x", KEY_NOTE("55", "false"), 0x55},
};

static inline pqt_key file_key_of(uint8_t byte, size_t size_bytes)
{
    pqt_key key = {.size_bytes = size_bytes};
    memset(key.bytes, byte, size_bytes);
    return key;
}

/* How a file is encrypted. */
typedef struct file_mode {
    size_t key_bytes; /* 0: not at all */
    bool has_column_keys;
    bool plaintext_footer;
    bool use_ctr;
    bool page_v2;
    bool omit_prefix;
    int threads;
    const char *prefix;
} file_mode;

/* What find_key gives. */
typedef struct key_ring {
    size_t key_bytes;
    const char *without; /* this column's key is missing; "" the footer's */
    const char *wrong;   /* this one's is another */
    int asked;
} key_ring;

static inline pqt_status ring_find(void *self, const char *column, pqt_view metadata,
                                   pqt_key *out, pqt_error *error)
{
    key_ring *ring = self;
    const char *asked = column ? column : "";
    ring->asked++;
    if (ring->without && strcmp(asked, ring->without) == 0) return PQT_NOT_FOUND;
    for (size_t i = 0; i < sizeof file_keys / sizeof *file_keys; i++) {
        const char *of = file_keys[i].column ? file_keys[i].column : "";
        if (strcmp(of, asked) != 0) continue;
        if (!view_equal(metadata, view_text(file_keys[i].note)))
            return error_set(error, PQT_DENIED, "no such key");
        *out = file_key_of(file_keys[i].byte, ring->key_bytes);
        if (ring->wrong && strcmp(asked, ring->wrong) == 0) out->bytes[0] ^= 1;
        return PQT_OK;
    }
    return PQT_NOT_FOUND;
}

static inline pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                                 pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

static const pqt_schema_node file_nodes[FILE_NODES] = {
    {.name = "schema", .is_group = true, .child_count = 5},
    {.name = "id", .type = PQT_INT64},
    {.name = "name",
     .type = PQT_BYTE_ARRAY,
     .repetition = PQT_OPTIONAL,
     .logical = {.kind = PQT_LOGICAL_STRING}},
    {.name = "list",
     .is_group = true,
     .repetition = PQT_OPTIONAL,
     .child_count = 1,
     .logical = {.kind = PQT_LOGICAL_LIST}},
    {.name = "list", .is_group = true, .repetition = PQT_REPEATED, .child_count = 1},
    {.name = "element", .type = PQT_INT32},
    {.name = "other", .type = PQT_INT64},
    {.name = "deep", .is_group = true, .repetition = PQT_OPTIONAL, .child_count = 1},
    {.name = "x", .type = PQT_DOUBLE, .repetition = PQT_OPTIONAL},
};

/* id and other: equal pages in size; name: a dictionary and a bloom filter. */
static const pqt_column_options file_columns[FILE_COLUMNS] = {
    {.encoding = PQT_PLAIN},
    {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .bloom_filter = true},
    {.encoding = PQT_DELTA_BINARY_PACKED, .codec = PQT_GZIP},
    {.encoding = PQT_PLAIN},
    {.encoding = PQT_BYTE_STREAM_SPLIT, .codec = PQT_ZSTD},
};

typedef struct file_rows {
    int64_t ids[FILE_ROWS];
    int64_t others[FILE_ROWS];
    pqt_view names[FILE_ROWS];
    char texts[FILE_ROWS][16];
    uint8_t validity[FILE_ROWS / 8 + 1];
    int32_t elements[2 * FILE_ROWS];
    uint16_t definitions[2 * FILE_ROWS];
    uint16_t repetitions[2 * FILE_ROWS];
    int64_t element_count;
    double deeps[FILE_ROWS];
    uint16_t deep_levels[FILE_ROWS];
} file_rows;

static inline void fill_rows(file_rows *rows)
{
    *rows = (file_rows){0};
    for (int i = 0; i < FILE_ROWS; i++) {
        rows->ids[i] = 1000 + i;
        rows->others[i] = 5000 - i;
        snprintf(rows->texts[i], sizeof rows->texts[i], "name %d", i % 7);
        rows->names[i] = view_text(rows->texts[i]);
        if (i % 5) rows->validity[i / 8] |= (uint8_t)(1u << i % 8);
        for (int k = 0; k <= i % 2; k++) {
            const int64_t at = rows->element_count++;
            rows->elements[at] = i * k;
            rows->definitions[at] = (uint16_t)(i % 2 ? 2 : i % 4 / 2);
            rows->repetitions[at] = k > 0;
        }
        rows->deeps[i] = i / 4.0;
        rows->deep_levels[i] = (uint16_t)(i % 3);
    }
}

static inline pqt_status write_rows(pqt_writer *writer, pqt_error *error)
{
    file_rows rows;
    fill_rows(&rows);
    const pqt_column_values values[FILE_COLUMNS] = {
        {.values = rows.ids},
        {.values = rows.names, .validity = rows.validity},
        {.values = rows.elements,
         .definition_levels = rows.definitions,
         .repetition_levels = rows.repetitions,
         .slot_count = rows.element_count},
        {.values = rows.others},
        {.values = rows.deeps, .definition_levels = rows.deep_levels},
    };
    TRY(pqt_writer_append(writer, values, FILE_ROWS, error));
    return pqt_writer_finish(writer, NULL, error);
}

static inline pqt_status write_file(const file_mode *mode, const pqt_allocator *allocator,
                                    buffer *out, pqt_error *error)
{
    pqt_column_key keys[FILE_COLUMNS];
    for (size_t i = 0; i < FILE_COLUMNS; i++)
        keys[i] =
            (pqt_column_key){.column = file_keys[i + 1].column,
                             .key = file_key_of(file_keys[i + 1].byte, mode->key_bytes),
                             .key_metadata = view_text(file_keys[i + 1].note)};
    const pqt_encryption encryption = {
        .footer_key = file_key_of(file_keys[0].byte, mode->key_bytes),
        .footer_key_metadata = view_text(file_keys[0].note),
        .columns = keys,
        .column_count = mode->has_column_keys ? FILE_COLUMNS : 0,
        .plaintext_footer = mode->plaintext_footer,
        .use_ctr = mode->use_ctr,
        .aad_prefix = mode->prefix ? view_text(mode->prefix) : (pqt_view){0},
        .omit_aad_prefix = mode->omit_prefix};
    const pqt_writer_options options = {
        .allocator = allocator,
        .row_group_rows = FILE_GROUP_ROWS,
        .page_rows = FILE_PAGE_ROWS,
        .no_checksums = true,
        .page_v2 = mode->page_v2,
        .threads = mode->threads,
        .encryption = mode->key_bytes ? &encryption : NULL};
    const pqt_schema schema = {.nodes = file_nodes, .node_count = FILE_NODES};
    const pqt_output output = {collect, out};
    pqt_writer *writer = NULL;
    buffer_clear(out);
    TRY(pqt_writer_create(&output, &schema, file_columns, &options, &writer, error));
    const pqt_status status = write_rows(writer, error);
    pqt_writer_free(writer);
    return status;
}

/* --- Reading --- */

static inline uint64_t mix(uint64_t seed, const void *data, size_t size_bytes)
{
    return seed * 31 + (size_bytes ? hash_bytes64(data, size_bytes) : 7);
}

static inline uint64_t mix_values(uint64_t seed, const pqt_values *v)
{
    const size_t slots = (size_t)v->slot_count;
    seed = mix(seed, &v->slot_count, sizeof v->slot_count);
    if (v->validity)
        for (size_t i = 0; i < slots; i++)
            seed = seed * 31 + (v->validity[i / 8] >> i % 8 & 1);
    if (v->int64s) seed = mix(seed, v->int64s, slots * 8);
    if (v->int32s) seed = mix(seed, v->int32s, slots * 4);
    if (v->doubles) seed = mix(seed, v->doubles, slots * 8);
    for (size_t i = 0; v->bytes && i < slots; i++)
        seed = mix(seed, v->bytes[i].data, v->bytes[i].size_bytes);
    if (v->definition_levels) seed = mix(seed, v->definition_levels, slots * 2);
    return v->repetition_levels ? mix(seed, v->repetition_levels, slots * 2) : seed;
}

/* Every name that is there must be in the bloom filter. */
static inline pqt_status check_bloom(const pqt_reader *reader, int32_t group,
                                     pqt_error *error)
{
    for (int i = 0; i < 7; i++) {
        char text[16];
        bool may_contain = false;
        snprintf(text, sizeof text, "name %d", i);
        TRY(pqt_reader_bloom_check(reader, group, 1, view_text(text), &may_contain,
                                   error));
        if (!may_contain) return error_set(error, PQT_INTERNAL, "bloom filter lies");
    }
    return PQT_OK;
}

/* Values by all columns of all row groups: whole, or a part from the middle. */
static inline pqt_status mix_columns(const pqt_reader *reader, bool whole,
                                     pqt_values *values, uint64_t *sum, pqt_error *error)
{
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    for (int32_t g = 0; g < m->row_group_count; g++)
        for (int32_t c = 0; c < m->schema.column_count; c++) {
            const int64_t rows = m->row_groups[g].row_count;
            TRY(pqt_reader_read(reader, g, c, whole ? 0 : rows / 2,
                                whole ? rows : rows / 3, values, error));
            *sum = mix_values(*sum, values);
        }
    return PQT_OK;
}

static inline pqt_status mix_file(pqt_reader *reader, pqt_values *values, uint64_t *sum,
                                  pqt_error *error)
{
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    TRY(mix_columns(reader, true, values, sum, error));
    TRY(pqt_reader_load_page_indexes(reader, NULL, 0, error));
    TRY(mix_columns(reader, false, values, sum, error));
    for (int32_t g = 0; g < m->row_group_count; g++) {
        const pqt_statistics *s = &m->row_groups[g].columns[0].statistics;
        *sum = mix(*sum, s->max_value.data, s->max_value.size_bytes);
        TRY(check_bloom(reader, g, error));
        if (!pqt_reader_page_index(reader, g, 0))
            return error_set(error, PQT_INTERNAL, "no page index");
    }
    return PQT_OK;
}

static inline pqt_status read_file(pqt_view bytes, key_ring *ring, const char *prefix,
                                   const pqt_allocator *allocator, uint64_t *sum,
                                   pqt_error *error)
{
    const pqt_decryption decryption = {
        .find_key = ring_find,
        .self = ring,
        .aad_prefix = prefix ? view_text(prefix) : (pqt_view){0}};
    const pqt_reader_options options = {.allocator = allocator,
                                        .decryption = ring ? &decryption : NULL};
    pqt_reader *reader = NULL;
    *sum = 0;
    TRY(pqt_reader_open_memory(bytes, &options, &reader, error));
    pqt_values values = {0};
    const pqt_status status = mix_file(reader, &values, sum, error);
    pqt_values_free(&values);
    pqt_reader_close(reader);
    return status;
}

#endif
