#include "api/asked.h"

#include "archive/archive_table.h"
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

static pqt_status say_covered(const asked *a, const pqa_query *query, buffer *out,
                              pqt_error *error)
{
    const char *text = delta_configuration(a->scan->snapshot, KEY_COVERED);
    if (query->has_project_id)
        TRY(buffer_printf(out, error, "no project with id %d", query->project_id));
    else
        TRY(buffer_printf(out, error, "no project '%.80s'", query->project));
    if (query->live) TRY(buffer_append_text(out, " in the database and", error));
    return buffer_printf(out, error, " in the archive, which covers %.600s",
                         text && *text ? text : "no day yet");
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
    return buffer_append_text(out, " (choose with --project-id)", error);
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

pqt_status asked_note(const asked *a, const pqa_query *query, bool is_empty, result *r,
                      pqt_error *error)
{
    buffer text = {0};
    pqt_status status = PQT_OK;
    if (!a->has_project || (is_empty && query->has_project_id))
        status = say_covered(a, query, &text, error);
    else if (a->answer.found)
        status = say_others(a, query, &text, error);
    if (status == PQT_OK && query->live) status = say_sides(a, &text, error);
    if (status == PQT_OK && text.size_bytes > 0)
        status =
            result_note(r, error, "%.*s", (int)text.size_bytes, (const char *)text.data);
    buffer_free(&text);
    return status;
}
