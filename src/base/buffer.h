/* A growing run of bytes. All zero is an empty buffer on the C library's allocator. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/error.h"
#include "base/view.h"

typedef struct buffer {
    uint8_t *data;
    size_t size_bytes;
    size_t capacity_bytes;
    const pqt_allocator *allocator;
} buffer;

/* Makes room for `more_bytes` behind the end; the size stays. NOMEM. */
pqt_status buffer_reserve(buffer *b, size_t more_bytes, pqt_error *error);

/* Sets the size, growing as needed; new bytes are not initialised. NOMEM. */
pqt_status buffer_resize(buffer *b, size_t size_bytes, pqt_error *error);

/* Appends. NOMEM. */
pqt_status buffer_append(buffer *b, const void *data, size_t size_bytes, pqt_error *error);
pqt_status buffer_append_u8(buffer *b, uint8_t value, pqt_error *error);
pqt_status buffer_append_varint(buffer *b, uint64_t value, pqt_error *error);
pqt_status buffer_append_text(buffer *b, const char *text, pqt_error *error);
pqt_status buffer_printf(buffer *b, pqt_error *error, const char *format, ...)
    PQT_PRINTF(3, 4);

/* Frees, and makes it empty. */
void buffer_free(buffer *b);

/* Empties it; the memory stays for what comes next. */
static inline void buffer_clear(buffer *b)
{
    b->size_bytes = 0;
}

/* What is in it; valid until the next append. */
static inline pqt_view buffer_view(const buffer *b)
{
    return (pqt_view){b->data, b->size_bytes};
}

#endif
