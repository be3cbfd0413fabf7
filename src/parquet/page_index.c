#include "parquet/page_index.h"

#include "base/checked.h"
#include "parquet/metadata.h"
#include "parquet/thrift_reader.h"

enum { LOCATION_LEAST_BYTES = 7 };

static void *allocate(thrift_reader *r, arena *memory, size_t count, size_t size_bytes)
{
    void *array = r->status == PQT_OK ? arena_alloc(memory, count, size_bytes) : NULL;
    if (!array && r->status == PQT_OK)
        r->status = error_no_memory(r->error, count * size_bytes);
    return array;
}

static void read_location(thrift_reader *r, pqt_page_location *out)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 1)
            out->offset = thrift_read_i64(r, &s);
        else if (s.id == 2)
            out->compressed_bytes = thrift_read_i32(r, &s);
        else if (s.id == 3)
            out->first_row = thrift_read_i64(r, &s);
        else
            thrift_skip(r, &s);
    }
}

static void read_locations(thrift_reader *r, const thrift_struct *field, arena *memory,
                           pqt_page_index *out)
{
    const size_t count = thrift_read_list(r, field, THRIFT_STRUCT, LOCATION_LEAST_BYTES);
    pqt_page_location *locations = allocate(r, memory, count, sizeof *locations);
    for (size_t i = 0; locations && i < count && r->status == PQT_OK; i++)
        read_location(r, &locations[i]);
    out->locations = locations;
    out->page_count = locations ? (int32_t)count : 0;
}

static const int64_t *read_counts(thrift_reader *r, const thrift_struct *field,
                                  arena *memory, size_t *count)
{
    *count = thrift_read_list(r, field, THRIFT_I64, 1);
    int64_t *counts = allocate(r, memory, *count, sizeof *counts);
    for (size_t i = 0; counts && i < *count; i++) counts[i] = thrift_element_i64(r);
    return *count ? counts : NULL;
}

static pqt_status read_offset_index(pqt_view bytes, arena *memory, pqt_page_index *out,
                                    pqt_error *error)
{
    thrift_reader r = thrift_reader_of(bytes, error);
    size_t count = 0;
    thrift_struct s = {0};
    while (thrift_next(&r, &s)) {
        if (s.id == 1)
            read_locations(&r, &s, memory, out);
        else if (s.id == 2)
            out->byte_array_bytes = read_counts(&r, &s, memory, &count);
        else
            thrift_skip(&r, &s);
    }
    if (count != (size_t)out->page_count) out->byte_array_bytes = NULL;
    return r.status;
}

static void read_bounds(thrift_reader *r, const thrift_struct *field, arena *memory,
                        size_t *count, const pqt_view **out)
{
    *count = thrift_read_list(r, field, THRIFT_BINARY, 1);
    pqt_view *views = allocate(r, memory, *count, sizeof *views);
    for (size_t i = 0; views && i < *count; i++) views[i] = thrift_element_binary(r);
    *out = views;
}

/* How many entries each list had: they must all be the number of pages. */
struct list_counts {
    size_t null_pages;
    size_t mins;
    size_t maxs;
    size_t null_counts;
    size_t nan_counts;
};

static void read_null_pages(thrift_reader *r, const thrift_struct *field, arena *memory,
                            size_t *count, pqt_page_index *out)
{
    *count = thrift_read_list(r, field, THRIFT_TRUE, 1);
    bool *null_pages = allocate(r, memory, *count, sizeof *null_pages);
    for (size_t i = 0; null_pages && i < *count; i++)
        null_pages[i] = thrift_element_bool(r);
    out->null_pages = null_pages;
}

/* Histograms that are not of all pages are dropped. */
static const int64_t *read_histograms(thrift_reader *r, const thrift_struct *field,
                                      arena *memory, int32_t page_count,
                                      int32_t *count_a_page)
{
    size_t count = 0;
    const int64_t *histograms = read_counts(r, field, memory, &count);
    const bool is_whole = page_count > 0 && count % (size_t)page_count == 0;
    if (!histograms || !is_whole || count > INT32_MAX) return NULL;
    *count_a_page = (int32_t)(count / (size_t)page_count);
    return histograms;
}

static pqt_status read_column_index(pqt_view bytes, arena *memory, pqt_page_index *out,
                                    pqt_error *error)
{
    thrift_reader r = thrift_reader_of(bytes, error);
    struct list_counts counts = {0};
    thrift_struct s = {0};
    while (thrift_next(&r, &s)) {
        switch (s.id) {
        case 1:
            read_null_pages(&r, &s, memory, &counts.null_pages, out);
            break;
        case 2:
            read_bounds(&r, &s, memory, &counts.mins, &out->min_values);
            break;
        case 3:
            read_bounds(&r, &s, memory, &counts.maxs, &out->max_values);
            break;
        case 4:
            out->boundary_order = thrift_read_i32(&r, &s);
            break;
        case 5:
            out->null_counts = read_counts(&r, &s, memory, &counts.null_counts);
            break;
        case 6:
            out->repetition_histograms =
                read_histograms(&r, &s, memory, out->page_count, &out->repetition_count);
            break;
        case 7:
            out->definition_histograms =
                read_histograms(&r, &s, memory, out->page_count, &out->definition_count);
            break;
        case 8:
            out->nan_counts = read_counts(&r, &s, memory, &counts.nan_counts);
            break;
        default:
            thrift_skip(&r, &s);
        }
    }
    TRY(r.status);
    const size_t pages = (size_t)out->page_count;
    if (counts.null_pages != pages || counts.mins != pages || counts.maxs != pages ||
        (counts.null_counts != 0 && counts.null_counts != pages) ||
        (counts.nan_counts != 0 && counts.nan_counts != pages))
        return error_set(error, PQT_CORRUPT,
                         "page index: bounds of %zu pages, locations of %zu", counts.mins,
                         pages);
    out->has_column_index = true;
    return PQT_OK;
}

static pqt_status check_locations(const pqt_page_index *index,
                                  const pqt_column_chunk *chunk, int64_t row_count,
                                  pqt_error *error)
{
    const pqt_byte_range range = metadata_chunk_range(chunk);
    uint64_t end = (uint64_t)chunk->data_page_offset;
    int64_t last_row = -1;
    for (int32_t i = 0; i < index->page_count; i++) {
        const pqt_page_location *page = &index->locations[i];
        const bool inside =
            page->offset >= 0 && page->compressed_bytes > 0 &&
            (uint64_t)page->offset >= range.offset &&
            range_within((uint64_t)page->offset - range.offset,
                         (uint64_t)page->compressed_bytes, range.size_bytes);
        if (!inside || (uint64_t)page->offset < end || page->first_row <= last_row ||
            page->first_row >= row_count || (i == 0 && page->first_row != 0))
            return error_set(
                error, PQT_CORRUPT,
                "page index: page %d (byte %lld, row %lld) is not in order or "
                "not in its column chunk",
                (int)i, (long long)page->offset, (long long)page->first_row);
        end = (uint64_t)page->offset + (uint64_t)page->compressed_bytes;
        last_row = page->first_row;
    }
    if (index->page_count > 0 || row_count == 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "page index: no pages for %lld rows",
                     (long long)row_count);
}

pqt_status page_index_read(pqt_view offset_index, pqt_view column_index,
                           const pqt_column_chunk *chunk, int64_t row_count,
                           arena *memory, pqt_page_index *out, pqt_error *error)
{
    pqt_page_index index = {0};
    TRY(read_offset_index(offset_index, memory, &index, error));
    TRY(check_locations(&index, chunk, row_count, error));
    if (column_index.data) TRY(read_column_index(column_index, memory, &index, error));
    *out = index;
    return PQT_OK;
}
