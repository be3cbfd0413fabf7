/* Copies of a night's archive, held against its live rows. */
#ifndef COPIES_HELP_H
#define COPIES_HELP_H

#include "archive/copies.h"
#include "archive/copy_manifest.h"
#include "archive/copy_path.h"
#include "base/date.h"
#include "upkeep_help.h"

/* What the callback was told. */
typedef struct copies_told {
    int64_t counts[PQA_COPY_FAILED + 1];
    int64_t rows; /* of those written and unchanged */
    char message[512];
} copies_told;

static inline void take_copy(void *self, const pqa_copy *copy)
{
    copies_told *told = self;
    told->counts[copy->outcome]++;
    if (copy->outcome == PQA_COPY_WRITTEN || copy->outcome == PQA_COPY_UNCHANGED)
        told->rows += copy->rows;
    if (copy->outcome == PQA_COPY_FAILED || copy->outcome == PQA_COPY_SKIPPED)
        snprintf(told->message, sizeof told->message, "%s", copy->message);
}

/* Django and flask are of one organization, flask of another too. */
static inline test_site site_with_organizations(int32_t days)
{
    test_site s = site_of_days(days);
    const source_slug members[] = {
        {1, view_text("python")}, {2, view_text("python")}, {2, view_text("web")}};
    memcpy(s.organizations, members, sizeof members);
    s.organization_count = 3;
    return s;
}

static const pqa_copy_options both = {.per_project = true, .per_organization = true};

/* Exports with copies; `told` may be NULL. */
static inline pqt_status copies_export(const test_site *s, store *to, int32_t since,
                                       int32_t until, const pqa_copy_options *given,
                                       copies_told *told, pqt_error *error)
{
    const pqa_settings settings = night_settings();
    pqa_copy_options copies = given ? *given : (pqa_copy_options){0};
    copies.callback = told ? take_copy : NULL;
    copies.self = told;
    if (told) *told = (copies_told){0};
    const pqa_export_options options = {
        .since = NIGHT_FIRST + since, .until = NIGHT_FIRST + until, .copies = &copies};
    return night_export_with(s, to, &settings, &options, NULL, error);
}

/* As pqa_copies; `s` NULL: without a database. */
static inline pqt_status copies_run(const test_site *s, store *to, int32_t since,
                                    int32_t until, const pqa_copy_options *given,
                                    copies_told *told, pqt_error *error)
{
    source *from = NULL;
    const pqa_settings settings = night_settings();
    pqa_copies_options options = {.since = NIGHT_FIRST + since,
                                  .until = NIGHT_FIRST + until,
                                  .copies = given ? *given : (pqa_copy_options){0}};
    options.copies.callback = told ? take_copy : NULL;
    options.copies.self = told;
    if (told) *told = (copies_told){0};
    if (s) TRY(site_open(s, &from, error));
    const export_context context = {to, from, NULL, &settings};
    const pqt_status status = archive_copies(&context, &options, error);
    source_close(from);
    return status;
}

/* --- What must hold --- */

static inline bool is_member(const test_site *s, int32_t project, pqt_view organization)
{
    for (size_t i = 0; i < s->organization_count; i++)
        if (s->organizations[i].id == project &&
            view_equal(s->organizations[i].slug, organization))
            return true;
    return false;
}

static inline bool belongs(const test_site *s, copy_kind kind, pqt_view slug,
                           const archive_row *row)
{
    if (row->project_slug.size_bytes == 0) return false;
    return kind == COPY_PROJECT ? view_equal(row->project_slug, slug)
                                : is_member(s, row->project_id, slug);
}

struct copies_look {
    store *store;
    const test_site *site;
    const night_rows *live;
    size_t copies;
    size_t rows;
};

static inline int32_t copy_date(const char *path)
{
    int32_t date = 0;
    const char *name = strstr(path, "pageviews_");
    assert_int_equal(date_parse_iso(view_of(name + 10, 10), &date, NULL), PQT_OK);
    return date;
}

/* A copy's rows are exactly the live ones of its project and day. */
static inline void check_copy(struct copies_look *look, const char *path)
{
    copy_kind kind = COPY_PROJECT;
    night_rows *found = calloc(1, sizeof *found);
    size_t expected = 0;
    const pqt_view slug = copy_path_slug(path, &kind);
    const int32_t date = copy_date(path);
    night_take_file(look->store, path, found);
    qsort(found->rows, found->count, sizeof *found->rows, compare_by_id);
    for (size_t i = 0; i < look->live->count; i++) {
        const archive_row *row = &look->live->rows[i];
        if (row->date != date || !belongs(look->site, kind, slug, row)) continue;
        const archive_row *copied = night_find(found, row->id);
        expected++;
        if (!copied || archive_row_compare(copied, row) != 0 ||
            copied->view_count != row->view_count)
            fail_msg("%s: id %lld is not there as it is", path, (long long)row->id);
    }
    if (found->count != expected)
        fail_msg("%s: %zu rows; expected %zu", path, found->count, expected);
    assert_true(expected > 0);
    look->copies++;
    look->rows += found->count;
    arena_free(&found->texts);
    free(found);
}

static inline pqt_status see_copy(void *self, const store_entry *entry, pqt_error *error)
{
    (void)error;
    const char *path = entry->key + strlen(ARCHIVE_ROOT "/");
    if (strncmp(path, "project/", 8) == 0 || strncmp(path, "org/", 4) == 0)
        check_copy(self, path);
    return PQT_OK;
}

/* Entries of all manifests; none is pending, and each tells its object's size. */
static inline size_t manifest_entries(store *s)
{
    pqt_error error;
    size_t count = 0;
    for (int32_t day = 0; day < NIGHT_DAYS; day++) {
        copy_manifest manifest;
        assert_ok(copy_manifest_read(s, NIGHT_FIRST + day, &manifest, &error));
        for (size_t i = 0; i < manifest.count; i++) {
            char key[300];
            uint64_t size = 0;
            snprintf(key, sizeof key, ARCHIVE_ROOT "/%s", manifest.entries[i].path);
            assert_ok(store_size(s, key, &size, &error));
            assert_int_equal(size, manifest.entries[i].size_bytes);
            assert_false(manifest.entries[i].is_pending);
        }
        count += manifest.count;
        copy_manifest_free(&manifest);
    }
    return count;
}

/* There are `copies` copies, each as the archive has it, and the manifests list them. */
static inline void assert_copies(store *s, const test_site *site, size_t copies)
{
    pqt_error error;
    night_rows *live = calloc(1, sizeof *live);
    struct copies_look look = {s, site, live, 0, 0};
    night_read(s, live);
    assert_ok(store_list(s, "", NULL, see_copy, &look, &error));
    assert_int_equal(look.copies, copies);
    assert_int_equal(manifest_entries(s), copies);
    arena_free(&live->texts);
    free(live);
}

#endif
