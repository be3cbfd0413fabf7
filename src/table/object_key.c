#include "table/object_key.h"

#include "table/row.h"

pqt_status table_object_key(const char *path, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, ARCHIVE_ROOT "/%s", path));
    return buffer_append_u8(out, 0, error);
}
