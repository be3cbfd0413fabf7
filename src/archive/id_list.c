#include "archive/id_list.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

enum { MOST_IN_MEMORY = 1 << 20, CHUNK_BUFFER_IDS = 8192 };

struct id_list {
    int64_t *ids;
    size_t count;
    size_t capacity;
    char *directory;
    int descriptor;     /* -1: nothing written */
    size_t chunk_count; /* each of MOST_IN_MEMORY ids in the file */
    int64_t lowest, highest;
};

static void forget_range(id_list *list)
{
    list->lowest = INT64_MAX;
    list->highest = INT64_MIN;
}

pqt_status id_list_create(const char *directory, id_list **out, pqt_error *error)
{
    id_list *list = alloc_zeroed(NULL, 1, sizeof *list);
    if (!list) return error_no_memory(error, sizeof *list);
    list->descriptor = -1;
    forget_range(list);
    list->directory = alloc_text(NULL, directory);
    if (!list->directory) {
        id_list_free(list);
        return error_no_memory(error, 1);
    }
    *out = list;
    return PQT_OK;
}

void id_list_free(id_list *list)
{
    if (!list) return;
    if (list->descriptor >= 0) close(list->descriptor);
    alloc_release(NULL, list->ids);
    alloc_release(NULL, list->directory);
    alloc_release(NULL, list);
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static pqt_status write_chunk(id_list *list, pqt_error *error)
{
    if (list->descriptor < 0)
        TRY(file_open_temporary(list->directory, &list->descriptor, error));
    qsort(list->ids, list->count, sizeof *list->ids, compare_ids);
    const temporary_folder folder = {list->directory, true};
    TRY(file_write_temporary(list->descriptor, list->ids, list->count * sizeof *list->ids,
                             &folder, error));
    list->chunk_count++;
    list->count = 0;
    return PQT_OK;
}

pqt_status id_list_add(id_list *list, int64_t id, pqt_error *error)
{
    void *array = list->ids;
    if (alloc_grow(NULL, &array, &list->capacity, list->count + 1, sizeof *list->ids) !=
        0)
        return error_no_memory(error, (list->count + 1) * sizeof *list->ids);
    list->ids = array;
    list->ids[list->count++] = id;
    if (id < list->lowest) list->lowest = id;
    if (id > list->highest) list->highest = id;
    return list->count == MOST_IN_MEMORY ? write_chunk(list, error) : PQT_OK;
}

bool id_list_is_empty(const id_list *list)
{
    return list->count == 0 && list->chunk_count == 0;
}

void id_list_range(const id_list *list, int64_t *lowest, int64_t *highest)
{
    *lowest = list->lowest;
    *highest = list->highest;
}

pqt_status id_list_clear(id_list *list, pqt_error *error)
{
    list->count = list->chunk_count = 0;
    forget_range(list);
    if (list->descriptor < 0) return PQT_OK;
    if (ftruncate(list->descriptor, 0) == 0 && lseek(list->descriptor, 0, SEEK_SET) == 0)
        return PQT_OK;
    return error_set_errno(error, errno, "cannot empty a file in %s", list->directory);
}

/* A sorted chunk being read: of the file, or (the last) what is in memory. */
struct chunk_reader {
    int64_t *ids;
    size_t count;
    size_t at;
    uint64_t offset; /* in the file, of what follows */
    uint64_t end;
};

struct list_reader {
    const id_list *list;
    struct chunk_reader *chunks;
    size_t count;
};

static pqt_status refill(const id_list *list, struct chunk_reader *chunk,
                         pqt_error *error)
{
    const uint64_t left = (chunk->end - chunk->offset) / sizeof *chunk->ids;
    chunk->count = left < CHUNK_BUFFER_IDS ? (size_t)left : CHUNK_BUFFER_IDS;
    chunk->at = 0;
    if (chunk->count == 0) return PQT_OK;
    TRY(file_read_at(list->descriptor, chunk->offset, chunk->ids,
                     chunk->count * sizeof *chunk->ids, list->directory, error));
    chunk->offset += chunk->count * sizeof *chunk->ids;
    return PQT_OK;
}

static void close_list(struct list_reader *reader)
{
    for (size_t i = 0; reader->chunks && i + 1 < reader->count; i++)
        alloc_release(NULL, reader->chunks[i].ids);
    alloc_release(NULL, reader->chunks);
}

static pqt_status open_list(id_list *list, struct list_reader *out, pqt_error *error)
{
    const uint64_t chunk_bytes = MOST_IN_MEMORY * sizeof(int64_t);
    *out = (struct list_reader){.list = list, .count = list->chunk_count + 1};
    out->chunks = alloc_zeroed(NULL, out->count, sizeof *out->chunks);
    if (!out->chunks) return error_no_memory(error, out->count * sizeof *out->chunks);
    if (list->count) qsort(list->ids, list->count, sizeof *list->ids, compare_ids);
    for (size_t i = 0; i < list->chunk_count; i++) {
        struct chunk_reader *chunk = &out->chunks[i];
        chunk->offset = i * chunk_bytes;
        chunk->end = chunk->offset + chunk_bytes;
        chunk->ids = alloc_bytes(NULL, CHUNK_BUFFER_IDS * sizeof *chunk->ids);
        if (!chunk->ids) return error_no_memory(error, CHUNK_BUFFER_IDS);
        TRY(refill(list, chunk, error));
    }
    out->chunks[list->chunk_count] =
        (struct chunk_reader){.ids = list->ids, .count = list->count};
    return PQT_OK;
}

/* The chunk with the smallest id, or NULL at the end. */
static struct chunk_reader *smallest(const struct list_reader *reader)
{
    struct chunk_reader *best = NULL;
    for (size_t i = 0; i < reader->count; i++) {
        struct chunk_reader *chunk = &reader->chunks[i];
        if (chunk->at == chunk->count) continue;
        if (!best || chunk->ids[chunk->at] < best->ids[best->at]) best = chunk;
    }
    return best;
}

static pqt_status advance(const struct list_reader *reader, struct chunk_reader *chunk,
                          pqt_error *error)
{
    if (++chunk->at < chunk->count || chunk->end == 0) return PQT_OK;
    return refill(reader->list, chunk, error);
}

static pqt_status intersect(const struct list_reader *a, const struct list_reader *b,
                            bool *found, int64_t *id, pqt_error *error)
{
    struct chunk_reader *left, *right;
    *found = false;
    while ((left = smallest(a)) && (right = smallest(b))) {
        const int64_t left_id = left->ids[left->at], right_id = right->ids[right->at];
        if (left_id == right_id) {
            *found = true;
            *id = left_id;
            return PQT_OK;
        }
        if (left_id < right_id)
            TRY(advance(a, left, error));
        else
            TRY(advance(b, right, error));
    }
    return PQT_OK;
}

pqt_status id_list_find_common(id_list *a, id_list *b, bool *found, int64_t *id,
                               pqt_error *error)
{
    struct list_reader left = {0}, right = {0};
    pqt_status status = open_list(a, &left, error);
    if (status == PQT_OK) status = open_list(b, &right, error);
    if (status == PQT_OK) status = intersect(&left, &right, found, id, error);
    close_list(&left);
    close_list(&right);
    return status;
}

static pqt_status find_repeated(const struct list_reader *reader, bool *found,
                                int64_t *id, pqt_error *error)
{
    struct chunk_reader *next = smallest(reader);
    while (next && !*found) {
        const int64_t last = next->ids[next->at];
        TRY(advance(reader, next, error));
        next = smallest(reader);
        *found = next && next->ids[next->at] == last;
        *id = last;
    }
    return PQT_OK;
}

pqt_status id_list_find_repeated(id_list *list, bool *found, int64_t *id,
                                 pqt_error *error)
{
    struct list_reader reader = {0};
    *found = false;
    pqt_status status = open_list(list, &reader, error);
    if (status == PQT_OK) status = find_repeated(&reader, found, id, error);
    close_list(&reader);
    return status;
}
