/* Who a process is, so that others can tell whether it still runs. */
#ifndef STORE_PROCESS_IDENTITY_H
#define STORE_PROCESS_IDENTITY_H

#include <stdbool.h>

enum { IDENTITY_BYTES = 160, HOLDER_BYTES = 96 };

/* Boot, process namespace, number and start of this process, without blanks; "" where the
 * system does not tell. */
void identity_of_this(char text[IDENTITY_BYTES]);

/* True only where it ran on this boot of this machine, in this namespace, and has ended.
 */
bool identity_has_ended(const char *text);

/* "process 123 on host", for messages. */
void holder_of_this(char text[HOLDER_BYTES]);

#endif
