/* Keys of the table's objects in the store. */
#ifndef TABLE_OBJECT_KEY_H
#define TABLE_OBJECT_KEY_H

#include "base/buffer.h"

/* Appends the key of the object that has this path in the table, with a NUL behind it. */
pqt_status table_object_key(const char *path, buffer *out, pqt_error *error);

#endif
