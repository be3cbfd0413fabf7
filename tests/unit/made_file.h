/*
 * Parquet files written by hand, field for field, so that each can be a lie: for tests of
 * bad input, and for fuzzing. A made_file starts as a good one (made_file_good); what a
 * test sets instead of AS_IS is written in place of what would be right.
 */
#ifndef MADE_FILE_H
#define MADE_FILE_H

#include <stdlib.h>

#include "base/cursor.h"
#include "parquet/page_header.h"
#include "parquet/thrift_writer.h"

#define AS_IS  (INT64_MIN + 7)
#define ABSENT (INT64_MIN + 8) /* the field is left away */

enum { MADE_PAGES = 4, MADE_CHUNKS = 3, MADE_GROUPS = 3, MADE_ELEMENTS = 6 };

typedef struct made_page {
    int64_t type;
    int64_t value_count;
    int64_t encoding;
    int64_t definition_encoding;
    int64_t repetition_encoding;
    pqt_view body;
    int64_t compressed_bytes;
    int64_t uncompressed_bytes;
    int64_t crc;
    int64_t own_header; /* ABSENT: neither data page header nor dictionary page header */
    int64_t null_count; /* v2 */
    int64_t row_count;
    int64_t definition_bytes;
    int64_t repetition_bytes;
    bool is_compressed;
    bool is_crc_right; /* a CRC is written, that of the body */
} made_page;

typedef struct made_chunk {
    made_page pages[MADE_PAGES];
    int page_count;
    int64_t type; /* AS_IS: the schema's */
    int64_t codec;
    int64_t value_count;
    int64_t compressed_bytes;
    int64_t uncompressed_bytes;
    int64_t data_page_offset;
    int64_t dictionary_page_offset;
    pqt_view offset_index; /* data NULL: none */
    pqt_view column_index;
    pqt_view bloom_filter; /* header and bits */
    int64_t offset_index_offset;
    int64_t offset_index_bytes;
    int64_t column_index_offset;
    int64_t column_index_bytes;
    int64_t bloom_filter_offset;
    int64_t bloom_filter_bytes;
    pqt_view min_value;
    pqt_view max_value;
    int64_t null_count;
    pqt_view file_path;
    /* Where the pieces are, once the file is made. */
    int64_t begin;
    int64_t page_offsets[MADE_PAGES + 1];
} made_chunk;

typedef struct made_group {
    made_chunk chunks[MADE_CHUNKS];
    int chunk_count;
    int64_t row_count;
} made_group;

typedef struct made_element {
    const char *name; /* NULL: left away */
    int64_t type;     /* of a group: ABSENT */
    int64_t type_length;
    int64_t repetition;
    int64_t children;
    int64_t converted;
    int64_t logical; /* field number in LogicalType; an empty struct */
} made_element;

typedef struct made_file {
    made_element elements[MADE_ELEMENTS];
    int element_count;
    made_group groups[MADE_GROUPS];
    int group_count;
    int64_t row_count;
    int64_t footer_bytes; /* the length behind the footer */
    const char *magic;    /* at the end */
    pqt_view footer;      /* instead of all of the above */
    pqt_view footer_end;  /* in place of the byte that ends FileMetaData */
    buffer bytes;         /* once made; made_file_free */
} made_file;

static inline int64_t made_choose(int64_t wanted, int64_t right)
{
    return wanted == AS_IS ? right : wanted;
}

static inline void made_check(pqt_status status)
{
    if (status != PQT_OK) abort();
}

static inline void made_i32(thrift_writer *w, int16_t field, int64_t wanted,
                            int64_t right)
{
    if (wanted != ABSENT) thrift_i32(w, field, (int32_t)made_choose(wanted, right));
}

static inline void made_i64(thrift_writer *w, int16_t field, int64_t wanted,
                            int64_t right)
{
    if (wanted != ABSENT) thrift_i64(w, field, made_choose(wanted, right));
}

/* --- What is good --- */

static inline made_page made_page_of(int64_t encoding, int64_t value_count, pqt_view body)
{
    return (made_page){.type = PAGE_DATA,
                       .value_count = value_count,
                       .encoding = encoding,
                       .definition_encoding = PQT_RLE,
                       .repetition_encoding = PQT_RLE,
                       .body = body,
                       .compressed_bytes = AS_IS,
                       .uncompressed_bytes = AS_IS,
                       .crc = ABSENT,
                       .own_header = AS_IS};
}

static inline made_page made_dictionary_of(int64_t value_count, pqt_view body)
{
    made_page page = made_page_of(PQT_PLAIN, value_count, body);
    page.type = PAGE_DICTIONARY;
    return page;
}

/* A v2 page, whose body begins with its levels. */
static inline made_page made_page_v2_of(int64_t encoding, int64_t value_count,
                                        int64_t repetition_bytes,
                                        int64_t definition_bytes, pqt_view body)
{
    made_page page = made_page_of(encoding, value_count, body);
    page.type = PAGE_DATA_V2;
    page.row_count = value_count;
    page.repetition_bytes = repetition_bytes;
    page.definition_bytes = definition_bytes;
    return page;
}

static inline made_chunk made_chunk_of(int64_t type)
{
    return (made_chunk){.type = type,
                        .codec = PQT_UNCOMPRESSED,
                        .value_count = AS_IS,
                        .compressed_bytes = AS_IS,
                        .uncompressed_bytes = AS_IS,
                        .data_page_offset = AS_IS,
                        .dictionary_page_offset = AS_IS,
                        .offset_index_offset = AS_IS,
                        .offset_index_bytes = AS_IS,
                        .column_index_offset = AS_IS,
                        .column_index_bytes = AS_IS,
                        .bloom_filter_offset = AS_IS,
                        .bloom_filter_bytes = AS_IS,
                        .null_count = ABSENT};
}

static inline made_element made_group_element(const char *name, int64_t repetition,
                                              int64_t children)
{
    return (made_element){name, ABSENT, ABSENT, repetition, children, ABSENT, ABSENT};
}

static inline made_element made_leaf_element(const char *name, int64_t type,
                                             int64_t repetition)
{
    return (made_element){name, type, ABSENT, repetition, ABSENT, ABSENT, ABSENT};
}

/* One column "a" of this type, one row group of one page. */
static inline made_file made_file_of(pqt_type type, pqt_repetition repetition,
                                     made_page page, int64_t row_count)
{
    made_file f = {.element_count = 2,
                   .group_count = 1,
                   .row_count = AS_IS,
                   .footer_bytes = AS_IS,
                   .magic = "PAR1"};
    f.elements[0] = made_group_element("schema", ABSENT, 1);
    f.elements[1] = made_leaf_element("a", type, repetition);
    f.groups[0] = (made_group){.chunk_count = 1, .row_count = row_count};
    f.groups[0].chunks[0] = made_chunk_of(type);
    f.groups[0].chunks[0].pages[0] = page;
    f.groups[0].chunks[0].page_count = 1;
    return f;
}

/* Three INT32 values, 1, 2 and 3, in a required column "a". */
static inline made_file made_file_good(void)
{
    static const uint8_t values[] = {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0};
    return made_file_of(PQT_INT32, PQT_REQUIRED,
                        made_page_of(PQT_PLAIN, 3, (pqt_view){values, sizeof values}), 3);
}

/* --- Writing --- */

static inline void made_append(made_file *f, pqt_view bytes)
{
    if (bytes.size_bytes)
        made_check(buffer_append(&f->bytes, bytes.data, bytes.size_bytes, NULL));
}

static inline uint32_t made_crc(pqt_view bytes)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < bytes.size_bytes; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static inline void made_write_own_header(thrift_writer *w, const made_page *p)
{
    static const int16_t fields[] = {5, 6, 7, 8};
    if (p->own_header == ABSENT || p->type < 0 || p->type > 3) return;
    thrift_struct_begin(w, fields[p->type]);
    made_i32(w, 1, p->value_count, 0);
    if (p->type == PAGE_DATA_V2) {
        made_i32(w, 2, p->null_count, 0);
        made_i32(w, 3, p->row_count, 0);
        made_i32(w, 4, p->encoding, 0);
        made_i32(w, 5, p->definition_bytes, 0);
        made_i32(w, 6, p->repetition_bytes, 0);
        thrift_bool(w, 7, p->is_compressed);
    } else {
        made_i32(w, 2, p->encoding, 0);
        if (p->type == PAGE_DATA) {
            made_i32(w, 3, p->definition_encoding, 0);
            made_i32(w, 4, p->repetition_encoding, 0);
        }
    }
    thrift_struct_end(w);
}

static inline void made_write_page(made_file *f, const made_page *p)
{
    const int64_t size = (int64_t)p->body.size_bytes;
    thrift_writer w = thrift_begin(&f->bytes, NULL);
    made_i32(&w, 1, p->type, 0);
    made_i32(&w, 2, p->uncompressed_bytes, size);
    made_i32(&w, 3, p->compressed_bytes, size);
    if (p->is_crc_right)
        thrift_i32(&w, 4, (int32_t)made_crc(p->body));
    else
        made_i32(&w, 4, p->crc, 0);
    made_write_own_header(&w, p);
    made_check(thrift_end(&w));
    made_append(f, p->body);
}

static inline void made_write_chunk(made_file *f, made_chunk *c)
{
    c->begin = (int64_t)f->bytes.size_bytes;
    for (int i = 0; i < c->page_count; i++) {
        c->page_offsets[i] = (int64_t)f->bytes.size_bytes;
        made_write_page(f, &c->pages[i]);
    }
    c->page_offsets[c->page_count] = (int64_t)f->bytes.size_bytes;
}

/* Appends a piece that a chunk names by offset and length; absent where it has none. */
static inline void made_write_piece(made_file *f, pqt_view bytes, int64_t *offset,
                                    int64_t *size_bytes)
{
    *offset = made_choose(*offset, bytes.data ? (int64_t)f->bytes.size_bytes : ABSENT);
    *size_bytes =
        made_choose(*size_bytes, bytes.data ? (int64_t)bytes.size_bytes : ABSENT);
    made_append(f, bytes);
}

static inline void made_write_schema(thrift_writer *w, const made_file *f)
{
    thrift_list(w, 2, THRIFT_LIST_STRUCT, (size_t)f->element_count);
    for (int i = 0; i < f->element_count; i++) {
        const made_element *e = &f->elements[i];
        thrift_item_struct(w);
        made_i32(w, 1, e->type, 0);
        made_i32(w, 2, e->type_length, 0);
        made_i32(w, 3, e->repetition, 0);
        if (e->name)
            thrift_binary(w, 4, (pqt_view){(const uint8_t *)e->name, strlen(e->name)});
        made_i32(w, 5, e->children, 0);
        made_i32(w, 6, e->converted, 0);
        if (e->logical != ABSENT) {
            thrift_struct_begin(w, 10);
            thrift_struct_begin(w, (int16_t)e->logical);
            thrift_struct_end(w);
            thrift_struct_end(w);
        }
        thrift_struct_end(w);
    }
}

static inline void made_write_statistics(thrift_writer *w, const made_chunk *c)
{
    if (!c->min_value.data && !c->max_value.data && c->null_count == ABSENT) return;
    thrift_struct_begin(w, 12);
    made_i64(w, 3, c->null_count, 0);
    if (c->max_value.data) thrift_binary(w, 5, c->max_value);
    if (c->min_value.data) thrift_binary(w, 6, c->min_value);
    thrift_struct_end(w);
}

/* The offset of the first dictionary page (wanted) or the first other page. */
static inline int64_t made_first_page(const made_chunk *c, bool wanted)
{
    for (int i = 0; i < c->page_count; i++)
        if ((c->pages[i].type == PAGE_DICTIONARY) == wanted) return c->page_offsets[i];
    return wanted ? ABSENT : c->begin;
}

static inline int64_t made_count_values(const made_chunk *c)
{
    int64_t count = 0;
    for (int i = 0; i < c->page_count; i++)
        if (c->pages[i].type != PAGE_DICTIONARY) count += c->pages[i].value_count;
    return count;
}

static inline void made_write_column(thrift_writer *w, const made_file *f,
                                     const made_chunk *c, int column)
{
    const int64_t size = c->page_offsets[c->page_count] - c->begin;
    int64_t type = PQT_INT32;
    for (int i = 0, leaf = 0; i < f->element_count; i++)
        if (f->elements[i].type != ABSENT && leaf++ == column) type = f->elements[i].type;
    thrift_item_struct(w);
    if (c->file_path.data) thrift_binary(w, 1, c->file_path);
    thrift_i64(w, 2, 0);
    thrift_struct_begin(w, 3);
    made_i32(w, 1, c->type, type);
    thrift_list(w, 2, THRIFT_LIST_I32, 0);
    thrift_list(w, 3, THRIFT_LIST_BINARY, 0);
    made_i32(w, 4, c->codec, 0);
    made_i64(w, 5, c->value_count, made_count_values(c));
    made_i64(w, 6, c->uncompressed_bytes, size);
    made_i64(w, 7, c->compressed_bytes, size);
    made_i64(w, 9, c->data_page_offset, made_first_page(c, false));
    made_i64(w, 11, made_choose(c->dictionary_page_offset, made_first_page(c, true)), 0);
    made_write_statistics(w, c);
    made_i64(w, 14, c->bloom_filter_offset, 0);
    made_i32(w, 15, c->bloom_filter_bytes, 0);
    thrift_struct_end(w);
    made_i64(w, 4, c->offset_index_offset, 0);
    made_i32(w, 5, c->offset_index_bytes, 0);
    made_i64(w, 6, c->column_index_offset, 0);
    made_i32(w, 7, c->column_index_bytes, 0);
    thrift_struct_end(w);
}

static inline void made_write_groups(thrift_writer *w, const made_file *f)
{
    thrift_list(w, 4, THRIFT_LIST_STRUCT, (size_t)f->group_count);
    for (int g = 0; g < f->group_count; g++) {
        const made_group *group = &f->groups[g];
        thrift_item_struct(w);
        thrift_list(w, 1, THRIFT_LIST_STRUCT, (size_t)group->chunk_count);
        for (int c = 0; c < group->chunk_count; c++)
            made_write_column(w, f, &group->chunks[c], c);
        thrift_i64(w, 2, 0);
        made_i64(w, 3, group->row_count, 0);
        thrift_struct_end(w);
    }
}

static inline void made_write_footer(made_file *f)
{
    uint64_t rows = 0;
    for (int g = 0; g < f->group_count; g++)
        if (f->groups[g].row_count != ABSENT) rows += (uint64_t)f->groups[g].row_count;
    if (f->footer.data) {
        made_append(f, f->footer);
        return;
    }
    thrift_writer w = thrift_begin(&f->bytes, NULL);
    thrift_i32(&w, 1, 1);
    made_write_schema(&w, f);
    made_i64(&w, 3, f->row_count, (int64_t)rows);
    made_write_groups(&w, f);
    made_check(thrift_end(&w));
    if (f->footer_end.data) {
        f->bytes.size_bytes--;
        made_append(f, f->footer_end);
    }
}

/* Writes the file to f->bytes and returns them. */
static inline pqt_view made_file_write(made_file *f)
{
    uint8_t length[4];
    buffer_clear(&f->bytes);
    made_append(f, (pqt_view){(const uint8_t *)"PAR1", 4});
    for (int g = 0; g < f->group_count; g++)
        for (int c = 0; c < f->groups[g].chunk_count; c++)
            made_write_chunk(f, &f->groups[g].chunks[c]);
    for (int g = 0; g < f->group_count; g++)
        for (int c = 0; c < f->groups[g].chunk_count; c++) {
            made_chunk *chunk = &f->groups[g].chunks[c];
            made_write_piece(f, chunk->bloom_filter, &chunk->bloom_filter_offset,
                             &chunk->bloom_filter_bytes);
            made_write_piece(f, chunk->column_index, &chunk->column_index_offset,
                             &chunk->column_index_bytes);
            made_write_piece(f, chunk->offset_index, &chunk->offset_index_offset,
                             &chunk->offset_index_bytes);
        }
    const size_t footer_begin = f->bytes.size_bytes;
    made_write_footer(f);
    store_u32le(length,
                (uint32_t)made_choose(f->footer_bytes,
                                      (int64_t)(f->bytes.size_bytes - footer_begin)));
    made_append(f, (pqt_view){length, 4});
    made_append(f, (pqt_view){(const uint8_t *)f->magic, strlen(f->magic)});
    return (pqt_view){f->bytes.data, f->bytes.size_bytes};
}

static inline void made_file_free(made_file *f)
{
    buffer_free(&f->bytes);
}

#endif
