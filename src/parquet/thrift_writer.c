#include "parquet/thrift_writer.h"

#include "base/cursor.h"

enum compact_type {
    COMPACT_TRUE = 1,
    COMPACT_FALSE = 2,
    COMPACT_I8 = 3,
    COMPACT_I16 = 4,
    COMPACT_I32 = 5,
    COMPACT_I64 = 6,
    COMPACT_BINARY = 8,
    COMPACT_LIST = 9,
    COMPACT_STRUCT = 12
};

static void put_u8(thrift_writer *w, uint8_t value)
{
    if (w->status == PQT_OK) w->status = buffer_append_u8(w->out, value, w->error);
}

static void put_varint(thrift_writer *w, uint64_t value)
{
    if (w->status == PQT_OK) w->status = buffer_append_varint(w->out, value, w->error);
}

static void put_field(thrift_writer *w, int16_t field, enum compact_type type)
{
    const int delta = field - w->last_field[w->depth];
    if (delta > 0 && delta <= 15) {
        put_u8(w, (uint8_t)((unsigned)delta << 4 | (unsigned)type));
    } else {
        put_u8(w, (uint8_t)type);
        put_varint(w, zigzag_encode(field));
    }
    w->last_field[w->depth] = field;
}

static void enter_struct(thrift_writer *w)
{
    if (w->depth + 1 == THRIFT_DEPTH) {
        if (w->status == PQT_OK)
            w->status = error_set(w->error, PQT_INTERNAL,
                                  "thrift structs nest deeper "
                                  "than %d",
                                  (int)THRIFT_DEPTH);
        return;
    }
    w->last_field[++w->depth] = 0;
}

thrift_writer thrift_begin(buffer *out, pqt_error *error)
{
    return (thrift_writer){.out = out, .error = error};
}

pqt_status thrift_end(thrift_writer *w)
{
    put_u8(w, 0);
    return w->status;
}

void thrift_bool(thrift_writer *w, int16_t field, bool value)
{
    put_field(w, field, value ? COMPACT_TRUE : COMPACT_FALSE);
}

void thrift_i8(thrift_writer *w, int16_t field, int8_t value)
{
    put_field(w, field, COMPACT_I8);
    put_u8(w, (uint8_t)value);
}

void thrift_i16(thrift_writer *w, int16_t field, int16_t value)
{
    put_field(w, field, COMPACT_I16);
    put_varint(w, zigzag_encode(value));
}

void thrift_i32(thrift_writer *w, int16_t field, int32_t value)
{
    put_field(w, field, COMPACT_I32);
    put_varint(w, zigzag_encode(value));
}

void thrift_i64(thrift_writer *w, int16_t field, int64_t value)
{
    put_field(w, field, COMPACT_I64);
    put_varint(w, zigzag_encode(value));
}

void thrift_binary(thrift_writer *w, int16_t field, pqt_view value)
{
    put_field(w, field, COMPACT_BINARY);
    thrift_item_binary(w, value);
}

void thrift_struct_begin(thrift_writer *w, int16_t field)
{
    put_field(w, field, COMPACT_STRUCT);
    enter_struct(w);
}

void thrift_struct_end(thrift_writer *w)
{
    put_u8(w, 0);
    if (w->depth > 0) w->depth--;
}

void thrift_list(thrift_writer *w, int16_t field, thrift_list_type type, size_t count)
{
    put_field(w, field, COMPACT_LIST);
    if (count < 15) {
        put_u8(w, (uint8_t)(count << 4 | (size_t)type));
        return;
    }
    put_u8(w, (uint8_t)(0xf0u | (unsigned)type));
    put_varint(w, count);
}

void thrift_item_bool(thrift_writer *w, bool value)
{
    put_u8(w, value ? COMPACT_TRUE : COMPACT_FALSE);
}

void thrift_item_i64(thrift_writer *w, int64_t value)
{
    put_varint(w, zigzag_encode(value));
}

void thrift_item_binary(thrift_writer *w, pqt_view value)
{
    put_varint(w, value.size_bytes);
    if (w->status == PQT_OK)
        w->status = buffer_append(w->out, value.data, value.size_bytes, w->error);
}

void thrift_item_struct(thrift_writer *w)
{
    enter_struct(w);
}
