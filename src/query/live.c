#include "query/live.h"

#include <stdlib.h>

#include "base/view.h"

struct living {
    const question_filter *filter;
    source_slugs slugs; /* of versions, of the days that are read */
    bool versions;
    live_callback callback;
    void *self;
};

static int compare_id(const void *key, const void *entry)
{
    const int32_t id = *(const int32_t *)key, other = ((const source_slug *)entry)->id;
    return (id > other) - (id < other);
}

static void find_version(const struct living *l, const source_row *row, live_row *out)
{
    if (!l->versions || !row->has_version || l->slugs.count == 0) return;
    const source_slug *found = bsearch(&row->version_id, l->slugs.slugs, l->slugs.count,
                                       sizeof *l->slugs.slugs, compare_id);
    if (!found) return;
    out->has_version = true;
    out->version = found->slug;
}

static pqt_status take_row(void *self, const source_row *row, pqt_error *error)
{
    const struct living *l = self;
    const question_filter *filter = l->filter;
    live_row taken = {.row = row};
    if (!filter->any_status && row->status != filter->status) return PQT_OK;
    find_version(l, row, &taken);
    if (filter->has_version &&
        !(taken.has_version && view_equal(taken.version, filter->version_slug)))
        return PQT_OK;
    return l->callback(l->self, &taken, error);
}

pqt_status live_read(const question_filter *filter, bool versions, live_callback callback,
                     void *self, pqt_error *error)
{
    struct living l = {.filter = filter,
                       .versions = versions || filter->has_version,
                       .callback = callback,
                       .self = self};
    for (size_t i = 0; filter->live && i < filter->live->count; i++) {
        const covered_range *days = &filter->live->ranges[i];
        const source_slice wanted = {filter->project_id, days->first, days->last};
        int64_t rows = 0;
        if (l.versions)
            TRY(source_slice_versions(filter->from, &wanted, &l.slugs, error));
        TRY(source_read_project(filter->from, &wanted, take_row, &l, filter->progress,
                                &rows, error));
    }
    return PQT_OK;
}
