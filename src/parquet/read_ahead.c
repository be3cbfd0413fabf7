#include "parquet/read_ahead.h"

#include <stdlib.h>

#include "base/alloc.h"

pqt_status read_ahead_want(read_ahead *ahead, pqt_byte_range range, pqt_error *error)
{
    const pqt_allocator *allocator = ahead->reader->options.allocator;
    void *array = ahead->wanted;
    if (range.size_bytes == 0 || reader_has_bytes(ahead->reader, range.offset))
        return PQT_OK;
    if (alloc_grow(allocator, &array, &ahead->wanted_capacity, ahead->wanted_count + 1,
                   sizeof range) != 0)
        return error_no_memory(error, (ahead->wanted_count + 1) * sizeof range);
    ahead->wanted = array;
    ahead->wanted[ahead->wanted_count++] = range;
    return PQT_OK;
}

static int compare_ranges(const void *left, const void *right)
{
    const pqt_byte_range *a = left, *b = right;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Sorts what is wanted, and makes one range of those that are near each other. */
static void coalesce(read_ahead *ahead)
{
    const uint64_t gap_bytes = ahead->reader->options.gap_bytes;
    pqt_byte_range *ranges = ahead->wanted;
    size_t count = 0;
    if (ahead->wanted_count > 1)
        qsort(ranges, ahead->wanted_count, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < ahead->wanted_count; i++) {
        const uint64_t end = ranges[i].offset + ranges[i].size_bytes;
        pqt_byte_range *last = count ? &ranges[count - 1] : NULL;
        const uint64_t last_end = last ? last->offset + last->size_bytes : 0;
        if (!last ||
            (ranges[i].offset > last_end && ranges[i].offset - last_end > gap_bytes))
            ranges[count++] = ranges[i];
        else if (end > last_end)
            last->size_bytes = end - last->offset;
    }
    ahead->wanted_count = count;
}

static void drop(read_ahead *ahead)
{
    if (!ahead->reader) return;
    for (size_t i = 0; i < ahead->count; i++)
        alloc_release(ahead->reader->options.allocator, ahead->blocks[i]);
    ahead->count = 0;
}

static pqt_status make_room(read_ahead *ahead, size_t count, pqt_error *error)
{
    const pqt_allocator *allocator = ahead->reader->options.allocator;
    if (count <= ahead->capacity) return PQT_OK;
    ahead->capacity = 0;
    void *ranges = alloc_resize(allocator, ahead->ranges, count, sizeof *ahead->ranges);
    if (ranges) ahead->ranges = ranges;
    void *blocks = alloc_resize(allocator, ahead->blocks, count, sizeof *ahead->blocks);
    if (blocks) ahead->blocks = blocks;
    if (!ranges || !blocks) return error_no_memory(error, count * sizeof *ahead->ranges);
    ahead->capacity = count;
    return PQT_OK;
}

static pqt_status make_blocks(read_ahead *ahead, pqt_error *error)
{
    TRY(make_room(ahead, ahead->wanted_count, error));
    for (size_t i = 0; i < ahead->wanted_count; i++) {
        const pqt_byte_range range = ahead->wanted[i];
        uint8_t *block =
            range.size_bytes > SIZE_MAX / 2
                ? NULL
                : alloc_bytes(ahead->reader->options.allocator, (size_t)range.size_bytes);
        if (!block) return error_no_memory(error, (size_t)range.size_bytes);
        ahead->ranges[i] = range;
        ahead->blocks[i] = block;
        ahead->count = i + 1;
        ahead->bytes_read += range.size_bytes;
    }
    return PQT_OK;
}

pqt_status read_ahead_fetch(read_ahead *ahead, pqt_error *error)
{
    drop(ahead);
    coalesce(ahead);
    pqt_status status = make_blocks(ahead, error);
    if (status == PQT_OK)
        status = reader_read_many(ahead->reader, ahead->ranges, ahead->count,
                                  ahead->blocks, error);
    ahead->wanted_count = 0;
    if (status != PQT_OK) drop(ahead);
    return status;
}

pqt_view read_ahead_find(const read_ahead *ahead, uint64_t offset)
{
    size_t low = 0, high = ahead ? ahead->count : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ahead->ranges[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return (pqt_view){0};
    const pqt_byte_range *range = &ahead->ranges[low - 1];
    const uint64_t skipped = offset - range->offset;
    if (skipped >= range->size_bytes) return (pqt_view){0};
    return (pqt_view){ahead->blocks[low - 1] + skipped,
                      (size_t)(range->size_bytes - skipped)};
}

void read_ahead_free(read_ahead *ahead)
{
    if (!ahead->reader) return;
    const pqt_allocator *allocator = ahead->reader->options.allocator;
    drop(ahead);
    alloc_release(allocator, ahead->wanted);
    alloc_release(allocator, ahead->ranges);
    alloc_release(allocator, ahead->blocks);
    *ahead = (read_ahead){0};
}
