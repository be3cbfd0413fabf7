/* Files encrypted in every mode: what is written is read, and nothing else is. */
#include "parquet/file_encryption.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "encrypted_file.h"
#include "parquet/crypto_module.h"
#include "test_help.h"

static const file_mode modes[] = {
    {.key_bytes = 16},
    {.key_bytes = 24, .use_ctr = true, .threads = 3},
    {.key_bytes = 32, .has_column_keys = true},
    {.key_bytes = 16, .has_column_keys = true, .plaintext_footer = true},
    {.key_bytes = 16, .plaintext_footer = true, .page_v2 = true},
    {.key_bytes = 32, .has_column_keys = true, .use_ctr = true, .page_v2 = true},
    {.key_bytes = 24, .page_v2 = true, .prefix = "table/part 0"},
    {.key_bytes = 16, .prefix = "table/part 0", .omit_prefix = true},
    {.key_bytes = 16,
     .has_column_keys = true,
     .plaintext_footer = true,
     .use_ctr = true,
     .prefix = "table/part 0",
     .omit_prefix = true},
};
enum { MODES = sizeof modes / sizeof *modes };

static uint64_t plain_sum(void)
{
    const file_mode plain = {0};
    pqt_error error;
    buffer file = {0};
    uint64_t sum;
    assert_ok(write_file(&plain, NULL, &file, &error));
    assert_ok(read_file(buffer_view(&file), NULL, NULL, NULL, &sum, &error));
    buffer_free(&file);
    return sum;
}

static pqt_reader *open_file(const buffer *file, key_ring *ring)
{
    pqt_error error;
    const pqt_decryption decryption = {.find_key = ring_find, .self = ring};
    const pqt_reader_options options = {.decryption = ring ? &decryption : NULL};
    pqt_reader *reader = NULL;
    assert_ok(pqt_reader_open_memory(buffer_view(file), &options, &reader, &error));
    return reader;
}

/* --- Modes --- */

static void file_of_any_mode_has_the_rows_of_the_plain_one(void **state)
{
    (void)state;
    pqt_error error;
    const uint64_t expected = plain_sum();
    for (size_t i = 0; i < MODES; i++) {
        const file_mode *mode = &modes[i];
        key_ring ring = {.key_bytes = mode->key_bytes};
        buffer file = {0};
        uint64_t sum;
        assert_ok(write_file(mode, NULL, &file, &error));
        assert_memory_equal(file.data, mode->plaintext_footer ? "PAR1" : "PARE", 4);
        assert_memory_equal(file.data + file.size_bytes - 4, file.data, 4);
        assert_ok(read_file(buffer_view(&file), &ring, mode->prefix, NULL, &sum, &error));
        assert_true(sum == expected);
        /* Once for the footer and once for each column with a key. */
        assert_int_equal(ring.asked, 1 + (mode->has_column_keys ? FILE_COLUMNS : 0));
        buffer_free(&file);
    }
}

static pqt_status read_piece(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                             pqt_error *error)
{
    const buffer *file = self;
    (void)error;
    assert_true(offset + size_bytes <= file->size_bytes);
    memcpy(out, file->data + offset, size_bytes);
    return PQT_OK;
}

/* Not shown in memory, but read in windows. */
static void file_that_is_read_in_pieces_has_the_same_rows(void **state)
{
    (void)state;
    pqt_error error;
    const uint64_t expected = plain_sum();
    for (size_t i = 0; i < MODES; i++) {
        if (modes[i].prefix) continue;
        key_ring ring = {.key_bytes = modes[i].key_bytes};
        const pqt_decryption decryption = {.find_key = ring_find, .self = &ring};
        const pqt_reader_options options = {.decryption = &decryption, .tail_bytes = 8};
        buffer file = {0};
        pqt_values values = {0};
        pqt_reader *reader = NULL;
        uint64_t sum = 0;
        assert_ok(write_file(&modes[i], NULL, &file, &error));
        const pqt_input input = {
            .read = read_piece, .self = &file, .size_bytes = file.size_bytes};
        assert_ok(pqt_reader_open(&input, &options, &reader, &error));
        assert_ok(mix_file(reader, &values, &sum, &error));
        assert_true(sum == expected);
        pqt_values_free(&values);
        pqt_reader_close(reader);
        buffer_free(&file);
    }
}

/* The ids of the rows for which the predicate holds, as one number. */
static pqt_status scan_ids(const pqt_reader *reader, const char *text, int threads,
                           uint64_t *sum, pqt_scan_counts *counts, pqt_error *error)
{
    const int32_t id = 0;
    pqt_predicate predicate = {0};
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    *sum = 0;
    TRY(pqt_predicate_parse(&pqt_reader_metadata(reader)->schema, text, &predicate,
                            error));
    const pqt_scan_options options = {.columns = &id,
                                      .column_count = 1,
                                      .predicates = &predicate,
                                      .predicate_count = 1,
                                      .threads = threads};
    pqt_status status = pqt_scan_open(reader, &options, &scan, error);
    pqt_predicate_free(&predicate);
    while (status == PQT_OK) {
        status = pqt_scan_next(scan, &batch, error);
        if (status != PQT_OK || !batch) break;
        for (int64_t i = 0; i < batch->row_count; i++)
            *sum = *sum * 31 + (uint64_t)batch->columns[0].int64s[i];
    }
    if (scan) *counts = pqt_scan_count(scan);
    pqt_scan_close(scan);
    return status;
}

static void scans_prune_encrypted_files_as_they_prune_plain_ones(void **state)
{
    (void)state;
    static const char *const predicates[] = {"id >= 1050",      "id < 1010",
                                             "name = 'name 3'", "name = 'absent'",
                                             "deep.x > 10.5",   "name is null"};
    pqt_error error;
    buffer plain = {0}, file = {0};
    const file_mode not_encrypted = {0};
    assert_ok(write_file(&not_encrypted, NULL, &plain, &error));
    pqt_reader *expected = open_file(&plain, NULL);
    for (size_t i = 0; i < MODES; i++) {
        if (modes[i].prefix) continue;
        key_ring ring = {.key_bytes = modes[i].key_bytes};
        assert_ok(write_file(&modes[i], NULL, &file, &error));
        pqt_reader *reader = open_file(&file, &ring);
        for (size_t p = 0; p < sizeof predicates / sizeof *predicates; p++) {
            uint64_t sum, other;
            pqt_scan_counts counts, others;
            assert_ok(scan_ids(expected, predicates[p], 1, &sum, &counts, &error));
            assert_ok(
                scan_ids(reader, predicates[p], 1 + (int)p % 3, &other, &others, &error));
            assert_true(sum == other);
            assert_int_equal(counts.rows_given, others.rows_given);
            assert_int_equal(counts.rows_pruned, others.rows_pruned);
        }
        pqt_reader_close(reader);
    }
    pqt_reader_close(expected);
    buffer_free(&plain);
    buffer_free(&file);
}

static bool contains(const buffer *file, const char *text)
{
    const size_t size = strlen(text);
    for (size_t i = 0; i + size <= file->size_bytes; i++)
        if (memcmp(file->data + i, text, size) == 0) return true;
    return false;
}

static void names_and_values_are_not_seen_in_the_file(void **state)
{
    (void)state;
    pqt_error error;
    for (size_t i = 0; i < MODES; i++) {
        buffer file = {0};
        assert_ok(write_file(&modes[i], NULL, &file, &error));
        assert_int_equal(contains(&file, "element"), modes[i].plaintext_footer);
        assert_false(contains(&file, "name 1"));
        assert_int_equal(contains(&file, "table/part 0"),
                         modes[i].prefix && !modes[i].omit_prefix);
        buffer_free(&file);
    }
}

static void plaintext_footer_tells_no_statistics_without_the_key(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    key_ring ring = {.key_bytes = 16, .without = "id"};
    assert_ok(write_file(&modes[3], NULL, &file, &error));
    pqt_reader *reader = open_file(&file, &ring);
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    assert_true(m->is_signed);
    assert_false(m->has_encrypted_footer);
    const pqt_column_chunk *id = &m->row_groups[0].columns[0];
    const pqt_column_chunk *other = &m->row_groups[0].columns[3];
    assert_true(id->is_encrypted && id->is_hidden);
    assert_null(id->statistics.max_value.data);
    assert_int_equal(id->encoding_stats_count, 0);
    assert_int_equal(id->value_count, FILE_GROUP_ROWS);
    assert_true(other->is_encrypted && !other->is_hidden);
    assert_int_equal(other->statistics.max_value.size_bytes, 8);
    pqt_reader_close(reader);
    buffer_free(&file);
}

/* --- Keys --- */

static void missing_column_key_denies_its_column_only(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    key_ring ring = {.key_bytes = 32, .without = "name"};
    pqt_values values = {0};
    pqt_byte_range ranges[2];
    bool may_contain = false;
    assert_ok(write_file(&modes[2], NULL, &file, &error));
    pqt_reader *reader = open_file(&file, &ring);
    const pqt_column_chunk *chunk =
        &pqt_reader_metadata(reader)->row_groups[1].columns[1];
    assert_true(pqt_reader_metadata(reader)->has_encrypted_footer);
    assert_true(chunk->is_hidden);
    assert_int_equal(chunk->type, PQT_BYTE_ARRAY);
    assert_fails(pqt_reader_read(reader, 1, 1, 0, 5, &values, &error), PQT_DENIED,
                 "column name: encrypted, and its key was not given");
    assert_fails(pqt_reader_byte_ranges(reader, 1, 1, 0, 5, ranges, &error), PQT_DENIED,
                 "column name: encrypted");
    assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
    assert_null(pqt_reader_page_index(reader, 1, 1));
    assert_non_null(pqt_reader_page_index(reader, 1, 0));
    assert_ok(
        pqt_reader_bloom_check(reader, 1, 1, view_text("absent"), &may_contain, &error));
    assert_true(may_contain);
    assert_ok(pqt_reader_read(reader, 1, 0, 3, 5, &values, &error));
    assert_int_equal(values.int64s[0], 1000 + FILE_GROUP_ROWS + 3);
    uint64_t sum;
    pqt_scan_counts counts;
    assert_fails(scan_ids(reader, "name = 'name 3'", 1, &sum, &counts, &error),
                 PQT_DENIED, "column name: encrypted, and its key was not given");
    assert_ok(scan_ids(reader, "id < 1010", 1, &sum, &counts, &error));
    pqt_values_free(&values);
    pqt_reader_close(reader);
    buffer_free(&file);
}

static void file_without_the_footers_key_is_denied_or_unsigned(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    key_ring ring = {.key_bytes = 32, .without = ""};
    uint64_t sum;
    assert_ok(write_file(&modes[2], NULL, &file, &error));
    assert_fails(read_file(buffer_view(&file), NULL, NULL, NULL, &sum, &error),
                 PQT_DENIED, "the footer is encrypted: keys are given by");
    assert_fails(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error),
                 PQT_DENIED, "its key was not given");
    /* A plaintext footer is read, but nobody knows who wrote it. */
    ring.key_bytes = 16;
    assert_ok(write_file(&modes[3], NULL, &file, &error));
    pqt_reader *reader = open_file(&file, &ring);
    assert_false(pqt_reader_metadata(reader)->is_signed);
    pqt_reader_close(reader);
    assert_ok(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error));
    assert_true(sum == plain_sum());
    buffer_free(&file);
}

static void wrong_keys_are_refused_by_name(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    uint64_t sum;
    key_ring ring = {.key_bytes = 32, .wrong = ""};
    assert_ok(write_file(&modes[2], NULL, &file, &error));
    assert_fails(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error),
                 PQT_CORRUPT, "the footer is not authentic: wrong key or damaged");
    ring.wrong = "deep.x";
    assert_fails(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error),
                 PQT_CORRUPT,
                 "column deep.x: the column metadata is not authentic: wrong key");
    ring = (key_ring){.key_bytes = 16, .wrong = ""};
    assert_ok(write_file(&modes[3], NULL, &file, &error));
    assert_fails(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error),
                 PQT_CORRUPT, "signature of the footer");
    ring = (key_ring){.key_bytes = 5};
    assert_fails(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error),
                 PQT_INVALID, "the key of the footer: a key of 5 bytes");
    buffer_free(&file);
}

static void prefix_must_be_the_files(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    uint64_t sum;
    key_ring ring = {.key_bytes = 24};
    assert_ok(write_file(&modes[6], NULL, &file, &error));
    const pqt_view bytes = buffer_view(&file);
    assert_ok(read_file(bytes, &ring, NULL, NULL, &sum, &error)); /* it is stored */
    assert_fails(read_file(bytes, &ring, "table/part 1", NULL, &sum, &error), PQT_CORRUPT,
                 "AAD prefix is not the one expected");
    ring.key_bytes = 16;
    assert_ok(write_file(&modes[7], NULL, &file, &error));
    assert_fails(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error),
                 PQT_DENIED, "does not store");
    assert_fails(read_file(buffer_view(&file), &ring, "table/part 1", NULL, &sum, &error),
                 PQT_CORRUPT, "AAD prefix is another");
    assert_ok(write_file(&modes[0], NULL, &file, &error));
    assert_fails(read_file(buffer_view(&file), &ring, "table/part 0", NULL, &sum, &error),
                 PQT_CORRUPT, "encrypted without");
    buffer_free(&file);
}

/* --- Tampering --- */

/* One key for all of the file: of its bytes only the first magic may change unseen, which
 * readers do not look at. */
static void flipped_byte_is_an_error_and_never_another_value(void **state)
{
    (void)state;
    static const struct {
        size_t mode, step;
    } tried[] = {{0, 1}, {3, 7}, {6, 13}};
    const uint64_t expected = plain_sum();
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        const file_mode *mode = &modes[tried[i].mode];
        pqt_error error;
        buffer file = {0};
        assert_ok(write_file(mode, NULL, &file, &error));
        for (size_t at = 0; at < file.size_bytes; at += tried[i].step) {
            key_ring ring = {.key_bytes = mode->key_bytes};
            uint64_t sum;
            file.data[at] ^= (uint8_t)(1u << at % 8);
            const pqt_status status =
                read_file(buffer_view(&file), &ring, mode->prefix, NULL, &sum, &error);
            if (status == PQT_OK && (at >= 4 || sum != expected))
                fail_msg("mode %zu: byte %zu of %zu", tried[i].mode, at, file.size_bytes);
            file.data[at] ^= (uint8_t)(1u << at % 8);
        }
        buffer_free(&file);
    }
}

/* CTR protects no pages, but nothing may break. */
static void flipped_byte_of_a_ctr_file_breaks_nothing(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    key_ring ring = {.key_bytes = 32};
    uint64_t sum;
    assert_ok(write_file(&modes[5], NULL, &file, &error));
    for (size_t at = 0; at < file.size_bytes; at += 7) {
        file.data[at] ^= 0x40;
        (void)read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error);
        file.data[at] ^= 0x40;
    }
    buffer_free(&file);
}

/* Which algorithm it is stands before an encrypted footer, where nothing protects it. */
static void algorithm_that_was_changed_shows_no_other_values(void **state)
{
    (void)state;
    static const size_t tried[] = {0, 2, 6};
    pqt_error error;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        const file_mode *mode = &modes[tried[i]];
        key_ring ring = {.key_bytes = mode->key_bytes};
        buffer file = {0};
        uint64_t sum;
        assert_ok(write_file(mode, NULL, &file, &error));
        uint8_t *end = file.data + file.size_bytes - 8;
        uint8_t *algorithm = end - load_u32le(end) + 1;
        assert_int_equal(*algorithm, 0x1c); /* field 1, a struct */
        *algorithm = 0x2c;
        assert_fails(
            read_file(buffer_view(&file), &ring, mode->prefix, NULL, &sum, &error),
            PQT_CORRUPT, "");
        const pqt_decryption decryption = {
            .find_key = ring_find, .self = &ring, .refuse_ctr = true};
        const pqt_reader_options options = {.decryption = &decryption};
        pqt_reader *reader = NULL;
        assert_fails(
            pqt_reader_open_memory(buffer_view(&file), &options, &reader, &error),
            PQT_DENIED, "AES_GCM_CTR_V1");
        *algorithm = 0x1c;
        if (!mode->prefix)
            assert_ok(
                pqt_reader_open_memory(buffer_view(&file), &options, &reader, &error));
        pqt_reader_close(reader);
        buffer_free(&file);
    }
}

static void file_cut_anywhere_is_an_error(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    key_ring ring = {.key_bytes = 16};
    uint64_t sum;
    assert_ok(write_file(&modes[0], NULL, &file, &error));
    for (size_t size = 0; size < file.size_bytes; size++)
        assert_int_not_equal(
            read_file(view_of(file.data, size), &ring, NULL, NULL, &sum, &error), PQT_OK);
    buffer_free(&file);
}

/* Where the pages of a column are: of a page by the index, or the whole chunk. */
static pqt_byte_range place_of(pqt_reader *reader, int32_t group, int32_t column,
                               int32_t page)
{
    const pqt_column_chunk *chunk =
        &pqt_reader_metadata(reader)->row_groups[group].columns[column];
    if (page < 0)
        return (pqt_byte_range){(uint64_t)chunk->data_page_offset,
                                (uint64_t)chunk->compressed_bytes};
    const pqt_page_index *index = pqt_reader_page_index(reader, group, column);
    return (pqt_byte_range){(uint64_t)index->locations[page].offset,
                            (uint64_t)index->locations[page].compressed_bytes};
}

static void swap(uint8_t *a, uint8_t *b, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        const uint8_t byte = a[i];
        a[i] = b[i];
        b[i] = byte;
    }
}

static void pages_columns_and_row_groups_that_were_swapped_are_refused(void **state)
{
    (void)state;
    /* id and other have pages of equal size, and with one key all is equal but the place.
     */
    static const struct {
        int32_t group, column, page, other_group, other_column, other_page;
    } swaps[] = {
        {0, 0, 0, 0, 0, 1},   {0, 0, 1, 0, 0, 2}, {0, 0, 0, 0, 3, 0},
        {0, 0, -1, 0, 3, -1}, {0, 0, 2, 1, 0, 2}, {0, 3, 1, 1, 0, 1},
    };
    pqt_error error;
    buffer file = {0};
    uint64_t sum;
    key_ring ring = {.key_bytes = 16};
    assert_ok(write_file(&modes[0], NULL, &file, &error));
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
        pqt_reader *reader = open_file(&file, &ring);
        assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
        const pqt_byte_range a =
            place_of(reader, swaps[i].group, swaps[i].column, swaps[i].page);
        const pqt_byte_range b = place_of(reader, swaps[i].other_group,
                                          swaps[i].other_column, swaps[i].other_page);
        pqt_reader_close(reader);
        assert_int_equal(a.size_bytes, b.size_bytes);
        swap(file.data + a.offset, file.data + b.offset, (size_t)a.size_bytes);
        assert_fails(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error),
                     PQT_CORRUPT, "the data page header is not authentic");
        swap(file.data + a.offset, file.data + b.offset, (size_t)a.size_bytes);
    }
    assert_ok(read_file(buffer_view(&file), &ring, NULL, NULL, &sum, &error));
    buffer_free(&file);
}

/* Same key, rows and sizes: only the file's own identifier differs. */
static void parts_of_another_file_are_refused(void **state)
{
    (void)state;
    pqt_error error;
    buffer first = {0}, second = {0};
    uint64_t sum;
    key_ring ring = {.key_bytes = 16};
    assert_ok(write_file(&modes[0], NULL, &first, &error));
    assert_ok(write_file(&modes[0], NULL, &second, &error));
    assert_int_equal(first.size_bytes, second.size_bytes);
    pqt_reader *reader = open_file(&first, &ring);
    const pqt_byte_range pages = place_of(reader, 0, 0, -1);
    pqt_reader_close(reader);
    swap(first.data + pages.offset, second.data + pages.offset, (size_t)pages.size_bytes);
    assert_fails(read_file(buffer_view(&first), &ring, NULL, NULL, &sum, &error),
                 PQT_CORRUPT, "data page header is not authentic");
    swap(first.data + pages.offset, second.data + pages.offset, (size_t)pages.size_bytes);
    /* All but the footer of the other: */
    const size_t footer = first.size_bytes - 600;
    swap(first.data, second.data, footer);
    assert_fails(read_file(buffer_view(&first), &ring, NULL, NULL, &sum, &error),
                 PQT_CORRUPT, "not authentic");
    buffer_free(&first);
    buffer_free(&second);
}

/* --- Limits --- */

static const pqt_schema_node number_nodes[] = {
    {.name = "schema", .is_group = true, .child_count = 1},
    {.name = "n", .type = PQT_INT32}};
static const int32_t number_columns[] = {1};
static const pqt_schema number_schema = {number_nodes, 2, number_columns, 1};

/* Rows of one column, one a page. */
static pqt_status write_pages(int64_t rows, pqt_error *error)
{
    static int32_t values[CRYPTO_ORDINAL_LIMIT + 2];
    const pqt_encryption encryption = {.footer_key = file_key_of(1, 16)};
    const pqt_writer_options options = {.encryption = &encryption, .page_rows = 1};
    const pqt_column_options column = {.encoding = PQT_PLAIN};
    const pqt_column_values input = {.values = values};
    buffer file = {0};
    const pqt_output output = {collect, &file};
    pqt_writer *writer = NULL;
    pqt_status status =
        pqt_writer_create(&output, &number_schema, &column, &options, &writer, error);
    if (status == PQT_OK) status = pqt_writer_append(writer, &input, rows, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, NULL, error);
    pqt_writer_free(writer);
    buffer_free(&file);
    return status;
}

static void more_than_the_ordinals_count_is_over_the_limit(void **state)
{
    (void)state;
    pqt_error error;
    crypto_chunk chunk;
    file_encryption e;
    const pqt_encryption options = {.footer_key = file_key_of(1, 16)};
    assert_ok(write_pages(CRYPTO_ORDINAL_LIMIT + 1, &error));
    assert_fails(write_pages(CRYPTO_ORDINAL_LIMIT + 2, &error), PQT_LIMIT,
                 "at most 32768 pages");
    assert_ok(file_encryption_init(&e, &options, &number_schema, NULL, &error));
    assert_ok(file_encryption_chunk(&e, CRYPTO_ORDINAL_LIMIT, 0, &chunk, &error));
    assert_int_equal(chunk.row_group, CRYPTO_ORDINAL_LIMIT);
    assert_fails(file_encryption_chunk(&e, CRYPTO_ORDINAL_LIMIT + 1, 0, &chunk, &error),
                 PQT_LIMIT, "at most 32768 row groups");
    file_encryption_free(&e);
}

static void key_that_was_used_too_often_is_over_the_limit(void **state)
{
    (void)state;
    pqt_error error;
    file_encryption e;
    const pqt_encryption options = {.footer_key = file_key_of(1, 16)};
    assert_ok(file_encryption_init(&e, &options, &number_schema, NULL, &error));
    assert_ok(file_encryption_count(&e, 0, UINT64_C(1) << 32, &error));
    assert_fails(file_encryption_count(&e, 0, 1, &error), PQT_LIMIT, "2^32");
    file_encryption_free(&e);
}

static void keys_that_do_not_fit_the_schema_are_invalid(void **state)
{
    (void)state;
    static const struct {
        size_t footer_bytes;
        const char *columns[2];
        size_t key_bytes;
        const char *part;
    } cases[] = {
        {0, {NULL}, 0, "the footer's key: a key of 0 bytes"},
        {17, {NULL}, 0, "a key of 17 bytes"},
        {16, {"nobody"}, 16, "column nobody, which the schema has not"},
        {16, {"li"}, 16, "column li, which the schema has not"},
        {16, {"id"}, 8, "the key of column id: a key of 8 bytes"},
        {16, {"list", "list.list"}, 16, "column list.list.element is given two keys"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_error error;
        pqt_column_key keys[2] = {{0}};
        pqt_encryption encryption = {.footer_key.size_bytes = cases[i].footer_bytes,
                                     .columns = keys};
        for (int c = 0; c < 2 && cases[i].columns[c]; c++, encryption.column_count++)
            keys[c] = (pqt_column_key){.column = cases[i].columns[c],
                                       .key.size_bytes = cases[i].key_bytes};
        const pqt_writer_options options = {.encryption = &encryption};
        const pqt_schema schema = {.nodes = file_nodes, .node_count = FILE_NODES};
        buffer file = {0};
        const pqt_output output = {collect, &file};
        pqt_writer *writer = NULL;
        assert_fails(
            pqt_writer_create(&output, &schema, file_columns, &options, &writer, &error),
            PQT_INVALID, cases[i].part);
        assert_null(writer);
        buffer_free(&file);
    }
}

/* A group's name stands for its leaves; a key of size 0 is the footer's; others are
 * plain.
 */
static void columns_may_be_named_by_their_group(void **state)
{
    (void)state;
    pqt_error error;
    const pqt_column_key keys[] = {{.column = "list", .key = file_key_of(0x33, 16)},
                                   {.column = "deep.x"}};
    const pqt_encryption encryption = {
        .footer_key = file_key_of(0xf0, 16), .columns = keys, .column_count = 2};
    static const int32_t column_nodes[] = {1, 2, 5, 6, 8};
    pqt_schema_node nodes[FILE_NODES];
    static const int32_t parents[FILE_NODES] = {-1, 0, 0, 0, 3, 4, 0, 0, 7};
    for (int i = 0; i < FILE_NODES; i++) {
        nodes[i] = file_nodes[i];
        nodes[i].parent = parents[i];
    }
    const pqt_schema schema = {nodes, FILE_NODES, column_nodes, FILE_COLUMNS};
    file_encryption e;
    assert_ok(file_encryption_init(&e, &encryption, &schema, NULL, &error));
    assert_null(e.columns[0]);
    assert_null(e.columns[1]);
    assert_ptr_equal(file_encryption_own_key(&e, 2), &e.keys[1]);
    assert_null(e.columns[3]);
    assert_ptr_equal(e.columns[4], &e.keys[0]);
    assert_null(file_encryption_own_key(&e, 4));
    assert_true(file_encryption_hides_metadata(&e, 2));
    assert_false(file_encryption_hides_metadata(&e, 4));
    file_encryption_free(&e);
}

/* --- Memory --- */

struct counted {
    size_t calls;
    size_t fail_at;
};

static void *counted_resize(void *self, void *pointer, size_t size_bytes)
{
    struct counted *c = self;
    return ++c->calls == c->fail_at ? NULL : realloc(pointer, size_bytes);
}

static void counted_release(void *self, void *pointer)
{
    (void)self;
    free(pointer);
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    for (size_t i = 2; i < 4; i++) {
        for (size_t n = 1;; n++) {
            struct counted counted = {.fail_at = n};
            const pqt_allocator a = {counted_resize, counted_release, &counted};
            const pqt_status status = write_file(&modes[i], &a, &file, &error);
            if (counted.calls < n) break;
            assert_int_equal(status, PQT_NOMEM);
        }
        for (size_t n = 1;; n++) {
            struct counted counted = {.fail_at = n};
            const pqt_allocator a = {counted_resize, counted_release, &counted};
            key_ring ring = {.key_bytes = modes[i].key_bytes};
            uint64_t sum;
            const pqt_status status =
                read_file(buffer_view(&file), &ring, NULL, &a, &sum, &error);
            if (counted.calls < n) break;
            assert_int_equal(status, PQT_NOMEM);
        }
    }
    buffer_free(&file);
}

static void library_without_libcrypto_says_so(void **state)
{
    (void)state;
    pqt_error error;
    buffer file = {0};
    uint64_t sum;
    const pqt_view encrypted = view_of("PAREfooter\6\0\0\0PARE", 18);
    assert_fails(write_file(&modes[0], NULL, &file, &error), PQT_UNSUPPORTED,
                 "built without libcrypto");
    assert_fails(read_file(encrypted, NULL, NULL, NULL, &sum, &error), PQT_UNSUPPORTED,
                 "built without libcrypto");
    buffer_free(&file);
}

static int run_without_libcrypto(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(library_without_libcrypto_says_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_of_any_mode_has_the_rows_of_the_plain_one),
        cmocka_unit_test(file_that_is_read_in_pieces_has_the_same_rows),
        cmocka_unit_test(scans_prune_encrypted_files_as_they_prune_plain_ones),
        cmocka_unit_test(names_and_values_are_not_seen_in_the_file),
        cmocka_unit_test(plaintext_footer_tells_no_statistics_without_the_key),
        cmocka_unit_test(missing_column_key_denies_its_column_only),
        cmocka_unit_test(file_without_the_footers_key_is_denied_or_unsigned),
        cmocka_unit_test(wrong_keys_are_refused_by_name),
        cmocka_unit_test(prefix_must_be_the_files),
        cmocka_unit_test(flipped_byte_is_an_error_and_never_another_value),
        cmocka_unit_test(flipped_byte_of_a_ctr_file_breaks_nothing),
        cmocka_unit_test(algorithm_that_was_changed_shows_no_other_values),
        cmocka_unit_test(file_cut_anywhere_is_an_error),
        cmocka_unit_test(pages_columns_and_row_groups_that_were_swapped_are_refused),
        cmocka_unit_test(parts_of_another_file_are_refused),
        cmocka_unit_test(more_than_the_ordinals_count_is_over_the_limit),
        cmocka_unit_test(key_that_was_used_too_often_is_over_the_limit),
        cmocka_unit_test(keys_that_do_not_fit_the_schema_are_invalid),
        cmocka_unit_test(columns_may_be_named_by_their_group),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };
    if (crypto_check_built(NULL) != PQT_OK) return run_without_libcrypto();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
