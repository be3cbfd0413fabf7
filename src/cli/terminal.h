/* What is at the other end of stdout and stderr. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* A terminal that understands control sequences (TERM is not "dumb"). */
bool terminal_is_smart(FILE *stream);
/* ... and colours are welcome (no NO_COLOR). */
bool terminal_has_colour(FILE *stream);
/* Columns, from the terminal, else COLUMNS, else 80; 40 at the least, 1000 at most. */
int terminal_width(FILE *stream);
/* Whether the locale's encoding is UTF-8 (LC_ALL, LC_CTYPE, LANG). */
bool terminal_is_utf8(void);

#endif
