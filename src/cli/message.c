#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/view.h"

void message_print(const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer line = {0};
    if (text_append_sentence(&line, view_text(text), NULL) == PQT_OK)
        fprintf(stderr, "pqa: %.*s\n", (int)line.size_bytes, (const char *)line.data);
    else
        fputs("pqa: out of memory for a message\n", stderr);
    buffer_free(&line);
}

void message_print_failure(told_failures *told, const char *name, const char *text)
{
    if (strstr(text, name))
        message_print("%s", text);
    else
        message_print("%s: %s", name, text);
    if (!told->first[0]) snprintf(told->first, sizeof told->first, "%s", text);
    snprintf(told->last, sizeof told->last, "%s", text);
}

bool message_is_told(const told_failures *told, const char *text)
{
    if (!told->first[0]) return false;
    return strcmp(told->first, text) == 0 || strcmp(told->last, text) == 0;
}
