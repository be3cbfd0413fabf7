#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/view.h"
#include "base/text.h"

void message_print(const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer line = {0};
    if (text_append_printable(&line, view_text(text), NULL) == PQT_OK)
        fprintf(stderr, "pqa: %.*s\n", (int)line.size_bytes, (const char *)line.data);
    else
        fputs("pqa: out of memory for a message\n", stderr);
    buffer_free(&line);
}
