#include "archive/import_path.h"

#include <string.h>

#include "base/date.h"
#include "base/view.h"

enum { MOST_PARTS = 6 };

#define NAME_START "pageviews_"

/* The last parts of a path, the last one first. */
static int split(const char *path, pqt_view parts[MOST_PARTS])
{
    size_t end = strlen(path);
    int count = 0;
    while (count < MOST_PARTS) {
        size_t start = end;
        while (start > 0 && path[start - 1] != '/') start--;
        parts[count++] = view_of(path + start, end - start);
        if (start == 0) break;
        end = start - 1;
    }
    return count;
}

static bool is_digits(pqt_view part, size_t count)
{
    for (size_t i = 0; i < part.size_bytes; i++)
        if (part.data[i] < '0' || part.data[i] > '9') return false;
    return part.size_bytes == count;
}

import_path import_path_read(const char *path)
{
    pqt_view parts[MOST_PARTS];
    import_path out = {0};
    const int count = split(path, parts);
    const size_t start = strlen(NAME_START);
    if (view_starts_with(parts[0], view_text(NAME_START)) &&
        parts[0].size_bytes >= start + 10)
        out.has_date =
            date_parse_iso(view_of(parts[0].data + start, 10), &out.date, NULL) == PQT_OK;
    if (count < MOST_PARTS || !is_digits(parts[1], 2) || !is_digits(parts[2], 2) ||
        !is_digits(parts[3], 4))
        return out;
    const bool is_project = view_equal(parts[5], view_text("project"));
    out.is_part = is_project || view_equal(parts[5], view_text("org"));
    if (is_project) out.slug = parts[4];
    return out;
}

bool import_path_is_taken(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        if (*part == '/') part++;
        if (*part == '_' || *part == '.') return false;
    }
    return view_ends_with(view_text(path), view_text(".parquet"));
}
