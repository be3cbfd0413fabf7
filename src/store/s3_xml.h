/*
 * Reading the XML of S3's answers: a callback for every element that ends, with the path
 * of names down to it and the text directly in it. Namespaces' prefixes are left out.
 * Documents with a DOCTYPE are refused, so that no entity can be declared.
 */
#ifndef STORE_S3_XML_H
#define STORE_S3_XML_H

#include "base/buffer.h"

/* Anything but PQT_OK ends the reading with it. `path` is as "ListBucketResult/Contents/
 * Key"; `text` is valid until the callback returns. */
typedef pqt_status (*xml_callback)(void *self, const char *path, pqt_view text,
                                   pqt_error *error);

/* CORRUPT where it is not such a document. Memory: the longest text. */
pqt_status xml_read(pqt_view document, xml_callback callback, void *self,
                    pqt_error *error);

/* The root element's name; "" where there is none. */
enum { XML_NAME_BYTES = 128 };
void xml_root(pqt_view document, char name[XML_NAME_BYTES]);

/* Appends text for an element: < > & " ' as references. NOMEM. */
pqt_status xml_escape(buffer *out, pqt_view text, pqt_error *error);

#endif
