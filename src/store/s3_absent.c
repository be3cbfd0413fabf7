#include "store/http_ping.h"
#include "store/s3_store.h"

pqt_status store_open_s3(const char *url, const store_options *options, store **out,
                         pqt_error *error)
{
    (void)options;
    (void)out;
    return error_set(error, PQT_UNSUPPORTED,
                     "%.200s: this program was built without S3; build it with "
                     "-Ds3=enabled, or use a directory",
                     url);
}

pqt_status http_ping_check(const char *url, const char *name, pqt_error *error)
{
    (void)url;
    return error_set(
        error, PQT_UNSUPPORTED,
        "%s: this program was built without libcurl, and asks for no address", name);
}

pqt_status http_ping(const char *url, const char *ca_bundle, pqt_error *error)
{
    (void)url;
    (void)ca_bundle;
    return error_set(error, PQT_UNSUPPORTED,
                     "this program was built without libcurl, and asks for no address");
}
