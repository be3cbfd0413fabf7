/*
 * Reading Thrift's compact protocol. The reader keeps its first failure: after one, every
 * call gives zero or false, and the loops below end; the status is looked at once, behind
 * them.
 *
 *     thrift_struct s = {0};
 *     while (thrift_next(r, &s)) {
 *         if (s.id == 1) count = thrift_read_i64(r, &s);
 *         else thrift_skip(r, &s);
 *     }
 *     TRY(r->status);
 */
#ifndef PARQUET_THRIFT_READER_H
#define PARQUET_THRIFT_READER_H

#include "base/cursor.h"
#include "base/error.h"

typedef enum thrift_type {
    THRIFT_STOP = 0,
    THRIFT_TRUE = 1,
    THRIFT_FALSE = 2,
    THRIFT_I8 = 3,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_SET = 10,
    THRIFT_MAP = 11,
    THRIFT_STRUCT = 12,
    THRIFT_UUID = 13
} thrift_type;

typedef struct thrift_reader {
    cursor in;
    const uint8_t *begin;
    pqt_status status;
    pqt_error *error;
} thrift_reader;

/* Where a struct is being read; all zero before its first field. */
typedef struct thrift_struct {
    int32_t id;
    thrift_type type;
} thrift_struct;

thrift_reader thrift_reader_of(pqt_view bytes, pqt_error *error);

/* How many bytes were read. */
size_t thrift_position(const thrift_reader *r);

/* CORRUPT with the position, unless something failed before. */
void thrift_fail(thrift_reader *r, const char *what);

/* Goes to the next field; false at the struct's end or after a failure. */
bool thrift_next(thrift_reader *r, thrift_struct *s);

/* The field's value; a field of another type is CORRUPT. */
bool thrift_read_bool(thrift_reader *r, const thrift_struct *s);
int8_t thrift_read_i8(thrift_reader *r, const thrift_struct *s);
int16_t thrift_read_i16(thrift_reader *r, const thrift_struct *s);
int32_t thrift_read_i32(thrift_reader *r, const thrift_struct *s);
int64_t thrift_read_i64(thrift_reader *r, const thrift_struct *s);
/* Shows the reader's bytes; data is never NULL but after a failure. */
pqt_view thrift_read_binary(thrift_reader *r, const thrift_struct *s);
/* True where the field is a struct: its fields come next. */
bool thrift_is_struct(thrift_reader *r, const thrift_struct *s);

/*
 * Starts a list of elements of `element` (THRIFT_TRUE: of booleans) and returns how many
 * follow; `element_bytes` is the least that one takes, so that the count can be trusted
 * for an allocation.
 */
size_t thrift_read_list(thrift_reader *r, const thrift_struct *s, thrift_type element,
                        size_t element_bytes);

/* Elements of a list. A struct's fields come after thrift_list without anything. */
int64_t thrift_element_i64(thrift_reader *r);
int32_t thrift_element_i32(thrift_reader *r);
bool thrift_element_bool(thrift_reader *r);
pqt_view thrift_element_binary(thrift_reader *r);

/* Passes over the field's value, whatever it is; at most 64 levels deep. */
void thrift_skip(thrift_reader *r, const thrift_struct *s);

#endif
