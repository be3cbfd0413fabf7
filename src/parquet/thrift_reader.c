#include "parquet/thrift_reader.h"

enum { DEPTH_LIMIT = 64 };

thrift_reader thrift_reader_of(pqt_view bytes, pqt_error *error)
{
    return (thrift_reader){.in = cursor_of(bytes), .begin = bytes.data, .error = error};
}

size_t thrift_position(const thrift_reader *r)
{
    return (size_t)(r->in.at - r->begin);
}

void thrift_fail(thrift_reader *r, const char *what)
{
    if (r->status != PQT_OK) return;
    r->status = error_set(r->error, PQT_CORRUPT, "thrift: %s at byte %zu", what,
                          thrift_position(r));
}

static uint8_t read_byte(thrift_reader *r)
{
    uint8_t byte = 0;
    if (r->status == PQT_OK && !cursor_u8(&r->in, &byte)) thrift_fail(r, "no byte left");
    return byte;
}

static uint64_t read_varint(thrift_reader *r)
{
    uint64_t value = 0;
    if (r->status == PQT_OK && !cursor_varint(&r->in, &value))
        thrift_fail(r, "number that does not end or fit");
    return value;
}

static int32_t read_i32(thrift_reader *r)
{
    const int64_t value = zigzag_decode(read_varint(r));
    if (value < INT32_MIN || value > INT32_MAX) {
        thrift_fail(r, "number of more than 32 bits");
        return 0;
    }
    return (int32_t)value;
}

static pqt_view read_binary(thrift_reader *r)
{
    pqt_view view = {0};
    const uint64_t size_bytes = read_varint(r);
    if (r->status != PQT_OK) return view;
    if (size_bytes > cursor_left(&r->in) ||
        !cursor_bytes(&r->in, (size_t)size_bytes, &view))
        thrift_fail(r, "text longer than what is left");
    return view;
}

bool thrift_next(thrift_reader *r, thrift_struct *s)
{
    const uint8_t head = read_byte(r);
    if (r->status != PQT_OK || head == THRIFT_STOP) return false;
    s->type = (thrift_type)(head & 0x0f);
    const int32_t delta = head >> 4;
    const int32_t id = delta ? s->id + delta : read_i32(r);
    if (s->type == THRIFT_STOP || s->type > THRIFT_UUID || id < INT16_MIN ||
        id > INT16_MAX) {
        thrift_fail(r, "field without type or number");
        return false;
    }
    s->id = id;
    return r->status == PQT_OK;
}

/* True where the field has the type and nothing failed. */
static bool expect(thrift_reader *r, const thrift_struct *s, thrift_type type)
{
    if (r->status == PQT_OK && s->type != type)
        r->status = error_set(r->error, PQT_CORRUPT,
                              "thrift: field %d has type %d, expected %d, at byte %zu",
                              (int)s->id, (int)s->type, (int)type, thrift_position(r));
    return r->status == PQT_OK;
}

bool thrift_read_bool(thrift_reader *r, const thrift_struct *s)
{
    if (s->type == THRIFT_FALSE) return false;
    return expect(r, s, THRIFT_TRUE);
}

int8_t thrift_read_i8(thrift_reader *r, const thrift_struct *s)
{
    return expect(r, s, THRIFT_I8) ? (int8_t)read_byte(r) : (int8_t)0;
}

int16_t thrift_read_i16(thrift_reader *r, const thrift_struct *s)
{
    const int32_t value = expect(r, s, THRIFT_I16) ? read_i32(r) : 0;
    if (value < INT16_MIN || value > INT16_MAX) {
        thrift_fail(r, "number of more than 16 bits");
        return 0;
    }
    return (int16_t)value;
}

int32_t thrift_read_i32(thrift_reader *r, const thrift_struct *s)
{
    return expect(r, s, THRIFT_I32) ? read_i32(r) : 0;
}

int64_t thrift_read_i64(thrift_reader *r, const thrift_struct *s)
{
    return expect(r, s, THRIFT_I64) ? zigzag_decode(read_varint(r)) : 0;
}

pqt_view thrift_read_binary(thrift_reader *r, const thrift_struct *s)
{
    return expect(r, s, THRIFT_BINARY) ? read_binary(r) : (pqt_view){0};
}

bool thrift_is_struct(thrift_reader *r, const thrift_struct *s)
{
    return expect(r, s, THRIFT_STRUCT);
}

/* The size and element type of a list or set; a size is at most what is left. */
static size_t read_list_head(thrift_reader *r, thrift_type *element)
{
    const uint8_t head = read_byte(r);
    const uint64_t count = head >> 4 == 15 ? read_varint(r) : head >> 4;
    *element = (thrift_type)(head & 0x0f);
    if (r->status == PQT_OK && count > cursor_left(&r->in))
        thrift_fail(r, "list longer than what is left");
    return r->status == PQT_OK ? (size_t)count : 0;
}

size_t thrift_read_list(thrift_reader *r, const thrift_struct *s, thrift_type element,
                        size_t element_bytes)
{
    if (!expect(r, s, THRIFT_LIST)) return 0;
    thrift_type found;
    const size_t count = read_list_head(r, &found);
    const bool booleans = element == THRIFT_TRUE && found == THRIFT_FALSE;
    if (r->status != PQT_OK || count == 0) return 0;
    if (found != element && !booleans) thrift_fail(r, "list of another type");
    if (count > cursor_left(&r->in) / element_bytes)
        thrift_fail(r, "list longer than what is left");
    return r->status == PQT_OK ? count : 0;
}

int64_t thrift_element_i64(thrift_reader *r)
{
    return zigzag_decode(read_varint(r));
}

int32_t thrift_element_i32(thrift_reader *r)
{
    return read_i32(r);
}

bool thrift_element_bool(thrift_reader *r)
{
    return read_byte(r) == THRIFT_TRUE;
}

pqt_view thrift_element_binary(thrift_reader *r)
{
    return read_binary(r);
}

static void skip_value(thrift_reader *r, thrift_type type, int depth);

static void skip_bytes(thrift_reader *r, size_t size_bytes)
{
    if (r->status == PQT_OK && !cursor_skip(&r->in, size_bytes))
        thrift_fail(r, "value longer than what is left");
}

static void skip_struct(thrift_reader *r, int depth)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.type != THRIFT_TRUE && s.type != THRIFT_FALSE)
            skip_value(r, s.type, depth + 1);
    }
}

static void skip_list(thrift_reader *r, int depth)
{
    thrift_type element;
    const size_t count = read_list_head(r, &element);
    for (size_t i = 0; i < count && r->status == PQT_OK; i++)
        skip_value(r, element, depth + 1);
}

static void skip_map(thrift_reader *r, int depth)
{
    const uint64_t count = read_varint(r);
    if (count == 0) return;
    const uint8_t types = read_byte(r);
    if (count > cursor_left(&r->in)) thrift_fail(r, "map longer than what is left");
    for (uint64_t i = 0; i < count && r->status == PQT_OK; i++) {
        skip_value(r, (thrift_type)(types >> 4), depth + 1);
        skip_value(r, (thrift_type)(types & 0x0f), depth + 1);
    }
}

/* As in a list: a boolean has a byte. */
static void skip_value(thrift_reader *r, thrift_type type, int depth)
{
    if (depth > DEPTH_LIMIT) {
        thrift_fail(r, "values nested too deep");
        return;
    }
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
    case THRIFT_I8:
        skip_bytes(r, 1);
        break;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        read_varint(r);
        break;
    case THRIFT_DOUBLE:
        skip_bytes(r, 8);
        break;
    case THRIFT_BINARY:
        read_binary(r);
        break;
    case THRIFT_UUID:
        skip_bytes(r, 16);
        break;
    case THRIFT_LIST:
    case THRIFT_SET:
        skip_list(r, depth);
        break;
    case THRIFT_MAP:
        skip_map(r, depth);
        break;
    case THRIFT_STRUCT:
        skip_struct(r, depth);
        break;
    default:
        thrift_fail(r, "value of unknown type");
    }
}

void thrift_skip(thrift_reader *r, const thrift_struct *s)
{
    if (s->type != THRIFT_TRUE && s->type != THRIFT_FALSE) skip_value(r, s->type, 0);
}
