#include "archive/copy_manifest.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "archive/copy_path.h"
#include "base/date.h"
#include "table/object_key.h"

enum { FORMAT_VERSION = 1, MOST_BYTES = 256 << 20 };

static pqt_status make_key(int32_t date, buffer *out, pqt_error *error)
{
    char path[COPY_MANIFEST_BYTES];
    copy_manifest_path(date, path);
    return table_object_key(path, out, error);
}

/* --- Reading --- */

/* Memory that ends must not be taken for a list that is none: what it says would be
 * forgotten. */
struct reading {
    arena *memory;
    bool ran_out;
};

static void *take_array(struct reading *r, size_t count, size_t size_bytes)
{
    void *array = arena_alloc(r->memory, count, size_bytes);
    r->ran_out |= !array;
    return array;
}

static const char *take_text(struct reading *r, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (!text) return NULL;
    const char *copy = arena_text(r->memory, view_text(text));
    r->ran_out |= !copy;
    return copy;
}

static bool read_sum(const json_t *object, archive_sum *out)
{
    const char *hash = json_string_value(json_object_get(object, "rowHash"));
    out->row_count = json_integer_value(json_object_get(object, "rows"));
    out->view_count = json_integer_value(json_object_get(object, "views"));
    return hash && hash128_parse(hash, &out->rows) == 0;
}

static bool read_projects(struct reading *r, const json_t *object, copy_entry *out)
{
    const json_t *list = json_object_get(object, "projects");
    const size_t count = json_array_size(list);
    int32_t *projects = take_array(r, count, sizeof *projects);
    if (!projects) return false;
    for (size_t i = 0; i < count; i++)
        projects[i] = (int32_t)json_integer_value(json_array_get(list, i));
    out->projects = projects;
    out->project_count = count;
    return true;
}

static bool read_entry(struct reading *r, const json_t *object, copy_entry *out)
{
    out->path = take_text(r, object, "path");
    if (!out->path || !read_projects(r, object, out)) return false;
    out->is_pending = json_is_true(json_object_get(object, "pending"));
    if (out->is_pending) return true;
    out->sha256 = take_text(r, object, "sha256");
    out->size_bytes = (uint64_t)json_integer_value(json_object_get(object, "size"));
    return out->sha256 && read_sum(object, &out->sum);
}

static bool read_origin(struct reading *r, const json_t *object, copy_origin *out)
{
    out->path = take_text(r, object, "path");
    out->sha256 = take_text(r, object, "sha256");
    return out->path && out->sha256;
}

static bool read_lists(struct reading *r, const json_t *root, copy_manifest *out)
{
    const json_t *origins = json_object_get(root, "madeFrom"),
                 *copies = json_object_get(root, "copies");
    if (!json_is_array(origins) || !json_is_array(copies)) return false;
    out->origin_count = json_array_size(origins);
    out->count = json_array_size(copies);
    out->origins = take_array(r, out->origin_count, sizeof *out->origins);
    out->entries = take_array(r, out->count, sizeof *out->entries);
    if (!out->origins || !out->entries) return false;
    for (size_t i = 0; i < out->origin_count; i++)
        if (!read_origin(r, json_array_get(origins, i), &out->origins[i])) return false;
    for (size_t i = 0; i < out->count; i++) {
        if (!read_entry(r, json_array_get(copies, i), &out->entries[i])) return false;
        if (i > 0 && strcmp(out->entries[i - 1].path, out->entries[i].path) >= 0)
            return false;
    }
    return true;
}

static bool read_root(struct reading *r, const json_t *root, copy_manifest *out)
{
    const char *members = json_string_value(json_object_get(root, "members"));
    if (json_integer_value(json_object_get(root, "version")) != FORMAT_VERSION)
        return false;
    out->per_project = json_is_true(json_object_get(root, "perProject"));
    out->per_organization = json_is_true(json_object_get(root, "perOrganization"));
    out->minimum_rows = json_integer_value(json_object_get(root, "minimumRows"));
    return members && hash128_parse(members, &out->members) == 0 &&
           read_lists(r, root, out);
}

static pqt_status parse(pqt_view text, copy_manifest *out, pqt_error *error)
{
    char path[COPY_MANIFEST_BYTES];
    json_error_t problem = {0};
    struct reading r = {.memory = &out->memory};
    json_t *root = json_loadb((const char *)text.data, text.size_bytes, 0, &problem);
    out->is_there = root && read_root(&r, root, out);
    r.ran_out |= !root && json_error_code(&problem) == json_error_out_of_memory;
    json_decref(root);
    if (out->is_there) return PQT_OK;
    if (r.ran_out) return error_no_memory(error, text.size_bytes);
    copy_manifest_path(out->date, path);
    return error_set(
        error, PQT_CORRUPT,
        "%s is not a list of copies of version %d: pqa copies with the kinds "
        "that are wanted writes it anew",
        path, FORMAT_VERSION);
}

pqt_status copy_manifest_read(store *s, int32_t date, copy_manifest *out,
                              pqt_error *error)
{
    buffer key = {0}, text = {0};
    pqt_error problem = {0};
    *out = (copy_manifest){.date = date};
    TRY(make_key(date, &key, error));
    pqt_status status = store_get(s, (const char *)key.data, MOST_BYTES, &text, &problem);
    if (status == PQT_OK) status = parse(buffer_view(&text), out, &problem);
    buffer_free(&key);
    buffer_free(&text);
    if (status == PQT_NOT_FOUND) return PQT_OK;
    if (status != PQT_OK && error) *error = problem;
    return status;
}

/* --- Writing --- */

static int set_sum(json_t *object, const copy_entry *entry)
{
    char hash[HASH128_TEXT_BYTES];
    hash128_text(entry->sum.rows, hash);
    return json_object_set_new(object, "rows", json_integer(entry->sum.row_count)) |
           json_object_set_new(object, "views", json_integer(entry->sum.view_count)) |
           json_object_set_new(object, "rowHash", json_string(hash)) |
           json_object_set_new(object, "sha256", json_string(entry->sha256)) |
           json_object_set_new(object, "size",
                               json_integer((json_int_t)entry->size_bytes));
}

static int set_projects(json_t *object, const copy_entry *entry)
{
    json_t *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < entry->project_count; i++)
        failed |= json_array_append_new(list, json_integer(entry->projects[i]));
    return failed | json_object_set_new(object, "projects", list);
}

static json_t *make_entry(const copy_entry *entry)
{
    json_t *object = json_object();
    int failed = json_object_set_new(object, "path", json_string(entry->path));
    if (entry->is_pending)
        failed |= json_object_set_new(object, "pending", json_true());
    else
        failed |= set_sum(object, entry);
    if (entry->project_count > 0) failed |= set_projects(object, entry);
    if (!failed) return object;
    json_decref(object);
    return NULL;
}

static int set_lists(json_t *root, const copy_manifest *manifest)
{
    json_t *origins = json_array(), *copies = json_array();
    int failed = json_object_set_new(root, "madeFrom", origins) |
                 json_object_set_new(root, "copies", copies);
    for (size_t i = 0; i < manifest->origin_count && !failed; i++)
        failed |= json_array_append_new(
            origins, json_pack("{s:s, s:s}", "path", manifest->origins[i].path, "sha256",
                               manifest->origins[i].sha256));
    for (size_t i = 0; i < manifest->count && !failed; i++)
        failed |= json_array_append_new(copies, make_entry(&manifest->entries[i]));
    return failed;
}

static char *print_manifest(const copy_manifest *manifest)
{
    char date[DATE_TEXT_BYTES], members[HASH128_TEXT_BYTES];
    date_text(manifest->date, date);
    hash128_text(manifest->members, members);
    json_t *root =
        json_pack("{s:i, s:s, s:b, s:b, s:I, s:s}", "version", FORMAT_VERSION, "date",
                  date, "perProject", (int)manifest->per_project, "perOrganization",
                  (int)manifest->per_organization, "minimumRows",
                  (json_int_t)manifest->minimum_rows, "members", members);
    char *text = NULL;
    if (root && set_lists(root, manifest) == 0) text = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    return text;
}

pqt_status copy_manifest_write(store *s, const copy_manifest *manifest, pqt_error *error)
{
    buffer key = {0};
    char *text = print_manifest(manifest);
    if (!text) return error_no_memory(error, manifest->count * 300);
    pqt_status status = make_key(manifest->date, &key, error);
    if (status == PQT_OK)
        status = store_replace(s, (const char *)key.data, view_text(text), error);
    buffer_free(&key);
    free(text);
    return status;
}

pqt_status copy_manifest_remove(store *s, int32_t date, pqt_error *error)
{
    char path[COPY_MANIFEST_BYTES];
    copy_manifest_path(date, path);
    return table_object_remove(s, path, error);
}

static int compare_path(const void *path, const void *entry)
{
    return strcmp(path, ((const copy_entry *)entry)->path);
}

const copy_entry *copy_manifest_find(const copy_manifest *manifest, const char *path)
{
    if (manifest->count == 0) return NULL;
    return bsearch(path, manifest->entries, manifest->count, sizeof *manifest->entries,
                   compare_path);
}

void copy_manifest_free(copy_manifest *manifest)
{
    arena_free(&manifest->memory);
    *manifest = (copy_manifest){0};
}
