#include "source/postgres_arrays.h"

#include <limits.h>

enum { DAYS_TO_2000 = 10957 };

/* pg_type.h's numbers: they are part of the protocol and never change. */
static const uint32_t element_types[SOURCE_COLUMN_COUNT] = {
    [SOURCE_ID] = 20,     [SOURCE_PROJECT_ID] = 23, [SOURCE_VERSION_ID] = 23,
    [SOURCE_PATH] = 25,   [SOURCE_FULL_PATH] = 25,  [SOURCE_VIEW_COUNT] = 23,
    [SOURCE_DATE] = 1082, [SOURCE_STATUS] = 21,
};

static pqt_status append_be(buffer *out, uint64_t value, int bytes, pqt_error *error)
{
    uint8_t text[8];
    for (int i = 0; i < bytes; i++) text[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    return buffer_append(out, text, (size_t)bytes, error);
}

/* One dimension, elements counted from 1. */
static pqt_status append_header(buffer *out, uint32_t type, size_t count,
                                pqt_error *error)
{
    const uint32_t words[] = {1, 1, type, (uint32_t)count, 1};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        TRY(append_be(out, words[i], 4, error));
    return PQT_OK;
}

static pqt_status append_null(buffer *out, pqt_error *error)
{
    return append_be(out, UINT32_MAX, 4, error);
}

static pqt_status append_integer(buffer *out, int64_t value, int bytes, pqt_error *error)
{
    TRY(append_be(out, (uint64_t)bytes, 4, error));
    return append_be(out, (uint64_t)value, bytes, error);
}

static pqt_status append_text(buffer *out, pqt_view text, pqt_error *error)
{
    if (text.size_bytes > INT_MAX)
        return error_set(error, PQT_LIMIT, "a text of %zu bytes fits no parameter",
                         text.size_bytes);
    TRY(append_be(out, text.size_bytes, 4, error));
    return buffer_append(out, text.data, text.size_bytes, error);
}

static pqt_status append_row(const source_row *row, buffer *columns, pqt_error *error)
{
    TRY(append_integer(&columns[SOURCE_ID], row->id, 8, error));
    TRY(append_integer(&columns[SOURCE_PROJECT_ID], row->project_id, 4, error));
    TRY(row->has_version
            ? append_integer(&columns[SOURCE_VERSION_ID], row->version_id, 4, error)
            : append_null(&columns[SOURCE_VERSION_ID], error));
    TRY(append_text(&columns[SOURCE_PATH], row->path, error));
    TRY(row->has_full_path
            ? append_text(&columns[SOURCE_FULL_PATH], row->full_path, error)
            : append_null(&columns[SOURCE_FULL_PATH], error));
    TRY(append_integer(&columns[SOURCE_VIEW_COUNT], row->view_count, 4, error));
    TRY(append_integer(&columns[SOURCE_DATE], (int64_t)row->date - DAYS_TO_2000, 4,
                       error));
    return append_integer(&columns[SOURCE_STATUS], row->status, 2, error);
}

pqt_status postgres_arrays_make(const source_row *rows, size_t count,
                                postgres_arrays *out, pqt_error *error)
{
    *out = (postgres_arrays){0};
    if (count > INT_MAX)
        return error_set(error, PQT_LIMIT, "a batch of %zu rows is too large", count);
    for (int c = 0; c < SOURCE_COLUMN_COUNT; c++)
        TRY(append_header(&out->columns[c], element_types[c], count, error));
    for (size_t i = 0; i < count; i++) TRY(append_row(&rows[i], out->columns, error));
    for (int c = 0; c < SOURCE_COLUMN_COUNT; c++)
        if (out->columns[c].size_bytes > INT_MAX)
            return error_set(error, PQT_LIMIT, "a batch of %zu rows is too large", count);
    return PQT_OK;
}

void postgres_arrays_free(postgres_arrays *arrays)
{
    for (int c = 0; c < SOURCE_COLUMN_COUNT; c++) buffer_free(&arrays->columns[c]);
}
