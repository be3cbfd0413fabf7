#include "base/alloc.h"
#include "store/store.h"

struct faulty {
    store *inner;
    struct store_fault_plan *plan;
};

/* Counts a call; true where this one has to fail. */
static bool has_fault(struct faulty *faulty)
{
    struct store_fault_plan *plan = faulty->plan;
    const uint64_t call = ++plan->calls;
    if (plan->fail_at == 0) return false;
    return call == plan->fail_at || (plan->fail_for_ever && call > plan->fail_at);
}

static pqt_status fail(const char *what, pqt_error *error)
{
    return error_set(error, PQT_IO, "injected fault: %s", what);
}

/* Makes the call where there is no fault, or where only its answer is to be lost. */
#define WITH_FAULT(faulty, what, call)                                      \
    do {                                                                    \
        if (!has_fault(faulty)) return (call);                              \
        if ((faulty)->plan->apply_first && (call) != PQT_OK) return PQT_IO; \
        return fail(what, error);                                           \
    } while (0)

static pqt_status faulty_get(void *self, const char *key, uint64_t limit_bytes,
                             buffer *out, pqt_error *error)
{
    struct faulty *faulty = self;
    if (has_fault(faulty)) return fail("get", error);
    return store_get(faulty->inner, key, limit_bytes, out, error);
}

static pqt_status faulty_open_input(void *self, const char *key, pqt_input *out,
                                    pqt_error *error)
{
    struct faulty *faulty = self;
    if (has_fault(faulty)) return fail("open_input", error);
    return store_open_input(faulty->inner, key, out, error);
}

static pqt_status faulty_open_known(void *self, const char *key, uint64_t size_bytes,
                                    pqt_input *out, pqt_error *error)
{
    struct faulty *faulty = self;
    if (has_fault(faulty)) return fail("open_known", error);
    return store_open_known(faulty->inner, key, size_bytes, out, error);
}

static pqt_status faulty_size(void *self, const char *key, uint64_t *size_bytes,
                              pqt_error *error)
{
    struct faulty *faulty = self;
    if (has_fault(faulty)) return fail("size", error);
    return store_size(faulty->inner, key, size_bytes, error);
}

static pqt_status faulty_put(void *self, const char *key, const store_body *body,
                             pqt_error *error)
{
    struct faulty *faulty = self;
    WITH_FAULT(faulty, "put", store_put_if_absent(faulty->inner, key, body, error));
}

static pqt_status faulty_replace(void *self, const char *key, pqt_view bytes,
                                 pqt_error *error)
{
    struct faulty *faulty = self;
    WITH_FAULT(faulty, "replace", store_replace(faulty->inner, key, bytes, error));
}

static pqt_status faulty_list(void *self, const char *prefix, const char *start_after,
                              store_list_callback callback, void *callback_self,
                              pqt_error *error)
{
    struct faulty *faulty = self;
    if (has_fault(faulty)) return fail("list", error);
    return store_list(faulty->inner, prefix, start_after, callback, callback_self, error);
}

static pqt_status faulty_remove(void *self, const char *key, pqt_error *error)
{
    struct faulty *faulty = self;
    WITH_FAULT(faulty, "remove", store_remove(faulty->inner, key, error));
}

static pqt_status faulty_probe_write(void *self, pqt_error *error)
{
    struct faulty *faulty = self;
    WITH_FAULT(faulty, "probe_write", store_probe_write(faulty->inner, error));
}

static pqt_status faulty_free_bytes(void *self, uint64_t *free_bytes, pqt_error *error)
{
    struct faulty *faulty = self;
    WITH_FAULT(faulty, "free_bytes", store_free_bytes(faulty->inner, free_bytes, error));
}

static pqt_status faulty_lock(void *self, const char *name, void **lock, pqt_error *error)
{
    struct faulty *faulty = self;
    if (has_fault(faulty)) return fail("lock", error);
    return store_lock(faulty->inner, name, lock, error);
}

static pqt_status faulty_check_lock(void *self, void *lock, pqt_error *error)
{
    struct faulty *faulty = self;
    if (has_fault(faulty)) return fail("check_lock", error);
    return store_check_lock(faulty->inner, lock, error);
}

static void faulty_unlock(void *self, void *lock)
{
    struct faulty *faulty = self;
    store_unlock(faulty->inner, lock);
}

static void faulty_release(void *self)
{
    struct faulty *faulty = self;
    store_close(faulty->inner);
    alloc_release(NULL, faulty);
}

static const struct store_functions faulty_functions = {
    .get = faulty_get,
    .open_input = faulty_open_input,
    .open_known = faulty_open_known,
    .size = faulty_size,
    .put = faulty_put,
    .replace = faulty_replace,
    .list = faulty_list,
    .remove = faulty_remove,
    .probe_write = faulty_probe_write,
    .free_bytes = faulty_free_bytes,
    .lock = faulty_lock,
    .check_lock = faulty_check_lock,
    .unlock = faulty_unlock,
    .release = faulty_release,
};

pqt_status store_open_faulty(store *inner, struct store_fault_plan *plan, store **out,
                             pqt_error *error)
{
    struct faulty *faulty = alloc_zeroed(NULL, 1, sizeof *faulty);
    if (!faulty) {
        store_close(inner);
        return error_no_memory(error, sizeof *faulty);
    }
    *faulty = (struct faulty){inner, plan};
    return store_make(&faulty_functions, faulty, inner->name, out, error);
}
