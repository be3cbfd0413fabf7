#include "cli/copy_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/text.h"
#include "cli/message.h"

enum { MOST_LINES = 10 }; /* of copies that failed or were skipped */

static const char *const outcomes[] = {[PQA_COPY_WRITTEN] = "written",
                                       [PQA_COPY_UNCHANGED] = "unchanged",
                                       [PQA_COPY_REMOVED] = "removed",
                                       [PQA_COPY_SKIPPED] = "skipped",
                                       [PQA_COPY_FAILED] = "failed"};

static void print_problem(const copy_report *r, const pqa_copy *copy)
{
    const int64_t count = r->counts[copy->outcome];
    const char *more = count == MOST_LINES ? " (and more like it)" : "";
    if (count > MOST_LINES) return;
    progress_bar_clear(r->bar);
    if (copy->outcome == PQA_COPY_FAILED)
        message_print("%s%s", copy->message, more);
    else if (copy->slug.size_bytes > 0)
        message_print("no copy for the slug '%.*s': %s%s", (int)copy->slug.size_bytes,
                      (const char *)copy->slug.data, copy->message, more);
}

static void print_copy(const copy_report *r, const pqa_copy *copy)
{
    char rows[SHORT_TEXT_BYTES], size[SHORT_TEXT_BYTES];
    text_count(copy->rows, rows);
    text_bytes((int64_t)copy->size_bytes, size);
    progress_bar_clear(r->bar);
    printf("%-9s  %10s rows  %9s  %s\n", outcomes[copy->outcome], rows, size, copy->path);
}

static void note_day(copy_report *r, int32_t date)
{
    const bool is_first = r->counts[PQA_COPY_FAILED] == 1;
    if (is_first || date < r->first) r->first = date;
    if (is_first || date > r->last) r->last = date;
}

static void take_copy(void *self, const pqa_copy *copy)
{
    copy_report *const r = self;
    r->counts[copy->outcome]++;
    if (copy->outcome == PQA_COPY_WRITTEN) r->size_bytes += copy->size_bytes;
    if (copy->outcome == PQA_COPY_FAILED) note_day(r, copy->date);
    if (copy->outcome == PQA_COPY_FAILED || copy->outcome == PQA_COPY_SKIPPED)
        print_problem(r, copy);
    else if (r->every_copy)
        print_copy(r, copy);
}

pqa_copy_options copy_report_options(copy_report *r, const struct options *o)
{
    pqa_copy_options options = options_copies(o);
    options.callback = take_copy;
    options.self = r;
    return options;
}

static void print_sum(const copy_report *r)
{
    char count[SHORT_TEXT_BYTES], size[SHORT_TEXT_BYTES];
    const char *separator = "copies: ";
    for (int i = 0; i <= PQA_COPY_FAILED; i++) {
        if (r->counts[i] == 0) continue;
        text_count(r->counts[i], count);
        printf("%s%s %s", separator, count, outcomes[i]);
        if (i == PQA_COPY_WRITTEN) {
            text_bytes((int64_t)r->size_bytes, size);
            printf(" (%s)", size);
        }
        separator = ", ";
    }
    if (strcmp(separator, ", ") == 0) printf("\n");
    fflush(stdout);
}

void copy_report_end(const copy_report *r, bool others_failed, pqt_status *status,
                     int *exit_code)
{
    char first[DATE_TEXT_BYTES], last[DATE_TEXT_BYTES];
    progress_bar_clear(r->bar);
    print_sum(r);
    if (r->counts[PQA_COPY_FAILED] == 0) return;
    date_text(r->first, first);
    date_text(r->last, last);
    message_print(
        "the days are archived; to make the copies that failed again: pqa "
        "copies --since %s --until %s",
        first, last);
    if (others_failed || *status == PQT_CANCELLED) return;
    *status = PQT_OK;
    *exit_code = PQA_EXIT_PARTLY;
}
