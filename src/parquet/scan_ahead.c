/*
 * Fetching bytes before they are decoded, for inputs where each read is a round trip:
 * what all columns need for the next rows comes in one round.
 */
#include "parquet/scan_state.h"

enum { AHEAD_LIMIT_BYTES = 8 << 20 };

/* Columns [first, end) of the scan, and what is fetched for them. */
struct plan {
    size_t first;
    size_t end;
    read_ahead *ahead;
    uint64_t limit_bytes;
};

/* Columns that are read for all rows, and those for the rows that are left, share. */
static struct plan plan_of_all(pqt_scan *s)
{
    const bool is_shared = s->filter_count > 0;
    return (struct plan){0, is_shared ? 1 : s->column_count, &s->ahead,
                         is_shared ? AHEAD_LIMIT_BYTES / 2 : AHEAD_LIMIT_BYTES};
}

static pqt_status fetch(pqt_scan *s, struct plan plan, const row_selection *rows,
                        pqt_error *error)
{
    uint64_t left = plan.limit_bytes;
    for (size_t i = plan.first; i < plan.end; i++) {
        TRY(scan_open_column(s, &s->columns[i], error));
        TRY(column_reader_plan(&s->columns[i].reader, row_selection_ranges(rows),
                               plan.ahead, &left, error));
    }
    return read_ahead_fetch(plan.ahead, error);
}

/* How many rows the plan's columns have in the bytes that may be fetched. */
static int64_t rows_within(const pqt_scan *s, struct plan plan)
{
    const pqt_row_group *group = &s->reader->metadata.row_groups[s->row_group];
    double bytes = 1;
    for (size_t i = plan.first; i < plan.end; i++)
        bytes += (double)group->columns[s->columns[i].column].compressed_bytes;
    const double rows = (double)group->row_count / bytes * (double)plan.limit_bytes;
    return rows < (double)group->row_count ? (int64_t)rows : group->row_count;
}

/* `spare` becomes the rows from the batch's first on, as many as asked for at least. */
static pqt_status choose_coming(pqt_scan *s, int64_t count, pqt_error *error)
{
    const int64_t first = s->chosen.ranges[0].first;
    row_selection_clear(&s->spare);
    for (size_t i = 0; i < s->rows.count && s->spare.row_count < count; i++) {
        row_range rows = s->rows.ranges[i];
        if (rows.end <= first) continue;
        if (rows.first < first) rows.first = first;
        const int64_t most = count - s->spare.row_count;
        if (rows.end - rows.first > most) rows.end = rows.first + most;
        TRY(row_selection_add(&s->spare, rows, error));
    }
    return PQT_OK;
}

pqt_status scan_fetch_coming(pqt_scan *s, pqt_error *error)
{
    const struct plan plan = plan_of_all(s);
    const int64_t batch_end = s->chosen.ranges[s->chosen.count - 1].end;
    if (s->reader->is_near || s->ahead_end >= batch_end) return PQT_OK;
    const int64_t most = rows_within(s, plan);
    const int64_t batch = s->chosen.row_count;
    TRY(choose_coming(s, most > batch ? most : batch, error));
    TRY(fetch(s, plan, &s->spare, error));
    s->ahead_end = s->spare.ranges[s->spare.count - 1].end;
    return PQT_OK;
}

pqt_status scan_fetch_left(pqt_scan *s, size_t first, size_t end, pqt_error *error)
{
    const struct plan plan = {first, end, &s->ahead_left, AHEAD_LIMIT_BYTES / 2};
    if (s->reader->is_near || s->filter_count == 0 || first >= end) return PQT_OK;
    return fetch(s, plan, &s->wide, error);
}
