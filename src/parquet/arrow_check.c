#include "parquet/arrow_check.h"

#include "base/error.h"

/* More slots than memory can hold, so that their sizes in bytes do not overflow. */
#define MOST_SLOTS (INT64_C(1) << 48)

static const int64_t kind_buffers[] = {
    [IMPORT_STRUCT] = 1,          [IMPORT_LIST] = 2,
    [IMPORT_LARGE_LIST] = 2,      [IMPORT_LIST_VIEW] = 3,
    [IMPORT_LARGE_LIST_VIEW] = 3, [IMPORT_FIXED_LIST] = 1,
    [IMPORT_DICTIONARY] = 2,      [IMPORT_RUNS] = 0,
};

static int64_t buffers_of(const import_field *field)
{
    if (field->kind != IMPORT_LEAF) return kind_buffers[field->kind];
    switch (field->type.layout) {
    case IMPORT_NULLS:
        return 0;
    case IMPORT_BYTES32:
    case IMPORT_BYTES64:
    case IMPORT_VIEWS: /* at least: and the sizes of the buffers that views are into */
        return 3;
    default:
        return 2;
    }
}

static int64_t children_of(const import_field *field)
{
    if (field->kind == IMPORT_DICTIONARY) return 0;
    return field->kind == IMPORT_RUNS ? 2 : field->child_count;
}

const struct ArrowArray *arrow_check_child(const import_field *child,
                                           const struct ArrowArray *array)
{
    switch (child->parent->kind) {
    case IMPORT_DICTIONARY:
        return array->dictionary;
    case IMPORT_RUNS:
        return array->children[1];
    default:
        return array->children[child->number];
    }
}

const uint8_t *arrow_validity(const import_field *field, const struct ArrowArray *array)
{
    return buffers_of(field) > 0 && array->null_count != 0 ? array->buffers[0] : NULL;
}

static pqt_status check_counts(const import_field *field, const struct ArrowArray *a,
                               pqt_error *error)
{
    const int64_t buffers = buffers_of(field), children = children_of(field);
    const bool is_view = field->kind == IMPORT_LEAF && field->type.layout == IMPORT_VIEWS;
    if (a->length < 0 || a->offset < 0 || a->length > MOST_SLOTS ||
        a->offset > MOST_SLOTS || a->null_count > a->length || a->null_count < -1)
        return error_set(
            error, PQT_INVALID, "an array of length %lld, offset %lld, with %lld nulls",
            (long long)a->length, (long long)a->offset, (long long)a->null_count);
    if (a->n_buffers < buffers || (a->n_buffers > buffers && buffers > 0 && !is_view))
        return error_set(error, PQT_INVALID, "an array of %lld buffers, not %lld",
                         (long long)a->n_buffers, (long long)buffers);
    if (a->n_children != children)
        return error_set(error, PQT_INVALID, "an array of %lld children, not %lld",
                         (long long)a->n_children, (long long)children);
    if ((a->n_buffers > 0 && !a->buffers) || (children > 0 && !a->children) ||
        (field->kind == IMPORT_DICTIONARY && !a->dictionary))
        return error_set(error, PQT_INVALID, "an array without what it must have");
    return PQT_OK;
}

/* The third buffer may be missing where all values are empty; it is looked at then. */
static pqt_status check_buffers(const import_field *field, const struct ArrowArray *a,
                                pqt_error *error)
{
    const int64_t needed = buffers_of(field);
    const bool is_list_view =
        field->kind == IMPORT_LIST_VIEW || field->kind == IMPORT_LARGE_LIST_VIEW;
    if (a->length == 0 || needed == 0) return PQT_OK;
    if (a->null_count > 0 && !a->buffers[0])
        return error_set(error, PQT_INVALID, "an array with nulls but no validity");
    if ((needed > 1 && !a->buffers[1]) || (is_list_view && !a->buffers[2]))
        return error_set(error, PQT_INVALID, "an array of length %lld without a buffer",
                         (long long)a->length);
    return PQT_OK;
}

/* How many slots the child must have at least. */
static int64_t needed_length(const import_field *field, const struct ArrowArray *a)
{
    const int64_t end = a->length ? a->offset + a->length : 0;
    if (field->kind == IMPORT_STRUCT) return end;
    if (field->kind != IMPORT_FIXED_LIST || field->size == 0) return 0;
    return end > MOST_SLOTS / field->size ? INT64_MAX : end * field->size;
}

static pqt_status check_child(const import_field *field, const struct ArrowArray *a,
                              const import_field *child, pqt_error *error)
{
    const struct ArrowArray *below = arrow_check_child(child, a);
    TRY(arrow_check(child, below, error));
    const int64_t needed = needed_length(field, a);
    if (below->length >= needed) return PQT_OK;
    error_set(error, PQT_INVALID, "an array of length %lld below one that needs %lld",
              (long long)below->length, (long long)needed);
    import_error_prefix(child, error);
    return PQT_INVALID;
}

static pqt_status check_run_ends(const struct ArrowArray *a, pqt_error *error)
{
    const struct ArrowArray *ends = a->children[0];
    if (!ends || !ends->release || ends->n_buffers != 2 || !ends->buffers ||
        ends->length < 0 || ends->length > MOST_SLOTS || ends->offset < 0 ||
        ends->offset > MOST_SLOTS || (ends->length > 0 && !ends->buffers[1]) ||
        ends->null_count > 0)
        return error_set(error, PQT_INVALID, "the run ends are no array of integers");
    return PQT_OK;
}

static pqt_status check_one(const import_field *field, const struct ArrowArray *array,
                            pqt_error *error)
{
    if (!array || !array->release)
        return error_set(error, PQT_INVALID, "an array that is released, or none");
    TRY(check_counts(field, array, error));
    TRY(check_buffers(field, array, error));
    return field->kind == IMPORT_RUNS ? check_run_ends(array, error) : PQT_OK;
}

pqt_status arrow_check(const import_field *field, const struct ArrowArray *array,
                       pqt_error *error)
{
    const pqt_status status = check_one(field, array, error);
    if (status != PQT_OK) {
        import_error_prefix(field, error);
        return status;
    }
    for (int64_t i = 0; i < field->child_count; i++)
        TRY(check_child(field, array, field->children[i], error));
    return PQT_OK;
}
