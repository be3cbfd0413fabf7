#include "archive/copy_path.h"

#include <stdio.h>

#include "archive/day_file.h"
#include "base/date.h"
#include "base/utf8.h"
#include "base/view.h"

enum { MOST_SLUG_BYTES = 255 }; /* as a file system has it */

static const char *const folders[] = {
    [COPY_PROJECT] = "project/", [COPY_ORGANIZATION] = "org/"};
enum { KIND_COUNT = sizeof folders / sizeof *folders };

const char *copy_slug_problem(pqt_view slug)
{
    if (slug.size_bytes == 0) return "it is empty";
    if (slug.size_bytes > MOST_SLUG_BYTES) return "it has more than 255 bytes";
    if (view_equal(slug, view_text(".")) || view_equal(slug, view_text("..")))
        return "it is a step of a path";
    for (size_t i = 0; i < slug.size_bytes; i++) {
        if (slug.data[i] == '/') return "it has a '/'";
        if (slug.data[i] < 0x20 || slug.data[i] == 0x7f)
            return "it has a control character";
    }
    return utf8_is_valid(slug, NULL) ? NULL : "it is no UTF-8";
}

pqt_status copy_path_make(copy_kind kind, pqt_view slug, int32_t date, arena *memory,
                          const char **out, pqt_error *error)
{
    const char *name = NULL;
    TRY(day_file_name(date, memory, &name, error));
    const size_t size = strlen(folders[kind]) + slug.size_bytes + 1 + strlen(name) + 1;
    char *path = arena_alloc(memory, size, 1);
    if (!path) return error_no_memory(error, size);
    snprintf(path, size, "%s%.*s/%s", folders[kind], (int)slug.size_bytes,
             (const char *)slug.data, name);
    *out = path;
    return PQT_OK;
}

pqt_view copy_path_slug(const char *path, copy_kind *kind)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        const size_t start = strlen(folders[i]);
        if (strncmp(path, folders[i], start) != 0) continue;
        *kind = (copy_kind)i;
        return view_of(path + start, strcspn(path + start, "/"));
    }
    return (pqt_view){0};
}

void copy_manifest_path(int32_t date, char path[COPY_MANIFEST_BYTES])
{
    char text[DATE_TEXT_BYTES];
    date_text(date, text);
    snprintf(path, COPY_MANIFEST_BYTES, COPY_MANIFEST_START "%.20s.json", text);
}

pqt_status copy_manifest_date(const char *path, int32_t *date, pqt_error *error)
{
    const pqt_view text = view_text(path), start = view_text(COPY_MANIFEST_START),
                   end = view_text(".json");
    if (!view_starts_with(text, start) || !view_ends_with(text, end))
        return error_set(error, PQT_INVALID, "%s is no list of copies", path);
    return date_parse_iso(view_of(text.data + start.size_bytes,
                                  text.size_bytes - start.size_bytes - end.size_bytes),
                          date, error);
}
