/* A store of a writer who has lost his lock, and who is visited once by another: just
 * before he puts or reads an object with a part of its name. */
#ifndef VISITED_STORE_H
#define VISITED_STORE_H

#include "fault_calls.h"

typedef struct visited_store {
    store *inner;
    const char *part;          /* of the name */
    void (*visit)(void *self); /* what the other does, in `inner` */
    void *self;
    bool is_done;
} visited_store;

static inline void visit_once(visited_store *v, const char *key)
{
    if (v->is_done || !strstr(key, v->part)) return;
    v->is_done = true;
    v->visit(v->self);
}

static inline pqt_status visited_put(void *self, const char *key, const store_body *body,
                                     pqt_error *error)
{
    visited_store *v = self;
    visit_once(v, key);
    return v->inner->functions->put(v->inner->self, key, body, error);
}

static inline pqt_status visited_open(void *self, const char *key, pqt_input *out,
                                      pqt_error *error)
{
    visited_store *v = self;
    visit_once(v, key);
    return store_open_input(v->inner, key, out, error);
}

static inline pqt_status visited_get(void *self, const char *key, uint64_t limit_bytes,
                                     buffer *out, pqt_error *error)
{
    return store_get(((visited_store *)self)->inner, key, limit_bytes, out, error);
}

static inline pqt_status visited_size(void *self, const char *key, uint64_t *size_bytes,
                                      pqt_error *error)
{
    return store_size(((visited_store *)self)->inner, key, size_bytes, error);
}

static inline pqt_status visited_list(void *self, const char *prefix,
                                      const char *start_after,
                                      store_list_callback callback, void *callback_self,
                                      pqt_error *error)
{
    return store_list(((visited_store *)self)->inner, prefix, start_after, callback,
                      callback_self, error);
}

static inline pqt_status lose_lock(void *self, const char *name, void **lock,
                                   pqt_error *error)
{
    (void)self, (void)name, (void)error;
    *lock = NULL;
    return PQT_OK;
}

static inline void keep_lock(void *self, void *lock)
{
    (void)self, (void)lock;
}

/* `v` must outlive the store; its inner store is left open. */
static inline store *open_visited(visited_store *v)
{
    static const struct store_functions functions = {.get = visited_get,
                                                     .open_input = visited_open,
                                                     .size = visited_size,
                                                     .list = visited_list,
                                                     .put = visited_put,
                                                     .lock = lose_lock,
                                                     .unlock = keep_lock,
                                                     .release = keep_store};
    pqt_error error;
    store *made = NULL;
    assert_ok(store_make(&functions, v, "visited", &made, &error));
    return made;
}

#endif
