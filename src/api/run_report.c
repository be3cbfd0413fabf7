#include "api/run_report.h"

#include <time.h>

#include "api/json_lines.h"

enum { NIGHTS_MOST = 1000, TIME_TEXT_BYTES = 40 };

/* --- Writing --- */

static void time_text(int64_t wall_ms, char text[TIME_TEXT_BYTES])
{
    const time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) ||
        strftime(text, TIME_TEXT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = 0;
}

static double seconds_of(int64_t duration_us)
{
    return (double)(duration_us / 1000) / 1000;
}

static json_t *pack_step(const pqa_step *step)
{
    const char *outcome = step->was_left_out       ? "left out"
                          : step->status == PQT_OK ? "done"
                                                   : "failed";
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:f}", "name", step->name, "outcome",
                     outcome, "days", (json_int_t)step->days, "days_failed",
                     (json_int_t)step->days_failed, "rows", (json_int_t)step->rows,
                     "bytes", (json_int_t)step->bytes, "seconds",
                     seconds_of(step->duration_us));
}

static json_t *pack_night(const pqa_night *night)
{
    char started[TIME_TEXT_BYTES];
    time_text(night->started_ms, started);
    json_t *steps = json_array();
    for (int i = 0; i < night->step_count && steps; i++)
        if (json_array_append_new(steps, pack_step(&night->steps[i])) != 0) {
            json_decref(steps);
            steps = NULL;
        }
    return json_pack("{s:s, s:I, s:f, s:i, s:s%, s:o*, s:I, s:I}", "started", started,
                     "started_ms", (json_int_t)night->started_ms, "seconds",
                     seconds_of(night->duration_us), "exit_code", night->exit_code,
                     "message", night->message, json_text_bytes(night->message), "steps",
                     steps, "copies", (json_int_t)night->copies, "copies_failed",
                     (json_int_t)night->copies_failed);
}

pqt_status run_report_append(const char *path, const pqa_night *night, pqt_error *error)
{
    return json_lines_append(path, pack_night(night), NIGHTS_MOST, error);
}

/* --- Reading --- */

static void take_night(void *self, const json_t *night)
{
    run_history *out = self;
    const json_t *started = json_object_get(night, "started_ms");
    const json_t *seconds = json_object_get(night, "seconds");
    const json_t *code = json_object_get(night, "exit_code");
    if (!json_is_integer(started) || !json_is_number(seconds) || !json_is_integer(code))
        return;
    out->nights++;
    out->last_started_ms = json_integer_value(started);
    out->last_duration_us = (int64_t)(json_number_value(seconds) * 1e6);
    out->last_exit_code = (int)json_integer_value(code);
    if (out->last_exit_code != 0)
        out->failed++;
    else
        out->last_success_ms = out->last_started_ms + out->last_duration_us / 1000;
}

pqt_status run_history_read(const char *path, run_history *out, pqt_error *error)
{
    *out = (run_history){0};
    return json_lines_read(path, take_night, out, error);
}
