#include <stdlib.h>
#include <string.h>

#include "api/handle.h"
#include "base/alloc.h"
#include "store/cached_store.h"

enum { DEFAULT_MEMORY_BYTES = 208 << 20 };

const char *pqa_version(void)
{
    return PQA_VERSION;
}

static const struct {
    pqt_status status;
    int code;
} exit_codes[] = {
    {PQT_OK, 0},        {PQT_INVALID, 2},  {PQT_NOT_FOUND, 10},
    {PQT_BUSY, 11},     {PQT_DENIED, 12},  {PQT_CORRUPT, 13},
    {PQT_CONFLICT, 75}, {PQT_TIMEOUT, 75}, {PQT_CANCELLED, 130},
};

int pqa_exit_code(pqt_status status)
{
    for (size_t i = 0; i < sizeof exit_codes / sizeof *exit_codes; i++)
        if (exit_codes[i].status == status) return exit_codes[i].code;
    return 1;
}

/* The members of pqa_settings and pqa_names that are texts. */
static const size_t text_offsets[] = {
    offsetof(pqa_settings, store),
    offsetof(pqa_settings, db),
    offsetof(pqa_settings, delete_db),
    offsetof(pqa_settings, names.page_views),
    offsetof(pqa_settings, names.id),
    offsetof(pqa_settings, names.project_id),
    offsetof(pqa_settings, names.version_id),
    offsetof(pqa_settings, names.path),
    offsetof(pqa_settings, names.full_path),
    offsetof(pqa_settings, names.view_count),
    offsetof(pqa_settings, names.date),
    offsetof(pqa_settings, names.status),
    offsetof(pqa_settings, names.projects),
    offsetof(pqa_settings, names.project_key),
    offsetof(pqa_settings, names.project_slug),
    offsetof(pqa_settings, names.versions),
    offsetof(pqa_settings, names.version_key),
    offsetof(pqa_settings, names.version_slug),
    offsetof(pqa_settings, names.organizations),
    offsetof(pqa_settings, names.organization_key),
    offsetof(pqa_settings, names.organization_slug),
    offsetof(pqa_settings, names.organization_projects),
    offsetof(pqa_settings, names.organization_projects_organization),
    offsetof(pqa_settings, names.organization_projects_project),
    offsetof(pqa_settings, environment),
    offsetof(pqa_settings, s3.endpoint),
    offsetof(pqa_settings, s3.region),
    offsetof(pqa_settings, s3.profile),
    offsetof(pqa_settings, s3.access_key),
    offsetof(pqa_settings, s3.secret_key),
    offsetof(pqa_settings, s3.session_token),
    offsetof(pqa_settings, s3.ca_bundle),
    offsetof(pqa_settings, s3.kms_key),
    offsetof(pqa_settings, s3.storage_class),
    offsetof(pqa_settings, temporary_directory),
    offsetof(pqa_settings, cache_directory),
};

static pqt_status copy_texts(pqa_settings *settings, arena *memory, pqt_error *error)
{
    for (size_t i = 0; i < sizeof text_offsets / sizeof *text_offsets; i++) {
        const char **text = (const char **)(void *)((char *)settings + text_offsets[i]);
        if (!*text) continue;
        *text = arena_text(memory, view_text(*text));
        if (!*text) return error_no_memory(error, 1);
    }
    return PQT_OK;
}

pqt_status settings_complete(const pqa_settings *given, arena *memory, pqa_settings *out,
                             pqt_error *error)
{
    pqa_settings settings = *given;
    const char *temporary = getenv("TMPDIR");
    if (!settings.environment) settings.environment = "production";
    if (!settings.temporary_directory)
        settings.temporary_directory = temporary && *temporary ? temporary : "/tmp";
    if (settings.memory_bytes == 0) settings.memory_bytes = DEFAULT_MEMORY_BYTES;
    TRY(copy_texts(&settings, memory, error));
    *out = settings;
    return PQT_OK;
}

static pqt_status open_parts(pqa_archive *archive, const pqa_settings *settings,
                             bool create, pqt_error *error)
{
    TRY(settings_complete(settings, &archive->memory, &archive->settings, error));
    if (!archive->settings.store)
        return error_set(error, PQT_NOT_FOUND,
                         "no store is set: say --store DIRECTORY, or set PQA_STORE");
    TRY(thread_pool_create(archive->settings.threads, &archive->pool, error));
    const pqt_status status =
        settings_open_store(&archive->settings, create, &archive->store, error);
    if (status != PQT_NOT_FOUND || create || !error) return status;
    archive->missing = *error; /* a dry run needs no store: it has an empty one */
    return store_open_memory(&archive->store, error);
}

pqt_status handle_store(pqa_archive *archive, store **out, pqt_error *error)
{
    *out = archive->store;
    if (archive->missing.status == PQT_OK) return PQT_OK;
    return error_set(error, archive->missing.status, "%s", archive->missing.message);
}

pqt_status pqa_open(const pqa_settings *settings, bool create, pqa_archive **out,
                    pqt_error *error)
{
    pqa_archive *archive = alloc_zeroed(NULL, 1, sizeof *archive);
    if (!archive) return error_no_memory(error, sizeof *archive);
    const pqt_status status = open_parts(archive, settings, create, error);
    if (status == PQT_OK)
        *out = archive;
    else
        pqa_close(archive);
    return status;
}

void pqa_close(pqa_archive *archive)
{
    if (!archive) return;
    scan_close(archive->scan);
    store_close(archive->view);
    source_close(archive->source);
    store_close(archive->store);
    thread_pool_free(archive->pool);
    arena_free(&archive->memory);
    alloc_release(NULL, archive);
}

pqt_status settings_open_store(const pqa_settings *settings, bool create, store **out,
                               pqt_error *error)
{
    const pqa_s3 *given = &settings->s3;
    const store_s3_options s3 = {
        .endpoint = given->endpoint,
        .region = given->region,
        .profile = given->profile,
        .access_key = given->access_key,
        .secret_key = given->secret_key,
        .session_token = given->session_token,
        .ca_bundle = given->ca_bundle,
        .kms_key = given->kms_key,
        .storage_class = given->storage_class,
        .addressing = (store_s3_addressing)given->addressing,
        .encryption = (store_s3_encryption)given->encryption,
        .connect_s = given->connect_s,
        .idle_s = given->idle_s,
        .retry_s = given->retry_s,
        .multipart_bytes = given->multipart_bytes,
    };
    const store_options options = {
        .create = create, .progress = settings->progress, .s3 = &s3};
    return store_open(settings->store, &options, out, error);
}

static source_names names_of(const pqa_names *names)
{
    return (source_names){
        .page_views = names->page_views,
        .id = names->id,
        .project_id = names->project_id,
        .version_id = names->version_id,
        .path = names->path,
        .full_path = names->full_path,
        .view_count = names->view_count,
        .date = names->date,
        .status = names->status,
        .projects = names->projects,
        .project_key = names->project_key,
        .project_slug = names->project_slug,
        .versions = names->versions,
        .version_key = names->version_key,
        .version_slug = names->version_slug,
        .organizations = names->organizations,
        .organization_key = names->organization_key,
        .organization_slug = names->organization_slug,
        .organization_projects = names->organization_projects,
        .organization_projects_organization = names->organization_projects_organization,
        .organization_projects_project = names->organization_projects_project,
    };
}

static pqt_status open_database(const pqa_settings *settings, const char *url,
                                bool for_deletion, source **out, pqt_error *error)
{
    if (!url)
        return error_set(error, PQT_NOT_FOUND,
                         "no database is set: say --db postgresql://... or --db "
                         "sqlite:PATH, or set PQA_DB (db= in Python)");
    const source_options options = {
        .names = names_of(&settings->names),
        .invalid_utf8 = settings->escape_invalid_utf8 ? SOURCE_ESCAPE_INVALID_UTF8
                                                      : SOURCE_REFUSE_INVALID_UTF8,
        .temporary_directory = settings->temporary_directory,
        .progress = settings->progress,
        .for_deletion = for_deletion,
    };
    return source_open(url, &options, out, error);
}

pqt_status settings_open_source(const pqa_settings *settings, source **out,
                                pqt_error *error)
{
    return open_database(settings, settings->db, false, out, error);
}

pqt_status settings_open_delete_source(const pqa_settings *settings, source **out,
                                       pqt_error *error)
{
    const char *url = settings->delete_db ? settings->delete_db : settings->db;
    return open_database(settings, url, true, out, error);
}

pqt_status handle_source(pqa_archive *archive, source **out, pqt_error *error)
{
    if (!archive->source)
        TRY(settings_open_source(&archive->settings, &archive->source, error));
    *out = archive->source;
    return PQT_OK;
}

pqt_status handle_snapshot(pqa_archive *archive, source **out, pqt_error *error)
{
    const bool was_open = archive->source != NULL;
    TRY(handle_source(archive, out, error));
    const pqt_status status = source_begin(*out, was_open ? NULL : error);
    if (status == PQT_OK || !was_open) return status;
    source_close(archive->source);
    archive->source = NULL;
    archive->is_origin = false;
    TRY(handle_source(archive, out, error));
    return source_begin(*out, error);
}

static bool keeps_copies(const pqa_archive *archive)
{
    const char *directory = archive->settings.cache_directory;
    return store_near_bytes(archive->store) > 0 &&
           !(directory && strcmp(directory, "none") == 0);
}

static store_cache_options cache_options(const pqa_archive *archive)
{
    return (store_cache_options){.directory = archive->settings.cache_directory,
                                 .size_bytes = archive->settings.cache_bytes};
}

/* What questions read: a store that is far through its copies on this machine. Nothing
 * else uses the view: what decides about safety asks the store. */
static pqt_status open_view(pqa_archive *archive, pqt_error *error)
{
    const store_cache_options options = cache_options(archive);
    if (!keeps_copies(archive)) return PQT_OK;
    return store_open_cached(archive->store, &options, &archive->view, error);
}

pqt_status handle_forget_copies(pqa_archive *archive, pqt_error *error)
{
    const store_cache_options options = cache_options(archive);
    if (!keeps_copies(archive)) return PQT_OK;
    return store_cache_forget(archive->store, &options, ARCHIVE_ROOT "/", NULL, error);
}

static pqt_status refresh_scan(pqa_archive *archive, store *from, scan **out,
                               pqt_error *error)
{
    if (archive->scan)
        TRY(scan_refresh(archive->scan, error));
    else
        TRY(scan_open(from, archive->pool, &archive->scan, error));
    *out = archive->scan;
    return PQT_OK;
}

pqt_status handle_scan(pqa_archive *archive, scan **out, pqt_error *error)
{
    store *from = NULL;
    TRY(handle_store(archive, &from, error));
    return refresh_scan(archive, from, out, error);
}

pqt_status handle_question_scan(pqa_archive *archive, scan **out, pqt_error *error)
{
    store *from = NULL;
    TRY(handle_store(archive, &from, error));
    if (!archive->view) TRY(open_view(archive, error));
    return refresh_scan(archive, archive->view ? archive->view : from, out, error);
}
