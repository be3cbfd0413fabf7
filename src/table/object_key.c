#include "table/object_key.h"

#include "table/row.h"

pqt_status table_object_key(const char *path, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, ARCHIVE_ROOT "/%s", path));
    return buffer_append_u8(out, 0, error);
}

pqt_status table_object_size(store *s, const char *path, uint64_t *size_bytes,
                             pqt_error *error)
{
    buffer key = {0};
    pqt_status status = table_object_key(path, &key, error);
    if (status == PQT_OK)
        status = store_size(s, (const char *)key.data, size_bytes, error);
    buffer_free(&key);
    return status;
}

pqt_status table_object_remove(store *s, const char *path, pqt_error *error)
{
    buffer key = {0};
    pqt_status status = table_object_key(path, &key, error);
    if (status == PQT_OK) status = store_remove(s, (const char *)key.data, error);
    buffer_free(&key);
    return status;
}
