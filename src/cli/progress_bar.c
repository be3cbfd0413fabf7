#include "cli/progress_bar.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "base/text.h"

enum { REDRAW_US = 100000, LINE_US = 30000000, BAR_CELLS = 24 };

static pqt_status append_cells(const progress_state *s, buffer *out, pqt_error *error)
{
    const int full = (int)((double)s->done / (double)s->total * BAR_CELLS);
    for (int i = 0; i < BAR_CELLS; i++) {
        const char *const done = s->utf8 ? "\xe2\x96\x88" : "#";
        const char *const open = s->utf8 ? "\xe2\x96\x91" : ".";
        TRY(buffer_append_text(out, i < full ? done : open, error));
    }
    return buffer_append_text(out, "  ", error);
}

/* "1.1 M/s" and what is left at this rate, once there is something to go by. */
static pqt_status append_rate(const progress_state *s, buffer *out, pqt_error *error)
{
    if (s->elapsed_us < 500000 || s->done <= 0) return PQT_OK;
    char text[SHORT_TEXT_BYTES];
    const double rate = (double)s->done * 1e6 / (double)s->elapsed_us;
    if (rate >= 1e6)
        TRY(buffer_printf(out, error, "  %.1f M/s", rate / 1e6));
    else {
        text_count((int64_t)rate, text);
        TRY(buffer_printf(out, error, "  %s/s", text));
    }
    if (s->total <= s->done) return PQT_OK;
    text_duration((int64_t)((double)(s->total - s->done) / rate * 1e6), text);
    return buffer_printf(out, error, "  %s left", text);
}

pqt_status progress_append(const progress_state *given, buffer *out, pqt_error *error)
{
    progress_state s = *given;
    /* An estimated total may be passed. */
    if (s.total > 0 && s.done > s.total) s.total = s.done;
    char done[SHORT_TEXT_BYTES], total[SHORT_TEXT_BYTES];
    text_count(s.done, done);
    text_count(s.total, total);
    TRY(buffer_printf(out, error, "%s  ", s.what));
    if (s.total > 0 && s.width >= 90) TRY(append_cells(&s, out, error));
    if (s.total > 0)
        TRY(buffer_printf(out, error, "%3d %%  %s of %s",
                          (int)((double)s.done / (double)s.total * 100), done, total));
    else
        TRY(buffer_append_text(out, done, error));
    return append_rate(&s, out, error);
}

static void draw(progress_bar *bar, int64_t done, int64_t total, int64_t now)
{
    const progress_state state = {.what = bar->what,
                                  .done = done,
                                  .total = total,
                                  .elapsed_us = now - bar->started_us,
                                  .width = bar->on_terminal ? terminal_width(stderr) : 0,
                                  .utf8 = terminal_is_utf8()};
    buffer line = {0};
    if (progress_append(&state, &line, NULL) == PQT_OK) {
        const pqt_view text = buffer_view(&line);
        const size_t room = state.width > 0 ? (size_t)state.width - 1 : text.size_bytes;
        fprintf(stderr, bar->on_terminal ? "\r%.*s\033[K" : "pqa: %.*s\n",
                (int)text_fitting_bytes(text, room), (const char *)text.data);
        fflush(stderr);
        bar->is_drawn = bar->on_terminal;
    }
    buffer_free(&line);
}

static void report(void *self, const char *what, int64_t done, int64_t total)
{
    progress_bar *const bar = self;
    const int64_t now = clock_monotonic_us();
    if (strncmp(bar->what, what, sizeof bar->what - 1) != 0) {
        snprintf(bar->what, sizeof bar->what, "%s", what);
        bar->started_us = now;
    }
    if (now < bar->next_us) return;
    bar->next_us = now + (bar->on_terminal ? REDRAW_US : LINE_US);
    draw(bar, done, total, now);
}

static void log_sentence(void *self, const char *sentence)
{
    progress_bar_clear(self);
    message_print("%s", sentence);
}

void progress_bar_start(progress_bar *bar)
{
    *bar = (progress_bar){.on_terminal = terminal_is_smart(stderr)};
    bar->progress = (pqt_progress){.report = report,
                                   .log = log_sentence,
                                   .self = bar,
                                   .cancelled = interrupt_flag()};
    bar->next_us = clock_monotonic_us() + (bar->on_terminal ? REDRAW_US : LINE_US);
    interrupt_catch();
}

void progress_bar_clear(progress_bar *bar)
{
    if (bar->is_drawn) fputs("\r\033[K", stderr);
    bar->is_drawn = false;
}
