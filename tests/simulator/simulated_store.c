#include "simulated_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* --- What happens at a call --- */

/* Counts a call; true where it fails, which is counted as `failure`. */
static bool enter(store_plan *plan, tally_event failure)
{
    const uint64_t call = ++plan->calls;
    if (call == plan->visit_at) plan->visit(plan->self);
    if (failure == plan->wanted && plan->wanted_at > 0 && --plan->wanted_at == 0)
        plan->fail_at = call;
    if (plan->fail_at == 0 || call < plan->fail_at) return false;
    if (call == plan->fail_at) {
        plan->counted->of[failure]++;
        plan->counted->of[TALLY_DEATHS] += plan->fail_for_ever;
    }
    return call == plan->fail_at || plan->fail_for_ever;
}

static pqt_status fail(pqt_error *error)
{
    return error_set(error, PQT_IO, "a simulated failure of the store");
}

/* Whether the call that fails has its effect, and only the answer is lost. */
static bool is_lost(const store_plan *plan, tally_event loss)
{
    const bool lost = plan->apply_first && plan->calls == plan->fail_at;
    plan->counted->of[loss] += lost;
    return lost;
}

/* Makes the call where it does not fail, or where only its answer is lost. */
#define CALL(plan, name, call, error)                                      \
    do {                                                                   \
        const bool fails = enter(plan, TALLY_##name##_FAILED);             \
        const bool applies = !fails || is_lost(plan, TALLY_##name##_LOST); \
        const pqt_status status = applies ? (call) : PQT_IO;               \
        return fails ? fail(error) : status;                               \
    } while (0)

/* --- The functions --- */

static pqt_status get(void *self, const char *key, uint64_t limit_bytes, buffer *out,
                      pqt_error *error)
{
    store_plan *plan = self;
    if (enter(plan, TALLY_GET_FAILED)) return fail(error);
    return store_get(plan->inner, key, limit_bytes, out, error);
}

/* An input whose reads are calls too. */
struct simulated_input {
    store_plan *plan;
    pqt_input inner;
};

static pqt_status read_input(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                             pqt_error *error)
{
    struct simulated_input *input = self;
    if (enter(input->plan, TALLY_READ_FAILED)) return fail(error);
    return input->inner.read(input->inner.self, offset, out, size_bytes, error);
}

static void release_input(void *self)
{
    struct simulated_input *input = self;
    if (input->inner.release) input->inner.release(input->inner.self);
    free(input);
}

static pqt_status open_input(void *self, const char *key, pqt_input *out,
                             pqt_error *error)
{
    store_plan *plan = self;
    if (enter(plan, TALLY_OPEN_FAILED)) return fail(error);
    struct simulated_input *input = malloc(sizeof *input);
    if (!input) abort();
    *input = (struct simulated_input){.plan = plan};
    const pqt_status status = store_open_input(plan->inner, key, &input->inner, error);
    if (status != PQT_OK) {
        free(input);
        return status;
    }
    *out = input->inner;
    out->read = read_input;
    out->release = release_input;
    out->self = input;
    return PQT_OK;
}

static pqt_status size(void *self, const char *key, uint64_t *size_bytes,
                       pqt_error *error)
{
    store_plan *plan = self;
    if (enter(plan, TALLY_SIZE_FAILED)) return fail(error);
    return store_size(plan->inner, key, size_bytes, error);
}

static pqt_status read_body(const store_body *body, buffer *out, pqt_error *error)
{
    if (body->descriptor < 0)
        return buffer_append(out, body->bytes.data, body->bytes.size_bytes, error);
    const off_t size_bytes = lseek(body->descriptor, 0, SEEK_END);
    TRY(buffer_resize(out, (size_t)size_bytes, error));
    return file_read_at(body->descriptor, 0, out->data, out->size_bytes, "body", error);
}

static pqt_status put_inner(store_plan *plan, const char *key, const store_body *body,
                            pqt_error *error)
{
    const pqt_status status = store_put_if_absent(plan->inner, key, body, error);
    plan->counted->of[TALLY_CHECKPOINTS] +=
        status == PQT_OK && strstr(key, ".checkpoint.");
    return status;
}

/* The store says that all is well. */
static pqt_status put_damaged(store_plan *plan, const char *key, const store_body *body,
                              pqt_error *error)
{
    buffer bytes = {0};
    pqt_status status = read_body(body, &bytes, error);
    if (status == PQT_OK) {
        bytes.data[bytes.size_bytes / 3] ^= 1;
        const store_body other = {-1, buffer_view(&bytes)};
        status = put_inner(plan, key, &other, error);
    }
    if (status == PQT_OK) {
        plan->has_damaged = true;
        plan->counted->of[TALLY_FILES_DAMAGED]++;
    }
    buffer_free(&bytes);
    return status;
}

static pqt_status put(void *self, const char *key, const store_body *body,
                      pqt_error *error)
{
    store_plan *plan = self;
    const bool is_data = strstr(key, ".parquet") && !strstr(key, "_delta_log");
    if (plan->damages && !plan->has_damaged && is_data) {
        plan->calls++;
        return put_damaged(plan, key, body, error);
    }
    CALL(plan, PUT, put_inner(plan, key, body, error), error);
}

static pqt_status replace(void *self, const char *key, pqt_view bytes, pqt_error *error)
{
    store_plan *plan = self;
    CALL(plan, REPLACE, store_replace(plan->inner, key, bytes, error), error);
}

struct listing {
    const store_plan *plan;
    store_list_callback callback;
    void *self;
    uint64_t number;
    bool is_short;
};

static pqt_status pass_entry(void *self, const store_entry *entry, pqt_error *error)
{
    struct listing *l = self;
    if (l->is_short && l->plan->drops >> l->number++ % 64 & 1) return PQT_OK;
    return l->callback(l->self, entry, error);
}

static pqt_status list(void *self, const char *prefix, const char *start_after,
                       store_list_callback callback, void *callback_self,
                       pqt_error *error)
{
    store_plan *plan = self;
    struct listing listing = {.plan = plan, .callback = callback, .self = callback_self};
    if (enter(plan, TALLY_LIST_FAILED)) return fail(error);
    listing.is_short = plan->calls == plan->short_at;
    plan->counted->of[TALLY_LISTS_SHORT] += listing.is_short;
    return store_list(plan->inner, prefix, start_after, pass_entry, &listing, error);
}

static pqt_status remove_object(void *self, const char *key, pqt_error *error)
{
    store_plan *plan = self;
    CALL(plan, REMOVE, store_remove(plan->inner, key, error), error);
}

static pqt_status probe_write(void *self, pqt_error *error)
{
    return store_probe_write(((store_plan *)self)->inner, error);
}

static pqt_status free_bytes(void *self, uint64_t *bytes, pqt_error *error)
{
    return store_free_bytes(((store_plan *)self)->inner, bytes, error);
}

static pqt_status lock(void *self, const char *name, void **held, pqt_error *error)
{
    store_plan *plan = self;
    if (enter(plan, TALLY_LOCK_FAILED)) return fail(error);
    *held = plan;
    if (plan->ignores_locks) return PQT_OK;
    return store_lock(plan->inner, name, held, error);
}

/* Somebody else took the lock over, because this writer had been silent for long. */
static pqt_status check_lock(void *self, void *held, pqt_error *error)
{
    store_plan *plan = self;
    (void)held;
    if (!enter(plan, TALLY_LOCK_LOST)) return PQT_OK;
    return error_set(error, PQT_BUSY, "the lock was lost");
}

/* A process that dies gives its lock back. */
static void unlock(void *self, void *held)
{
    const store_plan *plan = self;
    if (held != plan) store_unlock(plan->inner, held);
}

static void release(void *self)
{
    (void)self;
}

pqt_status simulated_store_open(store_plan *plan, store **out, pqt_error *error)
{
    static const struct store_functions functions = {
        .get = get,
        .open_input = open_input,
        .size = size,
        .put = put,
        .replace = replace,
        .list = list,
        .remove = remove_object,
        .probe_write = probe_write,
        .free_bytes = free_bytes,
        .lock = lock,
        .check_lock = check_lock,
        .unlock = unlock,
        .release = release,
    };
    return store_make(&functions, plan, "simulated", out, error);
}
