/* Rows that fulfil the predicates: column after column, each read only for the rows that
 * those before have left. */
#include "parquet/bits.h"
#include "parquet/column_compact.h"
#include "parquet/scan_state.h"

pqt_status scan_match_dictionary(scan_filter *f, const column_reader *column,
                                 pqt_error *error)
{
    const dictionary *values = &column->decoder.dictionary;
    if (f->has_matches) return PQT_OK;
    TRY(buffer_resize(&f->matches, values->count, error));
    TRY(buffer_reserve(&f->matches, 1, error));
    f->has_match = predicate_match_all(&f->predicate, values->values, values->count,
                                       f->matches.data);
    f->has_matches = true;
    return PQT_OK;
}

static void filter_codes(const scan_filter *f, const column_reader *column, uint8_t *bits)
{
    const uint32_t *codes = (const uint32_t *)(const void *)column->codes.data;
    const uint8_t *matches = f->matches.data;
    const size_t count = column->slot_count;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        unsigned byte = 0;
        for (unsigned k = 0; k < 8; k++) byte |= (unsigned)matches[codes[i + k]] << k;
        bits[i / 8] &= (uint8_t)byte;
    }
    for (; i < count; i++)
        if (!matches[codes[i]]) bits[i / 8] &= (uint8_t) ~(1u << i % 8);
    const uint8_t *validity = column->null_count ? column->validity.data : NULL;
    for (i = 0; validity && i < (count + 7) / 8; i++) bits[i] &= validity[i];
}

/* Codes are compared as such where the batch has nothing else. */
static pqt_status apply_filter(scan_filter *f, column_reader *column, uint8_t *bits,
                               pqt_error *error)
{
    const bool is_coded = column->has_codes && !predicate_is_of_nulls(&f->predicate);
    if (is_coded && !column->has_slots) {
        TRY(scan_match_dictionary(f, column, error));
        filter_codes(f, column, bits);
        return PQT_OK;
    }
    if (is_coded) column_fill_codes(column);
    const pqt_values values = column_reader_values(column);
    predicate_filter(&f->predicate, &values, bits);
    return PQT_OK;
}

/* Rows whose bit is clear leave the batch, also of the columns before. */
static pqt_status drop_rows(pqt_scan *s, size_t columns_read, pqt_error *error)
{
    const size_t rows = (size_t)s->chosen.row_count;
    const size_t kept = bits_count(s->bits.data, 0, rows);
    if (kept == rows) return PQT_OK;
    TRY(row_selection_filter(&s->chosen, s->bits.data, &s->spare, error));
    const row_selection swapped = s->chosen;
    s->chosen = s->spare;
    s->spare = swapped;
    for (size_t i = 0; i < columns_read; i++)
        if (s->columns[i].is_given)
            TRY(column_compact(&s->columns[i].reader, s->bits.data, kept, error));
    return PQT_OK;
}

static pqt_status read_rows(pqt_scan *s, scan_column *column, pqt_error *error)
{
    TRY(scan_widen(s, error));
    if (column != s->columns) {
        const size_t place = (size_t)(column - s->columns);
        TRY(scan_fetch_left(s, place, place + 1, error));
    }
    TRY(scan_read_column(s, column, row_selection_ranges(&s->wide), error));
    return column_compact(&column->reader, s->bits.data, (size_t)s->chosen.row_count,
                          error);
}

static pqt_status filter_by_column(pqt_scan *s, size_t place, size_t *filter,
                                   pqt_error *error)
{
    scan_column *column = &s->columns[place];
    const size_t bytes = (size_t)s->chosen.row_count / 8 + 1;
    TRY(read_rows(s, column, error));
    TRY(buffer_resize(&s->bits, bytes, error));
    memset(s->bits.data, 0xff, bytes);
    for (; *filter < s->filter_count && s->filters[*filter].place == place; ++*filter)
        TRY(apply_filter(&s->filters[*filter], &column->reader, s->bits.data, error));
    return drop_rows(s, place + 1, error);
}

pqt_status scan_filter_rows(pqt_scan *s, pqt_error *error)
{
    size_t filter = 0;
    for (size_t i = 0; i < s->compared_count && s->chosen.row_count > 0; i++)
        TRY(filter_by_column(s, i, &filter, error));
    return PQT_OK;
}
