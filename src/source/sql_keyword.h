/* Looking for a keyword in the text of a statement. */
#ifndef SOURCE_SQL_KEYWORD_H
#define SOURCE_SQL_KEYWORD_H

#include <stdbool.h>

/* Whether the statement has the keyword, in any case, as a word of its own: not in a
 * string, a quoted name, a comment, or a longer name. SQLite's lexical rules. */
bool sql_has_keyword(const char *sql, const char *keyword);

#endif
