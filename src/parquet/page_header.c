#include "parquet/page_header.h"

#include "parquet/thrift_reader.h"

/* A number that must not be negative. */
static uint32_t read_size(thrift_reader *r, const thrift_struct *s)
{
    const int32_t value = thrift_read_i32(r, s);
    if (value >= 0) return (uint32_t)value;
    thrift_fail(r, "negative size or count in a page header");
    return 0;
}

/* DataPageHeader, and DictionaryPageHeader, whose first fields are the same. */
static void read_data_header(thrift_reader *r, page_header *out)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        switch (s.id) {
        case 1:
            out->value_count = (int32_t)read_size(r, &s);
            break;
        case 2:
            out->encoding = (pqt_encoding)thrift_read_i32(r, &s);
            break;
        case 3:
            out->definition_encoding = (pqt_encoding)thrift_read_i32(r, &s);
            break;
        case 4:
            out->repetition_encoding = (pqt_encoding)thrift_read_i32(r, &s);
            break;
        default:
            thrift_skip(r, &s);
        }
    }
}

static void read_dictionary_header(thrift_reader *r, page_header *out)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        switch (s.id) {
        case 1:
            out->value_count = (int32_t)read_size(r, &s);
            break;
        case 2:
            out->encoding = (pqt_encoding)thrift_read_i32(r, &s);
            break;
        default:
            thrift_skip(r, &s);
        }
    }
}

static void read_data_header_v2(thrift_reader *r, page_header *out)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        switch (s.id) {
        case 1:
            out->value_count = (int32_t)read_size(r, &s);
            break;
        case 2:
            out->null_count = (int32_t)read_size(r, &s);
            break;
        case 3:
            out->row_count = (int32_t)read_size(r, &s);
            break;
        case 4:
            out->encoding = (pqt_encoding)thrift_read_i32(r, &s);
            break;
        case 5:
            out->definition_bytes = read_size(r, &s);
            break;
        case 6:
            out->repetition_bytes = read_size(r, &s);
            break;
        case 7:
            out->is_compressed = thrift_read_bool(r, &s);
            break;
        default:
            thrift_skip(r, &s);
        }
    }
}

static void read_fields(thrift_reader *r, page_header *out, unsigned *seen)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id > 0 && s.id <= 8) *seen |= 1u << s.id;
        switch (s.id) {
        case 1:
            out->type = thrift_read_i32(r, &s);
            break;
        case 2:
            out->uncompressed_bytes = read_size(r, &s);
            break;
        case 3:
            out->compressed_bytes = read_size(r, &s);
            break;
        case 4:
            out->crc = (uint32_t)thrift_read_i32(r, &s);
            out->has_crc = true;
            break;
        case 5:
            if (thrift_is_struct(r, &s)) read_data_header(r, out);
            break;
        case 7:
            if (thrift_is_struct(r, &s)) read_dictionary_header(r, out);
            break;
        case 8:
            if (thrift_is_struct(r, &s)) read_data_header_v2(r, out);
            break;
        default:
            thrift_skip(r, &s);
        }
    }
}

static pqt_status check_header(const page_header *h, unsigned seen, pqt_error *error)
{
    enum { TYPE_AND_SIZES = 1u << 1 | 1u << 2 | 1u << 3 };
    static const unsigned own_field[] = {
        [PAGE_DATA] = 1u << 5, [PAGE_DICTIONARY] = 1u << 7, [PAGE_DATA_V2] = 1u << 8};
    const unsigned needed =
        TYPE_AND_SIZES | ((unsigned)h->type <= PAGE_DATA_V2 ? own_field[h->type] : 0);
    if ((seen & needed) != needed)
        return error_set(error, PQT_CORRUPT, "page header lacks a required field");
    if (h->type != PAGE_DATA_V2) return PQT_OK;
    const uint64_t levels = (uint64_t)h->definition_bytes + h->repetition_bytes;
    if (levels > h->compressed_bytes || levels > h->uncompressed_bytes)
        return error_set(error, PQT_CORRUPT,
                         "page of %u bytes (%u compressed) has %llu bytes of levels",
                         h->uncompressed_bytes, h->compressed_bytes,
                         (unsigned long long)levels);
    return PQT_OK;
}

pqt_status page_header_read(pqt_view bytes, page_header *out, size_t *header_bytes,
                            pqt_error *error)
{
    thrift_reader r = thrift_reader_of(bytes, error);
    page_header header = {.type = -1,
                          .definition_encoding = PQT_RLE,
                          .repetition_encoding = PQT_RLE,
                          .is_compressed = true};
    unsigned seen = 0;
    read_fields(&r, &header, &seen);
    TRY(r.status);
    TRY(check_header(&header, seen, error));
    *out = header;
    *header_bytes = thrift_position(&r);
    return PQT_OK;
}
