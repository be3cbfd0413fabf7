/* "Did you mean": the nearest of some names to what was typed. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

/* How many insertions, deletions, substitutions and swaps of neighbours lead from `a` to
 * `b` (optimal string alignment); texts over 63 bytes count as far away. */
int suggest_distance(const char *a, const char *b);

/* The nearer of `best` (NULL: none yet) and `candidate`, or NULL while none is near
 * enough to be a slip of the fingers. */
const char *suggest_nearer(const char *typed, const char *best, const char *candidate);

#endif
