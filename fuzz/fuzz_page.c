/*
 * Any bytes as the pages of one column chunk, in a file that is otherwise sound. The
 * first bytes choose type, encoding, codec, levels and counts, and how the rest is cut
 * into a dictionary page and two data pages.
 */
#include "fuzz_help.h"
#include "made_file.h"
#include "pqt_reader.h"

enum { BUDGET_BYTES = 128 << 20, PAGE_LIMIT_BYTES = 1 << 20 };

/* Schemas whose only column has these levels at most. */
enum { FLAT, FLAT_OPTIONAL, LIST, DEEP, SHAPES };

static void choose_schema(made_file *f, size_t shape, pqt_type type, int64_t type_length)
{
    made_element *e = f->elements;
    const int64_t repetition = shape == FLAT ? PQT_REQUIRED : PQT_OPTIONAL;
    if (shape == LIST) {
        e[1] = made_group_element("a", PQT_OPTIONAL, 1);
        e[2] = made_group_element("list", PQT_REPEATED, 1);
    } else if (shape == DEEP) {
        e[1] = made_group_element("a", PQT_REPEATED, 1);
        e[2] = made_group_element("b", PQT_REPEATED, 1);
    }
    const int leaf = shape >= LIST ? 3 : 1;
    e[leaf] = made_leaf_element("leaf", type, repetition);
    if (type == PQT_FIXED_LEN_BYTE_ARRAY) e[leaf].type_length = type_length;
    f->element_count = leaf + 1;
}

static pqt_view cut(cursor *input, size_t size_bytes)
{
    pqt_view view = {0};
    const size_t left = cursor_left(input);
    cursor_bytes(input, size_bytes < left ? size_bytes : left, &view);
    return view;
}

static made_page choose_page(cursor *choices, cursor *bytes)
{
    static const pqt_encoding encodings[] = {PQT_PLAIN,
                                             PQT_RLE,
                                             PQT_DELTA_BINARY_PACKED,
                                             PQT_DELTA_LENGTH_BYTE_ARRAY,
                                             PQT_DELTA_BYTE_ARRAY,
                                             PQT_RLE_DICTIONARY,
                                             PQT_PLAIN_DICTIONARY,
                                             PQT_BYTE_STREAM_SPLIT};
    const uint8_t bits = fuzz_u8(choices);
    const pqt_encoding encoding = encodings[bits % 8];
    const int64_t count = (int64_t)fuzz_u16(choices);
    const pqt_view body = cut(bytes, fuzz_u16(choices));
    const int64_t repetition_bytes = fuzz_u8(choices),
                  definition_bytes = fuzz_u8(choices);
    made_page page =
        made_page_v2_of(encoding, count, repetition_bytes, definition_bytes, body);
    page.is_compressed = bits & 16;
    if (bits & 8) {
        page = made_page_of(encoding, count, body);
        if (bits & 16) page.definition_encoding = PQT_BIT_PACKED;
        if (bits & 32) page.repetition_encoding = PQT_BIT_PACKED;
    }
    page.uncompressed_bytes = bits & 64 ? AS_IS : (int64_t)fuzz_u16(choices) * 4;
    return page;
}

static void choose_file(made_file *f, cursor input)
{
    enum { CHOICES = 40 };
    pqt_view head = {0};
    if (!cursor_bytes(&input, CHOICES, &head)) return;
    cursor choices = cursor_of(head);
    const uint8_t type = fuzz_u8(&choices);
    made_chunk *chunk = &f->groups[0].chunks[0];
    choose_schema(f, type / 8 % SHAPES, type % 8, 1 + fuzz_u8(&choices) % 20);
    chunk->codec = fuzz_u8(&choices) % 8;
    chunk->page_count = 0;
    if (type & 64) {
        const int64_t count = (int64_t)fuzz_u16(&choices);
        chunk->pages[chunk->page_count++] =
            made_dictionary_of(count, cut(&input, fuzz_u16(&choices)));
        chunk->pages[0].uncompressed_bytes = (int64_t)fuzz_u16(&choices);
    }
    chunk->pages[chunk->page_count++] = choose_page(&choices, &input);
    if (type & 128) chunk->pages[chunk->page_count++] = choose_page(&choices, &input);
    chunk->type = f->elements[f->element_count - 1].type;
    const int64_t values = made_count_values(chunk);
    const int64_t wanted = (int64_t)fuzz_u16(&choices);
    f->groups[0].row_count =
        type / 8 % SHAPES >= LIST && wanted < values ? wanted : values;
}

/* Rows in the middle, then all of them, into the same memory. */
static void read_rows(const pqt_reader *reader)
{
    pqt_error error = {0};
    pqt_values values = {0};
    const int64_t rows = pqt_reader_metadata(reader)->row_groups[0].row_count;
    const pqt_status part =
        pqt_reader_read(reader, 0, 0, rows / 3, rows / 2, &values, &error);
    fuzz_check_error(part, &error);
    const pqt_status all = pqt_reader_read(reader, 0, 0, 0, rows, &values, &error);
    fuzz_check_error(all, &error);
    if (all == PQT_OK && values.row_count != rows) abort();
    if (all == PQT_OK && part != PQT_OK && part != PQT_LIMIT) abort();
    volatile uint8_t sum = 0;
    for (int64_t i = 0; all == PQT_OK && values.bytes && i < values.slot_count; i++)
        for (size_t k = 0; k < values.bytes[i].size_bytes && k < 64; k++)
            sum = (uint8_t)(sum + values.bytes[i].data[k]);
    pqt_values_free(&values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    made_file file = made_file_good();
    memory_budget budget = {.limit_bytes = BUDGET_BYTES};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    const pqt_reader_options options = {.allocator = &allocator,
                                        .page_limit_bytes = PAGE_LIMIT_BYTES};
    pqt_reader *reader = NULL;
    choose_file(&file, cursor_of((pqt_view){data, size}));
    if (pqt_reader_open_memory(made_file_write(&file), &options, &reader, NULL) ==
        PQT_OK) {
        read_rows(reader);
        pqt_reader_close(reader);
    }
    made_file_free(&file);
    fuzz_budget_end(&budget);
    return 0;
}
