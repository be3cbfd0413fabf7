#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/checked.h"

pqt_status buffer_reserve(buffer *b, size_t more_bytes, pqt_error *error)
{
    size_t needed;
    if (!checked_add(b->size_bytes, more_bytes, &needed))
        return error_no_memory(error, more_bytes);
    if (needed <= b->capacity_bytes && b->data) return PQT_OK;
    void *array = b->data;
    if (alloc_grow(b->allocator, &array, &b->capacity_bytes, needed ? needed : 1, 1) != 0)
        return error_no_memory(error, needed);
    b->data = array;
    return PQT_OK;
}

pqt_status buffer_resize(buffer *b, size_t size_bytes, pqt_error *error)
{
    if (size_bytes > b->size_bytes)
        TRY(buffer_reserve(b, size_bytes - b->size_bytes, error));
    b->size_bytes = size_bytes;
    return PQT_OK;
}

pqt_status buffer_append(buffer *b, const void *data, size_t size_bytes, pqt_error *error)
{
    TRY(buffer_reserve(b, size_bytes, error));
    if (size_bytes) memcpy(b->data + b->size_bytes, data, size_bytes);
    b->size_bytes += size_bytes;
    return PQT_OK;
}

pqt_status buffer_append_u8(buffer *b, uint8_t value, pqt_error *error)
{
    return buffer_append(b, &value, 1, error);
}

pqt_status buffer_append_varint(buffer *b, uint64_t value, pqt_error *error)
{
    uint8_t bytes[10];
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) bytes[count++] = (uint8_t)(value | 0x80);
    bytes[count++] = (uint8_t)value;
    return buffer_append(b, bytes, count, error);
}

pqt_status buffer_append_text(buffer *b, const char *text, pqt_error *error)
{
    return buffer_append(b, text, strlen(text), error);
}

pqt_status buffer_printf(buffer *b, pqt_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) return error_set(error, PQT_INTERNAL, "cannot format '%s'", format);
    TRY(buffer_reserve(b, (size_t)size + 1, error));
    va_start(arguments, format);
    vsnprintf((char *)b->data + b->size_bytes, (size_t)size + 1, format, arguments);
    va_end(arguments);
    b->size_bytes += (size_t)size;
    return PQT_OK;
}

void buffer_free(buffer *b)
{
    alloc_release(b->allocator, b->data);
    *b = (buffer){.allocator = b->allocator};
}
