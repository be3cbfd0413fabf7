#include "base/error.h"
#include "base/view.h"
#include "cli/command.h"
#include "cli/output.h"

pqt_status run_version(invocation *in, pqt_error *error)
{
    (void)in;
    TRY(output_write(view_text("pqa "), error));
    TRY(output_write(view_text(pqa_version()), error));
    return output_write(view_text("\n"), error);
}
