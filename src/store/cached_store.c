#include "store/cached_store.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "store/cache_folder.h"

enum { DEFAULT_SIZE_BYTES = 1 << 30 };
#define LOG_FOLDER "/_delta_log/"

/* A file of the log as the last listing had it. */
struct listed_file {
    const char *key;
    const char *etag;
    uint64_t size_bytes;
};

/* What the last listing of the log said. Ordered by key. */
struct listed_log {
    uint64_t number; /* of the listing: one that another overtook says nothing */
    struct listed_file *files;
    size_t count;
    size_t capacity;
    const char *prefix;
    const char *start_after; /* "": from the beginning */
    buffer last_commit;      /* with a NUL; empty: none was seen */
    bool is_whole;
    arena memory;
};

struct cached {
    struct store_functions functions; /* the view's own, as near as `inner` */
    store *inner;
    cache_folder *folder;
    pthread_mutex_t lock; /* guards what follows */
    struct listed_log log;
};

/* --- Keys of copies --- */

/* The object's key is last: it may have any character. */
static pqt_status make_key(const store *s, const char *kind, const store_object *object,
                           buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s\n%s %llu %s\n%s", store_identity(s), kind,
                      (unsigned long long)object->size_bytes, object->hash, object->key));
    TRY(buffer_append_u8(out, 0, error));
    out->size_bytes--;
    return PQT_OK;
}

static bool read_copy(struct cached *c, const char *kind, const store_object *object,
                      buffer *out)
{
    buffer key = {0};
    const bool is_there = make_key(c->inner, kind, object, &key, NULL) == PQT_OK &&
                          cache_folder_read(c->folder, (char *)key.data, out);
    buffer_free(&key);
    return is_there;
}

static void write_copy(struct cached *c, const char *kind, const store_object *object,
                       pqt_view bytes)
{
    buffer key = {0};
    if (make_key(c->inner, kind, object, &key, NULL) == PQT_OK)
        cache_folder_write(c->folder, (char *)key.data, bytes);
    buffer_free(&key);
}

/* --- What was listed --- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

static bool is_commit(const char *key)
{
    return strstr(key, LOG_FOLDER) && ends_with(key, ".json");
}

/* Commits, and checkpoints in one file or in parts. */
static bool is_log_file(const char *key)
{
    return is_commit(key) || (strstr(key, LOG_FOLDER) && ends_with(key, ".parquet"));
}

static uint64_t begin_log(struct listed_log *log, const char *prefix,
                          const char *start_after)
{
    log->count = 0;
    buffer_clear(&log->last_commit);
    log->is_whole = false;
    arena_free(&log->memory);
    log->prefix = arena_text(&log->memory, view_text(prefix));
    log->start_after =
        arena_text(&log->memory, view_text(start_after ? start_after : ""));
    return ++log->number;
}

static void note_commit(struct listed_log *log, const char *key)
{
    buffer_clear(&log->last_commit);
    if (buffer_append(&log->last_commit, key, strlen(key) + 1, NULL) != PQT_OK)
        buffer_clear(&log->last_commit);
}

/* What there is no memory for is asked of the store. */
static void note_entry(struct listed_log *log, const store_entry *entry)
{
    void *array = log->files;
    if (is_commit(entry->key)) note_commit(log, entry->key);
    if (!entry->etag || !is_log_file(entry->key) || log->count >= CACHED_MOST_LISTED ||
        alloc_grow(NULL, &array, &log->capacity, log->count + 1, sizeof *log->files) != 0)
        return;
    log->files = array;
    const struct listed_file file = {arena_text(&log->memory, view_text(entry->key)),
                                     arena_text(&log->memory, view_text(entry->etag)),
                                     entry->size_bytes};
    if (file.key && file.etag) log->files[log->count++] = file;
}

static int compare_key(const void *key, const void *file)
{
    return strcmp(key, ((const struct listed_file *)file)->key);
}

/* The object as it was listed; false where it was not. Its texts are copied to `memory`,
 * since another thread may list anew. */
static bool find_listed(struct cached *c, const char *key, arena *memory,
                        store_object *out)
{
    const struct listed_log *log = &c->log;
    bool is_there = false;
    pthread_mutex_lock(&c->lock);
    const struct listed_file *file =
        log->count ? bsearch(key, log->files, log->count, sizeof *file, compare_key)
                   : NULL;
    if (file) {
        *out = (store_object){key, file->size_bytes,
                              arena_text(memory, view_text(file->etag))};
        is_there = out->hash != NULL;
    }
    pthread_mutex_unlock(&c->lock);
    return is_there;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Whether the last listing says that there is no such file, and need not be doubted: a
 * gap among commits is looked into. */
static bool is_known_absent(struct cached *c, const char *key)
{
    const struct listed_log *log = &c->log;
    pthread_mutex_lock(&c->lock);
    bool is_absent = log->is_whole && log->prefix && log->start_after &&
                     log->last_commit.size_bytes && starts_with(key, log->prefix) &&
                     strcmp(key, log->start_after) > 0;
    is_absent = is_absent && is_commit(key) &&
                strcmp(key, (const char *)log->last_commit.data) > 0;
    pthread_mutex_unlock(&c->lock);
    return is_absent || ends_with(key, LOG_FOLDER "_last_checkpoint");
}

struct listing {
    struct cached *cached;
    uint64_t number;
    store_list_callback callback;
    void *self;
};

static pqt_status see_entry(void *self, const store_entry *entry, pqt_error *error)
{
    const struct listing *l = self;
    pthread_mutex_lock(&l->cached->lock);
    if (l->cached->log.number == l->number) note_entry(&l->cached->log, entry);
    pthread_mutex_unlock(&l->cached->lock);
    return l->callback(l->self, entry, error);
}

static pqt_status cached_list(void *self, const char *prefix, const char *start_after,
                              store_list_callback callback, void *callback_self,
                              pqt_error *error)
{
    struct cached *c = self;
    struct listing l = {.cached = c, .callback = callback, .self = callback_self};
    if (!ends_with(prefix, LOG_FOLDER))
        return store_list(c->inner, prefix, start_after, callback, callback_self, error);
    pthread_mutex_lock(&c->lock);
    l.number = begin_log(&c->log, prefix, start_after);
    pthread_mutex_unlock(&c->lock);
    const pqt_status status =
        store_list(c->inner, prefix, start_after, see_entry, &l, error);
    pthread_mutex_lock(&c->lock);
    if (c->log.number == l.number) c->log.is_whole = status == PQT_OK;
    pthread_mutex_unlock(&c->lock);
    return status;
}

/* --- Reading --- */

/* From a copy, without the store; false where it has to be asked. */
static bool get_copy(struct cached *c, const char *key, uint64_t limit_bytes, buffer *out)
{
    arena memory = {0};
    store_object object;
    const size_t start = out->size_bytes;
    bool is_there = find_listed(c, key, &memory, &object) &&
                    object.size_bytes <= limit_bytes && read_copy(c, "log", &object, out);
    if (is_there && out->size_bytes - start != object.size_bytes) {
        out->size_bytes = start;
        is_there = false;
    }
    arena_free(&memory);
    return is_there;
}

static void keep_copy(struct cached *c, const char *key, pqt_view bytes)
{
    arena memory = {0};
    store_object object;
    if (find_listed(c, key, &memory, &object) && object.size_bytes == bytes.size_bytes)
        write_copy(c, "log", &object, bytes);
    arena_free(&memory);
}

static pqt_status cached_get(void *self, const char *key, uint64_t limit_bytes,
                             buffer *out, pqt_error *error)
{
    struct cached *c = self;
    const size_t start = out->size_bytes;
    if (get_copy(c, key, limit_bytes, out)) return PQT_OK;
    if (is_known_absent(c, key))
        return error_set(error, PQT_NOT_FOUND, "%s: there is no object %s",
                         c->inner->name, key);
    TRY(store_get(c->inner, key, limit_bytes, out, error));
    keep_copy(c, key, view_of(out->data + start, out->size_bytes - start));
    return PQT_OK;
}

/* Those that the store has to be asked for, and where each one's bytes begin. */
struct asked {
    store_get_request *requests;
    size_t *starts;
    size_t count;
};

static pqt_status ask_store(struct cached *c, const struct asked *asked,
                            uint64_t limit_bytes, pqt_error *error)
{
    if (asked->count == 0) return PQT_OK;
    TRY(store_get_many(c->inner, asked->requests, asked->count, limit_bytes, error));
    for (size_t i = 0; i < asked->count; i++) {
        const store_get_request *r = &asked->requests[i];
        const size_t start = asked->starts[i];
        if (*r->is_there && r->out)
            keep_copy(c, r->key,
                      view_of(r->out->data + start, r->out->size_bytes - start));
    }
    return PQT_OK;
}

static pqt_status cached_get_many(void *self, const store_get_request *requests,
                                  size_t count, uint64_t limit_bytes, pqt_error *error)
{
    struct cached *c = self;
    struct asked asked = {.requests = alloc_zeroed(NULL, count, sizeof *requests),
                          .starts = alloc_zeroed(NULL, count, sizeof(size_t))};
    pqt_status status = asked.requests && asked.starts
                            ? PQT_OK
                            : error_no_memory(error, count * sizeof *requests);
    for (size_t i = 0; i < count && status == PQT_OK; i++) {
        const store_get_request *r = &requests[i];
        if (r->out) {
            *r->is_there = get_copy(c, r->key, limit_bytes, r->out);
            if (*r->is_there || is_known_absent(c, r->key)) continue;
            asked.starts[asked.count] = r->out->size_bytes;
        }
        asked.requests[asked.count++] = *r;
    }
    if (status == PQT_OK) status = ask_store(c, &asked, limit_bytes, error);
    alloc_release(NULL, asked.requests);
    alloc_release(NULL, asked.starts);
    return status;
}

static pqt_status cached_open_input(void *self, const char *key, pqt_input *out,
                                    pqt_error *error)
{
    const struct cached *c = self;
    return store_open_input(c->inner, key, out, error);
}

static pqt_status cached_open_known(void *self, const char *key, uint64_t size_bytes,
                                    pqt_input *out, pqt_error *error)
{
    const struct cached *c = self;
    return store_open_known(c->inner, key, size_bytes, out, error);
}

static pqt_status cached_read_ranges(void *self, const store_range_request *requests,
                                     size_t count, pqt_error *error)
{
    const struct cached *c = self;
    return store_read_ranges(c->inner, requests, count, error);
}

static pqt_status cached_size(void *self, const char *key, uint64_t *size_bytes,
                              pqt_error *error)
{
    const struct cached *c = self;
    return store_size(c->inner, key, size_bytes, error);
}

static bool cached_recall(void *self, const store_object *object, buffer *out)
{
    return read_copy(self, "file", object, out);
}

static void cached_remember(void *self, const store_object *object, pqt_view bytes)
{
    write_copy(self, "file", object, bytes);
}

static const char *cached_identity(void *self)
{
    const struct cached *c = self;
    return store_identity(c->inner);
}

/* --- What a view does not do --- */

static pqt_status refuse(const struct cached *c, pqt_error *error)
{
    return error_set(error, PQT_UNSUPPORTED, "%s: this view of the store is for reading",
                     c->inner->name);
}

static pqt_status cached_replace(void *self, const char *key, pqt_view bytes,
                                 pqt_error *error)
{
    (void)key;
    (void)bytes;
    return refuse(self, error);
}

static pqt_status cached_put(void *self, const char *key, const store_body *body,
                             pqt_error *error)
{
    (void)key;
    (void)body;
    return refuse(self, error);
}

static pqt_status cached_remove(void *self, const char *key, pqt_error *error)
{
    (void)key;
    return refuse(self, error);
}

static pqt_status cached_probe_write(void *self, pqt_error *error)
{
    return refuse(self, error);
}

static pqt_status cached_free_bytes(void *self, uint64_t *free_bytes, pqt_error *error)
{
    const struct cached *c = self;
    return store_free_bytes(c->inner, free_bytes, error);
}

static pqt_status cached_lock(void *self, const char *name, void **lock, pqt_error *error)
{
    (void)name;
    (void)lock;
    return refuse(self, error);
}

static void cached_unlock(void *self, void *lock)
{
    (void)self;
    (void)lock;
}

static void cached_release(void *self)
{
    struct cached *c = self;
    cache_folder_close(c->folder);
    arena_free(&c->log.memory);
    buffer_free(&c->log.last_commit);
    alloc_release(NULL, c->log.files);
    pthread_mutex_destroy(&c->lock);
    alloc_release(NULL, c);
}

static const struct store_functions cached_functions = {
    .get = cached_get,
    .get_many = cached_get_many,
    .open_input = cached_open_input,
    .open_known = cached_open_known,
    .read_ranges = cached_read_ranges,
    .size = cached_size,
    .put = cached_put,
    .replace = cached_replace,
    .list = cached_list,
    .remove = cached_remove,
    .probe_write = cached_probe_write,
    .free_bytes = cached_free_bytes,
    .lock = cached_lock,
    .unlock = cached_unlock,
    .identity = cached_identity,
    .recall = cached_recall,
    .remember = cached_remember,
    .release = cached_release,
};

/* --- Opening --- */

/* Without a home, a directory that cannot be made: nothing is kept. */
static pqt_status find_directory(const store_cache_options *options, buffer *out,
                                 pqt_error *error)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (options && options->directory)
        TRY(buffer_append_text(out, options->directory, error));
    else if (cache && *cache == '/')
        TRY(buffer_printf(out, error, "%s/pqa", cache));
    else if (home && *home == '/')
        TRY(buffer_printf(out, error, "%s/.cache/pqa", home));
    else
        TRY(buffer_append_text(out, "/dev/null/pqa", error));
    return buffer_append_u8(out, 0, error);
}

static pqt_status open_folder(const store_cache_options *options, cache_folder **out,
                              pqt_error *error)
{
    const uint64_t size =
        options && options->size_bytes ? options->size_bytes : DEFAULT_SIZE_BYTES;
    buffer directory = {0};
    pqt_status status = find_directory(options, &directory, error);
    if (status == PQT_OK)
        status = cache_folder_open((char *)directory.data, size, out, error);
    buffer_free(&directory);
    return status;
}

pqt_status store_open_cached(store *inner, const store_cache_options *options,
                             store **out, pqt_error *error)
{
    struct cached *c = alloc_zeroed(NULL, 1, sizeof *c);
    if (!c) return error_no_memory(error, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    c->inner = inner;
    c->functions = cached_functions;
    c->functions.near_bytes = store_near_bytes(inner);
    const pqt_status status = open_folder(options, &c->folder, error);
    if (status != PQT_OK) {
        cached_release(c);
        return status;
    }
    return store_make(&c->functions, c, inner->name, out, error);
}

/* --- Forgetting --- */

struct forgetting {
    const char *identity;
    const char *prefix;
};

/* As make_key makes it: identity, what it is a copy of, and the object's key. */
static bool is_copy_of(void *self, const char *key)
{
    const struct forgetting *f = self;
    const size_t length = strlen(f->identity);
    if (!starts_with(key, f->identity) || key[length] != '\n') return false;
    const char *end = strchr(key + length + 1, '\n');
    return end && starts_with(end + 1, f->prefix);
}

pqt_status store_cache_forget(store *s, const store_cache_options *options,
                              const char *prefix, size_t *removed, pqt_error *error)
{
    struct forgetting forgetting = {store_identity(s), prefix};
    cache_folder *folder = NULL;
    size_t count = 0;
    TRY(open_folder(options, &folder, error));
    const pqt_status status =
        cache_folder_forget(folder, is_copy_of, &forgetting, &count, error);
    cache_folder_close(folder);
    if (removed) *removed = count;
    return status;
}
