/* Members of the library's structures by their names, to and from dicts. */
#ifndef FIELDS_H
#define FIELDS_H

#include "python.h"

typedef enum field_kind {
    FIELD_TEXT,  /* const char *, NULL: None */
    FIELD_TEXTS, /* const char *const *, its count (int32_t) behind it; only filled */
    FIELD_CHARS, /* a char array; only read */
    FIELD_BOOL,
    FIELD_INT,
    FIELD_INT16,
    FIELD_INT32,
    FIELD_INT64,
    FIELD_UINT64,
    FIELD_SIZE,
    FIELD_STATUS /* a pqt_status as its name; only read */
} field_kind;

typedef struct field {
    const char *name;
    field_kind kind;
    size_t offset;
} field;

/* The fields of one structure. */
typedef struct field_table {
    const field *fields;
    size_t count;
} field_table;

#define FIELD(structure, member, kind) {#member, kind, offsetof(structure, member)}
#define FIELD_NAMED(structure, name, member, kind) {name, kind, offsetof(structure, member)}
#define FIELD_TABLE(array) {array, sizeof(array) / sizeof *(array)}

/* Fills in what `values` (a dict) has; texts stay `keep`'s, a list. TypeError for a name
 * that is not there or a value of another kind. Returns -1 with an exception. */
int fields_fill(const field_table *table, PyObject *values, PyObject *keep, void *out);

/* A new dict; NULL with an exception. */
PyObject *fields_read(const field_table *table, const void *from);

/* "NOT_FOUND" and so on. */
const char *status_name(pqt_status status);

#endif
