/* Ctrl-C: the first asks the work to end at its next safe point, the second ends at once.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From here on SIGINT and SIGTERM set the flag that interrupt_flag shows. */
void interrupt_catch(void);
const volatile int *interrupt_flag(void);
/* The signal that came, or 0. */
int interrupt_signal(void);

#endif
