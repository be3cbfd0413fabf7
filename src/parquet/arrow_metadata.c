#include "parquet/arrow_metadata.h"

/* Numbers are in the machine's own order, as in all of the interface. */
static pqt_status take_length(const char **at, int32_t *out, pqt_error *error)
{
    memcpy(out, *at, sizeof *out);
    *at += sizeof *out;
    if (*out >= 0) return PQT_OK;
    return error_set(error, PQT_INVALID, "schema metadata: a length of %d", (int)*out);
}

static pqt_status take_view(const char **at, pqt_view *out, pqt_error *error)
{
    int32_t length;
    TRY(take_length(at, &length, error));
    *out = view_of(*at, (size_t)length);
    *at += length;
    return PQT_OK;
}

pqt_status arrow_metadata_find(const char *metadata, const char *key, pqt_view *out,
                               pqt_error *error)
{
    int32_t pairs = 0;
    pqt_view found = {0};
    if (metadata) TRY(take_length(&metadata, &pairs, error));
    for (; pairs > 0; pairs--) {
        pqt_view name, value;
        TRY(take_view(&metadata, &name, error));
        TRY(take_view(&metadata, &value, error));
        if (!found.data && view_equal(name, view_text(key))) found = value;
    }
    *out = found;
    return PQT_OK;
}

static pqt_status add_view(buffer *metadata, pqt_view view, pqt_error *error)
{
    const int32_t length = (int32_t)view.size_bytes;
    if (view.size_bytes > INT32_MAX)
        return error_set(error, PQT_LIMIT, "schema metadata of %zu bytes",
                         view.size_bytes);
    TRY(buffer_append(metadata, &length, sizeof length, error));
    return buffer_append(metadata, view.data, view.size_bytes, error);
}

pqt_status arrow_metadata_add(buffer *metadata, const char *key, pqt_view value,
                              pqt_error *error)
{
    int32_t pairs = 0;
    if (metadata->size_bytes == 0)
        TRY(buffer_append(metadata, &pairs, sizeof pairs, error));
    memcpy(&pairs, metadata->data, sizeof pairs);
    pairs++;
    memcpy(metadata->data, &pairs, sizeof pairs);
    TRY(add_view(metadata, view_text(key), error));
    return add_view(metadata, value, error);
}
