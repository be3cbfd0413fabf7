#include "archive/import.h"

#include <string.h>
#include <sys/stat.h>

#include "api/handle.h"
#include "base/alloc.h"
#include "base/view.h"

/* The places that the paths name, each in a store of its own. */
struct places {
    pqa_archive *archive;
    import_place *places;
    size_t count;
    arena memory;
};

static bool is_remote(const char *path)
{
    return view_starts_with(view_text(path), view_text("s3://"));
}

/* Whether the path names one file; of this machine NOT_FOUND where nothing is there. */
static pqt_status is_file(const char *path, bool *out, pqt_error *error)
{
    struct stat found;
    if (is_remote(path)) {
        *out = view_ends_with(view_text(path), view_text(".parquet"));
        return PQT_OK;
    }
    if (stat(path, &found) != 0)
        return error_set(error, PQT_NOT_FOUND, "%s: there is no such file or folder",
                         path);
    *out = !S_ISDIR(found.st_mode);
    return PQT_OK;
}

/* Splits a file's path into its folder and its name. */
static pqt_status split_file(struct places *p, const char *path, import_place *place,
                             const char **folder, pqt_error *error)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    place->key = slash ? slash + 1 : path;
    if (!slash) {
        place->shown = "";
        *folder = ".";
        return PQT_OK;
    }
    char *copy = arena_text(&p->memory, view_of(path, length));
    if (!copy) return error_no_memory(error, length);
    place->shown = copy;
    *folder = length ? copy : "/";
    return PQT_OK;
}

static pqt_status add_place(struct places *p, const char *given, pqt_error *error)
{
    import_place *place = &p->places[p->count];
    pqa_settings settings = p->archive->settings;
    const char *folder = NULL;
    bool one = false;
    char *path = arena_text(&p->memory, view_text(given));
    if (!path) return error_no_memory(error, strlen(given));
    TRY(is_file(path, &one, error));
    for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
        path[end - 1] = 0;
    if (one) {
        TRY(split_file(p, path, place, &folder, error));
    } else {
        place->shown = folder = path;
    }
    settings.store = folder;
    TRY(settings_open_store(&settings, false, &place->store, error));
    p->count++;
    return PQT_OK;
}

static pqt_status open_places(struct places *p, const pqa_import_options *options,
                              pqt_error *error)
{
    const size_t count = (size_t)options->path_count;
    p->places = alloc_zeroed(NULL, count, sizeof *p->places);
    if (!p->places) return error_no_memory(error, count * sizeof *p->places);
    for (size_t i = 0; i < count; i++) TRY(add_place(p, options->paths[i], error));
    return PQT_OK;
}

static void close_places(struct places *p)
{
    for (size_t i = 0; i < p->count; i++) store_close(p->places[i].store);
    alloc_release(NULL, p->places);
    arena_free(&p->memory);
}

pqt_status pqa_import_files(pqa_archive *archive, const pqa_import_options *options,
                            pqa_imported_callback callback, void *self, pqt_error *error)
{
    struct places p = {.archive = archive};
    source *database = NULL;
    store *to = archive->store;
    if (options->path_count < 0)
        return error_set(error, PQT_INVALID, "%d paths", options->path_count);
    if (!options->dry_run) TRY(handle_store(archive, &to, error));
    if (archive->settings.db) TRY(handle_source(archive, &database, error));
    const export_context context = {to, database, archive->pool, &archive->settings};
    pqt_status status = open_places(&p, options, error);
    const import_request request = {p.places, p.count, options, callback, self};
    if (status == PQT_OK) status = archive_import(&context, &request, error);
    close_places(&p);
    return status;
}
