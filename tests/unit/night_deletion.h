/* Nights whose rows the test owns, and the deletion of what was exported. */
#ifndef NIGHT_DELETION_H
#define NIGHT_DELETION_H

#include "archive/deletion.h"
#include "night.h"

/* What `on_delete` does before (or behind) batch `at`. */
typedef struct plot {
    pqt_status (*act)(struct plot *p, pqt_error *error);
    uint64_t at;  /* 1..; 0: never */
    bool is_done; /* behind the batch's deletion, not before it */
    uint64_t batches;
    void (*arm)(bool on); /* around the deletion itself; may be NULL */
    store *store;
    test_site *site;
    source_memory_table *table;
} plot;

static inline pqt_status act_on_delete(void *self, bool is_done, pqt_error *error)
{
    plot *p = self;
    if (!is_done) p->batches++;
    if (is_done != p->is_done || p->batches != p->at) return PQT_OK;
    return p->act(p, error);
}

typedef struct deletion_report {
    pqa_deleted_day days[NIGHT_DAYS];
    size_t count;
} deletion_report;

static inline void note_deleted(void *self, const pqa_deleted_day *day)
{
    deletion_report *report = self;
    assert_true(report->count < NIGHT_DAYS);
    report->days[report->count++] = *day;
}

static inline source *open_owned(test_site *s, source_memory_table *table)
{
    pqt_error error;
    source *out = NULL;
    source_memory content = {.table = table,
                             .projects = s->projects,
                             .project_count = s->project_count,
                             .versions = s->versions,
                             .version_count = s->version_count,
                             .identity = {.id_is_unique = !s->id_may_repeat}};
    snprintf(content.identity.text, sizeof content.identity.text, "%s", s->identity);
    assert_ok(source_open_memory(&content, &out, &error));
    return out;
}

/* Deletes days [0, 2] of the site, `other` (NULL: the site) being the delete_db. */
static inline pqt_status night_delete(test_site *s, store *to, plot *p, bool dry_run,
                                      const char *other, deletion_report *report,
                                      pqt_error *error)
{
    source_memory_table table = {
        .rows = s->rows, .row_count = s->row_count, .on_delete = act_on_delete, .self = p};
    test_site renamed = *s;
    if (other) renamed.identity = other;
    source *from = open_owned(s, &table), *deleted_from = open_owned(&renamed, &table);
    const pqa_settings settings = night_settings();
    const export_context context = {to, from, NULL, &settings};
    const pqa_delete_options options = {.since = NIGHT_FIRST,
                                        .until = NIGHT_FIRST + 2,
                                        .batch_rows = 6,
                                        .dry_run = dry_run};
    p->store = to;
    p->site = s;
    p->table = &table;
    *report = (deletion_report){0};
    if (p->arm) p->arm(true);
    const pqt_status status =
        archive_delete(&context, deleted_from, &options, note_deleted, report, error);
    if (p->arm) p->arm(false);
    s->row_count = table.row_count;
    source_close(from);
    source_close(deleted_from);
    return status;
}

static inline store *open_store(void)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    return s;
}

/* Every row of `whole` is in the database or in the archive, as it is in `whole`. */
static inline void assert_nothing_is_lost(store *s, test_site *now,
                                          const test_site *whole)
{
    night_rows archive;
    night_read(s, &archive);
    for (size_t i = 0; i < whole->row_count; i++) {
        const source_row *row = &whole->rows[i], *there = site_find(now, row->id);
        const bool in_database = there && there->view_count == row->view_count &&
                                 view_equal(there->path, row->path);
        if (!in_database && !night_has(&archive, row))
            fail_msg("id %lld is lost", (long long)row->id);
    }
    arena_free(&archive.texts);
}

static inline void assert_converges(store *s, test_site *site, const test_site *whole)
{
    pqt_error error = {0};
    plot none = {0};
    deletion_report report;
    assert_ok(night_delete(site, s, &none, false, NULL, &report, &error));
    assert_int_equal(site->row_count, 0);
    assert_archive_is(s, whole, 0);
}

#endif
