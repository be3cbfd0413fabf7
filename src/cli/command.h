/* The commands, and what one is given when it runs. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/message.h"
#include "cli/options.h"

typedef struct invocation {
    struct options *options;
    const char *const *arguments; /* behind the command's name */
    int argument_count;
    int exit_code; /* set where the status does not tell all (3: partly done) */
    told_failures told;
} invocation;

/* Data goes to stdout, everything else to stderr. On failure main prints the error,
 * unless it is told already. */
typedef pqt_status (*command_run)(invocation *in, pqt_error *error);

typedef struct command {
    const char *name;      /* "export", "parquet cat" */
    const char *arguments; /* "PROJECT"; "" for none; "[X]" where it may be left out */
    int minimum_arguments, maximum_arguments;
    uint64_t groups;      /* of options it takes */
    const char *summary;  /* a line */
    const char *text;     /* paragraphs for its help */
    const char *examples; /* lines */
    command_run run;
} command;

extern const command commands[];
extern const int command_count;

/*
 * The command that the words begin with, and how many words its name has. INVALID, with a
 * suggestion, where there is none.
 */
pqt_status command_find(const char *const *words, int count, const command **out,
                        int *name_words, pqt_error *error);

pqt_status run_backfill(invocation *in, pqt_error *error);
pqt_status run_compact(invocation *in, pqt_error *error);
pqt_status run_copies(invocation *in, pqt_error *error);
pqt_status run_daily(invocation *in, pqt_error *error);
pqt_status run_delete_exported(invocation *in, pqt_error *error);
pqt_status run_demo(invocation *in, pqt_error *error);
pqt_status run_doctor(invocation *in, pqt_error *error);
pqt_status run_export(invocation *in, pqt_error *error);
pqt_status run_files(invocation *in, pqt_error *error);
pqt_status run_forget(invocation *in, pqt_error *error);
pqt_status run_help(invocation *in, pqt_error *error);
pqt_status run_import_files(invocation *in, pqt_error *error);
pqt_status run_nightly(invocation *in, pqt_error *error);
pqt_status run_not_found(invocation *in, pqt_error *error);
pqt_status run_parquet_cat(invocation *in, pqt_error *error);
pqt_status run_parquet_convert(invocation *in, pqt_error *error);
pqt_status run_parquet_head(invocation *in, pqt_error *error);
pqt_status run_parquet_meta(invocation *in, pqt_error *error);
pqt_status run_parquet_schema(invocation *in, pqt_error *error);
pqt_status run_parquet_verify(invocation *in, pqt_error *error);
pqt_status run_prune(invocation *in, pqt_error *error);
pqt_status run_restore(invocation *in, pqt_error *error);
pqt_status run_shadow(invocation *in, pqt_error *error);
pqt_status run_sql(invocation *in, pqt_error *error);
pqt_status run_status(invocation *in, pqt_error *error);
pqt_status run_top(invocation *in, pqt_error *error);
pqt_status run_vacuum(invocation *in, pqt_error *error);
pqt_status run_verify(invocation *in, pqt_error *error);
pqt_status run_version(invocation *in, pqt_error *error);
pqt_status run_versions(invocation *in, pqt_error *error);
pqt_status run_views(invocation *in, pqt_error *error);

#endif
