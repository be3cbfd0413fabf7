#include "source/copy_binary.h"

#include "base/cursor.h"
#include "source/kind.h"

enum { HEADER_BYTES = 19, TUPLE_LIMIT = 1 << 30, DAYS_TO_2000 = 10957 };

/* NEED_MORE: the piece ends within a tuple. */
typedef enum progress_kind { DONE, NEED_MORE, BAD } progress_kind;

static pqt_status corrupt(const char *what, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "the COPY stream is damaged: %s", what);
}

/* The fields of one tuple; data NULL is SQL's NULL. */
static progress_kind read_fields(cursor *at, pqt_view fields[SOURCE_COLUMN_COUNT])
{
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++) {
        if (cursor_left(at) < 4) return NEED_MORE;
        const uint32_t size = load_u32be(at->at);
        at->at += 4;
        if (size == UINT32_MAX) {
            fields[i] = (pqt_view){0};
            continue;
        }
        if (size > TUPLE_LIMIT) return BAD;
        if (!cursor_bytes(at, size, &fields[i])) return NEED_MORE;
    }
    return DONE;
}

static bool decode_integer(pqt_view field, int64_t *out)
{
    switch (field.size_bytes) {
    case 2:
        *out = (int16_t)load_u16be(field.data);
        return true;
    case 4:
        *out = (int32_t)load_u32be(field.data);
        return true;
    case 8:
        *out = (int64_t)load_u64be(field.data);
        return true;
    default:
        return false;
    }
}

static pqt_status refuse_null(const char *column, int64_t id, pqt_error *error)
{
    return error_set(error, PQT_UNSUPPORTED,
                     "row with id %lld: %s is null; it must not be", (long long)id,
                     column);
}

/* A required integer of at most `bits` bits. */
static pqt_status read_integer(pqt_view field, int bits, const char *column, int64_t id,
                               int64_t *out, pqt_error *error)
{
    if (!field.data) return refuse_null(column, id, error);
    if (!decode_integer(field, out)) return corrupt("an integer of an odd width", error);
    return source_check_range(*out, bits, column, id, error);
}

static pqt_status read_date(pqt_view field, int64_t id, int32_t *out, pqt_error *error)
{
    if (!field.data) return refuse_null("date", id, error);
    if (field.size_bytes != 4) return corrupt("a date that has not 4 bytes", error);
    const int32_t days = (int32_t)load_u32be(field.data);
    if (days == INT32_MAX || days == INT32_MIN)
        return error_set(error, PQT_UNSUPPORTED, "row with id %lld: date is infinite",
                         (long long)id);
    if (__builtin_add_overflow(days, DAYS_TO_2000, out))
        return source_check_range((int64_t)days + DAYS_TO_2000, 32, "date", id, error);
    return PQT_OK;
}

static pqt_status read_row(const pqt_view *fields, source_row *row, pqt_error *error)
{
    int64_t project = 0, version = 0, views = 0, status = 0;
    TRY(read_integer(fields[SOURCE_ID], 64, "id", 0, &row->id, error));
    TRY(read_integer(fields[SOURCE_PROJECT_ID], 32, "project_id", row->id, &project,
                     error));
    row->has_version = fields[SOURCE_VERSION_ID].data != NULL;
    if (row->has_version)
        TRY(read_integer(fields[SOURCE_VERSION_ID], 32, "version_id", row->id, &version,
                         error));
    TRY(read_integer(fields[SOURCE_VIEW_COUNT], 32, "view_count", row->id, &views,
                     error));
    TRY(read_integer(fields[SOURCE_STATUS], 16, "status", row->id, &status, error));
    TRY(read_date(fields[SOURCE_DATE], row->id, &row->date, error));
    if (!fields[SOURCE_PATH].data) return refuse_null("path", row->id, error);
    row->project_id = (int32_t)project;
    row->version_id = (int32_t)version;
    row->view_count = (int32_t)views;
    row->status = (int16_t)status;
    row->path = fields[SOURCE_PATH];
    row->full_path = fields[SOURCE_FULL_PATH];
    row->has_full_path = row->full_path.data != NULL;
    return PQT_OK;
}

/* Reads tuples until the bytes end; `at` stays before one that is not whole. */
static pqt_status read_tuples(copy_binary *parser, cursor *at, pqt_error *error)
{
    while (cursor_left(at) >= 2) {
        cursor next = *at;
        const uint16_t count = load_u16be(next.at);
        next.at += 2;
        if (parser->has_trailer) return corrupt("bytes behind its trailer", error);
        if (count == UINT16_MAX) {
            parser->has_trailer = true;
            *at = next;
            continue;
        }
        if (count != SOURCE_COLUMN_COUNT)
            return corrupt("a wrong number of fields", error);
        pqt_view fields[SOURCE_COLUMN_COUNT];
        const progress_kind kind = read_fields(&next, fields);
        if (kind == BAD) return corrupt("a field of more than 1 GiB", error);
        if (kind == NEED_MORE) return PQT_OK;
        source_row row;
        TRY(read_row(fields, &row, error));
        TRY(parser->callback(parser->self, &row, error));
        *at = next;
    }
    return PQT_OK;
}

/* The signature, flags and the header's extension, which must be empty. */
static pqt_status read_header(copy_binary *parser, cursor *at, pqt_error *error)
{
    static const char signature[11] = "PGCOPY\n\377\r\n";
    if (parser->has_header || cursor_left(at) < HEADER_BYTES) return PQT_OK;
    if (memcmp(at->at, signature, sizeof signature) != 0)
        return corrupt("it does not begin with COPY's signature", error);
    if (load_u32be(at->at + 11) != 0 || load_u32be(at->at + 15) != 0)
        return corrupt("its header has flags or an extension that are not known", error);
    at->at += HEADER_BYTES;
    parser->has_header = true;
    return PQT_OK;
}

static pqt_status read_all(copy_binary *parser, cursor *at, pqt_error *error)
{
    TRY(read_header(parser, at, error));
    return parser->has_header ? read_tuples(parser, at, error) : PQT_OK;
}

/* The server sends whole tuples a piece, so that carrying bytes over is rare. */
pqt_status copy_binary_feed(copy_binary *parser, pqt_view piece, pqt_error *error)
{
    if (parser->carried.size_bytes == 0) {
        cursor at = cursor_of(piece);
        TRY(read_all(parser, &at, error));
        return buffer_append(&parser->carried, at.at, cursor_left(&at), error);
    }
    TRY(buffer_append(&parser->carried, piece.data, piece.size_bytes, error));
    cursor at = cursor_of(buffer_view(&parser->carried));
    TRY(read_all(parser, &at, error));
    const size_t left = cursor_left(&at);
    memmove(parser->carried.data, at.at, left);
    parser->carried.size_bytes = left;
    return PQT_OK;
}

pqt_status copy_binary_finish(const copy_binary *parser, pqt_error *error)
{
    if (parser->has_trailer && parser->carried.size_bytes == 0) return PQT_OK;
    return corrupt("it ends before its trailer", error);
}

void copy_binary_free(copy_binary *parser)
{
    buffer_free(&parser->carried);
}
