/* Upkeep of a night's archive: for tests of what changes it without an export. */
#ifndef UPKEEP_HELP_H
#define UPKEEP_HELP_H

#include "archive/change_set.h"
#include "archive/retention.h"
#include "archive/rewrite.h"
#include "archive/upkeep.h"
#include "base/clock.h"
#include "fault_calls.h"
#include "night.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* Joins all live files into one, as a month is compacted. */
static inline void night_join(store *s)
{
    pqt_error error;
    upkeep u;
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    const delta_file *files[4 * NIGHT_DAYS];
    change_set changes = {.is_rearrangement = true};
    rewritten joined;
    assert_ok(upkeep_begin(&u, &context, clock_wall_ms(), false, &error));
    const size_t count = (size_t)u.table.current->file_count;
    for (size_t i = 0; i < count; i++) {
        files[i] = &u.table.current->files[i];
        assert_ok(change_set_remove(&changes, files[i], &error));
    }
    const rewrite plan = {.context = &context,
                          .files = files,
                          .file_count = count,
                          .memory = &changes.memory};
    assert_ok(rewrite_files(&plan, &joined, &error));
    assert_true(joined.has_file);
    assert_ok(change_set_add(&changes, &joined.entry, &error));
    assert_ok(change_set_commit(&changes, &u.table, "OPTIMIZE", NULL, 0, &error));
    change_set_free(&changes);
    upkeep_end(&u);
}

static inline pqt_status night_prune(store *s, int32_t day, bool agreed, pqa_pruned *out,
                                     pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    const pqa_prune_options options = {.before = NIGHT_FIRST + day,
                                       .more_than_a_tenth = agreed};
    return archive_prune(&context, clock_wall_ms(), &options, out, error);
}

/* `later_ms` after now. */
static inline pqt_status night_undo(store *s, int64_t later_ms, pqa_pruned *out,
                                    pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    return archive_prune_undo(&context, clock_wall_ms() + later_ms, out, error);
}

/* The site's rows of day `first` and later. */
static inline test_site site_since(const test_site *s, int32_t first)
{
    test_site left = *s;
    left.row_count = 0;
    for (size_t i = 0; i < s->row_count; i++)
        if (s->rows[i].date >= NIGHT_FIRST + first)
            left.rows[left.row_count++] = s->rows[i];
    return left;
}

/* Another writer, who exports the site's first day; for a visited store. */
typedef struct first_day_exporter {
    store *store;
    const test_site *site;
} first_day_exporter;

static inline void export_first_day(void *self)
{
    const first_day_exporter *e = self;
    pqt_error error;
    assert_ok(night_export(e->site, e->store, 0, 0, NULL, &error));
}

#endif
