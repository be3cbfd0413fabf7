#include "store/iso_time.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"

enum { DAY_SECONDS = 86400 };

typedef struct civil_time {
    int year, month, day, hour, minute, second;
} civil_time;

static bool to_ms(const civil_time *t, int64_t *time_ms)
{
    if (!date_is_valid(t->year, t->month, t->day)) return false;
    if (t->hour < 0 || t->hour > 23 || t->minute < 0 || t->minute > 59 || t->second < 0 ||
        t->second > 60)
        return false;
    const int64_t seconds =
        (int64_t)date_from_civil(t->year, t->month, t->day) * DAY_SECONDS +
        t->hour * 3600 + t->minute * 60 + t->second;
    *time_ms = seconds * 1000;
    return true;
}

bool iso_time_parse(pqt_view text, int64_t *time_ms)
{
    char copy[40];
    civil_time t;
    int used = 0, millis = 0;
    if (text.size_bytes >= sizeof copy) return false;
    snprintf(copy, sizeof copy, "%.*s", (int)text.size_bytes, (const char *)text.data);
    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d%n", &t.year, &t.month, &t.day, &t.hour,
               &t.minute, &t.second, &used) != 6)
        return false;
    const char *rest = copy + used;
    if (*rest == '.') {
        const size_t digits = strspn(rest + 1, "0123456789");
        for (size_t i = 0; i < 3; i++)
            millis = millis * 10 + (i < digits ? rest[1 + i] - '0' : 0);
        rest += 1 + digits;
    }
    if (strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0) return false;
    if (!to_ms(&t, time_ms)) return false;
    *time_ms += millis;
    return true;
}

bool http_date_parse(pqt_view text, int64_t *time_ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char copy[40], month[4] = "";
    civil_time t;
    if (text.size_bytes >= sizeof copy) return false;
    snprintf(copy, sizeof copy, "%.*s", (int)text.size_bytes, (const char *)text.data);
    if (sscanf(copy, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &t.day, month, &t.year, &t.hour,
               &t.minute, &t.second) != 6)
        return false;
    const char *found = strlen(month) == 3 ? strstr(months, month) : NULL;
    if (!found || (found - months) % 3 != 0) return false;
    t.month = (int)(found - months) / 3 + 1;
    return to_ms(&t, time_ms);
}
