#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "base/view.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/terminal.h"

typedef struct doctor_report {
    int counts[PQA_FINDING_PROBLEM + 1];
    bool colour;
} doctor_report;

static pqt_status append_finding(const doctor_report *r, pqa_finding level,
                                 const char *subject, const char *text, buffer *out)
{
    static const char *const words[] = {"ok", "advice", "PROBLEM"};
    static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};
    TRY(buffer_printf(out, NULL, "%s%-7s%s  %-14s  ", r->colour ? colours[level] : "",
                      words[level], r->colour ? "\033[0m" : "", subject));
    TRY(text_append_sentence(out, view_text(text), NULL));
    return buffer_append_u8(out, '\n', NULL);
}

static void take_finding(void *self, pqa_finding level, const char *subject,
                         const char *text)
{
    doctor_report *const r = self;
    buffer line = {0};
    r->counts[level]++;
    if (append_finding(r, level, subject, text, &line) == PQT_OK)
        fwrite(line.data, 1, line.size_bytes, stdout);
    buffer_free(&line);
}

static pqt_status print_sum(const doctor_report *r, pqt_error *error)
{
    const int advice = r->counts[PQA_FINDING_ADVICE];
    char text[100] = "everything is in order\n";
    if (advice > 0)
        snprintf(text, sizeof text, "no problem; %d piece%s of advice\n", advice,
                 advice == 1 ? "" : "s");
    return output_write(view_text(text), error);
}

pqt_status run_doctor(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    if (!o->store && !o->db)
        return error_set(
            error, PQT_NOT_FOUND,
            "neither a database nor a store is set; give --db URL and --store "
            "DIR (pqa help settings)");
    doctor_report report = {.colour = terminal_has_colour(stdout)};
    const pqa_settings settings = options_settings(o);
    const pqt_status status = pqa_doctor(&settings, take_finding, &report, error);
    return status == PQT_OK ? print_sum(&report, error) : status;
}
