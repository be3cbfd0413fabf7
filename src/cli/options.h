/*
 * The options of all commands: one table says each option's name, what it stores and
 * which commands take it. The same options come from flags, from the environment
 * (PQA_<NAME>) and from the settings file; flags win over environment over file.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>

#include "base/arena.h"
#include "pqa.h"

enum option_id {
    OPTION_STORE,
    OPTION_DB,
    OPTION_DELETE_DB,
    OPTION_CACHE_DIRECTORY,
    OPTION_CACHE_SIZE,
    OPTION_DATE,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_DAYS,
    OPTION_DRY_RUN,
    OPTION_INCLUDE_OPEN,
    OPTION_REBUILD,
    OPTION_DELETE_AFTER_EXPORT,
    OPTION_DELETE_BATCH,
    OPTION_DELETE_PAUSE,
    OPTION_MAX_REPLICA_LAG,
    OPTION_LOCK_TIMEOUT,
    OPTION_STATEMENT_TIMEOUT,
    OPTION_DROP_PARTITIONS,
    OPTION_VERBOSE,
    OPTION_PER_PROJECT,
    OPTION_PER_ORGANIZATION,
    OPTION_COPY_MINIMUM_ROWS,
    OPTION_AGAINST_DATABASE,
    OPTION_DEPTH,
    OPTION_LOOK_BACK,
    OPTION_KEEP_DATABASE_DAYS,
    OPTION_KEEP_ARCHIVE_DAYS,
    OPTION_COMPACT,
    OPTION_VACUUM,
    OPTION_REPORT_FILE,
    OPTION_METRICS_FILE,
    OPTION_SUCCESS_URL,
    OPTION_FAILURE_URL,
    OPTION_STATUS,
    OPTION_PROJECT_VERSION,
    OPTION_PROJECT_ID,
    OPTION_LIMIT,
    OPTION_BY,
    OPTION_LIVE,
    OPTION_RANDOM,
    OPTION_EVIDENCE,
    OPTION_SUMMARY,
    OPTION_SQL_FILE,
    OPTION_MEMORY_LIMIT,
    OPTION_DUCKDB,
    OPTION_BEFORE,
    OPTION_UNDO,
    OPTION_YES,
    OPTION_DELETE,
    OPTION_MONTH,
    OPTION_TO_DB,
    OPTION_LEAVE_OUT_GONE,
    OPTION_IGNORE_DATABASE,
    OPTION_COLUMNS,
    OPTION_WHERE,
    OPTION_SORT,
    OPTION_CODEC,
    OPTION_LEVEL,
    OPTION_ENCODING,
    OPTION_BLOOM,
    OPTION_PAGE_VERSION,
    OPTION_PAGE_SIZE,
    OPTION_PAGE_ROWS,
    OPTION_ROW_GROUP_SIZE,
    OPTION_ROW_GROUP_ROWS,
    OPTION_FORCE,
    OPTION_FOOTER_KEY,
    OPTION_COLUMN_KEY,
    OPTION_AAD_PREFIX,
    OPTION_JSON,
    OPTION_FORMAT,
    OPTION_THREADS,
    OPTION_MEMORY,
    OPTION_COMPRESSION_LEVEL,
    OPTION_PORTABLE,
    OPTION_TEMPORARY_DIRECTORY,
    OPTION_ENVIRONMENT,
    OPTION_ADOPT_SOURCE,
    OPTION_INVALID_UTF8,
    OPTION_S3_ENDPOINT,
    OPTION_S3_REGION,
    OPTION_S3_PROFILE,
    OPTION_S3_ADDRESSING,
    OPTION_S3_CA_BUNDLE,
    OPTION_S3_ENCRYPTION,
    OPTION_S3_KMS_KEY,
    OPTION_S3_STORAGE_CLASS,
    OPTION_S3_CONNECT_TIMEOUT,
    OPTION_S3_TIMEOUT,
    OPTION_S3_RETRY_TIME,
    OPTION_S3_MULTIPART,
    OPTION_PAGE_VIEWS_TABLE,
    OPTION_ID_COLUMN,
    OPTION_PROJECT_ID_COLUMN,
    OPTION_VERSION_ID_COLUMN,
    OPTION_PATH_COLUMN,
    OPTION_FULL_PATH_COLUMN,
    OPTION_VIEW_COUNT_COLUMN,
    OPTION_DATE_COLUMN,
    OPTION_STATUS_COLUMN,
    OPTION_PROJECTS_TABLE,
    OPTION_PROJECTS_ID_COLUMN,
    OPTION_PROJECTS_SLUG_COLUMN,
    OPTION_VERSIONS_TABLE,
    OPTION_VERSIONS_ID_COLUMN,
    OPTION_VERSIONS_SLUG_COLUMN,
    OPTION_ORGANIZATIONS_TABLE,
    OPTION_ORGANIZATIONS_ID_COLUMN,
    OPTION_ORGANIZATIONS_SLUG_COLUMN,
    OPTION_ORGANIZATION_PROJECTS_TABLE,
    OPTION_ORGANIZATION_PROJECTS_ORGANIZATION_COLUMN,
    OPTION_ORGANIZATION_PROJECTS_PROJECT_COLUMN,
    OPTION_CONFIG,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

enum output_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_NDJSON };
enum group_by { BY_PATH, BY_FULL_PATH };
enum invalid_utf8 { INVALID_UTF8_REFUSE, INVALID_UTF8_ESCAPE };

/* A command takes the options that share a group with it. */
#define GROUP_STORE     (UINT64_C(1) << 0)
#define GROUP_DB        (UINT64_C(1) << 1)
#define GROUP_DATE      (UINT64_C(1) << 2)
#define GROUP_RANGE     (UINT64_C(1) << 3)
#define GROUP_DAYS      (UINT64_C(1) << 4)
#define GROUP_EXPORT    (UINT64_C(1) << 5)
#define GROUP_BACKFILL  (UINT64_C(1) << 6)
#define GROUP_VERIFY    (UINT64_C(1) << 7)
#define GROUP_QUESTION  (UINT64_C(1) << 8)
#define GROUP_LIMIT     (UINT64_C(1) << 9)
#define GROUP_PATHS     (UINT64_C(1) << 10)
#define GROUP_FORMAT    (UINT64_C(1) << 11)
#define GROUP_WRITE     (UINT64_C(1) << 12)
#define GROUP_ALL       (UINT64_C(1) << 13)
#define GROUP_ROWS      (UINT64_C(1) << 14) /* which rows and columns of a Parquet file */
#define GROUP_JSON      (UINT64_C(1) << 15)
#define GROUP_CONVERT   (UINT64_C(1) << 16) /* how a Parquet file is written */
#define GROUP_KEYS      (UINT64_C(1) << 17) /* of an encrypted file */
#define GROUP_NIGHTLY   (UINT64_C(1) << 18)
#define GROUP_HISTORY   (UINT64_C(1) << 19) /* what became of the nights */
#define GROUP_DELETE    (UINT64_C(1) << 20) /* how rows are deleted from the database */
#define GROUP_DELETE_DB (UINT64_C(1) << 21)
#define GROUP_REWRITE   (UINT64_C(1) << 22) /* how files of the archive are written anew \
                                             */
#define GROUP_PRUNE        (UINT64_C(1) << 23)
#define GROUP_VACUUM       (UINT64_C(1) << 24)
#define GROUP_COMPACT      (UINT64_C(1) << 25)
#define GROUP_RESTORE      (UINT64_C(1) << 26)
#define GROUP_FORGET       (UINT64_C(1) << 27)
#define GROUP_DRY_RUN      (UINT64_C(1) << 28)
#define GROUP_COPIES       (UINT64_C(1) << 29) /* for one project or organization each */
#define GROUP_COPIES_ALONE (UINT64_C(1) << 30)
#define GROUP_SHADOW       (UINT64_C(1) << 31)
#define GROUP_SQL          (UINT64_C(1) << 32)

/* Where a value came from; the higher wins. */
typedef enum option_origin {
    ORIGIN_DEFAULT,
    ORIGIN_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_FLAG
} option_origin;

/* Values of an option that may be given several times, in the order given. */
typedef struct text_list {
    const char *const *texts;
    int count;
} text_list;

/* The value of every option. Texts belong to argv, the environment or `memory`. */
struct options {
    const char *store, *db, *delete_db, *config;
    const char *environment, *temporary_directory, *cache_directory;
    const char *project_version, *month, *to_db;
    const char *columns, *sort, *footer_key, *aad_prefix;
    const char *report_file, *metrics_file, *success_url, *failure_url;
    text_list where, encodings, bloom_columns, column_keys;
    const char *s3_endpoint, *s3_region, *s3_profile, *s3_ca_bundle, *s3_kms_key,
        *s3_storage_class;
    int64_t s3_connect_s, s3_idle_s, s3_retry_s, s3_multipart_bytes;
    int s3_addressing, s3_encryption; /* as pqa_s3_addressing, pqa_s3_encryption */
    pqa_names names;
    int32_t date, since, until, before; /* days since 1970-01-01 */
    int64_t look_back_days, keep_database_days, keep_archive_days;
    bool nightly_compact, nightly_vacuum;
    int64_t days, limit, project_id, threads, memory_bytes, cache_bytes,
        compression_level;
    int64_t status; /* STATUS_ANY: all */
    int64_t level, page_bytes, page_rows, row_group_bytes, row_group_rows;
    int format, by, invalid_utf8, codec, page_version;
    int depth; /* as pqa_verify_depth */
    int64_t delete_batch, delete_pause_ms, max_replica_lag_s, lock_timeout_ms,
        statement_timeout_ms;
    bool delete_after_export, drop_partitions, per_project, per_organization;
    int64_t copy_minimum_rows;
    bool dry_run, include_open, rebuild, verbose, against_database, portable, adopt_source;
    bool force, json;
    bool live;
    const char *evidence, *shadow_summary;
    const char *sql_file, *duckdb;
    int64_t memory_limit_bytes;
    int64_t shadow_random;
    bool undo, yes, delete_objects, ignore_database, leave_out_gone;
    bool help, version;
    option_origin origins[OPTION_COUNT];
    int32_t today;   /* what relative dates count from; UTC */
    uint64_t groups; /* values of options outside are checked, not stored */
    arena memory;
};

enum { STATUS_ANY = -1 };

typedef enum option_kind {
    KIND_FLAG,   /* bool; no argument on the command line, true or false elsewhere */
    KIND_TEXT,   /* const char * */
    KIND_TEXTS,  /* text_list; may be given again */
    KIND_DATE,   /* int32_t */
    KIND_NUMBER, /* int64_t, minimum..maximum */
    KIND_SIZE,   /* int64_t bytes, with K, M or G behind it */
    KIND_STATUS, /* int64_t, an HTTP status or "any" */
    KIND_CHOICE  /* int, the index among `choices` */
} option_kind;

typedef struct option {
    const char *name;     /* without the dashes; '-' between words */
    const char *argument; /* as help shows it; NULL for a flag */
    option_kind kind;
    size_t offset; /* in struct options */
    uint64_t groups;
    int64_t minimum, maximum; /* of KIND_NUMBER and KIND_SIZE */
    const char *choices;      /* "table csv json": the names, a space between */
    const char *help;         /* one line, with the default in brackets */
} option;

extern const option options_table[OPTION_COUNT];

/* All defaults. `today` is what relative dates count from. Freed with options_free. */
void options_init(struct options *o, int32_t today);
void options_free(struct options *o);

static inline bool option_given(const struct options *o, enum option_id id)
{
    return o->origins[id] != ORIGIN_DEFAULT;
}

/* --yes, said for this command alone: not in the environment or the settings file. */
static inline bool options_agreed(const struct options *o)
{
    return o->yes && o->origins[OPTION_YES] == ORIGIN_FLAG;
}

/* The option of that name ('_' counts as '-'), or -1. */
int option_find(const char *name, size_t length);

/*
 * Stores one value and its origin unless a higher origin stored one before. `where` names
 * the value in messages ("--since", "PQA_SINCE", "pqa.conf:3: since"). INVALID where it
 * is not such a value. `text` must outlive the options.
 */
pqt_status option_store(struct options *o, enum option_id id, const char *text,
                        option_origin origin, const char *where, pqt_error *error);

/*
 * Reads flags in any order, before or behind the words that are none; "--" ends them.
 * `words` (room for `count`) gets the others. `given` marks the options that were there.
 * INVALID with a suggestion for an unknown one.
 */
typedef struct parsed_words {
    const char **words;
    int count;
} parsed_words;
pqt_status options_parse_flags(struct options *o, int count, const char *const *arguments,
                               parsed_words *out, pqt_error *error);

/* Stores what the environment has. Empty variables count as not set. */
pqt_status options_parse_environment(struct options *o, pqt_error *error);
/* Whether "NAME=value" of the environment is none of pqa's variables, but nearly one:
 * `meant` is its name then. */
enum { VARIABLE_TEXT_BYTES = 64 };
bool options_is_misspelt(const char *variable, char meant[VARIABLE_TEXT_BYTES]);

/*
 * Reads the settings file: `o->config` where it is set (NOT_FOUND where it is not there),
 * otherwise the first of $XDG_CONFIG_HOME/pqa/pqa.conf (default ~/.config) and
 * /etc/pqa/pqa.conf that exists, if any; a home that may not be looked into is passed
 * over.
 */
pqt_status options_parse_file(struct options *o, pqt_error *error);

/* The settings of the archive that the options make. */
pqa_settings options_settings(const struct options *o);

/* Which copies are made; who is told is the caller's. */
pqa_copy_options options_copies(const struct options *o);

/* How rows are deleted; the days and who is told are the caller's. */
pqa_delete_options options_deletion(const struct options *o);

#endif
