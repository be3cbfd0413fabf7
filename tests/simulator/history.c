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
#include "simulated_clock.h"
#include "simulated_store.h"
#include "world.h"

enum {
    STEPS_LEAST = 5,
    STEPS_MORE = 12,
    STEPS_MANY = 60, /* of a long history */
    CALLS_MOST = 60,
    HOUR_MS = 3600000
};

/* The days are over, and January may still be open for late rows; or all is long ago. */
static const int64_t beginnings[] = {INT64_C(1738627200000), INT64_C(1748736000000)};

typedef struct history {
    world *world;
    bool tells;
    tally *counted;
    bool is_visited;
    size_t kind;        /* of the step under way */
    allowance *allowed; /* what it may do */
} history;

/* What a step works with. */
typedef struct workplace {
    history *history;
    store_plan plan;
    store *store;
    source *source;
    bool is_other; /* another site's database */
    pqa_settings settings;
    export_context context;
} workplace;

typedef pqt_status (*step_run)(workplace *at, allowance *allowed, pqt_error *error);

/* --- A workplace --- */

static pqt_status workplace_open(workplace *at, bool is_other, size_t fail_at_row,
                                 pqt_error *error)
{
    at->settings = (pqa_settings){
        .environment = "test",
        .temporary_directory = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
        .memory_bytes = 16 << 20};
    world *w = at->history->world;
    at->plan.inner = w->store;
    at->plan.counted = w->counted;
    TRY(simulated_store_open(&at->plan, &at->store, error));
    TRY(is_other ? world_open_other(w, &at->source, error)
                 : world_open_source(w, fail_at_row, &at->source, error));
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
    world *w = world_of(at);
    row_set rows;
    pqa_export_options options = {.skip_covered = world_random(w, 4) == 0};
    choose_range(w, &options.since, &options.until);
    world_note_rows(w, options.since, options.until, &rows);
    TRY(archive_export(&at->context, &options, NULL, NULL, error));
    if (!options.skip_covered && !at->is_other && !at->plan.has_damaged)
        world_check_exported(w, &rows, allowed);
    return PQT_OK;
}

static pqt_status run_delete(workplace *at, allowance *allowed, pqt_error *error)
{
    world *w = world_of(at);
    row_set rows;
    pqa_delete_options options = {.batch_rows = 1 + (int32_t)world_random(w, 8)};
    choose_range(w, &options.since, &options.until);
    world_note_rows(w, options.since, options.until, &rows);
    TRY(archive_delete(&at->context, at->source, &options, NULL, NULL, error));
    if (!at->is_other && !at->plan.has_damaged) world_check_exported(w, &rows, allowed);
    return PQT_OK;
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
    return archive_prune(&at->context, simulated_clock_now(), &options, &pruned, error);
}

static pqt_status run_undo(workplace *at, allowance *allowed, pqt_error *error)
{
    pqa_pruned pruned;
    allowed->has_undo = true;
    return archive_prune_undo(&at->context, simulated_clock_now(), &pruned, error);
}

static pqt_status run_vacuum(workplace *at, allowance *allowed, pqt_error *error)
{
    pqa_vacuum_report report = {0};
    (void)allowed;
    const bool removes = world_random(world_of(at), 5) > 0;
    const pqt_status status =
        archive_vacuum(&at->context, simulated_clock_now(), removes, &report, error);
    if (!removes) return status;
    at->history->counted->of[TALLY_OBJECTS_VACUUMED] += report.sum.objects;
    at->history->counted->of[TALLY_LOG_FILES_CLEANED] += report.sum.log_files;
    return status;
}

static void count_month(void *self, const pqa_compacted *month)
{
    tally *counted = self;
    counted->of[TALLY_MONTHS_JOINED] += month->outcome == PQA_MONTH_COMPACTED;
}

static pqt_status run_compact(workplace *at, allowance *allowed, pqt_error *error)
{
    const pqa_compact_options options = {0};
    (void)allowed;
    return archive_compact(&at->context, simulated_clock_now(), &options, count_month,
                           at->history->counted, error);
}

static pqt_status run_forget(workplace *at, allowance *allowed, pqt_error *error)
{
    world *w = world_of(at);
    const pqa_forget_options options = {
        .project_id = 1 + (int32_t)world_random(w, WORLD_PROJECTS), .agreed = true};
    if (world_random(w, 2) == 0)
        at->context.source = NULL; /* nor is the database asked */
    pqa_forgotten forgotten;
    world_note_forget(w, options.project_id);
    allowed->has_forget = true;
    allowed->project_id = options.project_id;
    const pqt_status status =
        archive_forget(&at->context, simulated_clock_now(), &options, &forgotten, error);
    allowed->is_forgotten = status == PQT_OK;
    return status;
}

static pqt_status run_restore(workplace *at, allowance *allowed, pqt_error *error)
{
    pqa_restore_options options = {0};
    choose_range(world_of(at), &options.since, &options.until);
    allowed->has_restore = true;
    return archive_restore(&at->context, simulated_clock_now(), &options, NULL, NULL,
                           error);
}

static pqt_status run_verify(workplace *at, allowance *allowed, pqt_error *error)
{
    const pqa_verify_options options = {.since = WORLD_FIRST,
                                        .until = WORLD_FIRST + WORLD_DAYS};
    (void)allowed;
    return archive_verify(&at->context, &options, NULL, NULL, error);
}

/* Time passes, or the clock is set back. */
static pqt_status run_clock(workplace *at, allowance *allowed, pqt_error *error)
{
    static const int64_t hours[] = {1, 24, 6 * 24, 8 * 24, 40 * 24, -2, -72};
    (void)allowed;
    (void)error;
    const int64_t jump = hours[world_random(world_of(at), 7)];
    simulated_clock_set(simulated_clock_now() + jump * HOUR_MS);
    at->history->counted->of[jump > 0 ? TALLY_CLOCK_FORWARD : TALLY_CLOCK_BACK]++;
    return PQT_OK;
}

static const struct {
    const char *name;
    step_run run;
    int weight;
    tally_event done;
    tally_event failed;
} steps[] = {
    {"export", run_export, 10, TALLY_EXPORTS, TALLY_EXPORTS_FAILED},
    {"delete", run_delete, 10, TALLY_DELETIONS, TALLY_DELETIONS_FAILED},
    {"vacuum", run_vacuum, 3, TALLY_VACUUMS, TALLY_VACUUMS_FAILED},
    {"compact", run_compact, 3, TALLY_COMPACTIONS, TALLY_COMPACTIONS_FAILED},
    {"restore", run_restore, 2, TALLY_RESTORES, TALLY_RESTORES_FAILED},
    {"forget", run_forget, 2, TALLY_FORGETTINGS, TALLY_FORGETTINGS_FAILED},
    {"prune", run_prune, 2, TALLY_PRUNES, TALLY_PRUNES_FAILED},
    {"undo", run_undo, 2, TALLY_UNDOINGS, TALLY_UNDOINGS_FAILED},
    {"verify", run_verify, 1, TALLY_VERIFICATIONS, TALLY_VERIFICATIONS_FAILED},
    {"clock", run_clock, 3, TALLY_COUNT, TALLY_COUNT},
};
enum {
    STEP_KINDS = sizeof steps / sizeof *steps,
    ADDING_KINDS = 5,    /* the first: they take nothing from the archive */
    EXPORT_VISITORS = 7, /* what may come in while rows are exported */
    EXPORT_KIND = 0
};

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
    if (!is_done && world_random(w, 4) == 0) {
        site_update(w);
        h->counted->of[TALLY_ROWS_UPDATED_IN_DELETION]++;
    }
    if (world_random(w, 30) > 0) return PQT_OK;
    h->counted->of[is_done ? TALLY_BATCH_LOST : TALLY_BATCH_FAILED]++;
    return error_set(error, PQT_IO, "a simulated failure of the database");
}

/* --- Steps --- */

static void visit(void *self);

/* Calls that are seldom made are made to fail, too. */
static void choose_call(world *w, store_plan *plan)
{
    static const tally_event failures[] = {
        TALLY_GET_FAILED,  TALLY_OPEN_FAILED,    TALLY_READ_FAILED, TALLY_SIZE_FAILED,
        TALLY_PUT_FAILED,  TALLY_REPLACE_FAILED, TALLY_LIST_FAILED, TALLY_REMOVE_FAILED,
        TALLY_LOCK_FAILED, TALLY_LOCK_LOST};
    plan->wanted = failures[world_random(w, sizeof failures / sizeof *failures)];
    plan->wanted_at = 1 + world_random(w, 3);
}

static void choose_faults(workplace *at)
{
    history *h = at->history;
    world *w = h->world;
    store_plan *plan = &at->plan;
    const uint64_t kind = world_random(w, 8);
    const uint64_t call = 1 + world_random(w, CALLS_MOST);
    if (kind < 3) {
        if (kind < 2)
            plan->fail_at = call;
        else
            choose_call(w, plan);
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

static void count_step(history *h, size_t kind, const workplace *at, pqt_status status)
{
    const tally_event event = status == PQT_OK ? steps[kind].done : steps[kind].failed;
    if (event != TALLY_COUNT) h->counted->of[event]++;
    if (status == PQT_CORRUPT && h->world->has_contradiction && !at->is_other)
        h->counted->of[TALLY_CONTRADICTIONS]++;
    if (at->plan.has_damaged) h->world->is_damaged = true;
}

/* Neither are its rows archived, nor do any go. */
static void check_other(history *h, size_t kind, size_t rows, pqt_status status)
{
    world *w = h->world;
    h->counted->of[TALLY_SWAPS]++;
    if (w->problem[0]) return;
    if (w->other.row_count < rows)
        snprintf(w->problem, sizeof w->problem, "rows of another database went");
    else if (status == PQT_OK &&
             (steps[kind].run == run_export || steps[kind].run == run_delete))
        snprintf(w->problem, sizeof w->problem, "another database was taken for ours");
}

static void run_step(history *h, size_t kind, bool ignores_locks, allowance *allowed)
{
    world *w = h->world;
    workplace at = {.history = h, .plan = {.ignores_locks = ignores_locks}};
    pqt_error error = {0};
    const bool fails_to_read = world_random(w, 20) == 0;
    const size_t fail_at_row =
        fails_to_read ? 1 + (size_t)world_random(w, w->database.row_count + 1) : 0;
    at.is_other = !h->is_visited && w->kept.count > 0 && world_random(w, 40) == 0;
    choose_faults(&at);
    pqt_status status = workplace_open(&at, at.is_other, fail_at_row, &error);
    const size_t other_rows = w->other.row_count;
    if (status == PQT_OK) status = steps[kind].run(&at, allowed, &error);
    if (strstr(error.message, "injected fault at row"))
        h->counted->of[TALLY_SOURCE_FAILED]++;
    count_step(h, kind, &at, status);
    if (at.is_other) check_other(h, kind, other_rows, status);
    tell(h, steps[kind].name, status, &error);
    workplace_close(&at);
}

/* Whether the second writer gets past the first one's lock: the log alone must hold then.
 */
static bool gets_past_lock(history *h)
{
    return world_random(h->world, 4) > 0;
}

/* A second writer between two calls of the first. What must hold holds in between, too.
 * What it takes away is somebody's wish, which is told apart from the first one's only
 * where that is an export. */
static void visit(void *self)
{
    history *h = self;
    const size_t kind =
        world_random(h->world, h->kind == EXPORT_KIND ? EXPORT_VISITORS : ADDING_KINDS);
    const bool ignores_locks = gets_past_lock(h);
    const int64_t done = h->counted->of[steps[kind].done];
    h->counted->of[TALLY_VISITS]++;
    h->counted->of[TALLY_VISITS_UNLOCKED] += ignores_locks;
    h->is_visited = true;
    run_step(h, kind, ignores_locks, h->allowed);
    h->is_visited = false;
    h->counted->of[TALLY_VISITS_DONE] += h->counted->of[steps[kind].done] - done;
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
    TRY(workplace_open(&at, false, 0, error));
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
    world *w = h->world;
    const bool is_long = world_random(w, 20) == 0;
    const uint64_t count =
        STEPS_LEAST + world_random(w, is_long ? STEPS_MANY : STEPS_MORE);
    for (uint64_t i = 0; i < count; i++) {
        allowance allowed = {0};
        run_site(w);
        h->kind = choose_step(w);
        h->allowed = &allowed;
        run_step(h, h->kind, false, &allowed);
        h->counted->of[TALLY_STEPS]++;
        if (world_check(w, &allowed)) continue;
        snprintf(problem, HISTORY_PROBLEM_BYTES, "step %d, %s: %s", (int)i + 1,
                 steps[h->kind].name, w->problem);
        return false;
    }
    return true;
}

bool history_run(uint64_t seed, bool tells, tally *counted,
                 char problem[HISTORY_PROBLEM_BYTES])
{
    history h = {
        .world = world_create(seed, counted), .tells = tells, .counted = counted};
    if (!h.world) abort();
    h.world->database.on_delete = disturb_delete;
    h.world->database.self = &h;
    simulated_clock_set(beginnings[world_random(h.world, 2)]);
    const bool good = run_steps(&h, problem) && end(&h, problem);
    world_free(h.world);
    return good;
}
