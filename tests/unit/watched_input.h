/* An input in memory that counts what is asked of it, and fails when it is told to; and
 * an allocator that counts and fails. */
#ifndef WATCHED_INPUT_H
#define WATCHED_INPUT_H

#include <stdlib.h>

#include "pqt.h"
#include "test_help.h"

typedef struct watched_input {
    pqt_view bytes;
    uint64_t rounds; /* calls of read and read_many */
    uint64_t ranges;
    uint64_t bytes_read;
    uint64_t fail_at; /* round; 0: never */
} watched_input;

static inline pqt_status watched_read_many(void *self, const pqt_byte_range *ranges,
                                           size_t count, uint8_t *const *outs,
                                           pqt_error *error)
{
    watched_input *w = self;
    if (++w->rounds == w->fail_at)
        return error_set(error, PQT_IO, "the line is dead (round %llu)",
                         (unsigned long long)w->rounds);
    for (size_t i = 0; i < count; i++) {
        const uint64_t end = ranges[i].offset + ranges[i].size_bytes;
        assert_true(end <= w->bytes.size_bytes && ranges[i].size_bytes > 0);
        assert_true(i == 0 ||
                    ranges[i].offset > ranges[i - 1].offset + ranges[i - 1].size_bytes);
        memcpy(outs[i], w->bytes.data + ranges[i].offset, ranges[i].size_bytes);
        w->bytes_read += ranges[i].size_bytes;
        w->ranges++;
    }
    return PQT_OK;
}

static inline pqt_status watched_read(void *self, uint64_t offset, uint8_t *out,
                                      size_t size_bytes, pqt_error *error)
{
    const pqt_byte_range range = {offset, size_bytes};
    return watched_read_many(self, &range, 1, &out, error);
}

static inline pqt_input watched_input_of(watched_input *w, bool has_many)
{
    return (pqt_input){.read = watched_read,
                       .read_many = has_many ? watched_read_many : NULL,
                       .self = w,
                       .size_bytes = w->bytes.size_bytes,
                       .name = "watched"};
}

/* Blocks have their size before them. */
enum { WATCHED_HEAD_BYTES = 16 };

typedef struct watched_memory {
    uint64_t calls;
    uint64_t fail_at;     /* call; 0: never */
    uint64_t limit_bytes; /* no more is given; 0: no limit */
    uint64_t bytes;       /* held now */
    uint64_t peak_bytes;
} watched_memory;

static inline void watched_release(void *self, void *pointer)
{
    watched_memory *w = self;
    if (!pointer) return;
    size_t *head = (size_t *)(void *)((uint8_t *)pointer - WATCHED_HEAD_BYTES);
    w->bytes -= *head;
    free(head);
}

static inline void *watched_resize(void *self, void *pointer, size_t size_bytes)
{
    watched_memory *w = self;
    if (++w->calls == w->fail_at) return NULL;
    size_t *old =
        pointer ? (size_t *)(void *)((uint8_t *)pointer - WATCHED_HEAD_BYTES) : NULL;
    const size_t before = old ? *old : 0;
    if (w->limit_bytes && w->bytes + size_bytes > w->limit_bytes) return NULL;
    size_t *head = realloc(old, size_bytes + WATCHED_HEAD_BYTES);
    if (!head) return NULL;
    *head = size_bytes;
    w->bytes += size_bytes - before;
    if (w->bytes > w->peak_bytes) w->peak_bytes = w->bytes;
    return (uint8_t *)head + WATCHED_HEAD_BYTES;
}

static inline pqt_allocator watched_allocator(watched_memory *w)
{
    return (pqt_allocator){watched_resize, watched_release, w};
}

#endif
