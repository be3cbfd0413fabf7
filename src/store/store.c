#include "store/store.h"

#include "base/alloc.h"
#include "store/local_store.h"
#include "store/s3_store.h"

/* One part of a key: not empty, not "." or "..". */
static bool part_is_valid(const char *part, size_t length)
{
    if (length == 0) return false;
    return !(part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.')));
}

static pqt_status check_key(const store *s, const char *key, pqt_error *error)
{
    for (const char *part = key;; part++) {
        const size_t length = strcspn(part, "/");
        if (!part_is_valid(part, length))
            return error_set(error, PQT_INVALID,
                             "%s: '%.100s' is not a key: expected parts between '/' that "
                             "are not empty, '.' or '..'",
                             s->name, key);
        part += length;
        if (*part == 0) return PQT_OK;
    }
}

pqt_status store_make(const struct store_functions *functions, void *self,
                      const char *name, store **out, pqt_error *error)
{
    store *s = alloc_zeroed(NULL, 1, sizeof *s);
    char *copy = alloc_text(NULL, name);
    if (!s || !copy) {
        alloc_release(NULL, s);
        alloc_release(NULL, copy);
        functions->release(self);
        return error_no_memory(error, sizeof *s);
    }
    *s = (store){functions, self, copy};
    *out = s;
    return PQT_OK;
}

/* Two letters or more, ":" and "/": a URL, or meant as one. One letter is none, for a
 * folder may have any name; one of a name like these is said with "./" before it. The URL
 * may hold a password: only its scheme is shown. */
static pqt_status refuse_other_url(const char *url, pqt_error *error)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789+.-";
    const size_t scheme = strspn(url, letters);
    if (scheme < 2 || strncmp(url + scheme, ":/", 2) != 0) return PQT_OK;
    if (scheme == 2 && (url[0] == 's' || url[0] == 'S') && url[1] == '3')
        return error_set(error, PQT_INVALID,
                         "'%.200s' is no store: s3://BUCKET/PREFIX is meant", url);
    return error_set(error, PQT_INVALID,
                     "there is no store for '%.*s:'; use a directory or "
                     "s3://BUCKET/PREFIX",
                     (int)(scheme < 60 ? scheme : 60), url);
}

pqt_status store_open(const char *url, const store_options *options, store **out,
                      pqt_error *error)
{
    if (*url == 0) return error_set(error, PQT_INVALID, "the store's name is empty");
    if (strncmp(url, "s3://", 5) == 0) return store_open_s3(url, options, out, error);
    TRY(refuse_other_url(url, error));
    return store_open_local(url, options && options->create, out, error);
}

void store_close(store *s)
{
    if (!s) return;
    s->functions->release(s->self);
    alloc_release(NULL, s->name);
    alloc_release(NULL, s);
}

pqt_status store_get(store *s, const char *key, uint64_t limit_bytes, buffer *out,
                     pqt_error *error)
{
    TRY(check_key(s, key, error));
    return s->functions->get(s->self, key, limit_bytes, out, error);
}

static pqt_status get_one_by_one(store *s, const store_get_request *requests,
                                 size_t count, uint64_t limit_bytes, pqt_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const store_get_request *r = &requests[i];
        uint64_t size;
        const pqt_status status =
            r->out ? s->functions->get(s->self, r->key, limit_bytes, r->out, error)
                   : s->functions->size(s->self, r->key, &size, error);
        if (status != PQT_NOT_FOUND) TRY(status);
        *r->is_there = status == PQT_OK;
    }
    return PQT_OK;
}

pqt_status store_get_many(store *s, const store_get_request *requests, size_t count,
                          uint64_t limit_bytes, pqt_error *error)
{
    for (size_t i = 0; i < count; i++) TRY(check_key(s, requests[i].key, error));
    if (!s->functions->get_many)
        return get_one_by_one(s, requests, count, limit_bytes, error);
    return s->functions->get_many(s->self, requests, count, limit_bytes, error);
}

pqt_status store_open_known(store *s, const char *key, uint64_t size_bytes,
                            pqt_input *out, pqt_error *error)
{
    if (!s->functions->open_known) return store_open_input(s, key, out, error);
    TRY(check_key(s, key, error));
    return s->functions->open_known(s->self, key, size_bytes, out, error);
}

static pqt_status read_object(store *s, const store_range_request *request,
                              pqt_error *error)
{
    pqt_input input = {0};
    pqt_status status = PQT_OK;
    TRY(store_open_known(s, request->key, request->size_bytes, &input, error));
    for (size_t i = 0; i < request->count && status == PQT_OK; i++)
        status = input.read(input.self, request->ranges[i].offset, request->outs[i],
                            (size_t)request->ranges[i].size_bytes, error);
    if (input.release) input.release(input.self);
    return status;
}

pqt_status store_read_ranges(store *s, const store_range_request *requests, size_t count,
                             pqt_error *error)
{
    for (size_t i = 0; i < count; i++) TRY(check_key(s, requests[i].key, error));
    if (s->functions->read_ranges)
        return s->functions->read_ranges(s->self, requests, count, error);
    for (size_t i = 0; i < count; i++) TRY(read_object(s, &requests[i], error));
    return PQT_OK;
}

pqt_status store_open_input(store *s, const char *key, pqt_input *out, pqt_error *error)
{
    TRY(check_key(s, key, error));
    return s->functions->open_input(s->self, key, out, error);
}

pqt_status store_size(store *s, const char *key, uint64_t *size_bytes, pqt_error *error)
{
    TRY(check_key(s, key, error));
    return s->functions->size(s->self, key, size_bytes, error);
}

pqt_status store_put_if_absent(store *s, const char *key, const store_body *body,
                               pqt_error *error)
{
    TRY(check_key(s, key, error));
    return s->functions->put(s->self, key, body, error);
}

pqt_status store_replace(store *s, const char *key, pqt_view bytes, pqt_error *error)
{
    TRY(check_key(s, key, error));
    return s->functions->replace(s->self, key, bytes, error);
}

pqt_status store_list(store *s, const char *prefix, const char *start_after,
                      store_list_callback callback, void *self, pqt_error *error)
{
    return s->functions->list(s->self, prefix, start_after, callback, self, error);
}

pqt_status store_remove(store *s, const char *key, pqt_error *error)
{
    TRY(check_key(s, key, error));
    return s->functions->remove(s->self, key, error);
}

size_t store_near_bytes(const store *s)
{
    return s->functions->near_bytes;
}

pqt_status store_probe_write(store *s, pqt_error *error)
{
    return s->functions->probe_write(s->self, error);
}

pqt_status store_free_bytes(store *s, uint64_t *free_bytes, pqt_error *error)
{
    return s->functions->free_bytes(s->self, free_bytes, error);
}

void store_diagnose(store *s, store_finding_callback callback, void *callback_self)
{
    if (s->functions->diagnose) s->functions->diagnose(s->self, callback, callback_self);
}

pqt_status store_lock(store *s, const char *name, void **lock, pqt_error *error)
{
    return s->functions->lock(s->self, name, lock, error);
}

pqt_status store_check_lock(store *s, void *lock, pqt_error *error)
{
    if (!s->functions->check_lock) return PQT_OK;
    return s->functions->check_lock(s->self, lock, error);
}

void store_unlock(store *s, void *lock)
{
    if (lock) s->functions->unlock(s->self, lock);
}

const char *store_temporary_directory(store *s)
{
    if (!s->functions->temporary_directory) return NULL;
    return s->functions->temporary_directory(s->self);
}

const char *store_identity(const store *s)
{
    return s->functions->identity ? s->functions->identity(s->self) : s->name;
}

pqt_status store_access_read(store *s, arena *memory, store_access *out, pqt_error *error)
{
    *out = (store_access){0};
    if (!s->functions->access) return PQT_OK;
    return s->functions->access(s->self, memory, out, error);
}

bool store_remembers(const store *s)
{
    return s->functions->recall != NULL;
}

bool store_recall(store *s, const store_object *object, buffer *out)
{
    return object->hash && s->functions->recall &&
           s->functions->recall(s->self, object, out);
}

void store_remember(store *s, const store_object *object, pqt_view bytes)
{
    if (object->hash && s->functions->remember)
        s->functions->remember(s->self, object, bytes);
}
