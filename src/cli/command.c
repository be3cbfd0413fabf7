#include "cli/command.h"

#include <string.h>

#include "base/error.h"
#include "cli/suggest.h"

/* "parquet cat" takes two words, "export" one. */
static int matching_words(const char *name, const char *const *words, int count)
{
    const char *const space = strchr(name, ' ');
    if (!space) return count >= 1 && strcmp(name, words[0]) == 0 ? 1 : 0;
    const size_t first = (size_t)(space - name);
    const bool same = count >= 2 && strlen(words[0]) == first &&
                      strncmp(name, words[0], first) == 0 &&
                      strcmp(space + 1, words[1]) == 0;
    return same ? 2 : 0;
}

static pqt_status refuse_parquet(const char *typed, pqt_error *error)
{
    const char *nearest = NULL;
    for (int i = 0; i < command_count; i++)
        if (typed && strncmp(commands[i].name, "parquet ", 8) == 0)
            nearest = suggest_nearer(typed, nearest, commands[i].name + 8);
    if (!typed)
        return error_set(
            error, PQT_INVALID,
            "pqa parquet: expected cat, head, schema, meta, verify or convert, "
            "then a file");
    return error_set(error, PQT_INVALID, "there is no command 'parquet %.40s'; %s%s%s",
                     typed,
                     nearest ? "did you mean 'parquet "
                             : "there are cat, head, schema, "
                               "meta, verify and convert",
                     nearest ? nearest : "", nearest ? "'?" : "");
}

pqt_status command_find(const char *const *words, int count, const command **out,
                        int *name_words, pqt_error *error)
{
    const char *nearest = NULL;
    for (int i = 0; i < command_count; i++) {
        const int matching = matching_words(commands[i].name, words, count);
        if (matching) {
            *out = &commands[i];
            *name_words = matching;
            return PQT_OK;
        }
        nearest = suggest_nearer(words[0], nearest, commands[i].name);
    }
    if (strcmp(words[0], "parquet") == 0)
        return refuse_parquet(count > 1 ? words[1] : NULL, error);
    if (!nearest)
        return error_set(error, PQT_INVALID,
                         "there is no command '%.40s'; pqa help lists them", words[0]);
    return error_set(error, PQT_INVALID,
                     "there is no command '%.40s'; did you mean '%s'?", words[0],
                     nearest);
}
