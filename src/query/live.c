#include "query/live.h"

#include <stdlib.h>

#include "base/view.h"

struct living {
    const question_filter *filter;
    source_slugs slugs; /* of versions, of the days that are read */
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
    if (!row->has_version || l->slugs.count == 0) return;
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
    find_version(l, row, &taken);
    if (filter->has_version &&
        !(taken.has_version && view_equal(taken.version, filter->version_slug)))
        return PQT_OK;
    return l->callback(l->self, &taken, error);
}

pqt_status live_read(const question_filter *filter, uint32_t wanted,
                     live_callback callback, void *self, pqt_error *error)
{
    struct living l = {.filter = filter, .callback = callback, .self = self};
    if (filter->has_version) wanted |= SOURCE_WANT_VERSION;
    for (size_t i = 0; filter->live && i < filter->live->count; i++) {
        const covered_range *days = &filter->live->ranges[i];
        const source_slice part = {.project_id = filter->project_id,
                                   .since = days->first,
                                   .until = days->last,
                                   .any_status = filter->any_status,
                                   .status = filter->status,
                                   .wanted = wanted};
        int64_t rows = 0;
        if (wanted & SOURCE_WANT_VERSION)
            TRY(source_slice_versions(filter->from, &part, &l.slugs, error));
        TRY(source_read_project(filter->from, &part, take_row, &l, filter->progress,
                                &rows, error));
    }
    return PQT_OK;
}
