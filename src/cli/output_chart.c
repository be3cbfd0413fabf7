#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/error.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "base/text.h"

enum { DATE_COLUMN, VIEWS_COLUMN };

/* Weekday names, and bars of an eighth of a cell each. */
static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const eighths[] = {"",
                                      "\xe2\x96\x8f",
                                      "\xe2\x96\x8e",
                                      "\xe2\x96\x8d",
                                      "\xe2\x96\x8c",
                                      "\xe2\x96\x8b",
                                      "\xe2\x96\x8a",
                                      "\xe2\x96\x89"};

typedef struct chart {
    int64_t largest;
    size_t number_width;
    size_t bar_width;
    bool utf8;
} chart;

static chart measure(const pqa_table *table)
{
    chart c = {.utf8 = terminal_is_utf8()};
    for (int64_t row = 0; row < table->row_count; row++)
        if (table->columns[VIEWS_COLUMN].int64s[row] > c.largest)
            c.largest = table->columns[VIEWS_COLUMN].int64s[row];
    char text[SHORT_TEXT_BYTES];
    text_count(c.largest, text);
    c.number_width = strlen(text);
    const size_t before = strlen("2026-01-15 Thu  ") + c.number_width + 2;
    c.bar_width = (size_t)terminal_width(stdout) - before - 1;
    if (c.bar_width > 60) c.bar_width = 60;
    return c;
}

static pqt_status append_bar(const chart *c, int64_t views, buffer *out, pqt_error *error)
{
    if (c->largest <= 0 || views <= 0) return PQT_OK;
    const double share = (double)views / (double)c->largest;
    size_t eighth_count = (size_t)(share * (double)c->bar_width * 8 + 0.5);
    if (eighth_count == 0) eighth_count = 1;
    if (!c->utf8) eighth_count = (eighth_count + 4) / 8 * 8;
    for (size_t i = 0; i < eighth_count / 8; i++)
        TRY(buffer_append_text(out, c->utf8 ? "\xe2\x96\x88" : "#", error));
    return buffer_append_text(out, eighths[eighth_count % 8], error);
}

static pqt_status append_day(const chart *c, int64_t date, int64_t views, buffer *out,
                             pqt_error *error)
{
    char day[DATE_TEXT_BYTES], number[SHORT_TEXT_BYTES];
    date_text((int32_t)date, day);
    text_count(views, number);
    TRY(buffer_printf(out, error, "%s %s  %*s", day,
                      weekdays[date_weekday((int32_t)date)], (int)c->number_width,
                      number));
    if (views > 0) TRY(buffer_append_text(out, "  ", error));
    TRY(append_bar(c, views, out, error));
    return buffer_append_u8(out, '\n', error);
}

pqt_status output_chart(const pqa_table *table, pqt_error *error)
{
    const chart c = measure(table);
    buffer out = {0};
    pqt_status status = PQT_OK;
    for (int64_t row = 0; row < table->row_count && status == PQT_OK; row++)
        status = append_day(&c, table->columns[DATE_COLUMN].int64s[row],
                            table->columns[VIEWS_COLUMN].int64s[row], &out, error);
    if (status == PQT_OK) status = output_write(buffer_view(&out), error);
    buffer_free(&out);
    return status;
}
