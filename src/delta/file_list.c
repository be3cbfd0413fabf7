#include "delta/file_list.h"

#include "delta/action.h"

pqt_status file_list_append(const delta_file *file, buffer *out, pqt_error *error)
{
    return action_write_add(file, out, error);
}

static size_t count_lines(pqt_view text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size_bytes; i++) count += text.data[i] == '\n';
    return count;
}

static pqt_status parse_line(pqt_view line, arena *memory, delta_file *out,
                             pqt_error *error)
{
    json_t *object = json_loadb((const char *)line.data, line.size_bytes, 0, NULL);
    const json_t *add = json_object_get(object, "add");
    const pqt_status status =
        add ? action_read_add(add, memory, out, error)
            : error_set(error, PQT_CORRUPT, "expected the entry of a file");
    json_decref(object);
    return status;
}

pqt_status file_list_parse(pqt_view text, const char *name, arena *memory,
                           delta_file **files, size_t *count, pqt_error *error)
{
    const size_t lines = count_lines(text);
    delta_file *found = arena_alloc(memory, lines, sizeof *found);
    if (!found) return error_no_memory(error, lines * sizeof *found);
    for (size_t i = 0; i < lines; i++) {
        const uint8_t *end = memchr(text.data, '\n', text.size_bytes);
        const size_t size = (size_t)(end - text.data);
        const pqt_status status =
            parse_line(view_of(text.data, size), memory, &found[i], error);
        if (status != PQT_OK) error_prefix(error, "%s, line %zu", name, i + 1);
        TRY(status);
        text = view_of(end + 1, text.size_bytes - size - 1);
    }
    if (text.size_bytes > 0)
        return error_set(error, PQT_CORRUPT, "%s ends amid a line", name);
    *files = found;
    *count = lines;
    return PQT_OK;
}
