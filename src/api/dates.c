#include "base/date.h"

#include "base/clock.h"
#include "pqa.h"

pqt_status pqa_date_parse(const char *text, int32_t *out, pqt_error *error)
{
    return date_parse(text, clock_today_utc(), out, error);
}

int32_t pqa_today(void)
{
    return clock_today_utc();
}
