#include "base/view.h"
#include "cli/output.h"

static pqt_status write_text(void *self, const char *text, size_t size_bytes,
                             pqt_error *error)
{
    (void)self;
    return output_write(view_of(text, size_bytes), error);
}

pqt_status output_csv(const pqa_table *table, const char *const *headings,
                      pqt_error *error)
{
    const pqa_text_output output = {.write = write_text};
    return pqa_table_write_csv(table, headings, &output, error);
}
