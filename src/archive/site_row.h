/* A page view as the site's database has it, and as the archive does: with slugs. */
#ifndef ARCHIVE_SITE_ROW_H
#define ARCHIVE_SITE_ROW_H

#include "source/source.h"
#include "table/row.h"

/* Texts are shown, not copied. */
source_row site_row_of(const archive_row *row);
/* Without slugs, which a site's row does not have. */
archive_row site_row_archived(const source_row *row);

/* Adds a site's row to a sum that knows no slugs. */
void site_row_add(archive_sum *sum, const source_row *row);

#endif
