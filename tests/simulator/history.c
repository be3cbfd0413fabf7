#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_table.h"
#include "archive/compact.h"
#include "archive/deletion.h"
#include "archive/forget.h"
#include "archive/restore.h"
#include "archive/retention.h"
#include "archive/vacuum.h"
#include "archive/verify.h"
#include "base/clock.h"
#include "simulated_store.h"
#include "world.h"

enum { STEPS_LEAST = 5, STEPS_MORE = 12, CALLS_MOST = 60, HOUR_MS = 3600000 };

typedef struct history {
    world *world;
    bool tells;
    int64_t clock_ms; /* added to the machine's */
    history_count *count;
    const char *step;
    bool is_visited;
    const allowance *allowed; /* what the step under way may do */
} history;

/* What a step works with. */
typedef struct workplace {
    history *history;
    store_plan plan;
    store *store;
    source *source;
    pqa_settings settings;
    export_context context;
} workplace;

typedef pqt_status (*step_run)(workplace *at, allowance *allowed, pqt_error *error);

/* --- A workplace --- */

static pqt_status workplace_open(workplace *at, const char *identity, pqt_error *error)
{
    at->settings = (pqa_settings){
        .environment = "test",
        .temporary_directory = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
        .memory_bytes = 16 << 20};
    at->plan.inner = at->history->world->store;
    TRY(simulated_store_open(&at->plan, &at->store, error));
    TRY(world_open_source(at->history->world, identity, &at->source, error));
    at->context = (export_context){at->store, at->source, NULL, &at->settings};
    return PQT_OK;
}

static void workplace_close(workplace *at)
{
    source_close(at->source);
    store_close(at->store);
}

static world *world_of(const workplace *at)
{
    return at->history->world;
}

/* --- What pqa does --- */

static void choose_range(world *w, int32_t *since, int32_t *until)
{
    *since = WORLD_FIRST + (int32_t)world_random(w, WORLD_DAYS);
    *until =
        *since + (int32_t)world_random(w, (uint64_t)(WORLD_FIRST + WORLD_DAYS - *since));
}

static pqt_status run_export(workplace *at, allowance *allowed, pqt_error *error)
{
    (void)allowed;
    pqa_export_options options = {.skip_covered = world_random(world_of(at), 4) == 0};
    choose_range(world_of(at), &options.since, &options.until);
    return archive_export(&at->context, &options, NULL, NULL, error);
}

static pqt_status run_delete(workplace *at, allowance *allowed, pqt_error *error)
{
    (void)allowed;
    pqa_delete_options options = {.batch_rows =
                                      1 + (int32_t)world_random(world_of(at), 8)};
    choose_range(world_of(at), &options.since, &options.until);
    return archive_delete(&at->context, at->source, &options, NULL, NULL, error);
}

static int64_t now_ms(const workplace *at)
{
    return clock_wall_ms() + at->history->clock_ms;
}

static pqt_status run_prune(workplace *at, allowance *allowed, pqt_error *error)
{
    world *w = world_of(at);
    const pqa_prune_options options = {
        .before = WORLD_FIRST + (int32_t)world_random(w, WORLD_DAYS),
        .more_than_a_tenth = world_random(w, 4) > 0,
        .dry_run = world_random(w, 8) == 0};
    pqa_pruned pruned;
    allowed->has_prune = !options.dry_run;
    allowed->before = options.before;
    return archive_prune(&at->context, now_ms(at), &options, &pruned, error);
}

static pqt_status run_undo(workplace *at, allowance *allowed, pqt_error *error)
{
    pqa_pruned pruned;
    allowed->has_undo = true;
    return archive_prune_undo(&at->context, now_ms(at), &pruned, error);
}

static pqt_status run_vacuum(workplace *at, allowance *allowed, pqt_error *error)
{
    pqa_vacuum_report report = {0};
    (void)allowed;
    return archive_vacuum(&at->context, now_ms(at), world_random(world_of(at), 5) > 0,
                          &report, error);
}

static pqt_status run_compact(workplace *at, allowance *allowed, pqt_error *error)
{
    const pqa_compact_options options = {0};
    (void)allowed;
    return archive_compact(&at->context, now_ms(at), &options, NULL, NULL, error);
}

static pqt_status run_forget(workplace *at, allowance *allowed, pqt_error *error)
{
    world *w = world_of(at);
    const pqa_forget_options options = {
        .project_id = 1 + (int32_t)world_random(w, WORLD_PROJECTS),
        .agreed = true,
        .ignore_database = world_random(w, 2) == 0};
    pqa_forgotten forgotten;
    allowed->has_forget = true;
    allowed->project_id = options.project_id;
    const pqt_status status =
        archive_forget(&at->context, now_ms(at), &options, &forgotten, error);
    allowed->is_forgotten = status == PQT_OK;
    return status;
}

static pqt_status run_restore(workplace *at, allowance *allowed, pqt_error *error)
{
    pqa_restore_options options = {0};
    choose_range(world_of(at), &options.since, &options.until);
    allowed->has_restore = true;
    return archive_restore(&at->context, now_ms(at), &options, NULL, NULL, error);
}

static pqt_status run_verify(workplace *at, allowance *allowed, pqt_error *error)
{
    const pqa_verify_options options = {.since = WORLD_FIRST, .until = WORLD_FIRST + WORLD_DAYS};
    (void)allowed;
    return archive_verify(&at->context, &options, NULL, NULL, error);
}

/* Time passes, or the clock is set back. */
static pqt_status run_clock(workplace *at, allowance *allowed, pqt_error *error)
{
    static const int64_t hours[] = {1, 24, 6 * 24, 8 * 24, 40 * 24, -2, -72};
    (void)allowed;
    (void)error;
    at->history->clock_ms += hours[world_random(world_of(at), 7)] * HOUR_MS;
    return PQT_OK;
}

static const struct {
    const char *name;
    step_run run;
    int weight;
} steps[] = {
    {"export", run_export, 10}, {"delete", run_delete, 10},  {"prune", run_prune, 2},
    {"undo", run_undo, 2},      {"vacuum", run_vacuum, 3},   {"compact", run_compact, 3},
    {"forget", run_forget, 1},  {"restore", run_restore, 2}, {"verify", run_verify, 1},
    {"clock", run_clock, 3},
};
enum { STEP_KINDS = sizeof steps / sizeof *steps };

static size_t choose_step(world *w)
{
    int total = 0;
    for (size_t i = 0; i < STEP_KINDS; i++) total += steps[i].weight;
    int left = (int)world_random(w, (uint64_t)total);
    for (size_t i = 0; i < STEP_KINDS; i++) {
        left -= steps[i].weight;
        if (left < 0) return i;
    }
    return 0;
}

/* --- What the site does --- */

static void run_site(world *w)
{
    const uint64_t doings = 1 + world_random(w, 10);
    for (uint64_t i = 0; i < doings; i++) {
        const uint64_t kind = world_random(w, 20);
        if (kind < 12)
            site_insert(w, false);
        else if (kind < 17)
            site_update(w);
        else if (kind < 19)
            site_remove(w);
        else if (world_random(w, 6) == 0)
            site_insert(w, true);
    }
}

/* The site writes while rows are deleted; a batch's answer is lost. */
static pqt_status disturb_delete(void *self, bool is_done, pqt_error *error)
{
    history *h = self;
    world *w = h->world;
    if (!is_done && world_random(w, 4) == 0) site_update(w);
    if (world_random(w, 30) > 0) return PQT_OK;
    h->count->faults++;
    return error_set(error, PQT_IO, "a simulated failure of the database");
}

/* --- Steps --- */

static void visit(void *self);

static void choose_faults(workplace *at)
{
    history *h = at->history;
    world *w = h->world;
    store_plan *plan = &at->plan;
    const uint64_t kind = world_random(w, 8);
    const uint64_t call = 1 + world_random(w, CALLS_MOST);
    if (kind < 3) {
        plan->fail_at = call;
        plan->fail_for_ever = world_random(w, 2) == 0;
        plan->apply_first = world_random(w, 2) == 0;
    } else if (kind == 3) {
        plan->short_at = call;
        plan->drops = world_random(w, UINT64_MAX);
    } else if (kind == 5 && world_random(w, 4) == 0) {
        plan->damages = true;
    } else if (kind == 4 && !h->is_visited) {
        plan->visit_at = call;
        plan->visit = visit;
        plan->self = h;
    }
}

static void tell(const history *h, const char *name, pqt_status status,
                 const pqt_error *error)
{
    if (!h->tells) return;
    printf("  %s%s: %s\n", h->is_visited ? "  visitor " : "", name,
           status == PQT_OK ? "ok" : error->message);
}

static void run_step(history *h, size_t kind, bool ignores_locks, allowance *allowed)
{
    workplace at = {.history = h, .plan = {.ignores_locks = ignores_locks}};
    pqt_error error = {0};
    const char *identity = h->world->kept.count > 0 && world_random(h->world, 40) == 0
                               ? "another site"
                               : NULL;
    choose_faults(&at);
    pqt_status status = workplace_open(&at, identity, &error);
    if (status == PQT_OK) status = steps[kind].run(&at, allowed, &error);
    h->count->faults += at.plan.fail_at > 0 && at.plan.calls >= at.plan.fail_at;
    if (at.plan.has_damaged) h->world->is_damaged = true;
    tell(h, steps[kind].name, status, &error);
    workplace_close(&at);
}

/* A second writer between two calls of the first; the lock may not hold it. It only adds:
 * what it takes away would be somebody's wish. What must hold holds in between, too. */
static void visit(void *self)
{
    history *h = self;
    allowance none = {0};
    h->count->visits++;
    h->is_visited = true;
    run_step(h, world_random(h->world, 2), world_random(h->world, 2) == 0, &none);
    h->is_visited = false;
    (void)world_check(h->world, h->allowed); /* the problem stays */
}

/* With nothing that fails: everything can be done now. */
static pqt_status finish(history *h, pqt_error *error)
{
    workplace at = {.history = h};
    allowance none = {0};
    const pqa_delete_options options = {.since = WORLD_FIRST,
                                        .until = WORLD_FIRST + WORLD_DAYS - 1};
    h->world->database.on_delete = NULL;
    TRY(workplace_open(&at, NULL, error));
    pqt_status status =
        archive_delete(&at.context, at.source, &options, NULL, NULL, error);
    if (status == PQT_OK) status = run_verify(&at, &none, error);
    if (h->world->is_damaged) status = PQT_OK; /* whatever the damage looks like */
    if (status == PQT_CORRUPT && h->world->has_contradiction) status = PQT_OK;
    workplace_close(&at);
    return status;
}

static bool end(history *h, char problem[HISTORY_PROBLEM_BYTES])
{
    const allowance none = {0};
    pqt_error error = {0};
    const pqt_status status = finish(h, &error);
    if (status != PQT_OK) {
        snprintf(problem, HISTORY_PROBLEM_BYTES, "in the end: %.500s", error.message);
        return false;
    }
    if (world_check(h->world, &none) && world_check_end(h->world)) return true;
    snprintf(problem, HISTORY_PROBLEM_BYTES, "in the end: %s", h->world->problem);
    return false;
}

static bool run_steps(history *h, char problem[HISTORY_PROBLEM_BYTES])
{
    const uint64_t count = STEPS_LEAST + world_random(h->world, STEPS_MORE);
    for (uint64_t i = 0; i < count; i++) {
        allowance allowed = {0};
        run_site(h->world);
        const size_t kind = choose_step(h->world);
        const size_t before = h->world->site.count;
        h->allowed = &allowed;
        run_step(h, kind, false, &allowed);
        h->count->steps++;
        if (!world_check(h->world, &allowed)) {
            snprintf(problem, HISTORY_PROBLEM_BYTES, "step %d, %s: %s", (int)i + 1,
                     steps[kind].name, h->world->problem);
            return false;
        }
        if (h->world->site.count < before)
            h->count->deleted += (int64_t)(before - h->world->site.count);
    }
    return true;
}

bool history_run(uint64_t seed, bool tells, history_count *count,
                 char problem[HISTORY_PROBLEM_BYTES])
{
    history h = {.world = world_create(seed), .tells = tells, .count = count};
    if (!h.world) abort();
    h.world->database.on_delete = disturb_delete;
    h.world->database.self = &h;
    const bool good = run_steps(&h, problem) && end(&h, problem);
    world_free(h.world);
    return good;
}
