#include "archive/retention.h"

#include <inttypes.h>
#include <stdio.h>

#include "archive/change_set.h"
#include "archive/copies.h"
#include "archive/day.h"
#include "archive/day_file.h"
#include "archive/moved_ids.h"
#include "archive/rewrite.h"
#include "archive/upkeep.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/sha256.h"
#include "delta/file_list.h"

enum { RECORD_LIMIT_BYTES = 256 << 20, DATE_BYTES = 11 };

struct pruning {
    upkeep upkeep;
    change_set changes;
    covered days; /* that go */
    buffer record;
    int32_t before;
    pqa_pruned *result;
};

static void release(struct pruning *p)
{
    change_set_free(&p->changes);
    covered_free(&p->days);
    buffer_free(&p->record);
    upkeep_end(&p->upkeep);
}

static bool is_kept(const void *self, const archive_row *row)
{
    return row->date >= *(const int32_t *)self;
}

static bool is_pruned(const void *self, const archive_row *row)
{
    return !is_kept(self, row);
}

/* --- What goes --- */

/* A file that also holds later days is written anew without the rows that go;
 * `count_only` to see how many those are. */
static pqt_status split_file(struct pruning *p, const delta_file *file, bool count_only,
                             rewritten *out, pqt_error *error)
{
    const rewrite plan = {.context = p->upkeep.context,
                          .files = &file,
                          .file_count = 1,
                          .keeps = is_kept,
                          .self = &p->before,
                          .count_only = count_only,
                          .memory = &p->changes.memory};
    return rewrite_files(&plan, out, error);
}

static pqt_status note_days(struct pruning *p, int32_t first, int32_t last,
                            pqt_error *error)
{
    if (last >= p->before) last = p->before - 1;
    return covered_add(&p->days, first, last, error);
}

static pqt_status count_file(struct pruning *p, const delta_file *file, pqt_error *error)
{
    pqa_pruned *result = p->result;
    int32_t first, last;
    if (file->row_count == 0) return PQT_OK;
    TRY(file_dates(file, &first, &last, error));
    int64_t gone = 0, rows = file->row_count;
    rewritten parts = {0};
    if (first < p->before) {
        TRY(note_days(p, first, last, error));
        gone = rows;
    }
    if (first < p->before && last >= p->before) {
        TRY(split_file(p, file, true, &parts, error));
        gone = parts.left_out.row_count;
        result->files_rewritten++;
    } else if (first < p->before) {
        result->files++;
        result->size_bytes += file->size_bytes;
    }
    result->rows += gone;
    result->rows_left += rows - gone;
    return PQT_OK;
}

static pqt_status count_rows(struct pruning *p, pqt_error *error)
{
    const delta_snapshot *current = p->upkeep.table.current;
    for (int32_t i = 0; i < current->file_count; i++)
        TRY(count_file(p, &current->files[i], error));
    p->result->days = covered_days(&p->days);
    return PQT_OK;
}

/* --- Whether it may go --- */

static pqt_status check_date(const struct pruning *p, pqt_error *error)
{
    const int32_t kept = archive_table_first_kept(p->upkeep.table.current);
    char date[DATE_TEXT_BYTES], first[DATE_TEXT_BYTES];
    date_text(p->before, date);
    if (p->before > (int32_t)(p->upkeep.now_ms / 86400000))
        return error_set(error, PQT_INVALID,
                         "%s is in the future: days would be pruned before they are "
                         "exported",
                         date);
    if (p->before >= kept) return PQT_OK;
    date_text(kept, first);
    return error_set(error, PQT_INVALID,
                     "the archive is pruned before %s already; --undo takes that back",
                     first);
}

static pqt_status check_share(const struct pruning *p, bool agreed, pqt_error *error)
{
    const int64_t total = p->result->rows + p->result->rows_left;
    char date[DATE_TEXT_BYTES];
    if (agreed || p->result->rows <= total / 10) return PQT_OK;
    date_text(p->before, date);
    return error_set(error, PQT_INVALID,
                     "%" PRId64 " of the archive's %" PRId64
                     " rows would go, more than a tenth. If that is meant, run pqa prune "
                     "--before %s --yes once. Nothing was changed",
                     p->result->rows, total, date);
}

/* --- What undoing needs --- */

/* "1767225600000 2026-01-01 - <sha256> <name>": when, before which date, before which
 * date it was until then ("-": none), and the record's hash and name. */
struct last_prune {
    int64_t time_ms;
    char former[DATE_BYTES];
    char sha256[SHA256_TEXT_BYTES];
    char name[UUID_TEXT_BYTES];
};

static bool parse_last_prune(const char *text, struct last_prune *out)
{
    char before[DATE_BYTES];
    return text && sscanf(text, "%" SCNd64 " %10s %10s %64s %36s", &out->time_ms, before,
                          out->former, out->sha256, out->name) == 5;
}

static void write_record_path(const char *name, char path[PRUNE_RECORD_BYTES])
{
    snprintf(path, PRUNE_RECORD_BYTES, PRUNE_RECORD_START "%.36s.json", name);
}

const char *prune_record_path(const delta_snapshot *snapshot,
                              char path[PRUNE_RECORD_BYTES])
{
    struct last_prune last;
    if (!parse_last_prune(delta_configuration(snapshot, KEY_LAST_PRUNE), &last))
        return NULL;
    write_record_path(last.name, path);
    return path;
}

static pqt_status hash_record(const buffer *record, char text[SHA256_TEXT_BYTES],
                              pqt_error *error)
{
    uint8_t digest[SHA256_BYTES];
    TRY(sha256_of(buffer_view(record), digest, error));
    sha256_text(digest, text);
    return PQT_OK;
}

/* The record is there before the commit that names it. */
static pqt_status put_record(struct pruning *p, struct last_prune *out, pqt_error *error)
{
    char key[sizeof ARCHIVE_ROOT + PRUNE_RECORD_BYTES], path[PRUNE_RECORD_BYTES];
    const char *former = delta_configuration(p->upkeep.table.current, KEY_PRUNED_BEFORE);
    out->time_ms = p->upkeep.now_ms;
    snprintf(out->former, sizeof out->former, "%.10s", former && *former ? former : "-");
    TRY(uuid_random(out->name, error));
    TRY(hash_record(&p->record, out->sha256, error));
    write_record_path(out->name, path);
    snprintf(key, sizeof key, ARCHIVE_ROOT "/%s", path);
    const store_body body = {-1, buffer_view(&p->record)};
    return store_put_if_absent(p->upkeep.context->store, key, &body, error);
}

static pqt_status get_record(struct pruning *p, const struct last_prune *last,
                             pqt_error *error)
{
    char key[sizeof ARCHIVE_ROOT + PRUNE_RECORD_BYTES], path[PRUNE_RECORD_BYTES];
    char found[SHA256_TEXT_BYTES];
    write_record_path(last->name, path);
    snprintf(key, sizeof key, ARCHIVE_ROOT "/%s", path);
    TRY(store_get(p->upkeep.context->store, key, RECORD_LIMIT_BYTES, &p->record, error));
    TRY(hash_record(&p->record, found, error));
    if (strcmp(found, last->sha256) == 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "%s has SHA-256 %s; the table says %s", key,
                     found, last->sha256);
}

/* --- Pruning --- */

static pqt_status remove_file(struct pruning *p, const delta_file *file, pqt_error *error)
{
    int32_t first, last;
    rewritten parts = {0};
    if (file->row_count == 0) return PQT_OK;
    TRY(file_dates(file, &first, &last, error));
    if (first >= p->before) return PQT_OK;
    TRY(file_list_append(file, &p->record, error));
    TRY(change_set_remove(&p->changes, file, error));
    if (last < p->before) return PQT_OK;
    TRY(split_file(p, file, false, &parts, error));
    if (!parts.has_file) return PQT_OK;
    if (parts.entry.size_bytes < file->size_bytes)
        p->result->size_bytes += file->size_bytes - parts.entry.size_bytes;
    return change_set_add(&p->changes, &parts.entry, error);
}

/* All pruned days: another writer may have made a file of one that had none. */
static void widen(struct pruning *p)
{
    change_set *set = &p->changes;
    if (!set->has_dates || set->last < p->before - 1) set->last = p->before - 1;
    set->first = INT32_MIN;
    set->has_dates = true;
}

static pqt_status commit_prune(struct pruning *p, pqt_error *error)
{
    struct last_prune last;
    char date[DATE_TEXT_BYTES];
    buffer text = {0};
    date_text(p->before, date);
    TRY(put_record(p, &last, error));
    pqt_status status =
        buffer_printf(&text, error, "%" PRId64 " %s %s %s %s", last.time_ms, date,
                      last.former, last.sha256, last.name);
    if (status == PQT_OK) status = buffer_append_u8(&text, 0, error);
    widen(p);
    const delta_pair pairs[] = {{KEY_PRUNED_BEFORE, date},
                                {KEY_LAST_PRUNE, (const char *)text.data}};
    if (status == PQT_OK)
        status =
            change_set_commit(&p->changes, &p->upkeep.table, "DELETE", pairs, 2, error);
    buffer_free(&text);
    return status;
}

static pqt_status prune_files(struct pruning *p, const pqa_prune_options *options,
                              pqt_error *error)
{
    const delta_snapshot *current = p->upkeep.table.current;
    TRY(check_date(p, error));
    TRY(count_rows(p, error));
    if (options->dry_run) return PQT_OK;
    TRY(check_share(p, options->more_than_a_tenth, error));
    if (p->before == archive_table_first_kept(current) && p->result->rows == 0)
        return PQT_OK;
    for (int32_t i = 0; i < current->file_count; i++)
        TRY(remove_file(p, &current->files[i], error));
    return commit_prune(p, error);
}

/* Copies go last: those that a run before left behind, too. */
static pqt_status prune(struct pruning *p, const pqa_prune_options *options,
                        pqt_error *error)
{
    TRY(prune_files(p, options, error));
    if (options->dry_run) return PQT_OK;
    const pqt_status status =
        copies_prune(p->upkeep.context, p->before, &p->result->copies, error);
    if (status != PQT_OK)
        error_prefix(error, "the days are pruned, but not their copies; run it again");
    return status;
}

pqt_status archive_prune(const export_context *context, int64_t now_ms,
                         const pqa_prune_options *options, pqa_pruned *out,
                         pqt_error *error)
{
    *out = (pqa_pruned){.before = options->before};
    struct pruning p = {.before = options->before, .result = out};
    pqt_status status = upkeep_begin(&p.upkeep, context, now_ms, options->dry_run, error);
    if (status == PQT_OK) status = prune(&p, options, error);
    release(&p);
    return status;
}

/* --- Undoing --- */

static pqt_status check_undo(const struct pruning *p, struct last_prune *last,
                             pqt_error *error)
{
    const char *text = delta_configuration(p->upkeep.table.current, KEY_LAST_PRUNE);
    if (!parse_last_prune(text, last))
        return error_set(error, PQT_NOT_FOUND, "there is no prune that could be undone");
    if (p->upkeep.now_ms - last->time_ms <= UPKEEP_GRACE_MS) return PQT_OK;
    return error_set(error, PQT_NOT_FOUND,
                     "the last prune was more than 7 days ago: it cannot be undone any "
                     "more");
}

/* The object must be what it was when it was live. */
static pqt_status check_object(struct pruning *p, const delta_file *file,
                               pqt_error *error)
{
    char found[SHA256_TEXT_BYTES];
    uint64_t size = 0;
    const char *expected = delta_tag(file, TAG_SHA256);
    TRY(day_file_hash(p->upkeep.context->store, file->path, &size, found, error));
    if (size == file->size_bytes && (!expected || strcmp(expected, found) == 0))
        return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "%s has %" PRIu64 " bytes and SHA-256 %s; expected %" PRIu64
                     " and %s. Nothing was changed",
                     file->path, size, found, file->size_bytes,
                     expected ? expected : "any");
}

/* Of a file that also held later days only the pruned rows come back, in a file of their
 * own: what is live of the later days is left alone. */
static pqt_status restore_file(struct pruning *p, const delta_file *file,
                               pqt_error *error)
{
    int32_t first, last;
    rewritten parts = {0};
    TRY(check_object(p, file, error));
    TRY(moved_ids_check_return(p->upkeep.context, p->upkeep.table.current, file,
                               p->before, error));
    TRY(file_dates(file, &first, &last, error));
    TRY(note_days(p, first, last, error));
    if (last < p->before) {
        p->result->rows += file->row_count;
        p->result->size_bytes += file->size_bytes;
        p->result->files++;
        return change_set_add(&p->changes, file, error);
    }
    const rewrite plan = {.context = p->upkeep.context,
                          .files = &file,
                          .file_count = 1,
                          .keeps = is_pruned,
                          .self = &p->before,
                          .memory = &p->changes.memory};
    TRY(rewrite_files(&plan, &parts, error));
    if (!parts.has_file) return PQT_OK;
    p->result->rows += parts.kept.row_count;
    p->result->size_bytes += parts.entry.size_bytes;
    p->result->files_rewritten++;
    return change_set_add(&p->changes, &parts.entry, error);
}

/* Rows of pruned days that are live all the same would be counted twice. */
static pqt_status check_nothing_is_live(const struct pruning *p, pqt_error *error)
{
    const delta_snapshot *current = p->upkeep.table.current;
    for (int32_t i = 0; i < current->file_count; i++)
        if (file_touches(&current->files[i], INT32_MIN, p->before - 1))
            return error_set(error, PQT_CONFLICT,
                             "%s holds days that were pruned: the prune cannot be undone",
                             current->files[i].path);
    return PQT_OK;
}

static pqt_status commit_undo(struct pruning *p, const struct last_prune *last,
                              pqt_error *error)
{
    const char *former = strcmp(last->former, "-") == 0 ? "" : last->former;
    const delta_pair pairs[] = {{KEY_PRUNED_BEFORE, former}, {KEY_LAST_PRUNE, ""}};
    p->result->days = covered_days(&p->days);
    if (date_parse_iso(view_text(former), &p->result->before, NULL) != PQT_OK)
        p->result->before = INT32_MIN;
    return change_set_commit(&p->changes, &p->upkeep.table, "RESTORE", pairs, 2, error);
}

static pqt_status undo(struct pruning *p, pqt_error *error)
{
    struct last_prune last;
    delta_file *files = NULL;
    size_t count = 0;
    TRY(check_undo(p, &last, error));
    p->before = archive_table_first_kept(p->upkeep.table.current);
    TRY(check_nothing_is_live(p, error));
    TRY(get_record(p, &last, error));
    TRY(file_list_parse(buffer_view(&p->record), last.name, &p->changes.memory, &files,
                        &count, error));
    for (size_t i = 0; i < count; i++) TRY(restore_file(p, &files[i], error));
    return commit_undo(p, &last, error);
}

pqt_status archive_prune_undo(const export_context *context, int64_t now_ms,
                              pqa_pruned *out, pqt_error *error)
{
    *out = (pqa_pruned){0};
    struct pruning p = {.result = out};
    pqt_status status = upkeep_begin(&p.upkeep, context, now_ms, false, error);
    if (status == PQT_OK) status = undo(&p, error);
    release(&p);
    return status;
}
