/*
 * pqa: page views of a documentation host, from a database to sorted, verified Parquet
 * files in a Delta table, and questions answered from them. Errors and statuses are
 * pqt_base.h's. Nothing here prints, exits or aborts.
 *
 * Dates are days since 1970-01-01, ranges inclusive on both ends. An object belongs to
 * one thread at a time.
 */
#ifndef PQA_H
#define PQA_H

#include <stdbool.h>

#include "pqt_base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PQA_VERSION "0.1.0"

/* The library's version, as PQA_VERSION was when it was built. */
PQT_API const char *pqa_version(void);

/*
 * For a library that was built with -Dsqlite_given=true, to be loaded by programs that may
 * have a SQLite already: the functions of that one, as a loadable extension gets them (`const
 * sqlite3_api_routines *`, which stays the caller's). Two SQLites in one process do not see
 * each other's locks, and rows of a database that both open can be lost
 * (https://sqlite.org/howtocorrupt.html, section 2.2.1). To be called before an archive of
 * sqlite:PATH is opened, which is UNSUPPORTED else. UNSUPPORTED also where the library was
 * built with a SQLite, and where the one given is older than 3.8.7 or for one thread only.
 */
PQT_API pqt_status pqa_use_sqlite(const void *routines, pqt_error *error);

/* --- The archive --------------------------------------------------------------------- */

/* Tables and columns of a site whose names differ; NULL members: Read the Docs' names. */
typedef struct pqa_names {
    const char *page_views; /* analytics_pageview */
    const char *id, *project_id, *version_id, *path, *full_path, *view_count, *date,
        *status;
    const char *projects; /* projects_project */
    const char *project_key, *project_slug;
    const char *versions; /* builds_version */
    const char *version_key, *version_slug;
    /* Read only for copies of organizations: organizations_organization, ..._projects. */
    const char *organizations, *organization_key, *organization_slug;
    const char *organization_projects, *organization_projects_organization,
        *organization_projects_project;
} pqa_names;

typedef enum pqa_s3_addressing {
    PQA_S3_AUTO, /* the bucket in the host at Amazon, in the path elsewhere */
    PQA_S3_PATH,
    PQA_S3_VIRTUAL
} pqa_s3_addressing;

typedef enum pqa_s3_encryption {
    PQA_S3_SSE_DEFAULT, /* the bucket's */
    PQA_S3_SSE_S3,
    PQA_S3_SSE_KMS
} pqa_s3_encryption;

/* For a store s3://...; zero and NULL take what the variables and shared files of AWS's
 * tools say (AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE, ~/.aws/config, ...), else the
 * default in brackets. Credentials come from there too, unless keys are given: both or
 * none. Keys are kept in memory as long as the archive is open, and are in no message. */
typedef struct pqa_s3 {
    const char *endpoint;      /* https://HOST[:PORT][/PATH] [Amazon's of the region] */
    const char *region;        /* [us-east-1] */
    const char *profile;       /* of ~/.aws/config and ~/.aws/credentials */
    const char *access_key;    /* comes before all others */
    const char *secret_key;
    const char *session_token; /* of keys that expire */
    const char *ca_bundle;     /* a file of certificates [the system's] */
    const char *kms_key;       /* for PQA_S3_SSE_KMS [Amazon's own] */
    const char *storage_class; /* of new objects [the bucket's] */
    pqa_s3_addressing addressing;
    pqa_s3_encryption encryption;
    int connect_s;            /* for a connection [10] */
    int idle_s;               /* without a KiB a second a request is lost [30] */
    int retry_s;              /* failed requests are tried again for so long [60] */
    uint64_t multipart_bytes; /* larger files are sent in parts [64 MiB] */
} pqa_s3;

/* Everything zero or NULL takes the default in brackets. */
typedef struct pqa_settings {
    const char *store; /* a directory, or s3://bucket/prefix; must be given */
    const char *db;    /* postgresql://..., sqlite:PATH; needed by what reads the source */
    const char *delete_db; /* rows are deleted here: the primary, where db is a replica [db] */
    pqa_s3 s3;
    pqa_names names;
    const char *environment;         /* told apart in pqa.source [production] */
    const char *temporary_directory; /* for sorting and new files [TMPDIR or /tmp] */
    const char *cache_directory;     /* questions to S3 keep copies of what never changes;
                                        "none": they do not [$XDG_CACHE_HOME/pqa, or
                                        ~/.cache/pqa] */
    uint64_t cache_bytes;            /* at most so much; at least 1 MiB [1 GiB] */
    size_t memory_bytes;             /* for sorting [208 MiB] */
    int threads;                     /* [one a processor] */
    int compression_level;           /* zstd [the profile's] */
    bool portable;                   /* no DELTA encodings: for old readers */
    bool adopt_source;               /* take over a table of another source */
    bool escape_invalid_utf8;        /* \xHH for bad bytes instead of a refusal */
    const pqt_progress *progress;
} pqa_settings;

typedef struct pqa_archive pqa_archive;

/*
 * Opens the archive. `create` makes the store's directory where it is not there; a store
 * without a table is fine until it is read. Settings are copied (progress is not: it must
 * outlive the archive). The caller closes.
 */
PQT_API pqt_status pqa_open(const pqa_settings *settings, bool create, pqa_archive **out,
                            pqt_error *error);
/* NULL is fine. */
PQT_API void pqa_close(pqa_archive *archive);

/* --- Days ---------------------------------------------------------------------------- */

typedef enum pqa_day_outcome {
    PQA_DAY_WRITTEN,   /* a new file was committed */
    PQA_DAY_UNCHANGED, /* the archive had it all */
    PQA_DAY_EMPTY,     /* no rows, in the database and the archive; noted as covered */
    PQA_DAY_FAILED,
    PQA_DAY_PRUNED     /* before pqa.prunedBefore: not exported again */
} pqa_day_outcome;

typedef struct pqa_day {
    int32_t date;
    pqa_day_outcome outcome;
    int64_t rows;         /* in the archive now */
    int64_t rows_read;    /* of the database */
    int64_t rows_new;     /* of them, not there before */
    int64_t rows_changed; /* of them, with more views than before */
    int64_t views;
    uint64_t file_bytes;  /* of the file written */
    pqt_status status;    /* of a day that failed */
    char message[512];
    const char *path;     /* of the file; the callback's until it returns; may be NULL */
} pqa_day;

typedef void (*pqa_day_callback)(void *self, const pqa_day *day);

typedef enum pqa_copy_outcome {
    PQA_COPY_WRITTEN,   /* new, or in place of another */
    PQA_COPY_UNCHANGED, /* it has these rows already */
    PQA_COPY_REMOVED,   /* the day has no such rows any more, or too few */
    PQA_COPY_SKIPPED,   /* its slug is no name for a folder: it has no copy */
    PQA_COPY_FAILED     /* the next run tries it again */
} pqa_copy_outcome;

/* What became of a copy of one day's rows of a project or organization. */
typedef struct pqa_copy {
    int32_t date;
    pqa_copy_outcome outcome;
    const char *path; /* in the table: "project/SLUG/2026/01/15/..." or "org/SLUG/..."; NULL:
                         all copies of the day. The callback's until it returns */
    pqt_view slug;    /* as path */
    int64_t rows;
    int64_t views;
    uint64_t size_bytes; /* 0 where there is no file */
    pqt_status status;   /* of one that failed */
    char message[512];   /* why it failed or was skipped */
} pqa_copy;
typedef void (*pqa_copy_callback)(void *self, const pqa_copy *copy);

/*
 * Copies of a day's file for one project or one organization each, beside the table: what
 * the archive can make again, and what nothing is decided by. A day that has copies keeps
 * them: whatever changes the day later changes them too, also without these options.
 */
typedef struct pqa_copy_options {
    bool per_project;
    bool per_organization; /* by the database's tables of organizations */
    int64_t minimum_rows;  /* none of fewer rows than that [as the day has it; 1] */
    bool new_only;         /* of an export's days those of which a file was written */
    pqa_copy_callback callback; /* told of every copy of these days; may be NULL */
    void *self;
} pqa_copy_options;

typedef struct pqa_export_options {
    int32_t since;
    int32_t until;
    bool include_open; /* also days that are not over yet */
    bool dry_run;      /* read, merge and compare; write and commit nothing */
    bool skip_covered; /* leave out days that are covered already (backfill) */
    bool rebuild;      /* where the file of a day is gone or cannot be read, write the day from
                          the database alone, if that has no fewer rows and views than the log
                          says the file had */
    bool accept_loss;  /* rebuild also where it has fewer */
    const pqa_copy_options *copies; /* made after the commit; NULL: only those follow that
                                       a day has already */
} pqa_export_options;

/*
 * Merges these days of the database into the archive, oldest first, in as few scans of
 * the table as its plan allows; calls back for each day. A day that fails does not stop
 * the others where they can go on; the status is then the first failure's. Exit codes:
 * pqa_exit_code. CORRUPT (13): the source contradicts the archive, an archived file is gone
 * or cannot be read, or a written file did not verify. BUSY (11): another writer. Memory: memory_bytes plus at most 48 MiB.
 *
 * Copies are made when the days are committed, those of covered days that were left out
 * too. One that fails takes nothing back: where no day failed, the status is then the
 * first such failure's, which the callback of `copies` tells from others.
 */
PQT_API pqt_status pqa_export(pqa_archive *archive, const pqa_export_options *options,
                              pqa_day_callback callback, void *self, pqt_error *error);

/* Zero takes the default in brackets. */
typedef struct pqa_delete_options {
    int32_t since;
    int32_t until;
    bool dry_run;                 /* export and compare only; write and delete nothing */
    int32_t batch_rows;           /* deleted in one transaction, at most [5000] */
    int32_t pause_ms;             /* between batches [0] */
    int32_t max_replica_lag_s;    /* wait while a replica is further behind [0: do not look] */
    int32_t lock_timeout_ms;      /* for the locks of a batch [2000] */
    int32_t statement_timeout_ms; /* for a batch [60000] */
    pqa_day_callback exported;    /* told of each day's export; may be NULL */
    const pqa_copy_options *copies; /* as of pqa_export_options */
    bool drop_partitions;         /* detach and drop partitions of days that the archive has
                                     row for row, instead of deleting their rows */
} pqa_delete_options;

/* What became of a day's rows in the database. */
typedef struct pqa_deleted_day {
    int32_t date;
    int64_t rows_deleted;     /* dry_run: that would be */
    int64_t rows_kept;        /* changed since they were exported: the next run's */
    int64_t rows_gone;        /* archived, and not in the database any more */
    int64_t rows_unverified;  /* in files that say nothing to check them by: not touched */
    int64_t batches;
    int64_t longest_batch_us;
    pqt_status status;        /* PQT_OK: done */
    char message[512];        /* why not; or what the user should know; may be "" */
    bool is_dropped;          /* the rows went with their partition */
} pqa_deleted_day;

/* Called with the `self` of pqa_delete_exported, once a day, oldest first. */
typedef void (*pqa_deleted_callback)(void *self, const pqa_deleted_day *day);

/*
 * Deletes from the database what the archive provably has. The days are exported first;
 * of each that is archived then, its files are read back from the store, compared with
 * size, SHA-256, row hash and sums in the log and decoded in full, and of their rows
 * those are deleted that the database has exactly so, in batches, each its own
 * transaction. Rows that changed meanwhile stay. Stopped anywhere, run it again. With
 * drop_partitions, a partition by range of the date whose days are all archived, and whose
 * rows are exactly the archive's, is detached and dropped in one transaction; where it
 * cannot be, the log callback is told why, and its rows are deleted in batches.
 *
 * INVALID: a day that is not over. CORRUPT: a file does not verify, or delete_db is not
 * the archive's source. UNSUPPORTED, DENIED: the database is one from which nothing may
 * be deleted (foreign keys that cascade, triggers, row-level security, a replica).
 * CONFLICT: somebody else changed the archive's files meanwhile. TIMEOUT: locks could not
 * be had. A day that does not verify does not stop the others. Memory: as pqa_export.
 */
PQT_API pqt_status pqa_delete_exported(pqa_archive *archive,
                                       const pqa_delete_options *options,
                                       pqa_deleted_callback callback, void *self,
                                       pqt_error *error);

/* How far a verification looks; each does what those below it do. */
typedef enum pqa_verify_depth {
    PQA_VERIFY_ROWS,      /* all pages are decoded; rows, views and row hash are the log's */
    PQA_VERIFY_CHECKSUMS, /* the bytes are read; their SHA-256 is the log's */
    PQA_VERIFY_SIZES      /* the log can be read, each file is there and has its size */
} pqa_verify_depth;

typedef struct pqa_verify_options {
    int32_t since;
    int32_t until;
    pqa_verify_depth depth;
    bool against_database;
} pqa_verify_options;

/* One file, or one day of the database, that was checked. */
typedef struct pqa_verified {
    const char *path; /* "database": a day of it */
    int32_t first_date;
    int32_t last_date;
    int64_t rows;
    int64_t rows_archived_only; /* of a day: that the database has not any more */
    uint64_t size_bytes;
    pqt_status status; /* PQT_OK: verified */
    const char *message;
} pqa_verified;
typedef void (*pqa_verified_callback)(void *self, const pqa_verified *verified);

/*
 * Checks every live file that has a date in the range: size and SHA-256 as in the log,
 * all pages decoded, rows, views and row hash as in the log, order; or less (depth). With
 * against_database also, where the files are right, that every row of the database is in
 * the archive with its values; rows that the site has deleted since are no fault. CORRUPT
 * where anything differs; all files are looked at.
 */
PQT_API pqt_status pqa_verify(pqa_archive *archive, const pqa_verify_options *options,
                              pqa_verified_callback callback, void *self,
                              pqt_error *error);

/* Which copies pqa_copies makes. */
typedef struct pqa_copies_options {
    int32_t since;
    int32_t until;
    pqa_copy_options copies; /* neither kind: those that each day has already */
} pqa_copies_options;

/*
 * Makes the copies of the archive's days that are missing or not as the archive has it,
 * looks whether each is there with its size, and removes those that stand for no rows.
 * The database is only asked which projects belong to an organization, where
 * per_organization is given; otherwise that is as it was. A copy that fails does not stop
 * the others; the status is the first failure's. NOT_FOUND where there is no archive, or
 * the tables of organizations are not there; BUSY. Memory: about 12 MiB a thread (on S3
 * 12 threads) and the copies' files that are on their way, and once 1 KiB a copy.
 */
PQT_API pqt_status pqa_copies(pqa_archive *archive, const pqa_copies_options *options,
                              pqt_error *error);

/* Which files pqa_import_files takes in. */
typedef struct pqa_import_options {
    const char *const *paths; /* of files and folders, also s3://BUCKET/PREFIX (ending with
                                 .parquet: one file), reached as the settings' s3 says */
    int32_t path_count;
    int32_t since;        /* other days' rows are left out */
    int32_t until;
    bool dry_run;         /* read, merge and compare; write and commit nothing */
    pqa_day_callback day; /* told of each day that has rows; may be NULL */
} pqa_import_options;

/* What a file had. rows = taken + doubled + left out. */
typedef struct pqa_imported {
    const char *path; /* the callback's until it returns */
    uint64_t size_bytes;
    int32_t first_date, last_date; /* first > last: no rows */
    int64_t rows;
    int64_t rows_taken;    /* they are in the archive, unless their day failed */
    int64_t rows_doubled;  /* another file (or this one) has the row too, with as many
                              views or more */
    int64_t rows_left_out; /* of days that were not asked for */
    bool is_part;    /* by its path, rows of one project or organization only */
    bool is_skipped; /* found in a folder, and written by this library */
} pqa_imported;
typedef void (*pqa_imported_callback)(void *self, const pqa_imported *file);

/*
 * Takes Parquet files of page views, as the proof of concept wrote them with pandas, into
 * the archive: every file is read and checked before anything is written; rows that are
 * in several files are taken once; then each day is merged, written, decoded again and
 * committed as pqa_export does it with a database's. What the archive has already stays,
 * unless a file has more views of the row. Folders are searched for *.parquet. The
 * columns are the archive's ten by name; id, project_slug, version_id, version_slug,
 * full_path, and date (where the file's name has one) may be missing. Slugs that the
 * files have not are taken from settings.db, where that is set; then the archive is also
 * noted to be that database's. Days of which only files of single projects have rows are
 * not noted as covered.
 *
 * `callback` (may be NULL) is told of every file at the end. NOT_FOUND: no file, or no
 * row. UNSUPPORTED, CORRUPT: a file is not understood, by name, column and row: nothing
 * was changed; or a day contradicts the archive: other days are done. INVALID: rows of a
 * day that is not over. Statuses otherwise, and memory, as pqa_export; and 300 bytes a
 * file.
 */
PQT_API pqt_status pqa_import_files(pqa_archive *archive,
                                    const pqa_import_options *options,
                                    pqa_imported_callback callback, void *self,
                                    pqt_error *error);

/* --- Upkeep --------------------------------------------------------------------------- */

/* What a prune took out, or its undoing brought back. */
typedef struct pqa_pruned {
    int32_t before;          /* the first date that is kept now; INT32_MIN: all are */
    int64_t days;            /* that the files cover by the log */
    int64_t rows;
    int64_t rows_left;       /* in the archive; not told by an undoing */
    int64_t files;           /* as a whole */
    int64_t files_rewritten; /* because they hold later days too */
    uint64_t size_bytes;     /* of the files; of a rewritten one what it became smaller
                                (not known in a dry run) */
    int64_t copies;          /* of the days, that were removed */
} pqa_pruned;

typedef struct pqa_prune_options {
    int32_t before;         /* days before this date go */
    bool more_than_a_tenth; /* of the rows may go at once; INVALID otherwise */
    bool dry_run;           /* only count */
} pqa_prune_options;

/*
 * Takes the days before a date out of the archive in one commit, and remembers the date:
 * such days are not exported again. The date cannot move back (INVALID). Objects stay for
 * seven days; so long, pqa_prune_undo takes the last prune back. The days' copies go at
 * once (pqa_copies makes them again). BUSY, CONFLICT, CORRUPT.
 */
PQT_API pqt_status pqa_prune(pqa_archive *archive, const pqa_prune_options *options,
                             pqa_pruned *out, pqt_error *error);
/*
 * Brings the last prune's rows back, after comparing every object's size and SHA-256 with
 * what they were, and lets days be exported as before it. NOT_FOUND where there is none,
 * or it is too long ago, or an object is gone.
 */
PQT_API pqt_status pqa_prune_undo(pqa_archive *archive, pqa_pruned *out,
                                  pqt_error *error);

/* An object that vacuum deletes, or would. */
typedef struct pqa_vacuumed {
    const char *path; /* in the table; the callback's until it returns */
    uint64_t size_bytes;
    int64_t since_ms; /* superseded then, or put; since 1970-01-01 UTC */
    bool was_live;    /* else it was never committed */
} pqa_vacuumed;
typedef void (*pqa_vacuumed_callback)(void *self, const pqa_vacuumed *object);

typedef struct pqa_vacuum_sum {
    int64_t objects; /* deleted, or to be deleted */
    uint64_t bytes;
    int64_t objects_waiting; /* superseded or left over less than seven days ago */
    uint64_t bytes_waiting;
    int64_t log_files; /* of the log, deleted: behind a checkpoint of 30 days ago */
} pqa_vacuum_sum;

/* Who is told of each object (`callback` may be NULL), and of all. */
typedef struct pqa_vacuum_report {
    pqa_vacuumed_callback callback;
    void *self;
    pqa_vacuum_sum sum; /* set by pqa_vacuum, also where it fails */
} pqa_vacuum_report;

/*
 * Deletes the table's objects that were superseded, or were put and never committed, more
 * than seven days ago; without `remove` only tells of them. Only objects with names of
 * ours that the newest log, read again before each one, does not have: never copies. Of
 * the log itself commits go that a checkpoint of 30 days ago makes needless. INVALID where
 * this machine's clock is behind the archive; BUSY.
 */
PQT_API pqt_status pqa_vacuum(pqa_archive *archive, bool remove,
                              pqa_vacuum_report *report, pqt_error *error);

typedef enum pqa_month_outcome {
    PQA_MONTH_COMPACTED, /* several files became one (or would) */
    PQA_MONTH_UNCHANGED, /* it is one file already */
    PQA_MONTH_FAILED
} pqa_month_outcome;

typedef struct pqa_compacted {
    int32_t first_date; /* of the month */
    int32_t last_date;
    pqa_month_outcome outcome;
    int64_t files; /* that it was */
    int64_t rows;
    uint64_t bytes_before;
    uint64_t bytes_after; /* 0 where it is not known (a dry run) */
    pqt_status status;    /* of a month that failed */
    char message[512];
} pqa_compacted;
typedef void (*pqa_compacted_callback)(void *self, const pqa_compacted *month);

typedef struct pqa_compact_options {
    bool has_month; /* else all that are over */
    int32_t month;  /* any day of it */
    bool dry_run;
} pqa_compact_options;

/*
 * Makes one file of each month that ended more than seven days ago, a commit a month:
 * written, decoded again and compared with the rows of its days. A month of which a file
 * was written by another program, or reaches into another month, fails with UNSUPPORTED,
 * one with a damaged file with CORRUPT; the others are done. INVALID where the month is
 * not over. Memory: half a million rows' values (about 100 MiB), and 48 MiB.
 */
PQT_API pqt_status pqa_compact(pqa_archive *archive, const pqa_compact_options *options,
                               pqa_compacted_callback callback, void *self,
                               pqt_error *error);

typedef struct pqa_restored {
    int32_t date;
    int64_t rows;      /* of the archive */
    int64_t inserted;  /* put back */
    int64_t equal;     /* were in the database already, with the same values */
    int64_t left_out;  /* of a project or version that is gone (leave_out_gone) */
    pqt_status status; /* of a day that failed: nothing of it was put back, unless it was
                          read back and differs */
    char message[512];
} pqa_restored;
typedef void (*pqa_restored_callback)(void *self, const pqa_restored *day);

typedef struct pqa_restore_options {
    int32_t since;
    int32_t until;
    const char *to_db; /* another database than the settings'; NULL: that */
    bool leave_out_gone; /* rows whose project or version is not in the database any more */
} pqa_restore_options;

/*
 * Puts the archive's rows of these days into the database, a transaction a day, and reads
 * each day back. An id that is there with other values stops its day with CORRUPT, a
 * project or version that is gone where a foreign key wants it with INVALID, unless such
 * rows are left out; other days go on. The callback may be NULL. PostgreSQL's sequence of ids is raised to the highest,
 * where the user may use it; otherwise the log callback is told. Memory: memory_bytes,
 * 8 bytes a row of a day, 48 MiB, and with leave_out_gone some 60 bytes and the slug of each
 * project and version.
 */
PQT_API pqt_status pqa_restore(pqa_archive *archive, const pqa_restore_options *options,
                               pqa_restored_callback callback, void *self,
                               pqt_error *error);

typedef struct pqa_forgotten {
    int32_t project_id;
    int64_t rows;            /* of the live files */
    int64_t files;           /* live files that held the project */
    int64_t objects;         /* all objects that held it: older revisions, copies too */
    int64_t objects_checked; /* Parquet objects in which it was looked for, at last */
    int64_t log_commits;     /* commits of the log that still have its slug in statistics */
} pqa_forgotten;

typedef struct pqa_forget_options {
    const char *project;  /* slug; or NULL with project_id */
    int32_t project_id;   /* used where project is NULL */
    bool agreed;          /* INVALID otherwise, where something is there to be forgotten */
    bool ignore_database; /* do not look whether the database still has rows of it */
    bool dry_run;         /* only look, at the database too */
} pqa_forget_options;

/*
 * Takes a project out of the archive for good: writes every live file that holds it anew
 * without it, deletes at once (no grace period) every other object below the table that
 * holds rows of it, copies and what a prune could have brought back included, and looks
 * into every object again: CORRUPT where a row is left. An organization's copies are made
 * again without it. The log's older commits, which
 * name its slug and paths in statistics, go too, behind a new checkpoint: older versions
 * of the table cannot be read any more. INVALID where several projects
 * bore the slug, or the database still has page views of it (an export would bring them
 * back). NOT_FOUND where no project bore the slug. Stopped anywhere, run it again.
 */
PQT_API pqt_status pqa_forget(pqa_archive *archive, const pqa_forget_options *options,
                              pqa_forgotten *out, pqt_error *error);

/* --- Nights ------------------------------------------------------------------------- */

/* A part of a night's work. */
typedef struct pqa_step {
    const char *name; /* "catch up", "look again", "delete", "prune", "compact", "vacuum" */
    pqt_status status;
    bool was_left_out; /* because one before it failed */
    int64_t days;      /* done; compact: months, vacuum: objects */
    int64_t days_failed;
    int64_t rows;   /* new or changed in the archive; deleted; pruned; compacted */
    uint64_t bytes; /* of new files; pruned; saved; vacuumed */
    int64_t duration_us;
} pqa_step;

/* Everything zero or NULL takes the default in brackets. */
typedef struct pqa_nightly_options {
    int look_back_days;       /* that are exported again, for late rows [3] */
    int keep_database_days;   /* older days go from the database [0: none do] */
    int keep_archive_days;    /* older days go from the archive [0: none do] */
    bool compact;             /* months that are over */
    bool vacuum;              /* what was superseded 7 days ago */
    const pqa_delete_options *deletion; /* how rows are deleted; its days are not looked at
                                           [defaults] */
    const char *report_file;  /* gets a line of JSON a night, the last 1,000 [none] */
    const char *metrics_file; /* for Prometheus' textfile collector, replaced [none] */
    const char *success_url;  /* asked for after a night that went well [none] */
    const char *failure_url;  /* and after one that did not [none] */
    pqa_day_callback on_day;  /* told of every day that is exported */
    void (*on_step)(void *self, const pqa_step *step); /* and of every part that ended */
    void *self;
    const pqa_copy_options *copies; /* of the days that are exported; its callback and
                                       new_only are not looked at [none] */
    pqa_copy_callback on_copy;      /* told of each, with `self`; may be NULL */
} pqa_nightly_options;

enum { PQA_STEPS_MOST = 8 };

/* What became of a night. */
typedef struct pqa_night {
    int64_t started_ms; /* since 1970-01-01 UTC */
    int64_t duration_us;
    int exit_code; /* 0: everything was done and verified */
    pqa_step steps[PQA_STEPS_MOST];
    int step_count;
    char message[512]; /* of the first failure; or empty */
    char warning[600]; /* a URL could not be asked for; or empty */
    int64_t copies;    /* written; a copy that fails leaves nothing out, and is exit 3 */
    int64_t copies_failed;
} pqa_night;

/*
 * What is to be done every night: exports the days between the first that is covered and
 * yesterday that are missing, oldest first, and the last days again. An archive without
 * days begins with the last days. Where it is asked for: deletes days from the database
 * that are older than keep_database_days and archived, prunes, compacts, vacuums. Then tells how it went, in a file and to a monitor. A
 * part that fails leaves out those behind it, and an archive that cannot be opened all of
 * them; also then it is told. The status is the first failure's, or that of the report
 * that could not be written; `out` is filled in after a failure too. Memory: as
 * pqa_export's.
 */
PQT_API pqt_status pqa_nightly(const pqa_settings *settings,
                               const pqa_nightly_options *options, pqa_night *out,
                               pqt_error *error);

/* --- Tables of results --------------------------------------------------------------- */

typedef enum pqa_kind { PQA_INT64, PQA_TEXT, PQA_DATE, PQA_BYTES_SIZE } pqa_kind;

/* A column of results: int64s for PQA_INT64, PQA_DATE (days) and PQA_BYTES_SIZE, texts
 * for PQA_TEXT. valid NULL: no nulls; otherwise a byte a row. */
typedef struct pqa_column {
    const char *name;
    pqa_kind kind;
    const int64_t *int64s;
    const pqt_view *texts;
    const uint8_t *valid;
} pqa_column;

/* Owned by the caller, freed with pqa_table_free. */
typedef struct pqa_table {
    const pqa_column *columns;
    int32_t column_count;
    int64_t row_count;
    const char *note; /* a sentence for the user (which id was taken, which days are not
                         in the archive), or NULL */
    struct pqa_table_memory *memory;
} pqa_table;
PQT_API void pqa_table_free(pqa_table *table);

/*
 * The rows as a stream of Arrow's C data interface (pqt_arrow.h has the structure): texts
 * are utf8, dates date32, numbers int64. Stream and arrays hold the table's memory: the
 * table may be freed before them, and several streams be made of it. CORRUPT, told by the
 * stream, for a text that is not UTF-8. Memory: a batch of at most a million rows, numbers
 * left out.
 */
struct ArrowArrayStream;
PQT_API pqt_status pqa_table_arrow_stream(const pqa_table *table,
                                          struct ArrowArrayStream *out, pqt_error *error);

/* Where text goes, in pieces. */
typedef struct pqa_text_output {
    pqt_status (*write)(void *self, const char *text, size_t size_bytes,
                        pqt_error *error);
    void *self;
} pqa_text_output;

/* RFC 4180 with LF: quotes only where a value needs them, nothing for a null. `headings`,
 * one a column; NULL: the names. */
PQT_API pqt_status pqa_table_write_csv(const pqa_table *table,
                                       const char *const *headings,
                                       const pqa_text_output *output, pqt_error *error);

/* --- Questions ----------------------------------------------------------------------- */

/* How rows of a question are chosen. */
typedef struct pqa_query {
    const char *project;         /* slug; or NULL with project_id */
    bool has_project_id;
    int32_t project_id;
    int32_t since;
    int32_t until;
    bool any_status;             /* all statuses */
    int16_t status;              /* [200; not_found: 404]: 0 takes the default */
    const char *project_version; /* version slug; NULL: all */
    int64_t limit;               /* rows of the answer; 0: all */
    bool by_full_path;           /* top and not_found: group by full_path */
    bool live;                   /* days that the archive has not exported are answered by
                                    settings.db */
} pqa_query;

/* path (or full_path), views; most views first, ties by path. */
PQT_API pqt_status pqa_top(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                           pqt_error *error);
/* date, views; every day of the range, 0 where there is no data. */
PQT_API pqt_status pqa_daily(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                             pqt_error *error);
/* As pqa_top for status 404. */
PQT_API pqt_status pqa_not_found(pqa_archive *archive, const pqa_query *query,
                                 pqa_table *out, pqt_error *error);
/* version, views; most views first; rows without a version as null. */
PQT_API pqt_status pqa_versions(pqa_archive *archive, const pqa_query *query,
                                pqa_table *out, pqt_error *error);
/* date, version, path, views, a row a page view row: date descending, then path, version
 * (the CSV that Read the Docs offers). */
PQT_API pqt_status pqa_views(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                             pqt_error *error);
/* The archive's ten columns (id, project_id, project_slug, version_id, version_slug, path,
 * full_path, view_count, date, status), in the order of pqa_views. INVALID with `live`.
 * Memory: all rows of the answer. */
PQT_API pqt_status pqa_rows(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                            pqt_error *error);

/* --- Dates ---------------------------------------------------------------------------- */

/* A date as a user writes it: YYYY-MM-DD, today, yesterday, -7d; days are UTC's. INVALID
 * with the reason. */
PQT_API pqt_status pqa_date_parse(const char *text, int32_t *out, pqt_error *error);
/* Today in UTC. */
PQT_API int32_t pqa_today(void);

/* --- Shadowing ----------------------------------------------------------------------- */

typedef enum pqa_question {
    PQA_QUESTION_TOP,
    PQA_QUESTION_DAILY,
    PQA_QUESTION_NOT_FOUND,
    PQA_QUESTION_VERSIONS
} pqa_question;

/* An answer of the archive (with live days) beside the database's alone. */
typedef struct pqa_shadowed {
    pqa_question question;
    int32_t project_id;
    int32_t since;
    int32_t until;
    bool is_equal;          /* also where there is no such project on either side */
    int64_t rows;           /* of the database's answer; daily: days */
    int64_t rows_different; /* in any column or in their place, or on one side only */
    int64_t days_compared;
    int64_t days_live;      /* of them, not archived: both sides read the database */
    int64_t days_gone;      /* archived, and the database has no row of them, of any
                               project: not compared */
    int64_t days_pruned;    /* not compared */
    int64_t archive_us;     /* opening files included */
    int64_t database_us;
    char message[512];      /* the first difference; or "" */
} pqa_shadowed;

/* Processes and threads may write to the same file. */
typedef struct pqa_shadow_options {
    const char *evidence_file; /* gets a line of JSON a comparison, and one for each
                                  question that failed [none] */
    int32_t evidence_lines;    /* that are kept at least, the last [10000] */
} pqa_shadow_options;

/*
 * Answers the question twice in one snapshot of the database: by the archive, with days
 * that are not archived from the database, and by the database alone; compares row by row
 * and keeps the evidence. Equal or not, the status is PQT_OK. A day that the site changed
 * since it was exported differs until it is exported again; so does one of which only some
 * rows were deleted. `query->live` is taken as set; `options` NULL: no evidence is kept.
 */
PQT_API pqt_status pqa_shadow(pqa_archive *archive, pqa_question question,
                              const pqa_query *query, const pqa_shadow_options *options,
                              pqa_shadowed *out, pqt_error *error);

/*
 * Keeps as evidence that a question could not be compared because no archive could be
 * opened for it; what fails in pqa_shadow it keeps itself. `options` has a file.
 */
PQT_API pqt_status pqa_shadow_failed(pqa_question question, const pqa_query *query,
                                     const char *message,
                                     const pqa_shadow_options *options, pqt_error *error);

typedef void (*pqa_shadowed_callback)(void *self, const pqa_shadowed *compared,
                                      const char *project);

/*
 * The same `count` times for questions, projects and ranges within [since, until] at
 * random; the callback (may be NULL) is told of each. `project` is the slug, valid until
 * it returns. NOT_FOUND where the database has no projects.
 */
PQT_API pqt_status pqa_shadow_random(pqa_archive *archive, int32_t count, int32_t since,
                                     int32_t until, const pqa_shadow_options *options,
                                     pqa_shadowed_callback callback, void *self,
                                     pqt_error *error);

/* What an evidence file tells; a line that is no comparison's is passed over. */
typedef struct pqa_shadow_sum {
    int64_t compared;
    int64_t equal;
    int64_t different;
    int64_t first_ms; /* since 1970-01-01 UTC; meaningless without comparisons */
    int64_t last_ms;
    int64_t archive_us;  /* of all */
    int64_t database_us;
    int64_t failed;      /* questions that could not be compared; not in `compared` */
    int64_t equal_since; /* the last difference, or ever where there is none, with rows and
                            archived days; so are: */
    int64_t failed_since;
    int64_t days_since;        /* UTC, on which an answer was equal */
    char last_difference[512]; /* its message; or "" */
} pqa_shadow_sum;

/* NOT_FOUND where there is no such file. */
PQT_API pqt_status pqa_shadow_summary(const char *evidence_file, pqa_shadow_sum *out,
                                      pqt_error *error);

/* What is wanted before the archive is trusted; 0 takes the default. */
typedef struct pqa_shadow_demand {
    int32_t days;    /* since the last difference on which answers were equal [7] */
    int64_t answers; /* equal ones since then [100] */
} pqa_shadow_demand;

enum { PQA_SHADOW_MESSAGE = 1024 };

/*
 * Whether the evidence is enough: that many equal answers on that many days since the last
 * difference, and at most one question in 200 that could not be compared. `message` says
 * it in a sentence, and what is missing. `demand` NULL: the defaults.
 */
PQT_API bool pqa_shadow_is_ready(const pqa_shadow_sum *sum,
                                 const pqa_shadow_demand *demand,
                                 char message[PQA_SHADOW_MESSAGE]);

/* --- DuckDB -------------------------------------------------------------------------- */

typedef struct pqa_duckdb_options {
    const char *memory_limit; /* as DuckDB takes it: "2GB" [its own] */
    bool has_delta;           /* its extensions that are installed: SELECT extension_name */
    bool has_httpfs;          /* FROM duckdb_extensions() WHERE installed */
} pqa_duckdb_options;

/*
 * The SQL that gives a new connection of DuckDB (1.1 or later) the view `pageviews`: the
 * table's ten columns with their types, by the delta extension where there is one, else of
 * the files that are live now. One column, `statement`, to be run in this order; none of
 * them downloads anything. For s3:// they hold the archive's keys of the moment, which
 * none shows when it fails: keep them from logs, command lines and process lists.
 * NOT_FOUND where there is no table; UNSUPPORTED, with what to install, where DuckDB
 * cannot read the store. Memory: the paths of the live files.
 */
PQT_API pqt_status pqa_duckdb_setup(pqa_archive *archive,
                                    const pqa_duckdb_options *options, pqa_table *out,
                                    pqt_error *error);

/* --- State --------------------------------------------------------------------------- */

typedef struct pqa_status_options {
    const char *report_file; /* pqa_nightly's (NOT_FOUND where it is not there); NULL:
                                nothing is told of the nights */
    bool ask_database;       /* how much the archive's rows would take there */
} pqa_status_options;

/*
 * What the archive holds, in one row: store, source, version, covered, days, days_missing
 * (since the first, up to yesterday), newest_day, files, rows, views, size,
 * pruned_before (days before it left the archive; covered and days still count them),
 * newest_age_days (1: yesterday), day_size (a day's files, the mean of the last 30 days), year_size,
 * year_cost_cents (US cents, a year's files kept a year in S3 Standard of us-east-1),
 * database_size (what the rows would take in the database, indexes included, by what its
 * rows take now), nights, nights_failed, last_night_ms. Null where it is not known.
 * `options` NULL: neither nights nor database.
 */
PQT_API pqt_status pqa_status(pqa_archive *archive, const pqa_status_options *options,
                              pqa_table *out, pqt_error *error);
/* The live files, their paths in the store: path, first_date, last_date, rows, size, verified. */
PQT_API pqt_status pqa_files(pqa_archive *archive, pqa_table *out, pqt_error *error);

typedef enum pqa_finding { PQA_FINDING_OK, PQA_FINDING_ADVICE, PQA_FINDING_PROBLEM } pqa_finding;
typedef void (*pqa_finding_callback)(void *self, pqa_finding level, const char *subject,
                                     const char *text);
/* Looks at database and store and says what is right and what to do. DENIED, NOT_FOUND,
 * ... where there is a problem; PQT_OK with advice only. */
PQT_API pqt_status pqa_doctor(const pqa_settings *settings, pqa_finding_callback callback,
                              void *self, pqt_error *error);

/* The exit code of design: 0, 1, 2, 10, 11, 12, 13, 75, 130. */
PQT_API int pqa_exit_code(pqt_status status);
enum { PQA_EXIT_PARTLY = 3 }; /* some days or copies were done, others failed */

#ifdef __cplusplus
}
#endif
#endif
