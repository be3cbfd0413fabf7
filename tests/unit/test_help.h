/* What every unit test includes: cmocka, and checks for this project's types. */
#ifndef TEST_HELP_H
#define TEST_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first. */
#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "base/view.h"

/* The call succeeds; its message is shown otherwise. Needs `pqt_error error` in scope. */
#define assert_ok(call)                                                             \
    do {                                                                            \
        error = (pqt_error){0};                                                     \
        const pqt_status assert_status = (call);                                    \
        if (assert_status != PQT_OK)                                                \
            fail_msg("%s: %s: %s", #call, pqt_status_text(assert_status), error.message); \
    } while (0)

/* The call fails with that status, and says something that contains `part`. */
#define assert_fails(call, expected, part)                                          \
    do {                                                                            \
        error = (pqt_error){0};                                                     \
        const pqt_status assert_status = (call);                                    \
        if (assert_status != (expected) || error.status != (expected) ||            \
            !strstr(error.message, part))                                           \
            fail_msg("%s: status '%s', message '%s'; expected '%s', '%s'", #call,   \
                     pqt_status_text(assert_status), error.message,                 \
                     pqt_status_text(expected), part);                              \
    } while (0)

#define assert_view_is(view, text)                                                  \
    do {                                                                            \
        const pqt_view assert_view = (view);                                        \
        assert_int_equal(assert_view.size_bytes, strlen(text));                     \
        assert_memory_equal(assert_view.data, text, assert_view.size_bytes);        \
    } while (0)

#endif
