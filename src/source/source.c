#include "source/source.h"

#include <stdio.h>

#include "base/alloc.h"
#include "source/kind.h"

static const struct {
    const char *prefix;
    pqt_status (*open)(const char *url, const source_options *options, source **out,
                       pqt_error *error);
} kinds[] = {
    {"postgresql://", source_open_postgres},
    {"postgres://", source_open_postgres},
    {"sqlite:", source_open_sqlite},
};

pqt_status source_open(const char *url, const source_options *options, source **out,
                       pqt_error *error)
{
    static const source_options defaults = {0};
    if (!options) options = &defaults;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(url, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return kinds[i].open(url, options, out, error);
    /* Only what comes before "://" is shown: a password may be in the rest. */
    const char *end = strstr(url, "://");
    const int shown = end && end - url <= 20 ? (int)(end - url) : 0;
    return error_set(error, PQT_INVALID,
                     "the database's URL '%.*s...' is of no known kind; expected "
                     "postgresql://... or sqlite:PATH",
                     shown, url);
}

pqt_status source_make(const struct source_functions *functions, void *self,
                       const char *name, source **out, pqt_error *error)
{
    source *s = alloc_zeroed(NULL, 1, sizeof *s);
    char *copy = alloc_text(NULL, name);
    if (!s || !copy) {
        alloc_release(NULL, s);
        alloc_release(NULL, copy);
        functions->release(self);
        return error_no_memory(error, sizeof *s);
    }
    *s = (source){functions, self, copy};
    *out = s;
    return PQT_OK;
}

void source_close(source *s)
{
    if (!s) return;
    s->functions->release(s->self);
    alloc_release(NULL, s->name);
    alloc_release(NULL, s);
}

/* Says of which source an error is. */
static pqt_status with_name(const source *s, pqt_status status, pqt_error *error)
{
    if (status != PQT_OK && status != PQT_CANCELLED) error_prefix(error, "%s", s->name);
    return status;
}

pqt_status source_identify(source *s, source_identity *out, pqt_error *error)
{
    return with_name(s, s->functions->identify(s->self, out, error), error);
}

pqt_status source_begin(source *s, pqt_error *error)
{
    if (!s->functions->begin) return PQT_OK;
    return with_name(s, s->functions->begin(s->self, error), error);
}

pqt_status source_project_slugs(source *s, source_slugs *out, pqt_error *error)
{
    return with_name(s, s->functions->project_slugs(s->self, out, error), error);
}

pqt_status source_version_slugs(source *s, source_slugs *out, pqt_error *error)
{
    return with_name(s, s->functions->version_slugs(s->self, out, error), error);
}

pqt_status source_organizations(source *s, source_slugs *out, pqt_error *error)
{
    const pqt_status status = s->functions->organizations(s->self, out, error);
    if (status != PQT_OK && status != PQT_CANCELLED)
        error_prefix(error, "which organization a project belongs to cannot be read");
    return with_name(s, status, error);
}

pqt_status source_date_range(source *s, int32_t *first, int32_t *last, bool *empty,
                             pqt_error *error)
{
    return with_name(s, s->functions->date_range(s->self, first, last, empty, error),
                     error);
}

pqt_status source_estimate_read(source *s, int32_t since, int32_t until,
                                source_estimate *out, pqt_error *error)
{
    return with_name(s, s->functions->estimate(s->self, since, until, out, error), error);
}

struct counted {
    source_row_callback callback;
    void *self;
    int64_t rows;
    pqt_status status;
};

static pqt_status count_row(void *self, const source_row *row, pqt_error *error)
{
    struct counted *counted = self;
    counted->rows++;
    counted->status = counted->callback(counted->self, row, error);
    return counted->status;
}

pqt_status source_size_read(source *s, source_size *out, pqt_error *error)
{
    return with_name(s, s->functions->size(s->self, out, error), error);
}

/* What became of a read: the callback's failure, the kind's, or a wrong count. */
static pqt_status end_read(const source *s, const struct counted *counted,
                           pqt_status status, int64_t rows, int64_t *row_count,
                           pqt_error *error)
{
    if (counted->status != PQT_OK) return counted->status;
    if (status != PQT_OK) return with_name(s, status, error);
    if (rows != counted->rows)
        return error_set(error, PQT_CORRUPT,
                         "%s: the database counts %lld rows, but sent %lld", s->name,
                         (long long)rows, (long long)counted->rows);
    *row_count = rows;
    return PQT_OK;
}

pqt_status source_read(source *s, int32_t since, int32_t until,
                       source_row_callback callback, void *self,
                       const pqt_progress *progress, int64_t *row_count, pqt_error *error)
{
    struct counted counted = {callback, self, 0, PQT_OK};
    int64_t rows = 0;
    const pqt_status status = s->functions->read(s->self, since, until, count_row,
                                                 &counted, progress, &rows, error);
    return end_read(s, &counted, status, rows, row_count, error);
}

pqt_status source_read_project(source *s, const source_slice *slice,
                               source_row_callback callback, void *self,
                               const pqt_progress *progress, int64_t *row_count,
                               pqt_error *error)
{
    struct counted counted = {callback, self, 0, PQT_OK};
    int64_t rows = 0;
    const pqt_status status = s->functions->read_project(
        s->self, slice, count_row, &counted, progress, &rows, error);
    return end_read(s, &counted, status, rows, row_count, error);
}

pqt_status source_slice_versions(source *s, const source_slice *slice, source_slugs *out,
                                 pqt_error *error)
{
    return with_name(s, s->functions->slice_versions(s->self, slice, out, error), error);
}

pqt_status source_has_day(source *s, int32_t day, bool *has_rows, pqt_error *error)
{
    return with_name(s, s->functions->has_day(s->self, day, has_rows, error), error);
}

pqt_status source_end(source *s, pqt_error *error)
{
    if (!s->functions->end) return PQT_OK;
    return with_name(s, s->functions->end(s->self, error), error);
}

pqt_status source_resolve_slug(source *s, pqt_view slug, int32_t *project_id, bool *found,
                               pqt_error *error)
{
    return with_name(
        s, s->functions->resolve_slug(s->self, slug, project_id, found, error), error);
}

void source_diagnose(source *s, int32_t day, source_finding_callback callback, void *self)
{
    s->functions->diagnose(s->self, day, callback, self);
}

pqt_status source_prepare_delete(source *s, const source_delete_limits *limits,
                                 pqt_error *error)
{
    return with_name(s, s->functions->prepare_delete(s->self, limits, error), error);
}

/* No kind may claim more than there was to do. */
static pqt_status check_counts(const source *s, size_t count, const source_deletion *done,
                               pqt_error *error)
{
    if (done->deleted >= 0 && done->kept >= 0 &&
        (uint64_t)done->deleted + (uint64_t)done->kept <= count)
        return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "%s: of %zu rows, %lld were deleted and %lld kept: more than there "
                     "were",
                     s->name, count, (long long)done->deleted, (long long)done->kept);
}

pqt_status source_delete_rows(source *s, const source_row *rows, size_t count,
                              source_deletion *out, pqt_error *error)
{
    *out = (source_deletion){0};
    TRY(with_name(s, s->functions->delete_rows(s->self, rows, count, out, error), error));
    return check_counts(s, count, out, error);
}

pqt_status source_compare_rows(source *s, const source_row *rows, size_t count,
                               source_deletion *out, pqt_error *error)
{
    *out = (source_deletion){0};
    TRY(with_name(s, s->functions->compare_rows(s->self, rows, count, out, error),
                  error));
    return check_counts(s, count, out, error);
}

pqt_status source_partitions(source *s, int32_t since, int32_t until,
                             source_partition **out, size_t *count, pqt_error *error)
{
    *out = NULL;
    *count = 0;
    if (!s->functions->partitions) return PQT_OK;
    return with_name(
        s, s->functions->partitions(s->self, since, until, out, count, error), error);
}

pqt_status source_read_partition(source *s, source_partition *partition,
                                 source_row_callback callback, void *self,
                                 const pqt_progress *progress, pqt_error *error)
{
    struct counted counted = {callback, self, 0, PQT_OK};
    const pqt_status status = s->functions->read_partition(s->self, partition, count_row,
                                                           &counted, progress, error);
    if (counted.status != PQT_OK) return counted.status;
    if (status != PQT_OK) return with_name(s, status, error);
    if (partition->rows == counted.rows) return PQT_OK;
    return error_set(
        error, PQT_CORRUPT, "%s: the database counts %lld rows in %s, but sent %lld",
        s->name, (long long)partition->rows, partition->name, (long long)counted.rows);
}

pqt_status source_drop_partition(source *s, source_partition *partition,
                                 source_deletion *out, pqt_error *error)
{
    *out = (source_deletion){0};
    return with_name(s, s->functions->drop_partition(s->self, partition, out, error),
                     error);
}

bool source_is_alive(source *s)
{
    return !s->functions->is_alive || s->functions->is_alive(s->self);
}

pqt_status source_replica_lag(source *s, int64_t *lag_ms, pqt_error *error)
{
    return with_name(s, s->functions->replica_lag(s->self, lag_ms, error), error);
}

void source_diagnose_delete(source *s, source_finding_callback callback, void *self)
{
    s->functions->diagnose_delete(s->self, callback, self);
}

pqt_status source_has_project(source *s, int32_t project_id, bool *has_rows,
                              pqt_error *error)
{
    return with_name(s, s->functions->has_project(s->self, project_id, has_rows, error),
                     error);
}

pqt_status source_begin_insert(source *s, pqt_error *error)
{
    if (!s->functions->begin_insert)
        return error_set(error, PQT_UNSUPPORTED, "%s: rows cannot be put back into it",
                         s->name);
    return with_name(s, s->functions->begin_insert(s->self, error), error);
}

pqt_status source_insert(source *s, const source_row *row, pqt_error *error)
{
    return with_name(s, s->functions->insert(s->self, row, error), error);
}

pqt_status source_commit_insert(source *s, source_insertion *out, pqt_error *error)
{
    return with_name(s, s->functions->commit_insert(s->self, out, error), error);
}

void source_end_insert(source *s)
{
    s->functions->end_insert(s->self);
}
