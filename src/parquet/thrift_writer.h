/*
 * Thrift's compact protocol, writing. Appends to a buffer; the first failure is kept and
 * what follows is ignored, so that callers look at the status once, at the end.
 */
#ifndef PARQUET_THRIFT_WRITER_H
#define PARQUET_THRIFT_WRITER_H

#include "base/buffer.h"

enum { THRIFT_DEPTH = 16 };

typedef enum thrift_list_type {
    THRIFT_LIST_BOOL = 1,
    THRIFT_LIST_I32 = 5,
    THRIFT_LIST_I64 = 6,
    THRIFT_LIST_BINARY = 8,
    THRIFT_LIST_STRUCT = 12
} thrift_list_type;

typedef struct thrift_writer {
    buffer *out;
    pqt_error *error;
    pqt_status status;
    int depth;
    int16_t last_field[THRIFT_DEPTH];
} thrift_writer;

/* Starts the outermost struct. */
thrift_writer thrift_begin(buffer *out, pqt_error *error);
/* Ends the outermost struct; the first failure of all. */
pqt_status thrift_end(thrift_writer *w);

/* Fields of the current struct, in ascending order of `field`. */
void thrift_bool(thrift_writer *w, int16_t field, bool value);
void thrift_i8(thrift_writer *w, int16_t field, int8_t value);
void thrift_i16(thrift_writer *w, int16_t field, int16_t value);
void thrift_i32(thrift_writer *w, int16_t field, int32_t value);
void thrift_i64(thrift_writer *w, int16_t field, int64_t value);
void thrift_binary(thrift_writer *w, int16_t field, pqt_view value);
void thrift_struct_begin(thrift_writer *w, int16_t field);
void thrift_struct_end(thrift_writer *w);
/* `count` elements must follow, each by one of the thrift_item functions. */
void thrift_list(thrift_writer *w, int16_t field, thrift_list_type type, size_t count);

void thrift_item_bool(thrift_writer *w, bool value);
void thrift_item_i64(thrift_writer *w, int64_t value);
void thrift_item_binary(thrift_writer *w, pqt_view value);
/* A struct in a list; ended by thrift_struct_end. */
void thrift_item_struct(thrift_writer *w);

#endif
