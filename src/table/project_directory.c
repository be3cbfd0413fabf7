#include "table/project_directory.h"

#include "base/checked.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/view.h"

static const pqt_view magic = {(const uint8_t *)"PQD1", 4};
enum { HASH_BYTES = 8 };

/* --- Writing --- */

static size_t shared_bytes(pqt_view a, pqt_view b)
{
    const size_t most = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    size_t at = 0;
    while (at < most && a.data[at] == b.data[at]) at++;
    return at;
}

static pqt_status end_run(directory_writer *w, pqt_error *error)
{
    if (w->row_count == 0) return PQT_OK;
    const pqt_view slug = buffer_view(&w->slug);
    const size_t shared = shared_bytes(buffer_view(&w->slug_before), slug);
    const int64_t step = (int64_t)w->project_id - w->id_before;
    TRY(buffer_append_varint(&w->runs, shared, error));
    TRY(buffer_append_varint(&w->runs, slug.size_bytes - shared, error));
    TRY(buffer_append(&w->runs, slug.data + shared, slug.size_bytes - shared, error));
    TRY(buffer_append_varint(&w->runs, zigzag_encode(step), error));
    TRY(buffer_append_varint(&w->runs, (uint64_t)w->row_count, error));
    w->run_count++;
    w->row_count = 0;
    w->id_before = w->project_id;
    const buffer before = w->slug_before;
    w->slug_before = w->slug;
    w->slug = before;
    return PQT_OK;
}

static bool is_open_run(const directory_writer *w, const directory_run *rows)
{
    return w->row_count > 0 && w->project_id == rows->project_id &&
           view_equal(buffer_view(&w->slug), rows->project_slug);
}

pqt_status directory_writer_add(directory_writer *w, const directory_run *rows,
                                pqt_error *error)
{
    if (w->is_too_long) return PQT_OK;
    if (is_open_run(w, rows)) {
        w->row_count += rows->row_count;
        return PQT_OK;
    }
    TRY(end_run(w, error));
    w->slug_bytes += rows->project_slug.size_bytes;
    w->is_too_long = w->run_count >= PROJECT_DIRECTORY_MOST_RUNS ||
                     w->slug_bytes > PROJECT_DIRECTORY_MOST_SLUG_BYTES;
    buffer_clear(&w->slug);
    w->project_id = rows->project_id;
    w->row_count = rows->row_count;
    return buffer_append(&w->slug, rows->project_slug.data, rows->project_slug.size_bytes,
                         error);
}

pqt_status directory_writer_finish(directory_writer *w, buffer *out, pqt_error *error)
{
    uint8_t hash[HASH_BYTES];
    const size_t start = out->size_bytes;
    if (w->is_too_long) return PQT_OK;
    TRY(end_run(w, error));
    TRY(buffer_append(out, magic.data, magic.size_bytes, error));
    TRY(buffer_append_varint(out, w->run_count, error));
    TRY(buffer_append(out, w->runs.data, w->runs.size_bytes, error));
    store_u64le(hash, hash_bytes64(out->data + start, out->size_bytes - start));
    return buffer_append(out, hash, sizeof hash, error);
}

void directory_writer_free(directory_writer *w)
{
    buffer_free(&w->runs);
    buffer_free(&w->slug);
    buffer_free(&w->slug_before);
}

/* --- Reading --- */

struct parsing {
    cursor in;
    arena *memory;
    directory_run last;
    size_t slug_bytes; /* of all runs so far */
    int64_t row_count;
};

static pqt_status report(const char *what, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "the project directory is damaged: %s", what);
}

static pqt_status take_slug(struct parsing *p, directory_run *run, pqt_error *error)
{
    uint64_t shared, more;
    pqt_view rest;
    const pqt_view before = p->last.project_slug;
    if (!cursor_varint(&p->in, &shared) || !cursor_varint(&p->in, &more) ||
        shared > before.size_bytes || more > cursor_left(&p->in) ||
        !cursor_bytes(&p->in, (size_t)more, &rest))
        return report("a slug ends beyond it", error);
    const size_t size = (size_t)(shared + more);
    p->slug_bytes += size;
    if (p->slug_bytes > PROJECT_DIRECTORY_MOST_SLUG_BYTES)
        return report("its slugs are too long", error);
    run->project_slug = before;
    if (more == 0 && size == before.size_bytes && before.data) return PQT_OK;
    uint8_t *text = arena_alloc(p->memory, size + 1, 1);
    if (!text) return error_no_memory(error, size);
    if (shared) memcpy(text, before.data, (size_t)shared);
    if (more) memcpy(text + shared, rest.data, (size_t)more);
    run->project_slug = view_of(text, size);
    return PQT_OK;
}

static pqt_status take_run(struct parsing *p, directory_run *run, pqt_error *error)
{
    uint64_t step, rows;
    int64_t id;
    TRY(take_slug(p, run, error));
    if (!cursor_varint(&p->in, &step) || !cursor_varint(&p->in, &rows))
        return report("a run ends beyond it", error);
    if (!checked_add_int64(p->last.project_id, zigzag_decode(step), &id) ||
        id < INT32_MIN || id > INT32_MAX)
        return report("a project id is out of range", error);
    if (rows == 0 || rows > INT64_MAX ||
        !checked_add_int64(p->row_count, (int64_t)rows, &p->row_count))
        return report("a run's rows are out of range", error);
    run->project_id = (int32_t)id;
    run->row_count = (int64_t)rows;
    p->last = *run;
    return PQT_OK;
}

/* The bytes between magic and hash. */
static pqt_status open_envelope(pqt_view bytes, cursor *out, pqt_error *error)
{
    if (bytes.size_bytes < magic.size_bytes + HASH_BYTES ||
        !view_starts_with(bytes, magic))
        return report("it does not begin like one", error);
    const size_t size = bytes.size_bytes - HASH_BYTES;
    if (load_u64le(bytes.data + size) != hash_bytes64(bytes.data, size))
        return report("its hash differs", error);
    *out = cursor_of(view_of(bytes.data + magic.size_bytes, size - magic.size_bytes));
    return PQT_OK;
}

pqt_status project_directory_parse(pqt_view bytes, int64_t row_count, arena *memory,
                                   project_directory *out, pqt_error *error)
{
    enum { LEAST_RUN_BYTES = 4 };
    struct parsing p = {.memory = memory};
    uint64_t count;
    TRY(open_envelope(bytes, &p.in, error));
    if (!cursor_varint(&p.in, &count) || count > cursor_left(&p.in) / LEAST_RUN_BYTES)
        return report("it has fewer runs than it says", error);
    directory_run *runs = arena_alloc(memory, (size_t)count, sizeof *runs);
    if (!runs) return error_no_memory(error, (size_t)count * sizeof *runs);
    for (size_t i = 0; i < count; i++) TRY(take_run(&p, &runs[i], error));
    if (cursor_left(&p.in) > 0) return report("bytes are left behind its runs", error);
    if (p.row_count != row_count) return report("the file has other rows", error);
    *out = (project_directory){runs, (size_t)count};
    return PQT_OK;
}

static pqt_status load_block(const pqt_reader *reader, pqt_byte_range place,
                             arena *memory, project_directory *out, pqt_error *error)
{
    buffer bytes = {0};
    if (place.size_bytes > PROJECT_DIRECTORY_MOST_BYTES)
        return report("it has too many bytes", error);
    pqt_status status = buffer_resize(&bytes, (size_t)place.size_bytes, error);
    if (status == PQT_OK)
        status = pqt_reader_read_bytes(reader, place, bytes.data, error);
    if (status == PQT_OK)
        status = project_directory_parse(buffer_view(&bytes),
                                         pqt_reader_metadata(reader)->row_count, memory,
                                         out, error);
    buffer_free(&bytes);
    return status;
}

pqt_status project_directory_load(const pqt_reader *reader, arena *memory,
                                  project_directory *out, pqt_error *error)
{
    pqt_byte_range place;
    const pqt_status status =
        pqt_reader_find_block(reader, view_text(PROJECT_DIRECTORY_KEY), &place, error);
    *out = (project_directory){0};
    if (status == PQT_NOT_FOUND) return PQT_OK;
    TRY(status);
    return load_block(reader, place, memory, out, error);
}
