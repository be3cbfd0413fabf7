#include "query/question.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "query/live.h"
#include "query/page_fetch.h"

/* What one thread works with: values of the columns, and what it has found. */
struct worker {
    pqt_values *values; /* the scan's, one a column */
    uint8_t *chosen;    /* a byte a row; NULL where all rows are */
    size_t chosen_capacity;
    group_table groups;
    int64_t *days;
    view_rows rows;
};

struct asking {
    scan *sc;
    const question_filter *filter;
    covered_range days; /* of the filter's, that are worked on */
    slices slices;
    size_t first; /* of the slices that are worked on */
    enum archive_column group_column;
    struct worker *workers;
    int worker_count;
};

/* --- Reading a slice --- */

static pqt_status read_column(struct worker *w, const slice *s,
                              enum archive_column column, pqt_error *error)
{
    return pqt_reader_read(s->file->reader, s->row_group, s->file->columns[column],
                           s->first_row, s->row_count, &w->values[column], error);
}

/* Whether the statistics of the slice's chunk say that every row has this status. */
static bool all_have_status(const struct asking *a, const slice *s)
{
    const pqt_statistics *stats = &pqt_reader_metadata(s->file->reader)
                                       ->row_groups[s->row_group]
                                       .columns[s->file->columns[COLUMN_STATUS]]
                                       .statistics;
    if (a->sc->no_pruning || stats->min_value.size_bytes != 4 ||
        stats->max_value.size_bytes != 4 || stats->null_count != 0)
        return false;
    return (int32_t)load_u32le(stats->min_value.data) == a->filter->status &&
           (int32_t)load_u32le(stats->max_value.data) == a->filter->status;
}

static pqt_status make_chosen(struct worker *w, size_t count, pqt_error *error)
{
    if (count > w->chosen_capacity) {
        uint8_t *grown = alloc_resize(NULL, w->chosen, count, 1);
        if (!grown) return error_no_memory(error, count);
        w->chosen = grown;
        w->chosen_capacity = count;
    }
    memset(w->chosen, 1, count);
    return PQT_OK;
}

static pqt_status choose_by_status(const struct asking *a, struct worker *w,
                                   const slice *s, pqt_error *error)
{
    if (a->filter->any_status || all_have_status(a, s)) return PQT_OK;
    TRY(read_column(w, s, COLUMN_STATUS, error));
    const int32_t *statuses = w->values[COLUMN_STATUS].int32s;
    for (int64_t i = 0; i < s->row_count; i++)
        w->chosen[i] &= statuses[i] == a->filter->status;
    return PQT_OK;
}

static bool is_valid(const pqt_values *values, int64_t at)
{
    return !values->validity || (values->validity[at / 8] >> (at % 8) & 1);
}

static pqt_status choose_by_version(const struct asking *a, struct worker *w,
                                    const slice *s, pqt_error *error)
{
    if (!a->filter->has_version) return PQT_OK;
    TRY(read_column(w, s, COLUMN_VERSION_SLUG, error));
    const pqt_values *versions = &w->values[COLUMN_VERSION_SLUG];
    for (int64_t i = 0; i < s->row_count; i++)
        w->chosen[i] &= is_valid(versions, i) &&
                        view_equal(versions->bytes[i], a->filter->version_slug);
    return PQT_OK;
}

static pqt_status choose_by_date(const struct asking *a, struct worker *w, const slice *s,
                                 pqt_error *error)
{
    if (!s->check_dates) return PQT_OK;
    TRY(read_column(w, s, COLUMN_DATE, error));
    const int32_t *dates = w->values[COLUMN_DATE].int32s;
    for (int64_t i = 0; i < s->row_count; i++)
        w->chosen[i] &= dates[i] >= a->days.first && dates[i] <= a->days.last;
    return PQT_OK;
}

static pqt_status choose_by_project(const struct asking *a, struct worker *w,
                                    const slice *s, pqt_error *error)
{
    if (!s->check_project) return PQT_OK;
    TRY(read_column(w, s, COLUMN_PROJECT_ID, error));
    const int32_t *ids = w->values[COLUMN_PROJECT_ID].int32s;
    for (int64_t i = 0; i < s->row_count; i++)
        w->chosen[i] &= ids[i] == a->filter->project_id;
    return PQT_OK;
}

static pqt_status choose_rows(const struct asking *a, struct worker *w, const slice *s,
                              pqt_error *error)
{
    TRY(make_chosen(w, (size_t)s->row_count, error));
    TRY(choose_by_project(a, w, s, error));
    TRY(choose_by_status(a, w, s, error));
    TRY(choose_by_version(a, w, s, error));
    TRY(choose_by_date(a, w, s, error));
    return read_column(w, s, COLUMN_VIEW_COUNT, error);
}

/* --- Sums by a text --- */

/* Groups of texts that were found before in the same values: a text that the encoding
 * stored once has one address. */
enum { KNOWN_TEXTS = 64 };
struct known_text {
    const uint8_t *data;
    size_t size_bytes;
    size_t group;
};

static pqt_status add_run(group_table *groups, struct known_text *known, pqt_view key,
                          int64_t views, pqt_error *error)
{
    struct known_text *k = &known[((uintptr_t)key.data >> 2) % KNOWN_TEXTS];
    if (k->data == key.data && k->size_bytes == key.size_bytes && key.data) {
        groups->groups[k->group].views += views;
        return PQT_OK;
    }
    size_t number = 0;
    TRY(group_table_add(groups, key, false, views, &number, error));
    *k = (struct known_text){key.data, key.size_bytes, number};
    return PQT_OK;
}

/* Equal neighbours are one run: most share their bytes, and are summed before the table
 * is asked once. */
static pqt_status sum_runs(const pqt_values *keys, const uint8_t *chosen,
                           const int32_t *views, group_table *groups, pqt_error *error)
{
    struct known_text known[KNOWN_TEXTS] = {{0}};
    int64_t null_views = 0, null_rows = 0;
    for (int64_t i = 0; i < keys->row_count;) {
        const pqt_view key = keys->bytes[i];
        int64_t sum = 0, rows = 0;
        if (!is_valid(keys, i)) {
            null_views += chosen[i] ? views[i] : 0;
            null_rows += chosen[i++];
            continue;
        }
        do {
            sum += chosen[i] ? views[i] : 0;
            rows += chosen[i];
            i++;
        } while (i < keys->row_count && keys->bytes[i].data == key.data &&
                 keys->bytes[i].size_bytes == key.size_bytes && is_valid(keys, i));
        if (rows > 0) TRY(add_run(groups, known, key, sum, error));
    }
    if (null_rows == 0) return PQT_OK;
    return group_table_add(groups, (pqt_view){0}, true, null_views, NULL, error);
}

static pqt_status sum_slice(void *self, size_t index, int worker, pqt_error *error)
{
    const struct asking *a = self;
    struct worker *w = &a->workers[worker];
    const slice *s = &a->slices.slices[a->first + index];
    TRY(choose_rows(a, w, s, error));
    if (!memchr(w->chosen, 1, (size_t)s->row_count)) return PQT_OK;
    TRY(read_column(w, s, a->group_column, error));
    return sum_runs(&w->values[a->group_column], w->chosen,
                    w->values[COLUMN_VIEW_COUNT].int32s, &w->groups, error);
}

/* --- Days --- */

static pqt_status days_slice(void *self, size_t index, int worker, pqt_error *error)
{
    const struct asking *a = self;
    struct worker *w = &a->workers[worker];
    const slice *s = &a->slices.slices[a->first + index];
    const bool one_day = !s->check_dates && s->file->first_date == s->file->last_date;
    TRY(choose_rows(a, w, s, error));
    if (!one_day && !s->check_dates) TRY(read_column(w, s, COLUMN_DATE, error));
    const int32_t *views = w->values[COLUMN_VIEW_COUNT].int32s;
    if (one_day) {
        int64_t sum = 0;
        for (int64_t i = 0; i < s->row_count; i++) sum += w->chosen[i] ? views[i] : 0;
        w->days[s->file->first_date - a->filter->since] += sum;
        return PQT_OK;
    }
    const int32_t *dates = w->values[COLUMN_DATE].int32s;
    for (int64_t i = 0; i < s->row_count; i++) {
        if (!w->chosen[i]) continue;
        if (dates[i] < a->days.first || dates[i] > a->days.last)
            return error_set(error, PQT_CORRUPT,
                             "archived file %s: a date that the log's statistics exclude",
                             s->file->path);
        w->days[dates[i] - a->filter->since] += views[i];
    }
    return PQT_OK;
}

/* --- Rows --- */

static pqt_status keep_text(view_rows *rows, pqt_view text, pqt_view *out,
                            pqt_error *error)
{
    *out = arena_copy(&rows->texts, text);
    return out->data ? PQT_OK : error_no_memory(error, text.size_bytes);
}

static pqt_status keep_details(view_rows *rows, const view_details **details,
                               pqt_error *error)
{
    view_details *kept = arena_alloc(&rows->texts, 1, sizeof *kept);
    if (!kept) return error_no_memory(error, sizeof *kept);
    *kept = **details;
    TRY(keep_text(rows, kept->project_slug, &kept->project_slug, error));
    if (kept->has_full_path)
        TRY(keep_text(rows, kept->full_path, &kept->full_path, error));
    *details = kept;
    return PQT_OK;
}

/* Appends the row with copies of its texts. */
static pqt_status keep_row(view_rows *rows, view_row row, pqt_error *error)
{
    void *array = rows->rows;
    if (alloc_grow(NULL, &array, &rows->capacity, rows->count + 1, sizeof *rows->rows) !=
        0)
        return error_no_memory(error, (rows->count + 1) * sizeof *rows->rows);
    rows->rows = array;
    TRY(keep_text(rows, row.path, &row.path, error));
    if (row.has_version) TRY(keep_text(rows, row.version, &row.version, error));
    if (row.details) TRY(keep_details(rows, &row.details, error));
    rows->rows[rows->count++] = row;
    return PQT_OK;
}

static view_details details_of(const struct worker *w, int64_t at)
{
    view_details details = {.id = w->values[COLUMN_ID].int64s[at],
                            .status = w->values[COLUMN_STATUS].int32s[at],
                            .has_version_id = is_valid(&w->values[COLUMN_VERSION_ID], at),
                            .has_full_path = is_valid(&w->values[COLUMN_FULL_PATH], at),
                            .project_slug = w->values[COLUMN_PROJECT_SLUG].bytes[at]};
    if (details.has_version_id)
        details.version_id = w->values[COLUMN_VERSION_ID].int32s[at];
    if (details.has_full_path) details.full_path = w->values[COLUMN_FULL_PATH].bytes[at];
    return details;
}

static pqt_status add_view(struct worker *w, int64_t at, bool with_details,
                           pqt_error *error)
{
    const view_details details = with_details ? details_of(w, at) : (view_details){0};
    view_row row = {.date = w->values[COLUMN_DATE].int32s[at],
                    .has_version = is_valid(&w->values[COLUMN_VERSION_SLUG], at),
                    .path = w->values[COLUMN_PATH].bytes[at],
                    .views = w->values[COLUMN_VIEW_COUNT].int32s[at],
                    .details = with_details ? &details : NULL};
    if (row.has_version) row.version = w->values[COLUMN_VERSION_SLUG].bytes[at];
    return keep_row(&w->rows, row, error);
}

static pqt_status add_live_view(void *self, const live_row *live, pqt_error *error)
{
    const view_row row = {.date = live->row->date,
                          .has_version = live->has_version,
                          .version = live->version,
                          .path = live->row->path,
                          .views = live->row->view_count};
    return keep_row(self, row, error);
}

enum {
    VIEW_COLUMNS = 1u << COLUMN_DATE | 1u << COLUMN_PATH | 1u << COLUMN_VERSION_SLUG,
    DETAIL_COLUMNS = 1u << COLUMN_ID | 1u << COLUMN_PROJECT_SLUG |
                     1u << COLUMN_VERSION_ID | 1u << COLUMN_FULL_PATH |
                     1u << COLUMN_STATUS
};

static uint32_t view_columns(const question_filter *filter)
{
    return VIEW_COLUMNS | (filter->with_details ? DETAIL_COLUMNS : 0u);
}

static pqt_status views_slice(void *self, size_t index, int worker, pqt_error *error)
{
    const struct asking *a = self;
    struct worker *w = &a->workers[worker];
    const slice *s = &a->slices.slices[a->first + index];
    const uint32_t needed = view_columns(a->filter);
    TRY(choose_rows(a, w, s, error));
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (needed >> column & 1) TRY(read_column(w, s, (enum archive_column)column, error));
    for (int64_t i = 0; i < s->row_count; i++)
        if (w->chosen[i]) TRY(add_view(w, i, a->filter->with_details, error));
    return PQT_OK;
}

static int compare_view_rows(const void *a, const void *b)
{
    const view_row *left = a, *right = b;
    if (left->date != right->date) return left->date > right->date ? -1 : 1;
    const int order = view_compare(left->path, right->path);
    if (order != 0) return order;
    if (left->has_version != right->has_version) return left->has_version ? 1 : -1;
    const int versions = view_compare(left->version, right->version);
    if (versions != 0) return versions;
    if (left->views != right->views) return left->views > right->views ? -1 : 1;
    if (!left->details || !right->details) return 0;
    return (left->details->id > right->details->id) -
           (left->details->id < right->details->id);
}

void view_rows_free(view_rows *rows)
{
    alloc_release(NULL, rows->rows);
    arena_free(&rows->texts);
    *rows = (view_rows){0};
}

/* --- The whole --- */

static void free_worker(struct worker *w)
{
    alloc_release(NULL, w->chosen);
    alloc_release(NULL, w->days);
    group_table_free(&w->groups);
    view_rows_free(&w->rows);
}

static void end_asking(struct asking *a)
{
    for (int i = 0; a->workers && i < a->worker_count; i++) free_worker(&a->workers[i]);
    alloc_release(NULL, a->workers);
    slices_free(&a->slices);
}

static uint32_t columns_needed(const question_filter *filter, uint32_t columns)
{
    columns |= 1u << COLUMN_VIEW_COUNT | 1u << COLUMN_DATE;
    if (!filter->any_status) columns |= 1u << COLUMN_STATUS;
    if (filter->has_version) columns |= 1u << COLUMN_VERSION_SLUG;
    return columns;
}

/* The slices at hand: as many at a time as their pages may be fetched. */
static pqt_status run_slices(struct asking *a, uint32_t columns, thread_pool_turn turn,
                             pqt_error *error)
{
    size_t end = 0;
    for (a->first = 0; a->first < a->slices.count; a->first = end) {
        pqt_status status = page_fetch(&a->slices, columns, a->first, &end, error);
        if (status == PQT_OK)
            status = thread_pool_run(a->sc->pool, end - a->first, turn, a, error);
        page_fetch_drop(&a->slices, a->first, end);
        TRY(status);
    }
    return PQT_OK;
}

/* The files that may have the days at hand. */
static pqt_status run_days(struct asking *a, uint32_t columns, thread_pool_turn turn,
                           pqt_error *error)
{
    const slice_request request = {a->filter->project_id, a->days.first, a->days.last,
                                   columns_needed(a->filter, columns)};
    for (int32_t next = 0; next < a->sc->snapshot->file_count;) {
        TRY(scan_collect(a->sc, &request, &next, &a->slices, error));
        TRY(run_slices(a, request.columns, turn, error));
    }
    return PQT_OK;
}

static pqt_status run(struct asking *a, uint32_t columns, thread_pool_turn turn,
                      pqt_error *error)
{
    covered_range whole = {a->filter->since, a->filter->until};
    const covered all = {&whole, 1, 1};
    const covered *archived = a->filter->archived ? a->filter->archived : &all;
    a->worker_count = a->sc->thread_count;
    a->workers = alloc_zeroed(NULL, (size_t)a->worker_count, sizeof *a->workers);
    if (!a->workers) return error_no_memory(error, sizeof *a->workers);
    for (int i = 0; i < a->worker_count; i++) a->workers[i].values = a->sc->values[i];
    const size_t days = (size_t)((int64_t)a->filter->until - a->filter->since + 1);
    for (int i = 0; i < a->worker_count && turn == days_slice; i++) {
        a->workers[i].days = alloc_zeroed(NULL, days, sizeof(int64_t));
        if (!a->workers[i].days) return error_no_memory(error, days * sizeof(int64_t));
    }
    for (size_t i = 0; i < archived->count; i++) {
        a->days = archived->ranges[i];
        TRY(run_days(a, columns, turn, error));
    }
    return PQT_OK;
}

/* --- Rows of the database --- */

struct live_sum {
    question_group by;
    group_table *groups;
};

static pqt_status sum_live(void *self, const live_row *live, pqt_error *error)
{
    const struct live_sum *sum = self;
    const source_row *row = live->row;
    const int64_t views = row->view_count;
    if (sum->by == GROUP_PATH)
        return group_table_add(sum->groups, row->path, false, views, NULL, error);
    if (sum->by == GROUP_FULL_PATH)
        return group_table_add(sum->groups, row->full_path, !row->has_full_path, views,
                               NULL, error);
    return group_table_add(sum->groups, live->version, !live->has_version, views, NULL,
                           error);
}

struct live_days {
    const question_filter *filter;
    int64_t *views; /* a number a day */
};

static pqt_status sum_live_day(void *self, const live_row *live, pqt_error *error)
{
    const struct live_days *days = self;
    const int32_t date = live->row->date;
    if (date < days->filter->since || date > days->filter->until)
        return error_set(error, PQT_CORRUPT,
                         "the database gave a row of a day that was not asked for");
    days->views[date - days->filter->since] += live->row->view_count;
    return PQT_OK;
}

pqt_status question_sum(scan *sc, const question_filter *filter, question_group by,
                        size_t limit, group_table *out, pqt_error *error)
{
    static const enum archive_column columns[] = {[GROUP_PATH] = COLUMN_PATH,
                                                  [GROUP_FULL_PATH] = COLUMN_FULL_PATH,
                                                  [GROUP_VERSION] = COLUMN_VERSION_SLUG};
    struct asking a = {.sc = sc, .filter = filter, .group_column = columns[by]};
    pqt_status status = run(&a, 1u << columns[by], sum_slice, error);
    for (int i = 0; status == PQT_OK && i < a.worker_count; i++)
        status = group_table_join(out, &a.workers[i].groups, error);
    end_asking(&a);
    static const uint32_t wanted[] = {[GROUP_PATH] = SOURCE_WANT_PATH,
                                      [GROUP_FULL_PATH] = SOURCE_WANT_FULL_PATH,
                                      [GROUP_VERSION] = SOURCE_WANT_VERSION};
    struct live_sum live = {by, out};
    if (status == PQT_OK) status = live_read(filter, wanted[by], sum_live, &live, error);
    if (status == PQT_OK) group_table_order(out, limit);
    return status;
}

pqt_status question_days(scan *sc, const question_filter *filter, int64_t *views,
                         pqt_error *error)
{
    struct asking a = {.sc = sc, .filter = filter};
    const size_t days = (size_t)((int64_t)filter->until - filter->since + 1);
    pqt_status status = run(&a, 0, days_slice, error);
    for (int i = 0; status == PQT_OK && i < a.worker_count; i++)
        for (size_t day = 0; day < days; day++) views[day] += a.workers[i].days[day];
    end_asking(&a);
    struct live_days live = {filter, views};
    if (status == PQT_OK) status = live_read(filter, 0, sum_live_day, &live, error);
    return status;
}

static pqt_status join_rows(view_rows *out, const view_rows *more, pqt_error *error)
{
    for (size_t i = 0; i < more->count; i++) TRY(keep_row(out, more->rows[i], error));
    return PQT_OK;
}

pqt_status question_views(scan *sc, const question_filter *filter, view_rows *out,
                          pqt_error *error)
{
    struct asking a = {.sc = sc, .filter = filter};
    pqt_status status = run(&a, view_columns(filter), views_slice, error);
    for (int i = 0; status == PQT_OK && i < a.worker_count; i++)
        status = join_rows(out, &a.workers[i].rows, error);
    end_asking(&a);
    if (status == PQT_OK)
        status = live_read(filter, SOURCE_WANT_PATH | SOURCE_WANT_VERSION, add_live_view,
                           out, error);
    if (status == PQT_OK && out->count)
        qsort(out->rows, out->count, sizeof *out->rows, compare_view_rows);
    return status;
}
