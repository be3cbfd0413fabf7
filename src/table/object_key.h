/* Keys of the table's objects in the store. */
#ifndef TABLE_OBJECT_KEY_H
#define TABLE_OBJECT_KEY_H

#include "base/buffer.h"
#include "store/store.h"

/* Appends the key of the object that has this path in the table, with a NUL behind it. */
pqt_status table_object_key(const char *path, buffer *out, pqt_error *error);

/* As store_size and store_remove, of the object that has this path in the table. */
pqt_status table_object_size(store *s, const char *path, uint64_t *size_bytes,
                             pqt_error *error);
pqt_status table_object_remove(store *s, const char *path, pqt_error *error);

#endif
