#include "query/scan.h"

#include <stdlib.h>

#include "base/alloc.h"

/* --- Files of the snapshot --- */

static scan_file *find_file(scan_file *const *files, int32_t count, const char *path)
{
    int32_t low = 0, high = count;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        const int order = strcmp(files[middle]->path, path);
        if (order == 0) return files[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void free_files(scan_file **files, int32_t count)
{
    for (int32_t i = 0; files && i < count; i++) scan_file_free(files[i]);
    alloc_release(NULL, files);
}

static pqt_status make_files(const delta_snapshot *snapshot, scan_file ***out,
                             pqt_error *error)
{
    scan_file **files = alloc_zeroed(NULL, (size_t)snapshot->file_count, sizeof *files);
    if (!files)
        return error_no_memory(error, (size_t)snapshot->file_count * sizeof *files);
    for (int32_t i = 0; i < snapshot->file_count; i++) {
        const pqt_status status = scan_file_create(&snapshot->files[i], &files[i], error);
        if (status == PQT_OK) continue;
        free_files(files, i);
        return status;
    }
    *out = files;
    return PQT_OK;
}

pqt_status scan_open(store *s, thread_pool *pool, scan **out, pqt_error *error)
{
    scan *sc = alloc_zeroed(NULL, 1, sizeof *sc);
    if (!sc) return error_no_memory(error, sizeof *sc);
    sc->store = s;
    sc->pool = pool;
    sc->thread_count = thread_pool_size(pool);
    sc->values = alloc_zeroed(NULL, (size_t)sc->thread_count, sizeof *sc->values);
    pqt_status status = sc->values ? PQT_OK : error_no_memory(error, sizeof *sc->values);
    if (status == PQT_OK)
        status = delta_snapshot_read(s, ARCHIVE_ROOT, &sc->snapshot, error);
    if (status == PQT_OK) status = make_files(sc->snapshot, &sc->files, error);
    if (status == PQT_OK)
        *out = sc;
    else
        scan_close(sc);
    return status;
}

static void free_values(scan *sc)
{
    for (int i = 0; sc->values && i < sc->thread_count; i++)
        for (int c = 0; c < COLUMN_COUNT; c++) pqt_values_free(&sc->values[i][c]);
    alloc_release(NULL, sc->values);
}

void scan_close(scan *sc)
{
    if (!sc) return;
    free_values(sc);
    if (sc->snapshot) free_files(sc->files, sc->snapshot->file_count);
    delta_snapshot_free(sc->snapshot);
    thread_pool_free(sc->waiting);
    alloc_release(NULL, sc);
}

/* Takes over the files that are still live from the older list. */
static void keep_files(scan_file **newer, int32_t newer_count, scan_file **older,
                       int32_t older_count)
{
    for (int32_t i = 0; i < older_count; i++) {
        scan_file *file = find_file(newer, newer_count, older[i]->path);
        if (!file) continue;
        const scan_file swap = *file;
        *file = *older[i];
        *older[i] = swap;
    }
}

pqt_status scan_refresh(scan *sc, pqt_error *error)
{
    delta_snapshot *newer = NULL;
    scan_file **files = NULL;
    bool changed = false;
    TRY(delta_snapshot_probe(sc->store, ARCHIVE_ROOT, sc->snapshot, &changed, error));
    if (!changed) return PQT_OK;
    TRY(delta_snapshot_read(sc->store, ARCHIVE_ROOT, &newer, error));
    const pqt_status status = make_files(newer, &files, error);
    if (status != PQT_OK) {
        delta_snapshot_free(newer);
        return status;
    }
    keep_files(files, newer->file_count, sc->files, sc->snapshot->file_count);
    free_files(sc->files, sc->snapshot->file_count);
    delta_snapshot_free(sc->snapshot);
    sc->snapshot = newer;
    sc->files = files;
    return PQT_OK;
}

static int compare_uses(const void *a, const void *b)
{
    const scan_file *left = *(scan_file *const *)a, *right = *(scan_file *const *)b;
    return (left->last_use < right->last_use) - (left->last_use > right->last_use);
}

/* Closes the files that were not used for the longest time, down to the limits. */
static void trim(scan *sc)
{
    const int32_t count = sc->snapshot->file_count;
    scan_file **open = alloc_zeroed(NULL, (size_t)count, sizeof *open);
    size_t open_count = 0, bytes = 0;
    if (!open) return;
    for (int32_t i = 0; i < count; i++)
        if (sc->files[i]->reader) open[open_count++] = sc->files[i];
    if (open_count) qsort(open, open_count, sizeof *open, compare_uses);
    for (size_t i = 0; i < open_count; i++) {
        bytes += open[i]->run_count * sizeof *open[i]->runs;
        if (i >= SCAN_OPEN_FILES || bytes > SCAN_DIRECTORY_BYTES)
            scan_file_close(open[i]);
    }
    alloc_release(NULL, open);
}

/* --- Opening --- */

/* Of files in a store that is far, so many are opened at a time: what is fetched ahead
 * for them is in memory twice until then. */
enum { FILES_A_TURN = 32, WAITING_THREADS = 32 };

/* Files of a turn, and what is done with each. */
struct turn {
    scan *sc;
    scan_file *const *files;
    size_t count;
    pqt_status (*work)(void *self, size_t index, pqt_error *error);
    void *self;
};

/* The ends of all files in one round. */
static pqt_status fetch_ends(const struct turn *turn, pqt_error *error)
{
    kept_fetch fetches[FILES_A_TURN];
    pqt_byte_range ranges[FILES_A_TURN];
    size_t wanted_count = 0;
    for (size_t i = 0; i < turn->count; i++) {
        bool wanted;
        kept_fetch *fetch = &fetches[wanted_count];
        fetch->ranges = &ranges[wanted_count];
        TRY(scan_file_prepare(turn->files[i], turn->sc->store, fetch, &wanted, error));
        wanted_count += wanted;
    }
    if (wanted_count == 0) return PQT_OK;
    return kept_input_fetch(fetches, wanted_count, error);
}

static pqt_status open_file(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    const struct turn *turn = self;
    return scan_file_open(turn->files[index], turn->sc->store, error);
}

static pqt_status work_on_file(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    const struct turn *turn = self;
    return turn->work(turn->self, index, error);
}

/* Those that work, or, where files of others have to be asked more, those that wait. */
static pqt_status choose_threads(const struct turn *turn, thread_pool **out,
                                 pqt_error *error)
{
    scan *sc = turn->sc;
    bool waits = false;
    *out = sc->pool;
    for (size_t i = 0; i < turn->count; i++)
        waits |= turn->files[i]->kept && !turn->files[i]->has_directory;
    if (!waits) return PQT_OK;
    if (!sc->waiting) TRY(thread_pool_create(WAITING_THREADS, &sc->waiting, error));
    *out = sc->waiting;
    return PQT_OK;
}

/* Opens the files, then does the work with each. */
static pqt_status run_turn(struct turn *turn, pqt_error *error)
{
    thread_pool *threads;
    for (size_t i = 0; i < turn->count; i++) turn->files[i]->last_use = turn->sc->uses;
    TRY(fetch_ends(turn, error));
    TRY(thread_pool_run(turn->sc->pool, turn->count, open_file, turn, error));
    TRY(choose_threads(turn, &threads, error));
    return thread_pool_run(threads, turn->count, work_on_file, turn, error);
}

/* --- Slices --- */

/* The files that a request needs. */
struct opening {
    scan *sc;
    const slice_request *request;
    scan_file *files[SCAN_OPEN_FILES];
    size_t count;
    size_t first; /* of the turn */
};

static bool is_wanted(const scan *sc, const scan_file *file, const slice_request *request)
{
    if (sc->no_pruning || !file->has_dates) return true;
    return file->first_date <= request->until && file->last_date >= request->since;
}

static pqt_status direct_file(void *self, size_t index, pqt_error *error)
{
    const struct opening *opening = self;
    scan_file *file = opening->files[opening->first + index];
    size_t first, count;
    TRY(scan_file_direct(file, opening->request->project_id, error));
    scan_file_find(file, opening->request->project_id, &first, &count);
    for (int c = 0; c < COLUMN_COUNT && count > 0 && !opening->sc->no_pruning; c++)
        if (opening->request->columns >> c & 1)
            TRY(scan_file_need(file, (enum archive_column)c, error));
    scan_file_settle(file);
    return PQT_OK;
}

static pqt_status add_slice(slices *out, const slice *added, pqt_error *error)
{
    void *array = out->slices;
    if (alloc_grow(NULL, &array, &out->capacity, out->count + 1, sizeof *out->slices) !=
        0)
        return error_no_memory(error, (out->count + 1) * sizeof *out->slices);
    out->slices = array;
    out->slices[out->count++] = *added;
    return PQT_OK;
}

/* Rows of others between two runs that are read with them rather than apart: in files
 * that are not sorted by project every run would read its page anew. */
enum { GAP_ROWS = 8192, JOINED_ROWS = 1 << 20 };

static bool join_run(slice *last, const project_run *run)
{
    if (last->row_group != run->row_group) return false;
    const int64_t gap = run->first_row - (last->first_row + last->row_count);
    if (gap > GAP_ROWS || last->row_count > JOINED_ROWS) return false;
    last->row_count += gap + run->row_count;
    last->check_project |= gap > 0;
    return true;
}

static pqt_status add_slices(const slice_request *request, scan_file *file, slices *out,
                             pqt_error *error)
{
    size_t first, count;
    scan_file_find(file, request->project_id, &first, &count);
    const bool check = !file->has_dates || file->first_date < request->since ||
                       file->last_date > request->until;
    for (size_t i = 0; i < count; i++) {
        const project_run *run = &file->runs[first + i];
        if (i > 0 && join_run(&out->slices[out->count - 1], run)) continue;
        const slice added = {.file = file,
                             .row_group = run->row_group,
                             .first_row = run->first_row,
                             .row_count = run->row_count,
                             .check_dates = check};
        TRY(add_slice(out, &added, error));
    }
    return PQT_OK;
}

static pqt_status open_files(struct opening *opening, pqt_error *error)
{
    struct turn turn = {.sc = opening->sc, .work = direct_file, .self = opening};
    for (size_t first = 0; first < opening->count; first += FILES_A_TURN) {
        const size_t left = opening->count - first;
        turn.files = opening->files + first;
        turn.count = left < FILES_A_TURN ? left : FILES_A_TURN;
        opening->first = first;
        TRY(run_turn(&turn, error));
    }
    return PQT_OK;
}

pqt_status scan_collect(scan *sc, const slice_request *request, int32_t *next,
                        slices *out, pqt_error *error)
{
    struct opening opening = {.sc = sc, .request = request};
    const int32_t all = sc->snapshot->file_count;
    int32_t at = *next;
    trim(sc);
    sc->uses++;
    out->count = 0;
    for (; at < all && opening.count < SCAN_OPEN_FILES; at++) {
        if (!is_wanted(sc, sc->files[at], request)) continue;
        opening.files[opening.count++] = sc->files[at];
    }
    TRY(open_files(&opening, error));
    for (size_t i = 0; i < opening.count; i++)
        TRY(add_slices(request, opening.files[i], out, error));
    *next = at;
    return PQT_OK;
}

void slices_free(slices *all)
{
    alloc_release(NULL, all->slices);
    *all = (slices){0};
}

/* --- Slugs --- */

/* What one file says: the projects that bear the slug in it. */
struct file_projects {
    int32_t *ids;
    size_t count;
    size_t capacity;
};

struct searching {
    scan *sc;
    const slug_request *request;
    scan_file **files; /* newest first */
    struct file_projects *found;
    size_t count;
    scan_file *turn[FILES_A_TURN]; /* those that are searched now */
    size_t places[FILES_A_TURN];   /* of each in `files` */
    bool has_found;
};

static pqt_status add_project(void *self, int32_t project_id, pqt_error *error)
{
    struct file_projects *found = self;
    for (size_t i = 0; i < found->count; i++)
        if (found->ids[i] == project_id) return PQT_OK;
    void *array = found->ids;
    if (alloc_grow(NULL, &array, &found->capacity, found->count + 1,
                   sizeof *found->ids) != 0)
        return error_no_memory(error, sizeof *found->ids);
    found->ids = array;
    found->ids[found->count++] = project_id;
    return PQT_OK;
}

static bool is_in_range(const scan_file *file, const slug_request *request)
{
    return !file->has_dates ||
           (file->first_date <= request->until && file->last_date >= request->since);
}

static pqt_status search_file(void *self, size_t index, pqt_error *error)
{
    const struct searching *searching = self;
    scan_file *file = searching->turn[index];
    TRY(scan_file_find_slug(file, searching->request->slug, searching->sc->no_pruning,
                            add_project, &searching->found[searching->places[index]],
                            error));
    scan_file_settle(file);
    return PQT_OK;
}

/* The next that must be searched: behind the first with the slug only those of the range.
 */
static size_t choose_files(struct searching *searching, size_t *at)
{
    size_t count = 0;
    for (; *at < searching->count && count < FILES_A_TURN; ++*at) {
        scan_file *file = searching->files[*at];
        if (searching->has_found && !is_in_range(file, searching->request)) continue;
        searching->turn[count] = file;
        searching->places[count++] = *at;
    }
    return count;
}

/* Few at a time, so that those behind the first with the slug may be left alone. */
static pqt_status search_files(struct searching *searching, pqt_error *error)
{
    struct turn turn = {.sc = searching->sc,
                        .files = searching->turn,
                        .work = search_file,
                        .self = searching};
    for (size_t at = 0; at < searching->count;) {
        trim(searching->sc);
        searching->sc->uses++;
        turn.count = choose_files(searching, &at);
        TRY(run_turn(&turn, error));
        for (size_t i = 0; i < turn.count; i++)
            searching->has_found |= searching->found[searching->places[i]].count > 0;
    }
    return PQT_OK;
}

static int compare_newest(const void *a, const void *b)
{
    const scan_file *left = *(scan_file *const *)a, *right = *(scan_file *const *)b;
    if (left->last_date != right->last_date)
        return left->last_date > right->last_date ? -1 : 1;
    return strcmp(right->path, left->path);
}

static bool is_told(const slug_answer *answer, int32_t project_id)
{
    if (answer->project_id == project_id) return true;
    for (size_t i = 0; i < answer->other_count && i < SLUG_OTHERS_SHOWN; i++)
        if (answer->others[i] == project_id) return true;
    return false;
}

/* The newest file decides; in one file, the larger id is the later project. */
static void add_answer(const struct file_projects *found, slug_answer *answer)
{
    for (size_t i = 0; i < found->count; i++) {
        const int32_t id = found->ids[i];
        if (answer->found && is_told(answer, id)) continue;
        if (!answer->found) {
            answer->found = true;
            answer->project_id = id;
            continue;
        }
        if (answer->other_count < SLUG_OTHERS_SHOWN)
            answer->others[answer->other_count] = id;
        answer->other_count++;
    }
}

static int compare_larger(const void *a, const void *b)
{
    const int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left < right) - (left > right);
}

pqt_status scan_find_slug(scan *sc, const slug_request *request, slug_answer *out,
                          pqt_error *error)
{
    const size_t count = (size_t)sc->snapshot->file_count;
    struct searching searching = {.sc = sc, .request = request, .count = count};
    searching.files = alloc_zeroed(NULL, count, sizeof *searching.files);
    searching.found = alloc_zeroed(NULL, count, sizeof *searching.found);
    pqt_status status = searching.files && searching.found
                            ? PQT_OK
                            : error_no_memory(error, count * sizeof *searching.found);
    slug_answer answer = {0};
    if (status == PQT_OK && count > 0) {
        memcpy(searching.files, sc->files, count * sizeof *searching.files);
        qsort(searching.files, count, sizeof *searching.files, compare_newest);
        status = search_files(&searching, error);
    }
    for (size_t i = 0; i < count && status == PQT_OK; i++) {
        struct file_projects *found = &searching.found[i];
        if (found->count)
            qsort(found->ids, found->count, sizeof *found->ids, compare_larger);
        add_answer(found, &answer);
    }
    for (size_t i = 0; searching.found && i < count; i++)
        alloc_release(NULL, searching.found[i].ids);
    alloc_release(NULL, searching.files);
    alloc_release(NULL, searching.found);
    if (status == PQT_OK) *out = answer;
    return status;
}
