#include "store/s3_xml.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>

enum { PATH_BYTES = 512, CHUNK_BYTES = 1 << 20 };

struct xml_reader {
    XML_Parser parser;
    xml_callback callback; /* NULL: only the root's name is wanted */
    void *self;
    char path[PATH_BYTES];
    size_t path_length;
    buffer text;
    pqt_status status;
    pqt_error *error;
};

static void stop(struct xml_reader *reader, pqt_status status)
{
    if (reader->status == PQT_OK) reader->status = status;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void begin_element(void *self, const XML_Char *name, const XML_Char **attributes)
{
    struct xml_reader *reader = self;
    (void)attributes;
    const char *colon = strrchr(name, ':');
    const char *plain = colon ? colon + 1 : name;
    const size_t length = strlen(plain);
    if (reader->path_length + length + 2 > sizeof reader->path) {
        stop(reader, error_set(reader->error, PQT_CORRUPT, "the XML is nested too deep"));
        return;
    }
    if (reader->path_length) reader->path[reader->path_length++] = '/';
    memcpy(reader->path + reader->path_length, plain, length + 1);
    reader->path_length += length;
    buffer_clear(&reader->text);
    if (!reader->callback) stop(reader, PQT_OK);
}

static void end_element(void *self, const XML_Char *name)
{
    struct xml_reader *reader = self;
    (void)name;
    /* An element that is empty ends though the parser was stopped at its beginning. */
    if (reader->status != PQT_OK || !reader->callback) return;
    const pqt_status status = reader->callback(reader->self, reader->path,
                                               buffer_view(&reader->text), reader->error);
    if (status != PQT_OK) stop(reader, status);
    buffer_clear(&reader->text);
    const char *slash = strrchr(reader->path, '/');
    reader->path_length = slash ? (size_t)(slash - reader->path) : 0;
    reader->path[reader->path_length] = 0;
}

static void add_text(void *self, const XML_Char *text, int length)
{
    struct xml_reader *reader = self;
    const pqt_status status =
        buffer_append(&reader->text, text, (size_t)length, reader->error);
    if (status != PQT_OK) stop(reader, status);
}

static void refuse_doctype(void *self, const XML_Char *name, const XML_Char *system_id,
                           const XML_Char *public_id, int has_subset)
{
    struct xml_reader *reader = self;
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    stop(reader, error_set(reader->error, PQT_CORRUPT, "the XML has a DOCTYPE"));
}

static void parse_chunks(struct xml_reader *reader, pqt_view document)
{
    while (reader->status == PQT_OK) {
        const size_t size =
            document.size_bytes < CHUNK_BYTES ? document.size_bytes : CHUNK_BYTES;
        const bool is_last = size == document.size_bytes;
        if (XML_Parse(reader->parser, (const char *)document.data, (int)size, is_last) !=
            XML_STATUS_OK) {
            if (reader->status == PQT_OK)
                reader->status =
                    error_set(reader->error, PQT_CORRUPT,
                              "not the XML that was expected: line %lu: %s",
                              (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                              XML_ErrorString(XML_GetErrorCode(reader->parser)));
            return;
        }
        if (is_last) return;
        document = view_of(document.data + size, document.size_bytes - size);
    }
}

static void run(struct xml_reader *reader, pqt_view document)
{
    reader->parser = XML_ParserCreate(NULL);
    if (!reader->parser) {
        reader->status = error_no_memory(reader->error, 1);
        return;
    }
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, begin_element, end_element);
    XML_SetCharacterDataHandler(reader->parser, add_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, refuse_doctype);
    parse_chunks(reader, document);
    XML_ParserFree(reader->parser);
    buffer_free(&reader->text);
}

pqt_status xml_read(pqt_view document, xml_callback callback, void *self,
                    pqt_error *error)
{
    struct xml_reader reader = {.callback = callback, .self = self, .error = error};
    run(&reader, document);
    return reader.status;
}

void xml_root(pqt_view document, char name[XML_NAME_BYTES])
{
    struct xml_reader reader = {0};
    run(&reader, document);
    snprintf(name, XML_NAME_BYTES, "%.*s", XML_NAME_BYTES - 1, reader.path);
}

static const char *reference_of(uint8_t c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    default:
        return NULL;
    }
}

pqt_status xml_escape(buffer *out, pqt_view text, pqt_error *error)
{
    for (size_t i = 0; i < text.size_bytes; i++) {
        const char *reference = reference_of(text.data[i]);
        if (reference)
            TRY(buffer_append_text(out, reference, error));
        else
            TRY(buffer_append_u8(out, text.data[i], error));
    }
    return PQT_OK;
}
