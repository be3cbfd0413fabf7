#define _GNU_SOURCE /* environ */
#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/output.h"

/* A descriptor that the caller closed must not become a database's or a data file's. What
 * is opened in its place for reading refuses to be written to. */
static void fill_closed_descriptors(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        if (open("/dev/null", descriptor == 2 ? O_WRONLY : O_RDONLY) < 0) _exit(1);
    }
}

static pqt_status check_taken(const struct options *o, const command *c, pqt_error *error)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!option_given(o, (enum option_id)i)) continue;
        if (options_table[i].groups & c->groups) continue;
        return error_set(error, PQT_INVALID,
                         "pqa %s has no option --%s; pqa help %s lists those it has",
                         c->name, options_table[i].name, c->name);
    }
    return PQT_OK;
}

static pqt_status check_arguments(const command *c, const invocation *in,
                                  pqt_error *error)
{
    if (in->argument_count < c->minimum_arguments)
        return error_set(error, PQT_INVALID, "usage: pqa %s %s; pqa help %s says more",
                         c->name, c->arguments, c->name);
    if (in->argument_count > c->maximum_arguments)
        return error_set(error, PQT_INVALID,
                         "'%.60s' is one word too many for pqa %s%s%s",
                         in->arguments[c->maximum_arguments], c->name,
                         *c->arguments ? " " : "", c->arguments);
    return PQT_OK;
}

/* A setting that nobody reads. */
static void warn_of_variables(void)
{
    char meant[VARIABLE_TEXT_BYTES];
    for (char **variable = environ; variable && *variable; variable++)
        if (options_is_misspelt(*variable, meant))
            message_print("the variable %.*s is ignored: %s is meant?",
                          (int)strcspn(*variable, "="), *variable, meant);
}

static pqt_status run_command(const command *c, invocation *in, pqt_error *error)
{
    TRY(check_taken(in->options, c, error));
    in->options->groups = c->groups;
    TRY(check_arguments(c, in, error));
    if (c->groups != GROUP_ALL) {
        warn_of_variables();
        TRY(options_parse_environment(in->options, error));
        TRY(options_parse_file(in->options, error));
    }
    return c->run(in, error);
}

static pqt_status print_command_help(const command *c, pqt_error *error)
{
    buffer out = {0};
    pqt_status status = help_append_command(c, &out, error);
    if (status == PQT_OK) status = output_write(buffer_view(&out), error);
    buffer_free(&out);
    return status;
}

static pqt_status dispatch(invocation *in, const parsed_words *words, pqt_error *error)
{
    if (in->options->version) return run_version(in, error);
    if (words->count == 0 && in->options->help) return run_help(in, error);
    if (words->count == 0)
        return error_set(error, PQT_INVALID, "no command; pqa help lists them");
    const command *found = NULL;
    int name_words = 0;
    TRY(command_find(words->words, words->count, &found, &name_words, error));
    if (in->options->help) return print_command_help(found, error);
    in->arguments = words->words + name_words;
    in->argument_count = words->count - name_words;
    return run_command(found, in, error);
}

static int exit_code(const invocation *in, pqt_status status)
{
    if (status == PQT_CANCELLED && interrupt_signal()) return 128 + interrupt_signal();
    if (in->exit_code) return in->exit_code;
    return pqa_exit_code(status);
}

/* Large blocks go back to the system when they are freed, whatever was freed before. */
static void keep_memory_small(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

int main(int argc, char **argv)
{
    keep_memory_small();
    fill_closed_descriptors();
    signal(SIGPIPE, SIG_DFL);
    struct options options;
    options_init(&options, clock_today_utc());
    invocation in = {.options = &options};
    pqt_error error = {0};
    parsed_words words = {.words =
                              alloc_zeroed(NULL, (size_t)argc + 1, sizeof *words.words)};
    pqt_status status = words.words ? PQT_OK : error_no_memory(&error, sizeof words);
    if (status == PQT_OK && argc > 1)
        status = options_parse_flags(&options, argc - 1, (const char *const *)argv + 1,
                                     &words, &error);
    if (status == PQT_OK) status = dispatch(&in, &words, &error);
    const pqt_status flushed = output_flush(status == PQT_OK ? &error : NULL);
    if (status == PQT_OK) status = flushed;
    if (status != PQT_OK && !message_is_told(&in.told, error.message))
        message_print("%s", error.message);
    alloc_release(NULL, words.words);
    options_free(&options);
    return exit_code(&in, status);
}
