/* A checkpoint's rows are the log's actions: they are printed as JSON and read as such.
 */
#include <stdlib.h>

#include "delta/checkpoint.h"

enum { PAGE_LIMIT_BYTES = 64 << 20 };

struct loading {
    struct delta_replay *replay;
    struct actions *actions;
    const char *name;
    int64_t row;
};

/* Maps are printed as lists of entries; the log's JSON has them as objects. */
static json_t *object_of_entries(const json_t *entries)
{
    json_t *object = json_object();
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)entries, index, entry)
    {
        const char *key = json_string_value(json_object_get(entry, "key"));
        json_t *value = json_object_get(entry, "value");
        if (key && value && json_object_set(object, key, value) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static bool is_map(const char *field)
{
    static const char *const maps[] = {"partitionValues", "tags", "options",
                                       "configuration"};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        if (strcmp(field, maps[i]) == 0) return true;
    return false;
}

/* Makes of a struct of columns what the log's JSON has: no fields that are null, and maps
 * as objects. */
static int restore_action(json_t *action)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(action, next, key, value)
    {
        int failed = 0;
        if (json_is_null(value))
            failed = json_object_del(action, key);
        else if (json_is_array(value) && is_map(key))
            failed = json_object_set_new(action, key, object_of_entries(value));
        else if (json_is_object(value) && strcmp(key, "stats_parsed") != 0)
            failed = restore_action(value);
        if (failed) return failed;
    }
    return 0;
}

static pqt_status refuse_v2(const json_t *row, pqt_error *error)
{
    static const char *const names[] = {"sidecar", "checkpointMetadata"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_is_object(json_object_get(row, names[i])))
            return error_set(error, PQT_UNSUPPORTED,
                             "the checkpoint has a row '%s': it is of the form V2 "
                             "(v2Checkpoint), and this program knows the classic one",
                             names[i]);
    return PQT_OK;
}

static pqt_status take_row(struct loading *loading, pqt_view text, pqt_error *error)
{
    json_error_t problem;
    json_t *row = json_loadb((const char *)text.data, text.size_bytes, 0, &problem);
    pqt_status status =
        row ? refuse_v2(row, error) : error_set(error, PQT_CORRUPT, "%s", problem.text);
    if (status == PQT_OK && restore_action(row) != 0)
        status = error_no_memory(error, text.size_bytes);
    if (status == PQT_OK)
        status = replay_read_action(row, loading->replay, loading->actions, error);
    json_decref(row);
    return status;
}

static pqt_status take_rows(void *self, const char *text, size_t size_bytes,
                            pqt_error *error)
{
    struct loading *loading = self;
    while (size_bytes > 0) {
        const char *end = memchr(text, '\n', size_bytes);
        const size_t size = end ? (size_t)(end - text) : size_bytes;
        const size_t used = end ? size + 1 : size;
        const pqt_status status = take_row(loading, view_of(text, size), error);
        if (status != PQT_OK) {
            error_prefix(error, "row %lld", (long long)loading->row);
            return status;
        }
        loading->row++;
        text += used;
        size_bytes -= used;
    }
    return PQT_OK;
}

static bool has_field(const pqt_schema *schema, const char *name)
{
    for (int32_t i = 1; i < schema->node_count; i++)
        if (schema->nodes[i].parent == 0 && strcmp(schema->nodes[i].name, name) == 0)
            return true;
    return false;
}

static pqt_status read_rows(const pqt_reader *reader, struct loading *loading,
                            pqt_error *error)
{
    static const char *const known[] = {
        "txn", "add", "remove", "metaData", "protocol", "sidecar", "checkpointMetadata"};
    enum { KNOWN = sizeof known / sizeof *known };
    const char *there[KNOWN];
    int32_t count = 0;
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    for (size_t i = 0; i < KNOWN; i++)
        if (has_field(schema, known[i])) there[count++] = known[i];
    if (!has_field(schema, "add"))
        return error_set(error, PQT_CORRUPT, "there is no column 'add'");
    const pqt_text_output output = {take_rows, loading};
    return pqt_print_rows(reader, there, count, NULL, &output, error);
}

pqt_status checkpoint_read(pqt_view bytes, const char *name, struct delta_replay *replay,
                           struct actions *actions, pqt_error *error)
{
    struct loading loading = {replay, actions, name, 0};
    const pqt_reader_options options = {.page_limit_bytes = PAGE_LIMIT_BYTES};
    pqt_reader *reader = NULL;
    pqt_status status = pqt_reader_open_memory(bytes, &options, &reader, error);
    if (status == PQT_OK) status = read_rows(reader, &loading, error);
    pqt_reader_close(reader);
    if (status != PQT_OK) error_prefix(error, "%s", name);
    return status;
}
