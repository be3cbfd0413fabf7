/*
 * Files cut at every byte and with every bit changed, through all ways of reading: an
 * error or rows, never a crash, and never more memory than is told.
 */
#include "bad_input.h"

#include "parquet/page_header.h"
#include "pqt.h"
#include "pqt_arrow.h"

enum { BUDGET_BYTES = 16 << 20, ROWS = 40 };

/* Bits that are changed of each byte. */
#ifdef __SANITIZE_ADDRESS__
enum { BITS = 1 };
#else
enum { BITS = 8 };
#endif

static pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

static pqt_status collect_text(void *self, const char *text, size_t size_bytes,
                               pqt_error *error)
{
    buffer *out = self;
    if (out->size_bytes > BUDGET_BYTES) return error_set(error, PQT_LIMIT, "enough");
    return buffer_append(out, text, size_bytes, error);
}

/* A column of texts by a dictionary, optional numbers in deltas, doubles, and lists. */
static const pqt_schema_node nodes[] = {
    {.name = "schema", .is_group = true, .child_count = 4},
    {.name = "text", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}},
    {.name = "number", .type = PQT_INT64, .repetition = PQT_OPTIONAL},
    {.name = "real", .type = PQT_DOUBLE},
    {.name = "list", .type = PQT_INT32, .repetition = PQT_REPEATED}};
static const pqt_schema schema = {.nodes = nodes, .node_count = 5};
static const pqt_column_options columns[] = {
    {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .bloom_filter = true},
    {.encoding = PQT_DELTA_BINARY_PACKED},
    {.encoding = PQT_BYTE_STREAM_SPLIT, .codec = PQT_GZIP},
    {.encoding = PQT_PLAIN}};

/* Lists of 0, 1 and 2 numbers in turns, of which the empty ones have an entry, too. */
static int64_t make_lists(int32_t *numbers, uint16_t *definition, uint16_t *repetition)
{
    int64_t at = 0;
    for (int i = 0; i < ROWS; i++) {
        const int count = i % 3;
        for (int k = 0; k < count || k == 0; k++, at++) {
            numbers[at] = i;
            definition[at] = count > 0;
            repetition[at] = k > 0;
        }
    }
    return at;
}

static void append_rows(pqt_writer *writer)
{
    static const char *const texts[] = {"alpha", "beta", "", "gamma delta"};
    static const uint8_t validity[] = {0xfe, 0xff, 0x7f, 0xff, 0xef};
    pqt_view views[ROWS];
    int64_t numbers[ROWS];
    double reals[ROWS];
    int32_t entries[2 * ROWS];
    uint16_t definition[2 * ROWS], repetition[2 * ROWS];
    pqt_error error;
    for (int i = 0; i < ROWS; i++) {
        views[i] = view_of(texts[i / 3 % 4], strlen(texts[i / 3 % 4]));
        numbers[i] = (int64_t)1000 * i * i;
        reals[i] = i / 8.0;
    }
    const int64_t entry_count = make_lists(entries, definition, repetition);
    const pqt_column_values values[] = {{.values = views},
                                        {.values = numbers, .validity = validity},
                                        {.values = reals},
                                        {.values = entries,
                                         .definition_levels = definition,
                                         .repetition_levels = repetition,
                                         .slot_count = entry_count}};
    assert_ok(pqt_writer_append(writer, values, ROWS, &error));
}

static void write_file(buffer *out, bool page_v2, bool checksums)
{
    pqt_error error;
    pqt_writer *writer = NULL;
    const pqt_output output = {collect, out};
    const pqt_writer_options options = {.page_rows = 16,
                                        .row_group_rows = 25,
                                        .page_v2 = page_v2,
                                        .no_checksums = !checksums};
    assert_ok(pqt_writer_create(&output, &schema, columns, &options, &writer, &error));
    append_rows(writer);
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
}

static void take_arrays(const pqt_reader *reader)
{
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    if (pqt_arrow_stream(reader, NULL, &stream, NULL) != PQT_OK) return;
    while (stream.get_next(&stream, &batch) == 0 && batch.release) batch.release(&batch);
    stream.release(&stream);
}

/* The rows as text; the first failure of reading by chunks and by rows. */
static pqt_status read_all(pqt_view bytes, memory_budget *budget, buffer *text,
                           pqt_error *error)
{
    const pqt_allocator allocator = memory_budget_allocator(budget);
    const pqt_reader_options options = {.allocator = &allocator,
                                        .page_limit_bytes = 1 << 20};
    const pqt_text_output output = {collect_text, text};
    pqt_reader *reader = NULL;
    TRY(pqt_reader_open_memory(bytes, &options, &reader, error));
    const pqt_status printed = pqt_print_rows(reader, NULL, 0, NULL, &output, error);
    take_arrays(reader);
    pqt_error other;
    const pqt_status read =
        bad_input_read_chunks(reader, printed == PQT_OK ? error : &other);
    pqt_reader_close(reader);
    return printed == PQT_OK ? read : printed;
}

/* In memory of exactly its size. True where all was read. */
static bool is_read(const uint8_t *bytes, size_t size_bytes, buffer *text)
{
    pqt_error error = {0};
    memory_budget budget = {.limit_bytes = BUDGET_BYTES};
    uint8_t *copy = malloc(size_bytes + !size_bytes);
    if (size_bytes) memcpy(copy, bytes, size_bytes);
    buffer_clear(text);
    alarm(BAD_INPUT_SECONDS);
    const pqt_status status = read_all(view_of(copy, size_bytes), &budget, text, &error);
    alarm(0);
    free(copy);
    if (status != PQT_OK) {
        assert_int_equal(error.status, status);
        assert_true(error.message[0]);
        if (status == PQT_NOMEM) fail_msg("%zu bytes refused", budget.refused_bytes);
    }
    assert_int_equal(budget.used_bytes, 0);
    return status == PQT_OK;
}

static void file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    buffer file = {0}, text = {0};
    write_file(&file, false, true);
    assert_true(is_read(file.data, file.size_bytes, &text));
    for (size_t size = 0; size < file.size_bytes; size++)
        assert_false(is_read(file.data, size, &text));
    buffer_free(&file);
    buffer_free(&text);
}

/* Marks the bytes of pages behind their headers, which is what checksums are of. */
static void mark_chunk(const buffer *file, const pqt_column_chunk *chunk, bool *bodies)
{
    pqt_error error;
    size_t at =
        (size_t)(chunk->dictionary_page_offset >= 0 ? chunk->dictionary_page_offset
                                                    : chunk->data_page_offset);
    const size_t end = at + (size_t)chunk->compressed_bytes;
    while (at < end) {
        page_header header;
        size_t header_bytes;
        assert_ok(page_header_read(view_of(file->data + at, end - at), &header,
                                   &header_bytes, &error));
        memset(bodies + at + header_bytes, true, header.compressed_bytes);
        at += header_bytes + header.compressed_bytes;
    }
}

static bool *find_bodies(const buffer *file)
{
    pqt_error error;
    pqt_reader *reader = NULL;
    bool *bodies = calloc(file->size_bytes, 1);
    assert_ok(pqt_reader_open_memory(buffer_view(file), NULL, &reader, &error));
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    for (int32_t g = 0; g < m->row_group_count; g++)
        for (int32_t c = 0; c < m->schema.column_count; c++)
            mark_chunk(file, &m->row_groups[g].columns[c], bodies);
    pqt_reader_close(reader);
    return bodies;
}

/* What came of the changes of one file. */
struct outcomes {
    int told;
    int same;
    int other;
};

static void change_bytes(buffer *file, bool checksums, struct outcomes *out)
{
    buffer text = {0}, right = {0};
    bool *bodies = find_bodies(file);
    assert_true(is_read(file->data, file->size_bytes, &right));
    for (size_t at = 0; at < file->size_bytes; at++)
        for (unsigned n = 0; n < BITS; n++) {
            const unsigned bit = (unsigned)(at + n) % 8;
            file->data[at] ^= (uint8_t)(1u << bit);
            const bool read = is_read(file->data, file->size_bytes, &text);
            const bool equal = text.size_bytes == right.size_bytes &&
                               memcmp(text.data, right.data, right.size_bytes) == 0;
            out->told += !read, out->same += read && equal, out->other += read && !equal;
            if (checksums && bodies[at] && read)
                fail_msg("byte %zu, bit %u of a page: not told", at, bit);
            file->data[at] ^= (uint8_t)(1u << bit);
        }
    buffer_free(&text);
    buffer_free(&right);
    free(bodies);
}

/* With checksums, each change of a page's bytes is told; what is in headers and the
 * footer, and pages without checksums, may be read as something else. */
static void changed_byte_is_told_or_does_no_harm(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        buffer file = {0};
        struct outcomes outcomes = {0};
        const bool checksums = kind % 2 == 0;
        write_file(&file, kind / 2 == 1, checksums);
        change_bytes(&file, checksums, &outcomes);
        print_message("%s checksums: %d told, %d of no consequence, %d with other rows\n",
                      checksums ? "with" : "without", outcomes.told, outcomes.same,
                      outcomes.other);
        buffer_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_cut_anywhere_is_refused),
        cmocka_unit_test(changed_byte_is_told_or_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
