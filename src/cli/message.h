/* Sentences for people, on stderr. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stdbool.h>

#include "pqt_base.h"

/* "pqa: " and the sentence, control characters escaped, on a line of its own. */
void message_print(const char *format, ...) PQT_PRINTF(1, 2);

/* What was said of failures of single days, files and the like while a command ran: one
 * of them is its error in the end, the first or the last. */
typedef struct told_failures {
    char first[512]; /* as large as pqt_error's */
    char last[512];
} told_failures;

/* Prints "name: text", or the text alone where that has the name, and notes the text. */
void message_print_failure(told_failures *told, const char *name, const char *text);
/* Whether the text was printed so. */
bool message_is_told(const told_failures *told, const char *text);

#endif
