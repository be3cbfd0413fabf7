/* Sentences for people, on stderr. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "pqt_base.h"

/* "pqa: " and the sentence, control characters escaped, on a line of its own. */
void message_print(const char *format, ...) PQT_PRINTF(1, 2);

#endif
