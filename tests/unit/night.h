/* A site in memory and its archive: for tests of whole exports. */
#ifndef NIGHT_H
#define NIGHT_H

#include <stdio.h>
#include <stdlib.h>

#include "archive/archive_table.h"
#include "archive/export.h"
#include "archive/file_rows.h"
#include "archive/verify.h"
#include "test_help.h"

enum { NIGHT_ROWS = 400, NIGHT_DAYS = 8, NIGHT_FIRST = 20000 };

typedef struct test_site {
    source_row rows[NIGHT_ROWS];
    size_t row_count;
    source_slug projects[8];
    size_t project_count;
    source_slug versions[8];
    size_t version_count;
    source_slug organizations[8]; /* a project and one that it belongs to */
    size_t organization_count;
    const char *identity;
    bool id_may_repeat;
} test_site;

/* What a day's callback was told. */
typedef struct night_report {
    pqa_day days[2 * NIGHT_DAYS];
    size_t count;
} night_report;

static inline test_site site_make(void)
{
    return (test_site){
        .projects = {{1, {0}}, {2, {0}}}, .project_count = 0, .identity = "memory site"};
}

static inline void site_add_project(test_site *s, int32_t id, const char *slug)
{
    s->projects[s->project_count++] = (source_slug){id, view_text(slug)};
}

/* Rows by their number: the same number is the same row. */
static inline source_row *site_add(test_site *s, int64_t id, int32_t day)
{
    static const char *const paths[] = {"/", "/index.html", "/a/b.html", "/z"};
    static const char *const full_paths[] = {"/en/latest/", "/en/latest/index.html",
                                             "/en/latest/a/b.html", "/elsewhere"};
    source_row *row = &s->rows[s->row_count++];
    *row = (source_row){.id = id,
                        .project_id = 1 + (int32_t)(id % 3),
                        .version_id = id % 4 ? 11 : 0,
                        .view_count = 1 + (int32_t)(id % 7),
                        .date = NIGHT_FIRST + day,
                        .status = id % 5 ? 200 : 404,
                        .has_version = id % 4 != 0,
                        .has_full_path = id % 6 != 0,
                        .path = view_text(paths[id / 3 % 4])};
    if (row->has_full_path) row->full_path = view_text(full_paths[id / 3 % 4]);
    return row;
}

static inline source_row *site_find(test_site *s, int64_t id)
{
    for (size_t i = 0; i < s->row_count; i++)
        if (s->rows[i].id == id) return &s->rows[i];
    return NULL;
}

static inline void site_remove(test_site *s, int64_t id)
{
    source_row *row = site_find(s, id);
    *row = s->rows[--s->row_count];
}

/* Three projects, `days` days of 20 rows each, ids growing from 1. */
static inline test_site site_of_days(int32_t days)
{
    test_site s = site_make();
    site_add_project(&s, 1, "django");
    site_add_project(&s, 2, "flask");
    s.versions[s.version_count++] = (source_slug){11, view_text("latest")};
    for (int64_t id = 1; id <= 20 * days; id++) site_add(&s, id, (int32_t)(id - 1) / 20);
    return s;
}

static inline pqt_status site_open(const test_site *s, source **out, pqt_error *error)
{
    source_memory content = {.rows = s->rows,
                             .row_count = s->row_count,
                             .projects = s->projects,
                             .project_count = s->project_count,
                             .versions = s->versions,
                             .version_count = s->version_count,
                             .organizations = s->organizations,
                             .organization_count = s->organization_count,
                             .identity = {.id_is_unique = !s->id_may_repeat}};
    snprintf(content.identity.text, sizeof content.identity.text, "%s", s->identity);
    return source_open_memory(&content, out, error);
}

static inline void night_note(void *self, const pqa_day *day)
{
    night_report *report = self;
    if (report->count < sizeof report->days / sizeof *report->days)
        report->days[report->count++] = *day;
}

static inline pqa_settings night_settings(void)
{
    return (pqa_settings){
        .environment = "test", .temporary_directory = "/tmp", .memory_bytes = 16 << 20};
}

/* Exports days [since, until], counted from NIGHT_FIRST. */
static inline pqt_status night_export_with(const test_site *s, store *to,
                                           const pqa_settings *settings,
                                           const pqa_export_options *options,
                                           night_report *report, pqt_error *error)
{
    source *from = NULL;
    TRY(site_open(s, &from, error));
    const export_context context = {to, from, NULL, settings};
    const pqt_status status =
        archive_export(&context, options, report ? night_note : NULL, report, error);
    source_close(from);
    return status;
}

static inline pqt_status night_export(const test_site *s, store *to, int32_t since,
                                      int32_t until, night_report *report,
                                      pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const pqa_export_options options = {.since = NIGHT_FIRST + since,
                                        .until = NIGHT_FIRST + until};
    return night_export_with(s, to, &settings, &options, report, error);
}

/* The archive's rows, by id; texts are kept in `texts`. */
typedef struct night_rows {
    archive_row rows[2 * NIGHT_ROWS];
    size_t count;
    arena texts;
} night_rows;

static inline int compare_by_id(const void *a, const void *b)
{
    const int64_t left = ((const archive_row *)a)->id,
                  right = ((const archive_row *)b)->id;
    return (left > right) - (left < right);
}

static inline void night_take_file(store *s, const char *path, night_rows *out)
{
    pqt_error error;
    pqt_reader *reader = NULL;
    file_rows rows;
    assert_ok(file_open(s, path, &reader, &error));
    assert_ok(file_rows_open(reader, path, &rows, &error));
    for (int32_t g = 0; g < pqt_reader_metadata(reader)->row_group_count; g++) {
        assert_ok(file_rows_load(&rows, g, &error));
        for (int64_t i = 0; i < rows.count; i++) {
            archive_row row;
            file_rows_get(&rows, i, &row);
            row.project_slug = arena_copy(&out->texts, row.project_slug);
            row.version_slug = arena_copy(&out->texts, row.version_slug);
            row.path = arena_copy(&out->texts, row.path);
            row.full_path = arena_copy(&out->texts, row.full_path);
            assert_true(out->count < sizeof out->rows / sizeof *out->rows);
            out->rows[out->count++] = row;
        }
    }
    file_rows_free(&rows);
    pqt_reader_close(reader);
}

/* No table: no rows. Fails the test where an id is there twice. */
static inline int64_t night_read(store *s, night_rows *out)
{
    pqt_error error;
    delta_snapshot *snapshot = NULL;
    *out = (night_rows){0};
    const pqt_status status = delta_snapshot_read(s, ARCHIVE_ROOT, &snapshot, &error);
    if (status == PQT_NOT_FOUND) return -1;
    if (status != PQT_OK) fail_msg("%s", error.message);
    for (int32_t i = 0; i < snapshot->file_count; i++)
        night_take_file(s, snapshot->files[i].path, out);
    qsort(out->rows, out->count, sizeof *out->rows, compare_by_id);
    for (size_t i = 1; i < out->count; i++)
        if (out->rows[i].id == out->rows[i - 1].id)
            fail_msg("id %lld is in the archive twice", (long long)out->rows[i].id);
    const int64_t version = snapshot->version;
    delta_snapshot_free(snapshot);
    return version;
}

static inline int64_t night_version(store *s)
{
    night_rows rows;
    const int64_t version = night_read(s, &rows);
    arena_free(&rows.texts);
    return version;
}

static inline const archive_row *night_find(const night_rows *rows, int64_t id)
{
    const archive_row key = {.id = id};
    return bsearch(&key, rows->rows, rows->count, sizeof *rows->rows, compare_by_id);
}

static inline bool night_has(const night_rows *archive, const source_row *row)
{
    const archive_row *found = night_find(archive, row->id);
    return found && found->project_id == row->project_id &&
           found->has_version == row->has_version &&
           found->version_id == row->version_id && view_equal(found->path, row->path) &&
           found->has_full_path == row->has_full_path &&
           view_equal(found->full_path, row->full_path) &&
           found->view_count == row->view_count && found->date == row->date &&
           found->status == row->status;
}

/* The archive has exactly these rows (those of the site, and `more` others). */
static inline void assert_archive_is(store *s, const test_site *expected, size_t more)
{
    night_rows rows;
    night_read(s, &rows);
    for (size_t i = 0; i < expected->row_count; i++)
        if (!night_has(&rows, &expected->rows[i]))
            fail_msg("id %lld is not in the archive as it is in the site",
                     (long long)expected->rows[i].id);
    assert_int_equal(rows.count, expected->row_count + more);
    arena_free(&rows.texts);
}

static inline pqt_status night_verify(store *s, const test_site *against,
                                      pqt_error *error)
{
    source *from = NULL;
    if (against) TRY(site_open(against, &from, error));
    const pqa_settings settings = night_settings();
    const export_context context = {s, from, NULL, &settings};
    const pqa_verify_options options = {.since = NIGHT_FIRST,
                                        .until = NIGHT_FIRST + 365,
                                        .against_database = against != NULL};
    const pqt_status status = archive_verify(&context, &options, NULL, NULL, error);
    source_close(from);
    return status;
}

/* An archive of the site's first `days` days. */
static inline store *night_store(const test_site *s, int32_t days)
{
    pqt_error error;
    store *made = NULL;
    assert_ok(store_open_memory(&made, &error));
    assert_ok(night_export(s, made, 0, days - 1, NULL, &error));
    return made;
}

/* What a site of two days has a night later: a row with more views, late rows of the
 * first day and a new one; and a row is gone, which the archive keeps. */
static inline test_site site_next_night(const test_site *before)
{
    test_site after = *before;
    site_find(&after, 7)->view_count += 10;
    site_add(&after, 800, 0);
    for (int64_t id = 41; id <= 50; id++) site_add(&after, id, 2);
    site_remove(&after, 9);
    return after;
}

/* Every row is there once: as it was, or as it is the next night. */
static inline void assert_night_is_kept(store *s, const test_site *before)
{
    night_rows rows;
    night_read(s, &rows);
    for (size_t i = 0; i < before->row_count; i++) {
        const source_row *old = &before->rows[i];
        const archive_row *now = night_find(&rows, old->id);
        if (!now) fail_msg("id %lld is lost", (long long)old->id);
        const bool has_grown = now->view_count == old->view_count + 10 && old->id == 7;
        assert_true(night_has(&rows, old) || has_grown);
    }
    arena_free(&rows.texts);
}

#endif
