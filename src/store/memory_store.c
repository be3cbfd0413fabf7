#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "store/store.h"

struct object {
    char *key;
    buffer bytes;
    int64_t modified_ms;
};

/* `lock` guards everything below it. Objects are ordered by key. */
struct memory {
    pthread_mutex_t lock;
    struct object **objects;
    size_t count;
    size_t capacity;
    bool is_locked;
};

/* Index of the first object whose key is not before `key`. */
static size_t find_place(const struct memory *memory, const char *key)
{
    size_t low = 0, high = memory->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(memory->objects[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct object *find_object(const struct memory *memory, const char *key)
{
    const size_t at = find_place(memory, key);
    if (at == memory->count || strcmp(memory->objects[at]->key, key) != 0) return NULL;
    return memory->objects[at];
}

static void free_object(struct object *object)
{
    if (!object) return;
    alloc_release(NULL, object->key);
    buffer_free(&object->bytes);
    alloc_release(NULL, object);
}

static pqt_status memory_get(void *self, const char *key, uint64_t limit_bytes,
                             buffer *out, pqt_error *error)
{
    struct memory *memory = self;
    pthread_mutex_lock(&memory->lock);
    const struct object *object = find_object(memory, key);
    pqt_status status = PQT_OK;
    if (!object)
        status = error_set(error, PQT_NOT_FOUND, "there is no object %s", key);
    else if (object->bytes.size_bytes > limit_bytes)
        status =
            error_set(error, PQT_LIMIT, "%s has %zu bytes; at most %llu are read", key,
                      object->bytes.size_bytes, (unsigned long long)limit_bytes);
    else
        status = buffer_append(out, object->bytes.data, object->bytes.size_bytes, error);
    pthread_mutex_unlock(&memory->lock);
    return status;
}

static pqt_status memory_size(void *self, const char *key, uint64_t *size_bytes,
                              pqt_error *error)
{
    struct memory *memory = self;
    pthread_mutex_lock(&memory->lock);
    const struct object *object = find_object(memory, key);
    if (object) *size_bytes = object->bytes.size_bytes;
    pthread_mutex_unlock(&memory->lock);
    return object ? PQT_OK
                  : error_set(error, PQT_NOT_FOUND, "there is no object %s", key);
}

/* An input has a copy of its own, so that removing the object does not disturb it. */
struct memory_input {
    buffer bytes;
    char *key;
};

static pqt_status read_memory(void *self, uint64_t offset, uint8_t *out,
                              size_t size_bytes, pqt_error *error)
{
    const struct memory_input *input = self;
    if (offset > input->bytes.size_bytes || size_bytes > input->bytes.size_bytes - offset)
        return error_set(error, PQT_IO, "%s ends before offset %llu", input->key,
                         (unsigned long long)offset + size_bytes);
    if (size_bytes) memcpy(out, input->bytes.data + offset, size_bytes);
    return PQT_OK;
}

static void release_memory_input(void *self)
{
    struct memory_input *input = self;
    buffer_free(&input->bytes);
    alloc_release(NULL, input->key);
    alloc_release(NULL, input);
}

static pqt_status memory_open_input(void *self, const char *key, pqt_input *out,
                                    pqt_error *error)
{
    struct memory_input *input = alloc_zeroed(NULL, 1, sizeof *input);
    if (!input) return error_no_memory(error, sizeof *input);
    input->key = alloc_text(NULL, key);
    pqt_status status = input->key ? memory_get(self, key, SIZE_MAX, &input->bytes, error)
                                   : error_no_memory(error, strlen(key));
    if (status != PQT_OK) {
        release_memory_input(input);
        return status;
    }
    *out = (pqt_input){.read = read_memory,
                       .release = release_memory_input,
                       .self = input,
                       .size_bytes = input->bytes.size_bytes,
                       .name = input->key};
    return PQT_OK;
}

static pqt_status read_descriptor(int descriptor, const char *key, buffer *out,
                                  pqt_error *error)
{
    char path[64];
    (void)key;
    /* The body's file may have no name; its descriptor always has this one. */
    const int written = snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return written > 0 ? file_read_whole(path, SIZE_MAX / 2, out, error) : PQT_INTERNAL;
}

static pqt_status make_object(const char *key, const store_body *body,
                              struct object **out, pqt_error *error)
{
    struct object *object = alloc_zeroed(NULL, 1, sizeof *object);
    if (!object) return error_no_memory(error, sizeof *object);
    object->key = alloc_text(NULL, key);
    object->modified_ms = clock_wall_ms();
    pqt_status status = PQT_OK;
    if (!object->key)
        status = error_no_memory(error, strlen(key));
    else if (body->descriptor >= 0)
        status = read_descriptor(body->descriptor, key, &object->bytes, error);
    else
        status = buffer_append(&object->bytes, body->bytes.data, body->bytes.size_bytes,
                               error);
    if (status == PQT_OK)
        *out = object;
    else
        free_object(object);
    return status;
}

static pqt_status insert_object(struct memory *memory, struct object *object,
                                pqt_error *error)
{
    if (find_object(memory, object->key))
        return error_set(error, PQT_CONFLICT, "%s is there already", object->key);
    void *array = memory->objects;
    if (alloc_grow(NULL, &array, &memory->capacity, memory->count + 1,
                   sizeof *memory->objects) != 0)
        return error_no_memory(error, sizeof *memory->objects);
    memory->objects = array;
    const size_t at = find_place(memory, object->key);
    memmove(memory->objects + at + 1, memory->objects + at,
            (memory->count - at) * sizeof *memory->objects);
    memory->objects[at] = object;
    memory->count++;
    return PQT_OK;
}

static pqt_status memory_put(void *self, const char *key, const store_body *body,
                             pqt_error *error)
{
    struct memory *memory = self;
    struct object *object = NULL;
    TRY(make_object(key, body, &object, error));
    pthread_mutex_lock(&memory->lock);
    const pqt_status status = insert_object(memory, object, error);
    pthread_mutex_unlock(&memory->lock);
    if (status != PQT_OK) free_object(object);
    return status;
}

static pqt_status memory_replace(void *self, const char *key, pqt_view bytes,
                                 pqt_error *error)
{
    struct memory *memory = self;
    const store_body body = {-1, bytes};
    struct object *object = NULL;
    TRY(make_object(key, &body, &object, error));
    pthread_mutex_lock(&memory->lock);
    struct object *old = find_object(memory, key);
    pqt_status status = PQT_OK;
    if (old)
        memory->objects[find_place(memory, key)] = object;
    else
        status = insert_object(memory, object, error);
    pthread_mutex_unlock(&memory->lock);
    free_object(status == PQT_OK ? old : object);
    return status;
}

/* Keys and sizes are copied under the lock: a callback may use the store. */
static pqt_status memory_list(void *self, const char *prefix, const char *start_after,
                              store_list_callback callback, void *callback_self,
                              pqt_error *error)
{
    struct memory *memory = self;
    char *after = alloc_text(NULL, start_after ? start_after : "");
    pqt_status status = after ? PQT_OK : error_no_memory(error, 1);
    while (status == PQT_OK) {
        pthread_mutex_lock(&memory->lock);
        size_t at = find_place(memory, strcmp(after, prefix) < 0 ? prefix : after);
        if (at < memory->count && *after && strcmp(memory->objects[at]->key, after) == 0)
            at++;
        const bool found = at < memory->count &&
                           strncmp(memory->objects[at]->key, prefix, strlen(prefix)) == 0;
        char *key = found ? alloc_text(NULL, memory->objects[at]->key) : NULL;
        const pqt_view bytes =
            found ? buffer_view(&memory->objects[at]->bytes) : (pqt_view){0};
        const int64_t modified_ms = found ? memory->objects[at]->modified_ms : 0;
        char etag[HASH128_TEXT_BYTES];
        hash128_text(hash_bytes128(bytes.data, bytes.size_bytes), etag);
        pthread_mutex_unlock(&memory->lock);
        if (!found) break;
        alloc_release(NULL, after);
        after = key;
        if (!key) return error_no_memory(error, 1);
        const store_entry entry = {key, bytes.size_bytes, modified_ms, etag};
        status = callback(callback_self, &entry, error);
    }
    alloc_release(NULL, after);
    return status;
}

static pqt_status memory_remove(void *self, const char *key, pqt_error *error)
{
    (void)error;
    struct memory *memory = self;
    pthread_mutex_lock(&memory->lock);
    struct object *object = find_object(memory, key);
    if (object) {
        const size_t at = find_place(memory, key);
        memory->count--;
        memmove(memory->objects + at, memory->objects + at + 1,
                (memory->count - at) * sizeof *memory->objects);
    }
    pthread_mutex_unlock(&memory->lock);
    free_object(object);
    return PQT_OK;
}

static pqt_status memory_probe_write(void *self, pqt_error *error)
{
    (void)self;
    (void)error;
    return PQT_OK;
}

static pqt_status memory_free_bytes(void *self, uint64_t *free_bytes, pqt_error *error)
{
    (void)self;
    (void)error;
    *free_bytes = UINT64_MAX;
    return PQT_OK;
}

static pqt_status memory_lock(void *self, const char *name, void **lock, pqt_error *error)
{
    struct memory *memory = self;
    pthread_mutex_lock(&memory->lock);
    const bool was_locked = memory->is_locked;
    memory->is_locked = true;
    pthread_mutex_unlock(&memory->lock);
    if (was_locked) return error_set(error, PQT_BUSY, "the lock %s is held", name);
    *lock = memory;
    return PQT_OK;
}

static void memory_unlock(void *self, void *lock)
{
    (void)lock;
    struct memory *memory = self;
    pthread_mutex_lock(&memory->lock);
    memory->is_locked = false;
    pthread_mutex_unlock(&memory->lock);
}

static void memory_release(void *self)
{
    struct memory *memory = self;
    for (size_t i = 0; i < memory->count; i++) free_object(memory->objects[i]);
    alloc_release(NULL, memory->objects);
    pthread_mutex_destroy(&memory->lock);
    alloc_release(NULL, memory);
}

static const struct store_functions memory_functions = {
    .get = memory_get,
    .open_input = memory_open_input,
    .size = memory_size,
    .put = memory_put,
    .replace = memory_replace,
    .list = memory_list,
    .remove = memory_remove,
    .probe_write = memory_probe_write,
    .free_bytes = memory_free_bytes,
    .lock = memory_lock,
    .unlock = memory_unlock,
    .release = memory_release,
};

pqt_status store_open_memory(store **out, pqt_error *error)
{
    struct memory *memory = alloc_zeroed(NULL, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    pthread_mutex_init(&memory->lock, NULL);
    return store_make(&memory_functions, memory, "memory", out, error);
}
