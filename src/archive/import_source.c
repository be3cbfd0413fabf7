#include "archive/import_source.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "source/kind.h"

struct imported {
    import_files *files;
    sorter_options sorting;
    source_identity identity;
    source_slugs projects, versions;
    int32_t counted_until; /* doubles of these days were counted: days are read again
                              where a commit conflicts */
};

/* --- Slugs --- */

static int compare_slugs(const void *a, const void *b)
{
    const int32_t left = ((const source_slug *)a)->id,
                  right = ((const source_slug *)b)->id;
    return (left > right) - (left < right);
}

static pqt_status list_slugs(const id_slugs *map, source_slugs *out, pqt_error *error)
{
    source_slug *slugs = alloc_zeroed(NULL, map->count, sizeof *slugs);
    size_t count = 0;
    if (!slugs) return error_no_memory(error, map->count * sizeof *slugs);
    for (size_t i = 0; i < map->entry_count; i++)
        if (map->entries[i].slug.data)
            slugs[count++] =
                (source_slug){(int32_t)map->entries[i].id, map->entries[i].slug};
    if (count) qsort(slugs, count, sizeof *slugs, compare_slugs);
    *out = (source_slugs){slugs, count};
    return PQT_OK;
}

static pqt_status put_slugs(const source_slugs *slugs, id_slugs *map, pqt_error *error)
{
    for (size_t i = 0; i < slugs->count; i++)
        if (slugs->slugs[i].slug.size_bytes > 0)
            TRY(id_slugs_put(map, slugs->slugs[i].id, slugs->slugs[i].slug, error));
    return PQT_OK;
}

static pqt_status ask_snapshot(struct imported *imported, source *database,
                               pqt_error *error)
{
    source_slugs slugs;
    TRY(source_identify(database, &imported->identity, error));
    TRY(source_project_slugs(database, &slugs, error));
    TRY(put_slugs(&slugs, &imported->files->projects, error));
    TRY(source_version_slugs(database, &slugs, error));
    return put_slugs(&slugs, &imported->files->versions, error);
}

static pqt_status ask_database(struct imported *imported, source *database,
                               pqt_error *error)
{
    TRY(source_begin(database, error));
    const pqt_status status = ask_snapshot(imported, database, error);
    const pqt_status ended = source_end(database, status == PQT_OK ? error : NULL);
    return status == PQT_OK ? ended : status;
}

/* --- What a source tells --- */

static pqt_status imported_identify(void *self, source_identity *out, pqt_error *error)
{
    (void)error;
    *out = ((struct imported *)self)->identity;
    return PQT_OK;
}

static pqt_status imported_projects(void *self, source_slugs *out, pqt_error *error)
{
    (void)error;
    *out = ((struct imported *)self)->projects;
    return PQT_OK;
}

static pqt_status imported_versions(void *self, source_slugs *out, pqt_error *error)
{
    (void)error;
    *out = ((struct imported *)self)->versions;
    return PQT_OK;
}

static bool has_days(const import_entry *entry, int32_t since, int32_t until)
{
    return !entry->is_ours && entry->first <= until && entry->last >= since;
}

/* Rows of the files that have these days: with one file a day, a day's. */
static pqt_status imported_estimate(void *self, int32_t since, int32_t until,
                                    source_estimate *out, pqt_error *error)
{
    const import_files *files = ((struct imported *)self)->files;
    int64_t all = 0, rows = 0;
    (void)error;
    for (size_t i = 0; i < files->count; i++) {
        const import_entry *entry = &files->entries[i];
        all += entry->rows;
        if (has_days(entry, since, until)) rows += entry->rows;
    }
    *out = (source_estimate){rows, rows > all / 2};
    return PQT_OK;
}

static source_day imported_day(void *self, int32_t date)
{
    const import_files *files = ((struct imported *)self)->files;
    if (date < files->first || date > files->last || files->days[date].rows == 0)
        return SOURCE_DAY_ABSENT;
    return files->days[date].is_whole ? SOURCE_DAY_WHOLE : SOURCE_DAY_PART;
}

/* --- Rows --- */

struct loading {
    import_doubles *doubles;
    int32_t file;
    int32_t since, until;
};

static pqt_status load_row(void *self, const import_row *row, pqt_error *error)
{
    const struct loading *l = self;
    if (row->row.date < l->since || row->row.date > l->until) return PQT_OK;
    return import_doubles_add(l->doubles, row, l->file, error);
}

static pqt_status load(const struct imported *imported, struct loading *l,
                       pqt_error *error)
{
    const import_files *files = imported->files;
    for (size_t i = 0; i < files->count; i++) {
        const import_entry *entry = &files->entries[i];
        l->file = (int32_t)i;
        if (has_days(entry, l->since, l->until))
            TRY(import_files_read(files, entry, load_row, l, error));
    }
    return PQT_OK;
}

static void count_double(void *self, int32_t file, int32_t date)
{
    struct imported *imported = self;
    if (date > imported->counted_until) imported->files->entries[file].rows_doubled++;
}

static int32_t later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static pqt_status read_imported(void *self, int32_t since, int32_t until,
                                source_row_callback callback, void *callback_self,
                                const pqt_progress *progress, int64_t *row_count,
                                pqt_error *error)
{
    struct imported *imported = self;
    const import_files *files = imported->files;
    const import_doubles_output output = {callback, count_double, callback_self, imported,
                                          files->progress};
    struct loading l = {.since = later(since, files->since),
                        .until = until < files->until ? until : files->until};
    (void)progress; /* the files' own is asked */
    TRY(import_doubles_create(&imported->sorting, &l.doubles, error));
    pqt_status status = load(imported, &l, error);
    if (status == PQT_OK)
        status = import_doubles_finish(l.doubles, &output, row_count, error);
    import_doubles_free(l.doubles);
    if (status == PQT_OK) imported->counted_until = later(imported->counted_until, until);
    return status;
}

/* --- Opening --- */

static void release_imported(void *self)
{
    struct imported *imported = self;
    alloc_release(NULL, (void *)(uintptr_t)imported->projects.slugs);
    alloc_release(NULL, (void *)(uintptr_t)imported->versions.slugs);
    alloc_release(NULL, imported);
}

/* What an export calls; the others are of questions and deletion. */
static const struct source_functions imported_functions = {
    .identify = imported_identify,
    .project_slugs = imported_projects,
    .version_slugs = imported_versions,
    .estimate = imported_estimate,
    .read = read_imported,
    .earlier_day = imported_day,
    .release = release_imported,
};

static pqt_status prepare(struct imported *imported, source *database, pqt_error *error)
{
    if (database) TRY(ask_database(imported, database, error));
    imported->identity.id_is_unique = true; /* import_doubles.h sees to it */
    TRY(list_slugs(&imported->files->projects, &imported->projects, error));
    return list_slugs(&imported->files->versions, &imported->versions, error);
}

pqt_status import_source_open(import_files *files, source *database,
                              const sorter_options *sorting, source **out,
                              pqt_error *error)
{
    struct imported *imported = alloc_zeroed(NULL, 1, sizeof *imported);
    if (!imported) return error_no_memory(error, sizeof *imported);
    imported->files = files;
    imported->sorting = *sorting;
    imported->counted_until = INT32_MIN;
    const pqt_status status = prepare(imported, database, error);
    if (status != PQT_OK) {
        release_imported(imported);
        return status;
    }
    return source_make(&imported_functions, imported, "files", out, error);
}
