#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_table.h"
#include "archive/file_rows.h"
#include "archive/site_row.h"
#include "base/view.h"

static const char *const paths[] = {"/", "/index.html", "/a/b.html", "/z", ""};
static const char *const full_paths[] = {"/en/latest/", "/en/latest/index.html",
                                         "/de/a/b.html", "/elsewhere", ""};

/* --- Random numbers (splitmix64) --- */

uint64_t world_random(world *w, uint64_t bound)
{
    uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % bound;
}

/* --- Sets of rows --- */

static source_row *find(const row_set *set, int64_t id)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->rows[i].id == id) return (source_row *)&set->rows[i];
    return NULL;
}

static void drop(row_set *set, source_row *row)
{
    *row = set->rows[--set->count];
}

static bool put(row_set *set, const source_row *row)
{
    source_row *same = find(set, row->id);
    if (!same && set->count == WORLD_ROWS) return false;
    if (!same) same = &set->rows[set->count++];
    *same = *row;
    return true;
}

/* Forms of one row, as far as the archive can tell. */
static bool is_one_row(const source_row *a, const source_row *b)
{
    return a->id == b->id && a->project_id == b->project_id &&
           a->has_version == b->has_version && a->version_id == b->version_id &&
           a->date == b->date && a->status == b->status && view_equal(a->path, b->path);
}

static bool equal(const source_row *a, const source_row *b)
{
    return is_one_row(a, b) && a->has_full_path == b->has_full_path &&
           view_equal(a->full_path, b->full_path) && a->view_count == b->view_count;
}

/* --- The site --- */

static void note_version(world *w, const source_row *row)
{
    if (w->version_count < WORLD_VERSIONS) w->versions[w->version_count++] = *row;
}

static source_row make_row(world *w, int64_t id)
{
    source_row row = {.id = id,
                      .project_id = 1 + (int32_t)world_random(w, WORLD_PROJECTS),
                      .view_count = 1 + (int32_t)world_random(w, 5),
                      .date = WORLD_FIRST + (int32_t)world_random(w, WORLD_DAYS),
                      .status = world_random(w, 4) ? 200 : 404,
                      .has_version = world_random(w, 3) > 0,
                      .has_full_path = world_random(w, 4) > 0,
                      .path = view_text(paths[world_random(w, 5)])};
    if (row.has_version) row.version_id = 10 + (int32_t)world_random(w, 2);
    if (row.has_full_path) row.full_path = view_text(full_paths[world_random(w, 5)]);
    return row;
}

/* An id that only the archive still has: what a database without a sequence would do. */
static int64_t choose_id(world *w, bool reuses_id)
{
    if (reuses_id && w->kept.count > 0) {
        const int64_t id = w->kept.rows[world_random(w, w->kept.count)].id;
        if (!find(&w->site, id)) {
            w->has_contradiction = true;
            w->counted->of[TALLY_IDS_REUSED]++;
            return id;
        }
    }
    return w->next_id++;
}

static bool has_day(const row_set *set, int32_t date)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->rows[i].date == date) return true;
    return false;
}

void site_insert(world *w, bool reuses_id)
{
    if (w->site.count >= WORLD_ROWS / 2 || w->kept.count >= WORLD_ROWS / 2 ||
        w->version_count + 1 >= WORLD_VERSIONS)
        return;
    const source_row row = make_row(w, choose_id(w, reuses_id));
    put(&w->site, &row);
    w->database.rows[w->database.row_count++] = row;
    note_version(w, &row);
    w->counted->of[TALLY_ROWS_INSERTED]++;
    w->counted->of[TALLY_ROWS_LATE] += has_day(&w->kept, row.date);
}

static source_row *database_row(world *w, int64_t id)
{
    for (size_t i = 0; i < w->database.row_count; i++)
        if (w->database.rows[i].id == id) return &w->database.rows[i];
    return NULL;
}

/* A row that the database still has; NULL where there is none. */
static source_row *choose_row(world *w)
{
    if (w->database.row_count == 0) return NULL;
    return &w->database.rows[world_random(w, w->database.row_count)];
}

void site_update(world *w)
{
    source_row *row = choose_row(w);
    if (!row || w->version_count == WORLD_VERSIONS) return;
    row->view_count++;
    put(&w->site, row);
    note_version(w, row);
    w->counted->of[TALLY_ROWS_UPDATED]++;
}

void site_remove(world *w)
{
    source_row *row = choose_row(w);
    if (!row) return;
    drop(&w->site, find(&w->site, row->id));
    *row = w->database.rows[--w->database.row_count];
    w->counted->of[TALLY_ROWS_REMOVED]++;
}

/* --- The whole --- */

world *world_create(uint64_t seed, tally *counted)
{
    world *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->random = seed;
    w->counted = counted;
    w->next_id = 1;
    w->pruned_before = INT32_MIN;
    w->database.rows = w->database_rows;
    w->database.row_capacity = WORLD_ROWS;
    w->database.texts = &w->database_texts;
    w->other.rows = w->other_rows;
    if (store_open_memory(&w->store, NULL) == PQT_OK) return w;
    free(w);
    return NULL;
}

static void forget_files(world *w)
{
    for (size_t i = 0; i < w->read_count; i++) {
        free(w->read_files[i].path);
        free(w->read_files[i].rows);
    }
    free(w->read_files);
}

void world_free(world *w)
{
    store_close(w->store);
    delta_snapshot_free(w->known);
    forget_files(w);
    arena_free(&w->texts);
    arena_free(&w->database_texts);
    free(w);
}

static pqt_status open_table(source_memory_table *table, const char *identity,
                             size_t fail_at_row, source **out, pqt_error *error)
{
    const source_slug projects[] = {{1, view_text("django")}, {2, view_text("flask")}};
    const source_slug versions[] = {{10, view_text("latest")}, {11, view_text("stable")}};
    source_memory content = {.table = table,
                             .projects = projects,
                             .project_count = 2,
                             .versions = versions,
                             .version_count = 2,
                             .fail_at_row = fail_at_row,
                             .identity = {.id_is_unique = true}};
    snprintf(content.identity.text, sizeof content.identity.text, "%s", identity);
    return source_open_memory(&content, out, error);
}

pqt_status world_open_source(world *w, size_t fail_at_row, source **out, pqt_error *error)
{
    return open_table(&w->database, "the site", fail_at_row, out, error);
}

pqt_status world_open_other(world *w, source **out, pqt_error *error)
{
    const size_t rows = 4 + world_random(w, 8);
    for (w->other.row_count = 0; w->other.row_count < rows; w->other.row_count++) {
        const bool is_ours = w->kept.count > 0 && world_random(w, 2) == 0;
        source_row *row = &w->other_rows[w->other.row_count];
        if (is_ours)
            *row = w->kept.rows[world_random(w, w->kept.count)];
        else
            *row = make_row(w, 1 + (int64_t)world_random(w, 500));
        if (world_random(w, 4) == 0) row->view_count += 100;
    }
    return open_table(&w->other, "another site", 0, out, error);
}

/* --- Reading the archive --- */

static bool wrong(world *w, const char *what, const source_row *row)
{
    snprintf(w->problem, sizeof w->problem,
             "%s: id %lld, project %d, version %d, day %d, status %d, path %.*s (%.*s), "
             "views %d",
             what, (long long)row->id, (int)row->project_id,
             row->has_version ? (int)row->version_id : 0, (int)(row->date - WORLD_FIRST),
             (int)row->status, (int)row->path.size_bytes, (const char *)row->path.data,
             (int)row->full_path.size_bytes, (const char *)row->full_path.data,
             (int)row->view_count);
    return false;
}

static source_row row_of(world *w, const archive_row *row)
{
    source_row taken = site_row_of(row);
    taken.path = arena_copy(&w->texts, row->path);
    taken.full_path = arena_copy(&w->texts, row->full_path);
    return taken;
}

static void *grow(void *array, size_t count, size_t size)
{
    void *grown = realloc(array, (count ? count : 1) * size);
    if (!grown) abort();
    return grown;
}

static void add_rows(world *w, read_file *file, const file_rows *rows)
{
    file->rows = grow(file->rows, file->count + (size_t)rows->count, sizeof *file->rows);
    for (int64_t i = 0; i < rows->count; i++) {
        archive_row row;
        file_rows_get(rows, i, &row);
        file->rows[file->count++] = row_of(w, &row);
    }
}

static pqt_status read_rows(world *w, read_file *file, pqt_error *error)
{
    pqt_reader *reader = NULL;
    file_rows rows = {0};
    pqt_status status = file_open(w->store, file->path, &reader, error);
    if (status == PQT_OK) status = file_rows_open(reader, file->path, &rows, error);
    const int32_t groups =
        status == PQT_OK ? pqt_reader_metadata(reader)->row_group_count : 0;
    for (int32_t g = 0; g < groups && status == PQT_OK; g++) {
        status = file_rows_load(&rows, g, error);
        if (status == PQT_OK) add_rows(w, file, &rows);
    }
    file_rows_free(&rows);
    pqt_reader_close(reader);
    return status;
}

/* Files are decoded once, and must then go on being there with their size. A name may be
 * taken again by another file, later. */
static pqt_status look_at_file(world *w, const delta_file *live, read_file **out,
                               pqt_error *error)
{
    char key[400];
    uint64_t size_bytes = 0;
    for (size_t i = 0; i < w->read_count; i++) {
        if (w->read_files[i].modified_ms != live->modified_ms ||
            strcmp(w->read_files[i].path, live->path) != 0)
            continue;
        *out = &w->read_files[i];
        snprintf(key, sizeof key, ARCHIVE_ROOT "/%s", live->path);
        TRY(store_size(w->store, key, &size_bytes, error));
        return size_bytes == live->size_bytes
                   ? PQT_OK
                   : error_set(error, PQT_CORRUPT, "%s has another size", live->path);
    }
    read_file file = {.path = strdup(live->path), .modified_ms = live->modified_ms};
    if (!file.path) abort();
    const pqt_status status = read_rows(w, &file, error);
    w->read_files = grow(w->read_files, w->read_count + 1, sizeof file);
    w->read_files[w->read_count] = file;
    *out = &w->read_files[w->read_count];
    if (status == PQT_OK) {
        w->read_count++;
    } else {
        free(file.path);
        free(file.rows);
    }
    return status;
}

static bool take_file(world *w, const delta_file *live)
{
    pqt_error error = {0};
    read_file *file = NULL;
    const pqt_status status = look_at_file(w, live, &file, &error);
    if (status != PQT_OK && w->is_damaged) return true;
    if (status != PQT_OK) {
        snprintf(w->problem, sizeof w->problem, "a live file cannot be read: %.300s",
                 error.message);
        return false;
    }
    for (size_t i = 0; i < file->count; i++) {
        const source_row *row = &file->rows[i];
        if (find(&w->archive, row->id)) return wrong(w, "is archived twice", row);
        if (!put(&w->archive, row)) return wrong(w, "one row too many", row);
    }
    return true;
}

static bool take_files(world *w, const delta_snapshot *snapshot)
{
    for (int32_t i = 0; i < snapshot->file_count; i++)
        if (!take_file(w, &snapshot->files[i])) return false;
    return true;
}

/* Every fourth time, the log is read from its beginning; else what is new of it. */
static pqt_status read_log(world *w, pqt_error *error)
{
    if (w->known && ++w->reads % 4 > 0) {
        const pqt_status status =
            delta_snapshot_update(w->store, ARCHIVE_ROOT, w->known, error);
        if (status != PQT_CONFLICT) return status;
    }
    delta_snapshot_free(w->known);
    w->known = NULL;
    return delta_snapshot_read(w->store, ARCHIVE_ROOT, &w->known, error);
}

static bool read_archive(world *w, int32_t *first_kept)
{
    pqt_error error = {0};
    w->archive.count = 0;
    *first_kept = INT32_MIN;
    const pqt_status status = read_log(w, &error);
    if (status == PQT_NOT_FOUND) return true;
    if (status != PQT_OK) {
        snprintf(w->problem, sizeof w->problem, "the log cannot be read: %.300s",
                 error.message);
        return false;
    }
    *first_kept = archive_table_first_kept(w->known);
    return take_files(w, w->known);
}

/* --- Comparing --- */

/* What a prune or its undoing did, by the table's own word, where it was asked for. */
static bool take_prune(world *w, const allowance *allowed, int32_t first_kept)
{
    if (first_kept == w->pruned_before) return true;
    const bool is_asked =
        (allowed->has_prune && first_kept == allowed->before) || allowed->has_undo;
    if (!is_asked) {
        snprintf(w->problem, sizeof w->problem,
                 "pruned before %d, which nobody asked for", (int)first_kept);
        return false;
    }
    if (first_kept > w->pruned_before) w->pruned.count = 0;
    w->pruned_before = first_kept;
    for (size_t i = w->kept.count; i-- > 0;) {
        if (w->kept.rows[i].date >= first_kept) continue;
        put(&w->pruned, &w->kept.rows[i]);
        drop(&w->kept, &w->kept.rows[i]);
        w->counted->of[TALLY_ROWS_PRUNED]++;
    }
    for (size_t i = w->pruned.count; i-- > 0;) {
        if (w->pruned.rows[i].date < first_kept) continue;
        put(&w->kept, &w->pruned.rows[i]);
        drop(&w->pruned, &w->pruned.rows[i]);
        w->counted->of[TALLY_ROWS_BROUGHT_BACK]++;
    }
    return true;
}

void world_note_forget(world *w, int32_t project_id)
{
    const row_set *const sets[] = {&w->kept, &w->pruned};
    w->going.count = 0;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < sets[s]->count; i++) {
            const source_row *row = &sets[s]->rows[i];
            if (row->project_id == project_id && !find(&w->site, row->id))
                put(&w->going, row);
        }
}

/* A forgetting that failed may have done its work, or a part. */
static void take_forget(world *w, const allowance *allowed)
{
    row_set *const sets[] = {&w->kept, &w->pruned};
    for (int s = 0; s < 2; s++)
        for (size_t i = sets[s]->count; i-- > 0;) {
            source_row *row = &sets[s]->rows[i];
            if (row->project_id != allowed->project_id) continue;
            if (allowed->is_forgotten && find(&w->going, row->id) &&
                !database_row(w, row->id))
                put(&w->gone, row);
            const source_row *found = find(&w->archive, row->id);
            if (found && is_one_row(found, row)) continue; /* not an id used again */
            drop(sets[s], row);
            w->counted->of[TALLY_ROWS_FORGOTTEN]++;
        }
}

static bool check_kept(world *w)
{
    for (size_t i = 0; i < w->kept.count; i++) {
        const source_row *row = &w->kept.rows[i];
        const source_row *found = find(&w->archive, row->id);
        if (!found && w->is_damaged && !find(&w->moved, row->id)) continue;
        if (!found) return wrong(w, "was archived and is not any more", row);
        if (!is_one_row(found, row)) return wrong(w, "is archived as another", row);
        if (found->view_count < row->view_count)
            return wrong(w, "is archived with fewer views", row);
    }
    return true;
}

static bool was_at_the_site(const world *w, const source_row *row)
{
    for (size_t i = w->version_count; i-- > 0;)
        if (equal(&w->versions[i], row)) return true;
    return false;
}

static bool check_archived(world *w)
{
    for (size_t i = 0; i < w->archive.count; i++) {
        const source_row *row = &w->archive.rows[i];
        if (row->date < w->pruned_before) return wrong(w, "was pruned and is back", row);
        const source_row *gone = find(&w->gone, row->id);
        if (gone && is_one_row(gone, row))
            return wrong(w, "was forgotten and is back", row);
        if (!was_at_the_site(w, row)) return wrong(w, "never was at the site", row);
    }
    return true;
}

/* A row that went from the database must be in the archive as it was. */
static bool check_deleted(world *w)
{
    for (size_t i = w->site.count; i-- > 0;) {
        source_row *row = &w->site.rows[i];
        const source_row *there = database_row(w, row->id);
        if (there && equal(there, row)) continue;
        if (there) return wrong(w, "was changed in the database", row);
        const source_row *archived = find(&w->archive, row->id);
        if (!archived || !equal(archived, row)) return wrong(w, "IS LOST", row);
        put(&w->moved, row);
        drop(&w->site, row);
        w->counted->of[TALLY_ROWS_DELETED]++;
    }
    return true;
}

static bool check_database(world *w, bool may_come_back)
{
    for (size_t i = 0; i < w->database.row_count; i++) {
        const source_row *row = &w->database.rows[i];
        const source_row *archived = find(&w->archive, row->id);
        if (find(&w->site, row->id)) continue;
        if (!may_come_back || !archived || !equal(archived, row))
            return wrong(w, "came into the database", row);
        if (!put(&w->site, row)) return wrong(w, "one row too many", row);
        source_row *moved = find(&w->moved, row->id);
        if (moved) drop(&w->moved, moved);
        w->counted->of[TALLY_ROWS_RESTORED]++;
    }
    return true;
}

/* Texts of the archive's rows are another reading's; those of the versions stay. */
static void keep_archive(world *w)
{
    for (size_t i = 0; i < w->archive.count; i++)
        for (size_t v = w->version_count; v-- > 0;)
            if (equal(&w->versions[v], &w->archive.rows[i])) {
                put(&w->kept, &w->versions[v]);
                break;
            }
}

void world_note_rows(const world *w, int32_t since, int32_t until, row_set *out)
{
    out->count = 0;
    for (size_t i = 0; i < w->database.row_count; i++) {
        const source_row *row = &w->database.rows[i];
        if (row->date >= since && row->date <= until) put(out, row);
    }
}

/* Views may have been added since. */
void world_check_exported(world *w, const row_set *rows, const allowance *allowed)
{
    int32_t first_kept;
    if (w->is_damaged || w->problem[0] || !read_archive(w, &first_kept)) return;
    for (size_t i = 0; i < rows->count && !w->problem[0]; i++) {
        const source_row *row = &rows->rows[i];
        const source_row *found = find(&w->archive, row->id);
        if (row->date < first_kept) continue;
        if (allowed->has_forget && row->project_id == allowed->project_id) continue;
        if (!found)
            (void)wrong(w, "was said to be archived and is not", row);
        else if (!is_one_row(found, row) || found->view_count < row->view_count)
            (void)wrong(w, "was said to be archived and is not as it was", row);
    }
}

bool world_check(world *w, const allowance *allowed)
{
    int32_t first_kept;
    if (w->problem[0] || !read_archive(w, &first_kept)) return false;
    if (!take_prune(w, allowed, first_kept)) return false;
    if (allowed->has_forget) take_forget(w, allowed);
    const bool good = check_kept(w) && check_archived(w) && check_deleted(w) &&
                      check_database(w, allowed->has_restore);
    if (good) keep_archive(w);
    return good;
}

bool world_check_end(world *w)
{
    const bool may_stay = w->has_contradiction || w->is_damaged;
    for (size_t i = 0; i < w->site.count && !may_stay; i++)
        if (w->site.rows[i].date >= w->pruned_before)
            return wrong(w, "was not archived and deleted in the end", &w->site.rows[i]);
    return true;
}
