#include "delta/replay.h"

#include <stdlib.h>

#include "base/alloc.h"

pqt_status replay_create(struct delta_replay **out, pqt_error *error)
{
    struct delta_replay *replay = alloc_zeroed(NULL, 1, sizeof *replay);
    if (!replay) return error_no_memory(error, sizeof *replay);
    replay->snapshot.version = -1;
    replay->snapshot.replay = replay;
    replay->files.size = sizeof(delta_file);
    replay->removes.size = sizeof(delta_remove);
    replay->transactions.size = sizeof(delta_transaction);
    *out = replay;
    return PQT_OK;
}

void replay_free(struct delta_replay *replay)
{
    if (!replay) return;
    alloc_release(NULL, replay->files.elements);
    alloc_release(NULL, replay->removes.elements);
    alloc_release(NULL, replay->transactions.elements);
    json_decref(replay->metadata);
    arena_free(&replay->snapshot.memory);
    alloc_release(NULL, replay);
}

void actions_free(struct actions *actions)
{
    alloc_release(NULL, actions->adds);
    alloc_release(NULL, actions->removes);
    *actions = (struct actions){0};
}

/* --- Ordered arrays --- */

static const char *name_at(const void *elements, size_t at, size_t size)
{
    const char *name;
    memcpy(&name, (const char *)elements + at * size, sizeof name);
    return name;
}

static size_t find_place(const void *elements, size_t count, size_t size,
                         const char *name)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(name_at(elements, middle, size), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where the name is, or has its place; *is_there. */
static size_t look_up(const struct ordered *array, const char *name, bool *is_there)
{
    const size_t at = find_place(array->elements, array->count, array->size, name);
    *is_there =
        at < array->count && strcmp(name_at(array->elements, at, array->size), name) == 0;
    return at;
}

/* Puts the element in its place, or in that of the one with its name. */
static pqt_status put_element(struct ordered *array, const void *element,
                              pqt_error *error)
{
    bool is_there;
    const size_t at = look_up(array, name_at(element, 0, array->size), &is_there);
    if (!is_there) {
        if (alloc_grow(NULL, &array->elements, &array->capacity, array->count + 1,
                       array->size) != 0)
            return error_no_memory(error, array->size);
        char *place = (char *)array->elements + at * array->size;
        memmove(place + array->size, place, (array->count - at) * array->size);
        array->count++;
    }
    memcpy((char *)array->elements + at * array->size, element, array->size);
    return PQT_OK;
}

static void take_element(struct ordered *array, const char *name)
{
    bool is_there;
    const size_t at = look_up(array, name, &is_there);
    if (!is_there) return;
    char *place = (char *)array->elements + at * array->size;
    array->count--;
    memmove(place, place + array->size, (array->count - at) * array->size);
}

size_t replay_find_file(const delta_file *files, size_t count, const char *path)
{
    return find_place(files, count, sizeof *files, path);
}

/* --- One commit --- */

static pqt_status apply_remove(struct delta_replay *r, const delta_remove *removed,
                               pqt_error *error)
{
    take_element(&r->files, removed->path);
    return put_element(&r->removes, removed, error);
}

/* A file that is added again takes the place of its older entry. */
static pqt_status apply_add(struct delta_replay *r, const delta_file *added,
                            pqt_error *error)
{
    take_element(&r->removes, added->path);
    return put_element(&r->files, added, error);
}

static pqt_status keep_add(const json_t *action, struct delta_replay *replay,
                           struct actions *kept, pqt_error *error)
{
    delta_file file;
    TRY(action_read_add(action, &replay->snapshot.memory, &file, error));
    void *array = kept->adds;
    if (alloc_grow(NULL, &array, &kept->add_capacity, kept->add_count + 1,
                   sizeof *kept->adds) != 0)
        return error_no_memory(error, sizeof *kept->adds);
    kept->adds = array;
    kept->adds[kept->add_count++] = file;
    return PQT_OK;
}

static pqt_status keep_remove(const json_t *action, struct delta_replay *replay,
                              struct actions *kept, pqt_error *error)
{
    delta_remove removed;
    TRY(action_read_remove(action, &replay->snapshot.memory, &removed, error));
    void *array = kept->removes;
    if (alloc_grow(NULL, &array, &kept->remove_capacity, kept->remove_count + 1,
                   sizeof *kept->removes) != 0)
        return error_no_memory(error, sizeof *kept->removes);
    kept->removes = array;
    kept->removes[kept->remove_count++] = removed;
    return PQT_OK;
}

static pqt_status keep_transaction(const json_t *action, struct delta_replay *r,
                                   pqt_error *error)
{
    const json_t *application = json_object_get(action, "appId");
    const json_t *updated = json_object_get(action, "lastUpdated");
    if (!json_is_string(application)) return PQT_OK;
    const delta_transaction transaction = {
        arena_text(&r->snapshot.memory, view_text(json_string_value(application))),
        json_integer_value(json_object_get(action, "version")),
        json_is_integer(updated) ? json_integer_value(updated) : -1};
    if (!transaction.application) return error_no_memory(error, 1);
    return put_element(&r->transactions, &transaction, error);
}

static pqt_status keep_protocol(const json_t *action, struct delta_replay *replay,
                                pqt_error *error)
{
    TRY(action_check_protocol(action, error));
    replay->has_protocol = true;
    replay->reader_version =
        (int32_t)json_integer_value(json_object_get(action, "minReaderVersion"));
    replay->writer_version =
        (int32_t)json_integer_value(json_object_get(action, "minWriterVersion"));
    return PQT_OK;
}

/* Most commits have one, and nearly all with the schema of the one before. */
static pqt_status keep_metadata(const json_t *action, struct delta_replay *replay,
                                pqt_error *error)
{
    const json_t *schema = json_object_get(action, "schemaString");
    const json_t *former = json_object_get(replay->metadata, "schemaString");
    const bool has_schema = schema && json_equal(schema, former);
    TRY(action_read_metadata(action, has_schema, &replay->snapshot, error));
    json_decref(replay->metadata);
    replay->metadata = json_incref((json_t *)action);
    return PQT_OK;
}

/* The action of that name; NULL also where it is null, as most are in a checkpoint. */
static const json_t *find_action(const json_t *line, const char *name)
{
    const json_t *action = json_object_get(line, name);
    return json_is_null(action) ? NULL : action;
}

pqt_status replay_read_action(const json_t *line, struct delta_replay *replay,
                              struct actions *actions, pqt_error *error)
{
    const json_t *action;
    if ((action = find_action(line, "add")))
        return keep_add(action, replay, actions, error);
    if ((action = find_action(line, "remove")))
        return keep_remove(action, replay, actions, error);
    if ((action = find_action(line, "metaData")))
        return keep_metadata(action, replay, error);
    if ((action = find_action(line, "protocol")))
        return keep_protocol(action, replay, error);
    if ((action = find_action(line, "txn")))
        return keep_transaction(action, replay, error);
    return PQT_OK;
}

static pqt_status read_line(pqt_view text, struct delta_replay *replay,
                            struct actions *actions, pqt_error *error)
{
    json_error_t problem;
    json_t *line = json_loadb((const char *)text.data, text.size_bytes, 0, &problem);
    if (!json_is_object(line)) {
        json_decref(line);
        return error_set(error, PQT_CORRUPT, "expected one JSON object; %s",
                         line ? "found another value" : problem.text);
    }
    const pqt_status status = replay_read_action(line, replay, actions, error);
    json_decref(line);
    return status;
}

static pqt_view trim(pqt_view line)
{
    while (line.size_bytes && strchr(" \t\r", line.data[line.size_bytes - 1]))
        line.size_bytes--;
    return line;
}

pqt_status replay_read_lines(pqt_view text, const char *name, struct delta_replay *replay,
                             struct actions *actions, pqt_error *error)
{
    int number = 0, count = 0;
    while (text.size_bytes > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size_bytes);
        const size_t size = end ? (size_t)(end - text.data) : text.size_bytes;
        const pqt_view line = trim(view_of(text.data, size));
        const size_t used = end ? size + 1 : size;
        text = view_of(text.data + used, text.size_bytes - used);
        number++;
        if (line.size_bytes == 0) continue;
        count++;
        const pqt_status status = read_line(line, replay, actions, error);
        if (status == PQT_OK) continue;
        error_prefix(error, "%s, line %d", name, number);
        return status;
    }
    if (count > 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "%s is empty; expected the commit's actions",
                     name);
}

/* --- Order within a commit and a checkpoint --- */

static int compare_adds(const void *left, const void *right)
{
    return strcmp(((const delta_file *)left)->path, ((const delta_file *)right)->path);
}

static int compare_removes(const void *left, const void *right)
{
    return strcmp(((const delta_remove *)left)->path,
                  ((const delta_remove *)right)->path);
}

/* Orders the files added, each of which must be there once. */
static pqt_status order_adds(struct actions *actions, pqt_error *error)
{
    if (actions->add_count == 0) return PQT_OK;
    qsort(actions->adds, actions->add_count, sizeof *actions->adds, compare_adds);
    for (size_t i = 1; i < actions->add_count; i++)
        if (compare_adds(&actions->adds[i - 1], &actions->adds[i]) == 0)
            return error_set(error, PQT_CORRUPT, "the file '%.200s' is added twice",
                             actions->adds[i].path);
    return PQT_OK;
}

static pqt_status apply_actions(struct delta_replay *replay, struct actions *actions,
                                pqt_error *error)
{
    TRY(order_adds(actions, error));
    for (size_t i = 0; i < actions->remove_count; i++)
        TRY(apply_remove(replay, &actions->removes[i], error));
    for (size_t i = 0; i < actions->add_count; i++)
        TRY(apply_add(replay, &actions->adds[i], error));
    return PQT_OK;
}

pqt_status replay_commit(pqt_view text, const char *key, struct delta_replay *replay,
                         pqt_error *error)
{
    struct actions actions = {0};
    pqt_status status = replay_read_lines(text, key, replay, &actions, error);
    if (status == PQT_OK) {
        status = apply_actions(replay, &actions, error);
        if (status != PQT_OK) error_prefix(error, "%s", key);
    }
    actions_free(&actions);
    return status;
}

pqt_status replay_take_checkpoint(struct delta_replay *replay, struct actions *actions,
                                  pqt_error *error)
{
    TRY(order_adds(actions, error));
    alloc_release(NULL, replay->files.elements);
    replay->files.elements = actions->adds;
    replay->files.count = actions->add_count;
    replay->files.capacity = actions->add_capacity;
    actions->adds = NULL;
    if (actions->remove_count > 0)
        qsort(actions->removes, actions->remove_count, sizeof *actions->removes,
              compare_removes);
    for (size_t i = 0; i < actions->remove_count; i++) {
        bool is_there_again;
        look_up(&replay->files, actions->removes[i].path, &is_there_again);
        if (is_there_again) continue;
        TRY(put_element(&replay->removes, &actions->removes[i], error));
    }
    actions_free(actions);
    return PQT_OK;
}

static pqt_status show_metadata(struct delta_replay *replay, pqt_error *error)
{
    char *text = json_dumps(replay->metadata, JSON_COMPACT);
    if (!text) return error_no_memory(error, 1024);
    replay->snapshot.metadata_json =
        arena_text(&replay->snapshot.memory, view_text(text));
    free(text);
    return replay->snapshot.metadata_json ? PQT_OK : error_no_memory(error, 1024);
}

pqt_status replay_finish(struct delta_replay *replay, const char *root, pqt_error *error)
{
    delta_snapshot *snapshot = &replay->snapshot;
    if (!replay->has_protocol || !replay->metadata)
        return error_set(error, PQT_CORRUPT, "the log of %s has no %s action", root,
                         replay->has_protocol ? "metaData" : "protocol");
    if (replay->files.count > INT32_MAX || replay->removes.count > INT32_MAX)
        return error_set(error, PQT_LIMIT, "the table %s has too many files", root);
    TRY(show_metadata(replay, error));
    snapshot->files = replay->files.elements;
    snapshot->file_count = (int32_t)replay->files.count;
    snapshot->removes = replay->removes.elements;
    snapshot->remove_count = (int32_t)replay->removes.count;
    return PQT_OK;
}

/* --- Two snapshots --- */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_schema(const delta_snapshot *a, const delta_snapshot *b)
{
    if (a->column_count != b->column_count) return false;
    for (int32_t i = 0; i < a->column_count; i++)
        if (!same_text(a->schema[i].name, b->schema[i].name) ||
            !same_text(a->schema[i].type, b->schema[i].type) ||
            a->schema[i].nullable != b->schema[i].nullable)
            return false;
    return true;
}

static bool same_configuration(const delta_snapshot *a, const delta_snapshot *b)
{
    if (a->configuration_count != b->configuration_count) return false;
    for (int32_t i = 0; i < a->configuration_count; i++) {
        const delta_pair *pair = &a->configuration[i];
        if (!same_text(pair->value, delta_configuration(b, pair->key))) return false;
    }
    return true;
}

static bool same_file(const delta_file *a, const delta_file *b)
{
    if (!same_text(a->path, b->path) || a->size_bytes != b->size_bytes) return false;
    if (a->row_count != b->row_count || a->tag_count != b->tag_count) return false;
    for (int32_t i = 0; i < a->tag_count; i++)
        if (!same_text(a->tags[i].value, delta_tag(b, a->tags[i].key))) return false;
    return true;
}

bool replay_same_table(const delta_snapshot *a, const delta_snapshot *b)
{
    if (!same_text(a->table_id, b->table_id) || !same_schema(a, b)) return false;
    if (!same_configuration(a, b) || a->file_count != b->file_count) return false;
    for (int32_t i = 0; i < a->file_count; i++)
        if (!same_file(&a->files[i], &b->files[i])) return false;
    return true;
}
