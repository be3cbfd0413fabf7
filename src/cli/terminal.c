#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is_smart(FILE *stream)
{
    const char *const term = getenv("TERM");
    return isatty(fileno(stream)) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_has_colour(FILE *stream)
{
    const char *const no_colour = getenv("NO_COLOR");
    return terminal_is_smart(stream) && !(no_colour && *no_colour);
}

int terminal_width(FILE *stream)
{
    struct winsize size = {0};
    int width = 0;
    if (isatty(fileno(stream)) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    const char *const columns = getenv("COLUMNS");
    if (width == 0 && columns) width = (int)strtol(columns, NULL, 10);
    if (width <= 0) return 80;
    return width < 40 ? 40 : width > 1000 ? 1000 : width;
}

bool terminal_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *const value = getenv(names[i]);
        if (!value || !*value) continue;
        const char *const encoding = strchr(value, '.');
        return encoding && (strncasecmp(encoding, ".utf-8", 6) == 0 ||
                            strncasecmp(encoding, ".utf8", 5) == 0);
    }
    return false;
}
