#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* "  --since D  " and its help, aligned. */
static pqt_status append_option(const option *definition, buffer *out, pqt_error *error)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", definition->name,
             definition->argument ? " " : "",
             definition->argument ? definition->argument : "");
    return buffer_printf(out, error, "  %-28s %s\n", left, definition->help);
}

static pqt_status append_options(const char *heading, int first, int last,
                                 uint64_t groups, buffer *out, pqt_error *error)
{
    bool any = false;
    for (int i = first; i <= last; i++) {
        if (!(options_table[i].groups & groups)) continue;
        if (!any) TRY(buffer_printf(out, error, "\n%s\n", heading));
        any = true;
        TRY(append_option(&options_table[i], out, error));
    }
    return PQT_OK;
}

pqt_status help_append_overview(buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(
        out,
        "pqa: page views of a documentation host, from a database to sorted, verified\n"
        "Parquet files, and questions answered from them.\n"
        "\n"
        "Usage: pqa COMMAND [options]\n"
        "\n"
        "Commands:\n",
        error));
    for (int i = 0; i < command_count; i++)
        TRY(buffer_printf(out, error, "  %-16s %s\n", commands[i].name,
                          commands[i].summary));
    return buffer_append_text(
        out,
        "\n"
        "Try it:\n"
        "  pqa demo /tmp/demo\n"
        "  pqa backfill --days 90 --db sqlite:/tmp/demo/demo.db --store /tmp/demo/store\n"
        "  pqa top cedar-http --store /tmp/demo/store\n"
        "\n"
        "pqa help COMMAND shows a command's options and examples, pqa help settings the\n"
        "settings file, the environment and the exit codes.\n",
        error);
}

pqt_status help_append_command(const command *c, buffer *out, pqt_error *error)
{
    const uint64_t own = c->groups & ~(GROUP_STORE | GROUP_DB | GROUP_DELETE_DB |
                                       GROUP_WRITE | GROUP_ALL);
    TRY(buffer_printf(out, error, "pqa %s: %s\n\nUsage: pqa %s%s%s [options]\n", c->name,
                      c->summary, c->name, *c->arguments ? " " : "", c->arguments));
    if (*c->text) TRY(buffer_printf(out, error, "\n%s\n", c->text));
    TRY(append_options("Options:", OPTION_DATE, OPTION_FORMAT, own, out, error));
    TRY(append_options("Settings:", OPTION_STORE, OPTION_CACHE_SIZE, c->groups, out,
                       error));
    if (c->groups & (GROUP_WRITE | GROUP_REWRITE | GROUP_CONVERT))
        TRY(append_options("Settings of writing:", OPTION_THREADS, OPTION_INVALID_UTF8,
                           c->groups, out, error));
    TRY(append_options("Everywhere:", OPTION_CONFIG, OPTION_VERSION, c->groups, out,
                       error));
    if (c->groups & GROUP_KEYS)
        TRY(buffer_append_text(out,
                               "\nKeys on a command line can be seen by everybody on the "
                               "machine: better in\n"
                               "PQA_FOOTER_KEY and PQA_COLUMN_KEY, or as lines "
                               "'footer-key = HEX' of a file\n"
                               "that --config names.\n",
                               error));
    if (c->groups & (GROUP_STORE | GROUP_DB))
        TRY(buffer_append_text(out,
                               "\nEach option can also be set in the environment "
                               "(PQA_STORE) or in pqa.conf\n(store = DIR); see pqa help "
                               "settings, also for the options of S3.\n",
                               error));
    return buffer_printf(out, error, "\nExamples:\n%s", c->examples);
}

static pqt_status append_exit_codes(buffer *out, pqt_error *error)
{
    return buffer_append_text(
        out,
        "\nExit codes; treat one that is not here as a failure:\n"
        "  0    done, and verified where something was written\n"
        "  1    failed\n"
        "  2    an unknown command, option or value\n"
        "  3    partly done: some days or copies failed\n"
        "  10   store, database or settings file not there\n"
        "  11   another pqa is writing to the store\n"
        "  12   not allowed\n"
        "  13   does not verify, or the database contradicts the archive\n"
        "  75   may work when tried again\n"
        "  130  stopped by Ctrl-C; 128 + n by signal n\n",
        error);
}

pqt_status help_append_settings(buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(
        out,
        "Settings of pqa\n"
        "\n"
        "An option on the command line wins over the environment, and that over the\n"
        "settings file. Every option has a variable, PQA_ and its name: PQA_STORE, "
        "PQA_DB,\n"
        "PQA_FORMAT, PQA_TEMPORARY_DIRECTORY. PostgreSQL's own PGHOST, PGUSER, "
        "PGPASSWORD,\n"
        "PGSERVICE and ~/.pgpass count as usual, NO_COLOR and COLUMNS too.\n"
        "\n"
        "The file is the one of --config (PQA_CONFIG), else the first that exists of\n"
        "$XDG_CONFIG_HOME/pqa/pqa.conf (~/.config/pqa/pqa.conf) and /etc/pqa/pqa.conf.\n"
        "Lines are 'name = value', with the long option's name; # begins a comment "
        "line:\n"
        "\n"
        "  # page views of docs.example\n"
        "  store = /srv/pageviews\n"
        "  db = postgresql://pqa@db.example/site\n"
        "  memory = 512M\n",
        error));
    const uint32_t all =
        GROUP_STORE | GROUP_DB | GROUP_DELETE_DB | GROUP_WRITE | GROUP_QUESTION;
    TRY(append_options("Where things are:", OPTION_STORE, OPTION_CACHE_SIZE, all, out,
                       error));
    TRY(append_options("How days are written:", OPTION_THREADS, OPTION_INVALID_UTF8, all,
                       out, error));
    TRY(append_options("A store on S3 (credentials as AWS's tools find them):",
                       OPTION_S3_ENDPOINT, OPTION_S3_MULTIPART, all, out, error));
    TRY(append_options("Tables and columns of a site that names them otherwise:",
                       OPTION_PAGE_VIEWS_TABLE,
                       OPTION_ORGANIZATION_PROJECTS_PROJECT_COLUMN, all, out, error));
    TRY(append_options("Everywhere:", OPTION_CONFIG, OPTION_VERSION, GROUP_ALL, out,
                       error));
    TRY(append_exit_codes(out, error));
    return buffer_append_text(
        out,
        "\nDays are in UTC, as 2026-01-15, today, yesterday or -7d; "
        "--until includes its day.\n",
        error);
}
