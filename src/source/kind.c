#include "source/kind.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/date.h"
#include "base/sha256.h"

/* Offsets of the names in source_names, with Read the Docs' own. */
static const struct {
    size_t offset;
    const char *standard;
} standard_names[] = {
    {offsetof(source_names, page_views), "analytics_pageview"},
    {offsetof(source_names, id), "id"},
    {offsetof(source_names, project_id), "project_id"},
    {offsetof(source_names, version_id), "version_id"},
    {offsetof(source_names, path), "path"},
    {offsetof(source_names, full_path), "full_path"},
    {offsetof(source_names, view_count), "view_count"},
    {offsetof(source_names, date), "date"},
    {offsetof(source_names, status), "status"},
    {offsetof(source_names, projects), "projects_project"},
    {offsetof(source_names, project_key), "id"},
    {offsetof(source_names, project_slug), "slug"},
    {offsetof(source_names, versions), "builds_version"},
    {offsetof(source_names, version_key), "id"},
    {offsetof(source_names, version_slug), "slug"},
    {offsetof(source_names, organizations), "organizations_organization"},
    {offsetof(source_names, organization_key), "id"},
    {offsetof(source_names, organization_slug), "slug"},
    {offsetof(source_names, organization_projects),
     "organizations_organization_projects"},
    {offsetof(source_names, organization_projects_organization), "organization_id"},
    {offsetof(source_names, organization_projects_project), "project_id"},
};

static pqt_status shorten(const char *whole, source_identity *out, pqt_error *error)
{
    enum { KEPT_BYTES = SOURCE_IDENTITY_BYTES - SHA256_TEXT_BYTES - 16 };
    char digits[SHA256_TEXT_BYTES];
    sha256 hash = {0};
    pqt_status status = sha256_start(&hash, error);
    if (status == PQT_OK) status = sha256_add(&hash, whole, strlen(whole), error);
    if (status == PQT_OK) status = sha256_end(&hash, digits, error);
    sha256_free(&hash);
    TRY(status);
    int kept = KEPT_BYTES;
    while (kept > 0 && ((uint8_t)whole[kept] & 0xc0) == 0x80) kept--; /* UTF-8 stays */
    snprintf(out->text, sizeof out->text, "%.*s... sha256 %s", kept, whole, digits);
    return PQT_OK;
}

pqt_status identity_set_text(source_identity *identity, pqt_error *error,
                             const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length =
        vsnprintf(identity->text, sizeof identity->text, format, arguments);
    va_end(arguments);
    if (length < 0) return error_set(error, PQT_INTERNAL, "a name cannot be formatted");
    if ((size_t)length < sizeof identity->text) return PQT_OK;
    char *whole = alloc_bytes(NULL, (size_t)length + 1);
    if (!whole) return error_no_memory(error, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(whole, (size_t)length + 1, format, arguments);
    va_end(arguments);
    const pqt_status status = shorten(whole, identity, error);
    alloc_release(NULL, whole);
    return status;
}

static const char **name_at(source_names *names, size_t offset)
{
    return (const char **)(void *)((char *)names + offset);
}

pqt_status names_complete(const source_names *given, arena *memory, source_names *out,
                          pqt_error *error)
{
    source_names names = *given;
    for (size_t i = 0; i < sizeof standard_names / sizeof *standard_names; i++) {
        const char **name = name_at(&names, standard_names[i].offset);
        const char *text = *name ? *name : standard_names[i].standard;
        if (*text == 0)
            return error_set(error, PQT_INVALID, "a table's or column's name is empty");
        *name = arena_text(memory, view_text(text));
        if (!*name) return error_no_memory(error, strlen(text));
    }
    *out = names;
    return PQT_OK;
}

pqt_status names_quote(const char *name, buffer *out, pqt_error *error)
{
    TRY(buffer_append_u8(out, '"', error));
    for (const char *at = name; *at; at++) {
        if (*at == '"')
            TRY(buffer_append_text(out, "\"\"", error));
        else if (*at == '.')
            TRY(buffer_append_text(out, "\".\"", error));
        else
            TRY(buffer_append_u8(out, (uint8_t)*at, error));
    }
    TRY(buffer_append_text(out, "\"", error));
    TRY(buffer_reserve(out, 1, error));
    out->data[out->size_bytes] = 0;
    return PQT_OK;
}

pqt_status names_advise_index(const source_names *names, const char *create, buffer *out,
                              pqt_error *error)
{
    TRY(buffer_printf(
        out, error,
        "one day is read by a scan of the whole table; an index on the date "
        "would help: %s",
        create));
    TRY(names_quote(names->page_views, out, error));
    TRY(buffer_append_text(out, " (", error));
    TRY(names_quote(names->date, out, error));
    return buffer_append(out, ")", 2, error);
}

const char *const source_column_options[SOURCE_COLUMN_COUNT] = {
    [SOURCE_ID] = "--id-column",
    [SOURCE_PROJECT_ID] = "--project-id-column",
    [SOURCE_VERSION_ID] = "--version-id-column",
    [SOURCE_PATH] = "--path-column",
    [SOURCE_FULL_PATH] = "--full-path-column",
    [SOURCE_VIEW_COUNT] = "--view-count-column",
    [SOURCE_DATE] = "--date-column",
    [SOURCE_STATUS] = "--status-column",
};

const char *names_column(const source_names *names, enum source_column column)
{
    static const size_t offsets[SOURCE_COLUMN_COUNT] = {
        [SOURCE_ID] = offsetof(source_names, id),
        [SOURCE_PROJECT_ID] = offsetof(source_names, project_id),
        [SOURCE_VERSION_ID] = offsetof(source_names, version_id),
        [SOURCE_PATH] = offsetof(source_names, path),
        [SOURCE_FULL_PATH] = offsetof(source_names, full_path),
        [SOURCE_VIEW_COUNT] = offsetof(source_names, view_count),
        [SOURCE_DATE] = offsetof(source_names, date),
        [SOURCE_STATUS] = offsetof(source_names, status),
    };
    return *(const char *const *)(const void *)((const char *)names + offsets[column]);
}

pqt_status names_columns(const source_names *names, buffer *out, pqt_error *error)
{
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++) {
        if (i > 0) TRY(buffer_append_text(out, ", ", error));
        TRY(names_quote(names_column(names, (enum source_column)i), out, error));
    }
    return PQT_OK;
}

pqt_status names_organizations(const source_names *names, buffer *out, pqt_error *error)
{
    const struct {
        const char *words;
        const char *name;
    } parts[] = {{"SELECT m.", names->organization_projects_project},
                 {", o.", names->organization_slug},
                 {" FROM ", names->organization_projects},
                 {" AS m JOIN ", names->organizations},
                 {" AS o ON o.", names->organization_key},
                 {" = m.", names->organization_projects_organization}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        TRY(buffer_append_text(out, parts[i].words, error));
        TRY(names_quote(parts[i].name, out, error));
    }
    return buffer_append_text(out, " ORDER BY 1, 2", error);
}

/* --- One project's rows --- */

/* " WHERE date >= 'D' AND date < 'D'", with " FROM table" before it. */
static pqt_status append_days(const source_names *names, int32_t since, int32_t until,
                              buffer *out, pqt_error *error)
{
    char first[DATE_TEXT_BYTES], behind[DATE_TEXT_BYTES];
    date_text(since, first);
    date_text(until + 1, behind);
    TRY(buffer_append_text(out, " FROM ", error));
    TRY(names_quote(names->page_views, out, error));
    TRY(buffer_append_text(out, " WHERE ", error));
    TRY(names_quote(names->date, out, error));
    TRY(buffer_printf(out, error, " >= '%s' AND ", first));
    TRY(names_quote(names->date, out, error));
    return buffer_printf(out, error, " < '%s'", behind);
}

static pqt_status append_slice(const source_names *names, const source_slice *slice,
                               buffer *out, pqt_error *error)
{
    TRY(append_days(names, slice->since, slice->until, out, error));
    TRY(buffer_append_text(out, " AND ", error));
    TRY(names_quote(names->project_id, out, error));
    TRY(buffer_printf(out, error, " = %d", slice->project_id));
    if (slice->any_status) return PQT_OK;
    TRY(buffer_append_text(out, " AND ", error));
    TRY(names_quote(names->status, out, error));
    return buffer_printf(out, error, " = %d", slice->status);
}

/* What stands for a column that is not wanted; NULL: it is. */
static const char *stand_in(enum source_column column, uint32_t wanted)
{
    if (column == SOURCE_ID) return "0";
    if (column == SOURCE_VERSION_ID && !(wanted & SOURCE_WANT_VERSION)) return "NULL";
    if (column == SOURCE_PATH && !(wanted & SOURCE_WANT_PATH)) return "''";
    if (column == SOURCE_FULL_PATH && !(wanted & SOURCE_WANT_FULL_PATH)) return "NULL";
    return NULL;
}

pqt_status names_slice_sql(const source_names *names, const source_slice *slice,
                           buffer *out, pqt_error *error)
{
    for (int c = 0; c < SOURCE_COLUMN_COUNT; c++) {
        const enum source_column column = (enum source_column)c;
        const char *instead = stand_in(column, slice->wanted);
        TRY(buffer_append_text(out, c == 0 ? "SELECT " : ", ", error));
        if (instead)
            TRY(buffer_append_text(out, instead, error));
        else
            TRY(names_quote(names_column(names, column), out, error));
    }
    return append_slice(names, slice, out, error);
}

pqt_status names_versions_sql(const source_names *names, const source_slice *slice,
                              buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(out, "SELECT ", error));
    TRY(names_quote(names->version_key, out, error));
    TRY(buffer_append_text(out, ", ", error));
    TRY(names_quote(names->version_slug, out, error));
    TRY(buffer_append_text(out, " FROM ", error));
    TRY(names_quote(names->versions, out, error));
    TRY(buffer_append_text(out, " WHERE ", error));
    TRY(names_quote(names->version_key, out, error));
    TRY(buffer_append_text(out, " IN (SELECT ", error));
    TRY(names_quote(names->version_id, out, error));
    TRY(append_slice(names, slice, out, error));
    return buffer_append_text(out, ") ORDER BY 1", error);
}

pqt_status names_day_sql(const source_names *names, int32_t day, buffer *out,
                         pqt_error *error)
{
    TRY(buffer_append_text(out, "SELECT count(*) FROM (SELECT 1", error));
    TRY(append_days(names, day, day, out, error));
    return buffer_append_text(out, " LIMIT 1) AS day", error);
}

/* --- Slugs --- */

static int compare_slugs(const void *a, const void *b)
{
    const int32_t left = ((const source_slug *)a)->id,
                  right = ((const source_slug *)b)->id;
    return (left > right) - (left < right);
}

pqt_status slug_map_add(slug_map *map, int64_t id, pqt_view slug, pqt_error *error)
{
    TRY(source_check_range(id, 32, "id of a project or version", id, error));
    void *array = map->slugs;
    if (alloc_grow(NULL, &array, &map->capacity, map->count + 1, sizeof *map->slugs) != 0)
        return error_no_memory(error, (map->count + 1) * sizeof *map->slugs);
    map->slugs = array;
    const source_slug entry = {(int32_t)id, arena_copy(&map->texts, slug)};
    if (!entry.slug.data) return error_no_memory(error, slug.size_bytes);
    const bool in_order = map->count == 0 || map->slugs[map->count - 1].id <= entry.id;
    map->slugs[map->count++] = entry;
    if (!in_order) qsort(map->slugs, map->count, sizeof *map->slugs, compare_slugs);
    return PQT_OK;
}

void slug_map_clear(slug_map *map)
{
    alloc_release(NULL, map->slugs);
    arena_free(&map->texts);
    *map = (slug_map){0};
}

pqt_status source_check_range(int64_t value, int bits, const char *column, int64_t id,
                              pqt_error *error)
{
    const int64_t most = bits == 64 ? INT64_MAX : ((int64_t)1 << (bits - 1)) - 1;
    if (value <= most && value >= -most - 1) return PQT_OK;
    return error_set(
        error, PQT_LIMIT, "row with id %lld: %s is %lld; the archive holds %lld to %lld",
        (long long)id, column, (long long)value, (long long)(-most - 1), (long long)most);
}
