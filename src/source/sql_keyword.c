#include "source/sql_keyword.h"

#include <string.h>
#include <strings.h>

/* What begins a stretch without keywords, and what ends it. */
static const struct {
    const char *begin;
    const char *end;
} stretches[] = {{"'", "'"}, {"\"", "\""}, {"`", "`"},
                 {"[", "]"}, {"--", "\n"}, {"/*", "*/"}};

/* Where the stretch that begins here ends, or NULL where none begins. A doubled quote
 * ends one and begins the next, which comes to the same. */
static const char *skip_stretch(const char *at)
{
    for (size_t i = 0; i < sizeof stretches / sizeof *stretches; i++) {
        const size_t length = strlen(stretches[i].begin);
        if (strncmp(at, stretches[i].begin, length) != 0) continue;
        const char *end = strstr(at + length, stretches[i].end);
        return end ? end + strlen(stretches[i].end) : at + strlen(at);
    }
    return NULL;
}

static bool is_in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

bool sql_has_keyword(const char *sql, const char *keyword)
{
    const size_t wanted = strlen(keyword);
    while (*sql) {
        const char *behind = skip_stretch(sql);
        if (behind) {
            sql = behind;
            continue;
        }
        size_t length = 0;
        while (is_in_word(sql[length])) length++;
        if (length == wanted && strncasecmp(sql, keyword, wanted) == 0) return true;
        sql += length ? length : 1;
    }
    return false;
}
