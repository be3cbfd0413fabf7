#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/demo.h"
#include "cli/message.h"
#include "base/text.h"

static pqt_status make_database(const char *path, int32_t until, pqt_error *error)
{
    char unfinished[PATH_MAX + 8];
    demo_counts counts = {0};
    snprintf(unfinished, sizeof unfinished, "%s.part", path);
    unlink(unfinished);
    const pqt_status status = demo_write(unfinished, until, &counts, error);
    if (status != PQT_OK) {
        unlink(unfinished);
        return status;
    }
    if (rename(unfinished, path) != 0)
        return error_set_errno(error, errno, "cannot name %s", path);
    char rows[SHORT_TEXT_BYTES], views[SHORT_TEXT_BYTES];
    text_count(counts.rows, rows);
    text_count(counts.views, views);
    printf("%s: %d projects, %d days, %s rows, %s views\n", path, DEMO_PROJECTS,
           DEMO_DAYS, rows, views);
    return PQT_OK;
}

static void print_next(const char *directory)
{
    printf(
        "\nTry:\n"
        "  export PQA_DB=sqlite:%s/demo.db PQA_STORE=%s/store\n"
        "  pqa backfill --days %d\n"
        "  pqa status\n"
        "  pqa top cedar-http\n"
        "  pqa daily cedar-http\n",
        directory, directory, DEMO_DAYS);
}

pqt_status run_demo(invocation *in, pqt_error *error)
{
    const char *const directory = in->arguments[0];
    char path[PATH_MAX];
    const int length = snprintf(path, sizeof path, "%s/demo.db", directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(error, PQT_INVALID, "the directory's name is too long");
    TRY(file_make_directories(directory, error));
    struct stat status;
    if (stat(path, &status) == 0)
        message_print("%s is there already: left alone", path);
    else
        TRY(make_database(path, in->options->today - 1, error));
    print_next(directory);
    return PQT_OK;
}
