/* Any bytes as what S3 and its shared files say: read, or refused. */
#include "store/aws_profile.h"
#include "store/iso_time.h"
#include "store/s3_xml.h"
#include "store/uri_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every text goes on to where texts of answers go. */
static pqt_status look_at(void *self, const char *path, pqt_view text, pqt_error *error)
{
    buffer decoded = {0};
    int64_t time_ms;
    (void)self;
    (void)path;
    (void)uri_decode(&decoded, text, true, error);
    (void)iso_time_parse(text, &time_ms);
    (void)http_date_parse(text, &time_ms);
    buffer_free(&decoded);
    return PQT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pqt_view text = view_of(data, size);
    char root[XML_NAME_BYTES];
    buffer found = {0};
    (void)xml_read(text, look_at, NULL, NULL);
    (void)look_at(NULL, "", text, NULL);
    xml_root(text, root);
    (void)profile_find(text, "default", "s3.addressing_style", &found);
    (void)profile_exists(text, "archive");
    buffer_free(&found);
    return 0;
}
