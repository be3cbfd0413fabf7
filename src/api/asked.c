#include "api/asked.h"

#include "archive/archive_table.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/view.h"

enum { MOST_DAYS = 100000, RANGES_SHOWN = 3, MOST_TRIES = 5 };

static pqt_status check_query(const pqa_query *query, pqt_error *error)
{
    if (!query->project && !query->has_project_id)
        return error_set(error, PQT_INVALID, "no project: name one, or give its id");
    if (query->until < query->since)
        return error_set(error, PQT_INVALID, "the last day is before the first");
    if ((int64_t)query->until - query->since >= MOST_DAYS)
        return error_set(error, PQT_LIMIT, "more than %d days at once", MOST_DAYS);
    if (query->limit < 0)
        return error_set(error, PQT_INVALID, "a limit of %lld rows",
                         (long long)query->limit);
    return PQT_OK;
}

/* --- The project --- */

/* The database knows who bears a slug now; where it cannot be asked, or does not know,
 * the archive says who bore it last. With live days it must be asked. */
static pqt_status ask_database(pqa_archive *archive, const asked *a, pqt_view slug,
                               int32_t *project_id, bool *found, pqt_error *error)
{
    source *from = NULL;
    *found = false;
    if (a->from) return source_resolve_slug(a->from, slug, project_id, found, error);
    if (!archive->settings.db || handle_source(archive, &from, NULL) != PQT_OK)
        return PQT_OK;
    if (source_resolve_slug(from, slug, project_id, found, NULL) != PQT_OK)
        *found = false;
    return PQT_OK;
}

static pqt_status resolve(pqa_archive *archive, const pqa_query *query, asked *a,
                          pqt_error *error)
{
    a->has_project = true;
    a->filter.project_id = query->project_id;
    if (query->has_project_id) return PQT_OK;
    const slug_request request = {view_text(query->project), query->since, query->until};
    int32_t id = 0;
    bool found = false;
    TRY(scan_find_slug(a->scan, &request, &a->answer, error));
    TRY(ask_database(archive, a, request.slug, &id, &found, error));
    a->has_project = found || a->answer.found;
    a->filter.project_id = found ? id : a->answer.project_id;
    return PQT_OK;
}

/* --- Who answers what --- */

static pqt_status add_days(covered *days, int64_t first, int64_t last, pqt_error *error)
{
    if (last < first) return PQT_OK;
    return covered_add(days, (int32_t)first, (int32_t)last, error);
}

/* A covered day is the archive's, one that is not, and was not pruned, the database's. */
static pqt_status split_days(const covered *all, int32_t since, int32_t until,
                             day_sides *out, pqt_error *error)
{
    const int64_t kept = since > out->first_kept ? since : out->first_kept;
    int64_t next = kept;
    for (size_t i = 0; i < all->count && all->ranges[i].first <= until; i++) {
        const covered_range *range = &all->ranges[i];
        const int64_t first = range->first > kept ? range->first : kept;
        const int64_t last = range->last < until ? range->last : until;
        if (last < first) continue;
        TRY(add_days(&out->archived, first, last, error));
        TRY(add_days(&out->live, next, first - 1, error));
        if (last >= next) next = last + 1;
    }
    return add_days(&out->live, next, until, error);
}

static pqt_status compare_origin(const pqa_settings *settings, const asked *a,
                                 const source_identity *identity, pqt_error *error)
{
    const char *text = delta_configuration(a->scan->snapshot, KEY_SOURCE);
    bool is_same = false;
    TRY(archive_source_is(a->scan->snapshot, settings->environment, identity, &is_same,
                          error));
    if (!text || is_same || strstr(identity->text, " unknown ") ||
        strstr(text, " unknown "))
        return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "%s is not the database that the archive was made from, so its days "
                     "are not added to it (if it is the same site after a move, say "
                     "--adopt-source to an export). It is '%s: %.150s', and the archive "
                     "was made from '%.150s'",
                     a->from->name, settings->environment, identity->text, text);
}

/* Once a connection: rows of another site would be added up as this one's. A user without
 * the right to ask who the database is cannot tell. */
static pqt_status check_origin(pqa_archive *archive, const asked *a, pqt_error *error)
{
    source_identity identity;
    if (archive->is_origin || archive->settings.adopt_source) return PQT_OK;
    TRY(source_identify(a->from, &identity, error));
    TRY(compare_origin(&archive->settings, a, &identity, error));
    archive->is_origin = true;
    return PQT_OK;
}

static pqt_status choose_sides(asked *a, pqt_error *error)
{
    covered all = {0};
    a->sides.first_kept = archive_table_first_kept(a->scan->snapshot);
    TRY(covered_parse(delta_configuration(a->scan->snapshot, KEY_COVERED), &all, error));
    const pqt_status status =
        split_days(&all, a->filter.since, a->filter.until, &a->sides, error);
    covered_free(&all);
    a->filter.archived = &a->sides.archived;
    a->filter.live = &a->sides.live;
    a->filter.from = a->from;
    return status;
}

/* A listing may be old, and what it does not show yet may have been deleted from the
 * database since: whether there is a later commit is asked by its name. */
static pqt_status open_newest(pqa_archive *archive, scan **out, pqt_error *error)
{
    bool changed = true;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        TRY(handle_question_scan(archive, out, error));
        TRY(delta_snapshot_probe((*out)->store, ARCHIVE_ROOT, (*out)->snapshot, &changed,
                                 error));
        if (!changed) return PQT_OK;
    }
    return error_set(error, PQT_CONFLICT,
                     "the archive's log has commits behind version %lld that the store "
                     "does not list; try again",
                     (long long)(*out)->snapshot->version);
}

pqt_status asked_begin(pqa_archive *archive, const pqa_query *query, int16_t status,
                       asked *out, pqt_error *error)
{
    *out = (asked){0};
    TRY(check_query(query, error));
    if (query->live) TRY(handle_snapshot(archive, &out->from, error));
    TRY(query->live ? open_newest(archive, &out->scan, error)
                    : handle_question_scan(archive, &out->scan, error));
    out->filter = (question_filter){
        .since = query->since,
        .until = query->until,
        .any_status = query->any_status,
        .status = query->status ? query->status : status,
        .has_version = query->project_version != NULL,
        .progress = archive->settings.progress,
    };
    if (query->project_version)
        out->filter.version_slug = view_text(query->project_version);
    if (query->live) {
        TRY(check_origin(archive, out, error));
        TRY(choose_sides(out, error));
    }
    return resolve(archive, query, out, error);
}

/* What was read stays read, whatever becomes of the snapshot. */
void asked_end(asked *a)
{
    if (a->from) source_end(a->from, NULL);
    covered_free(&a->sides.archived);
    covered_free(&a->sides.live);
    a->from = NULL;
}

/* --- Notes --- */

/* The days that the archive has: exported and not pruned since. */
static pqt_status find_kept(const asked *a, covered *out, pqt_error *error)
{
    covered all = {0};
    const int32_t first_kept = archive_table_first_kept(a->scan->snapshot);
    TRY(covered_parse(delta_configuration(a->scan->snapshot, KEY_COVERED), &all, error));
    pqt_status status = PQT_OK;
    for (size_t i = 0; i < all.count && status == PQT_OK; i++) {
        const covered_range *range = &all.ranges[i];
        const int32_t first = range->first > first_kept ? range->first : first_kept;
        status = add_days(out, first, range->last, error);
    }
    covered_free(&all);
    return status;
}

static pqt_status say_no_project(const covered *kept, const pqa_query *query, buffer *out,
                                 pqt_error *error)
{
    buffer text = {0};
    if (query->has_project_id)
        TRY(buffer_printf(out, error, "no project with id %d", query->project_id));
    else
        TRY(buffer_printf(out, error, "no project '%.80s'", query->project));
    if (query->live) TRY(buffer_append_text(out, " in the database and", error));
    pqt_status status = covered_write(kept, &text, error);
    if (status == PQT_OK)
        status = buffer_printf(out, error, " in the archive, which covers %.600s",
                               kept->count ? (const char *)text.data : "no day yet");
    buffer_free(&text);
    return status;
}

static pqt_status say_others(const asked *a, const pqa_query *query, buffer *out,
                             pqt_error *error)
{
    const slug_answer *answer = &a->answer;
    size_t count = 0;
    for (size_t i = 0; i <= answer->other_count && i <= SLUG_OTHERS_SHOWN; i++) {
        const int32_t id = i == 0 ? answer->project_id : answer->others[i - 1];
        if (id == a->filter.project_id) continue;
        if (count++ == 0)
            TRY(buffer_printf(out, error,
                              "'%.80s' has been the slug of several projects; this is "
                              "project %d, others: %d",
                              query->project, a->filter.project_id, id));
        else
            TRY(buffer_printf(out, error, ", %d", id));
    }
    if (count == 0) return PQT_OK;
    return buffer_append_text(out, " (choose one by its id, --project-id)", error);
}

static pqt_status say_days(const covered *days, const char *where, buffer *out,
                           pqt_error *error)
{
    buffer text = {0};
    if (days->count == 0) return PQT_OK;
    if (out->size_bytes) TRY(buffer_append_text(out, ", ", error));
    if (days->count > RANGES_SHOWN)
        return buffer_printf(out, error, "%lld days from the %s",
                             (long long)covered_days(days), where);
    pqt_status status = covered_write(days, &text, error);
    if (status == PQT_OK)
        status = buffer_printf(out, error, "%s from the %s", (char *)text.data, where);
    buffer_free(&text);
    return status;
}

/* What came from where, and what from nowhere. */
static pqt_status say_sides(const asked *a, buffer *out, pqt_error *error)
{
    buffer sides = {0};
    const int64_t days = (int64_t)a->filter.until - a->filter.since + 1;
    const int64_t pruned =
        days - covered_days(&a->sides.archived) - covered_days(&a->sides.live);
    pqt_status status = say_days(&a->sides.archived, "archive", &sides, error);
    if (status == PQT_OK) status = say_days(&a->sides.live, "database", &sides, error);
    if (status == PQT_OK && pruned > 0)
        status = buffer_printf(&sides, error, "%s%lld days that were pruned not counted",
                               sides.size_bytes ? ", " : "", (long long)pruned);
    if (status == PQT_OK)
        status = buffer_printf(out, error, "%s%.*s", out->size_bytes ? "; " : "",
                               (int)sides.size_bytes, (const char *)sides.data);
    buffer_free(&sides);
    return status;
}

/* Files that others imported may hold rows of days that are not noted as exported. */
static bool some_are_in_files(const scan *sc, const covered *kept, const pqa_query *query)
{
    for (int32_t i = 0; i < sc->snapshot->file_count; i++) {
        const scan_file *file = sc->files[i];
        const int32_t first =
            file->first_date > query->since ? file->first_date : query->since;
        const int32_t last =
            file->last_date < query->until ? file->last_date : query->until;
        if (file->has_dates && first <= last && covered_missing(kept, first, last) > 0)
            return true;
    }
    return false;
}

/* Why days are not there, as far as that is known, and what to do about it. */
static pqt_status say_reasons(const asked *a, const covered *kept, const pqa_query *query,
                              buffer *out, pqt_error *error)
{
    const int32_t first_kept = archive_table_first_kept(a->scan->snapshot);
    const int32_t today = clock_today_utc();
    const int32_t since = query->since > first_kept ? query->since : first_kept;
    const int32_t until = query->until < today ? query->until : today;
    char date[DATE_TEXT_BYTES];
    date_text(first_kept, date);
    if (query->since < first_kept)
        TRY(buffer_printf(out, error, "; those before %s were pruned", date));
    if (since <= until && covered_missing(kept, since, until) > 0)
        TRY(buffer_append_text(out,
                               "; those not exported yet are counted with --live, or "
                               "after pqa export",
                               error));
    date_text(today, date);
    if (query->until <= today) return PQT_OK;
    return buffer_printf(out, error, "; those after %s are in the future", date);
}

/* Days that the archive does not have count as 0: not silently. */
static pqt_status say_missing(const asked *a, const covered *kept, const pqa_query *query,
                              buffer *out, pqt_error *error)
{
    const int64_t days = (int64_t)query->until - query->since + 1;
    const int64_t missing = covered_missing(kept, query->since, query->until);
    char first[DATE_TEXT_BYTES], last[DATE_TEXT_BYTES];
    if (missing == 0) return PQT_OK;
    TRY(buffer_printf(out, error, "%s%lld of the %lld day%s %s not in the archive%s",
                      out->size_bytes ? "; " : "", (long long)missing, (long long)days,
                      days == 1 ? "" : "s", missing == 1 ? "is" : "are",
                      some_are_in_files(a->scan, kept, query) ? ", or not whole" : ""));
    if (kept->count > 0) {
        date_text(kept->ranges[0].first, first);
        date_text(kept->ranges[kept->count - 1].last, last);
        TRY(buffer_printf(out, error, " (first %s, last %s)", first, last));
    } else {
        TRY(buffer_append_text(out, " (it has none)", error));
    }
    return say_reasons(a, kept, query, out, error);
}

static pqt_status say_all(const asked *a, const covered *kept, const pqa_query *query,
                          bool is_empty, buffer *out, pqt_error *error)
{
    if (!a->has_project || (is_empty && query->has_project_id))
        TRY(say_no_project(kept, query, out, error));
    else if (a->answer.found)
        TRY(say_others(a, query, out, error));
    return query->live ? say_sides(a, out, error)
                       : say_missing(a, kept, query, out, error);
}

pqt_status asked_note(const asked *a, const pqa_query *query, bool is_empty, result *r,
                      pqt_error *error)
{
    buffer text = {0};
    covered kept = {0};
    pqt_status status = find_kept(a, &kept, error);
    if (status == PQT_OK) status = say_all(a, &kept, query, is_empty, &text, error);
    covered_free(&kept);
    if (status == PQT_OK && text.size_bytes > 0)
        status =
            result_note(r, error, "%.*s", (int)text.size_bytes, (const char *)text.data);
    buffer_free(&text);
    return status;
}
