#include "query/page_fetch.h"

#include "base/alloc.h"

/* The ranges of all slices: `starts` has a place a slice and one more. */
struct fetching {
    const slices *all;
    size_t first;
    size_t end;
    pqt_byte_range *ranges;
    size_t range_count;
    size_t range_capacity;
    size_t *starts;
    size_t *files; /* the first slice of each file */
    size_t file_count;
};

static pqt_status want_slice(struct fetching *f, const slice *s, uint32_t columns,
                             uint64_t *size_bytes, pqt_error *error)
{
    void *array = f->ranges;
    if (alloc_grow(NULL, &array, &f->range_capacity, f->range_count + 2 * COLUMN_COUNT,
                   sizeof *f->ranges) != 0)
        return error_no_memory(error, (f->range_count + 2) * sizeof *f->ranges);
    f->ranges = array;
    *size_bytes = 0;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        pqt_byte_range *ranges = &f->ranges[f->range_count];
        if (!(columns >> c & 1)) continue;
        TRY(pqt_reader_byte_ranges(s->file->reader, s->row_group, s->file->columns[c],
                                   s->first_row, s->row_count, ranges, error));
        *size_bytes += ranges[0].size_bytes + ranges[1].size_bytes;
        f->range_count += 2;
    }
    return PQT_OK;
}

/* As many slices as fit, at least one. */
static pqt_status choose_slices(struct fetching *f, uint32_t columns, pqt_error *error)
{
    uint64_t total = 0, size = 0;
    for (f->end = f->first; f->end < f->all->count; f->end++) {
        const slice *s = &f->all->slices[f->end];
        const size_t before = f->range_count;
        if (f->end == f->first || s->file != s[-1].file)
            f->files[f->file_count++] = f->end;
        f->starts[f->end - f->first] = before;
        TRY(want_slice(f, s, columns, &size, error));
        total += size;
        if (total <= PAGE_FETCH_BYTES || f->end == f->first) continue;
        f->range_count = before;
        if (f->files[f->file_count - 1] == f->end) f->file_count--;
        break;
    }
    f->starts[f->end - f->first] = f->range_count;
    return PQT_OK;
}

static pqt_status fetch_files(const struct fetching *f, pqt_error *error)
{
    kept_fetch *fetches = alloc_zeroed(NULL, f->file_count, sizeof *fetches);
    if (!fetches) return error_no_memory(error, f->file_count * sizeof *fetches);
    for (size_t i = 0; i < f->file_count; i++) {
        const size_t last = i + 1 < f->file_count ? f->files[i + 1] : f->end;
        const size_t begin = f->starts[f->files[i] - f->first];
        fetches[i] = (kept_fetch){f->all->slices[f->files[i]].file->kept,
                                  f->ranges + begin, f->starts[last - f->first] - begin};
    }
    const pqt_status status = kept_input_fetch(fetches, f->file_count, error);
    alloc_release(NULL, fetches);
    return status;
}

pqt_status page_fetch(const slices *all, uint32_t columns, size_t first, size_t *end,
                      pqt_error *error)
{
    const size_t count = all->count - first;
    struct fetching f = {.all = all, .first = first};
    *end = all->count;
    if (count == 0 || !all->slices[first].file->kept) return PQT_OK;
    f.starts = alloc_zeroed(NULL, count + 1, sizeof *f.starts);
    f.files = alloc_zeroed(NULL, count, sizeof *f.files);
    pqt_status status =
        f.starts && f.files ? PQT_OK : error_no_memory(error, count * sizeof *f.starts);
    if (status == PQT_OK) status = choose_slices(&f, columns, error);
    if (status == PQT_OK) status = fetch_files(&f, error);
    if (status == PQT_OK) *end = f.end;
    alloc_release(NULL, f.ranges);
    alloc_release(NULL, f.starts);
    alloc_release(NULL, f.files);
    return status;
}

void page_fetch_drop(const slices *all, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (all->slices[i].file->kept) kept_input_drop(all->slices[i].file->kept);
}
