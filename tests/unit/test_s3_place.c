#include "store/s3_place.h"

#include "base/alloc.h"
#include "test_help.h"

static void assert_url(const s3_place_request *request, const char *key,
                       const char *expected)
{
    pqt_error error;
    s3_place place;
    buffer url = {0};
    assert_ok(s3_place_make(request, &place, &error));
    assert_ok(buffer_printf(&url, &error, "%s://%s", place.scheme, place.host));
    assert_ok(s3_place_path(&place, key, &url, &error));
    assert_view_is(buffer_view(&url), expected);
    buffer_free(&url);
}

static void place_of_amazon_has_the_bucket_in_the_host(void **state)
{
    (void)state;
    assert_url(&(s3_place_request){.bucket = "views", .region = "eu-west-1"}, "a/b",
               "https://views.s3.eu-west-1.amazonaws.com/a/b");
    assert_url(&(s3_place_request){.bucket = "views"}, NULL,
               "https://views.s3.us-east-1.amazonaws.com/");
    assert_url(&(s3_place_request){.bucket = "views", .region = "cn-north-1"}, "k",
               "https://views.s3.cn-north-1.amazonaws.com.cn/k");
}

static void place_of_buckets_that_fit_no_host_is_a_path(void **state)
{
    (void)state;
    assert_url(&(s3_place_request){.bucket = "with.dots"}, "k",
               "https://s3.us-east-1.amazonaws.com/with.dots/k");
    assert_url(&(s3_place_request){.bucket = "Old_Name"}, "k",
               "https://s3.us-east-1.amazonaws.com/Old_Name/k");
    assert_url(&(s3_place_request){.bucket = "views", .addressing = STORE_S3_PATH}, "k",
               "https://s3.us-east-1.amazonaws.com/views/k");
}

static void place_of_an_endpoint_is_a_path_unless_asked(void **state)
{
    (void)state;
    s3_place_request request = {.bucket = "views", .endpoint = "http://127.0.0.1:9000"};
    assert_url(&request, "k", "http://127.0.0.1:9000/views/k");
    request.endpoint = "https://minio.example:443/";
    assert_url(&request, "k", "https://minio.example/views/k");
    request.endpoint = "http://minio.example:80/behind/a/path/";
    assert_url(&request, "k", "http://minio.example/behind/a/path/views/k");
    assert_url(&request, NULL, "http://minio.example/behind/a/path/views");
    request.endpoint = "http://minio.example:9000";
    request.addressing = STORE_S3_VIRTUAL;
    assert_url(&request, "k", "http://views.minio.example:9000/k");
    request.endpoint = "http://[::1]:9000";
    request.addressing = STORE_S3_AUTO;
    assert_url(&request, "k", "http://[::1]:9000/views/k");
}

static void place_path_encodes_odd_keys_once(void **state)
{
    (void)state;
    const s3_place_request request = {.bucket = "b", .endpoint = "http://h"};
    assert_url(&request, "a b/+%/'&=?#/\xc3\xa9",
               "http://h/b/a%20b/%2B%25/%27%26%3D%3F%23/"
               "%C3%A9");
}

static void place_refuses_what_is_no_endpoint(void **state)
{
    (void)state;
    static const char *const bad[] = {"localhost:9000", "ftp://h",    "http://",
                                      "http://h/?x=1",  "http://h h", "https://h\nx",
                                      "http:///path"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pqt_error error;
        s3_place place;
        const s3_place_request request = {.bucket = "b", .endpoint = bad[i]};
        assert_fails(s3_place_make(&request, &place, &error), PQT_INVALID,
                     "not an S3 endpoint");
    }
}

static void place_does_not_show_a_password_in_an_endpoint(void **state)
{
    (void)state;
    pqt_error error;
    s3_place place;
    const s3_place_request request = {.bucket = "b",
                                      .endpoint = "https://user:hunter2@host"};
    assert_fails(s3_place_make(&request, &place, &error), PQT_INVALID, "without a user");
    assert_null(strstr(error.message, "hunter2"));
}

static void place_refuses_regions_and_hosts_that_are_none(void **state)
{
    (void)state;
    pqt_error error;
    s3_place place;
    s3_place_request request = {.bucket = "b", .region = "evil.example/"};
    assert_fails(s3_place_make(&request, &place, &error), PQT_INVALID, "region");
    request = (s3_place_request){.bucket = "A_B", .addressing = STORE_S3_VIRTUAL};
    assert_fails(s3_place_make(&request, &place, &error), PQT_INVALID, "path addressing");
}

static void url_is_split_into_bucket_and_prefix(void **state)
{
    (void)state;
    static const char *const urls[][3] = {{"s3://b", "b", ""},
                                          {"s3://b/", "b", ""},
                                          {"s3://b/p", "b", "p"},
                                          {"s3://b/p/q/", "b", "p/q"},
                                          {"s3://b/p q/%41", "b", "p q/%41"}};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        pqt_error error;
        char *bucket = NULL, *prefix = NULL;
        assert_ok(s3_url_split(urls[i][0], &bucket, &prefix, &error));
        assert_string_equal(bucket, urls[i][1]);
        assert_string_equal(prefix, urls[i][2]);
        alloc_release(NULL, bucket);
        alloc_release(NULL, prefix);
    }
}

static void url_that_names_no_place_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"s3://",      "s3:///p",
                                      "s3://b//p",  "s3://b/a/../c",
                                      "s3://b/./c", "s3://key:secret@b/p"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pqt_error error;
        char *bucket = NULL, *prefix = NULL;
        assert_fails(s3_url_split(bad[i], &bucket, &prefix, &error), PQT_INVALID,
                     "s3://BUCKET");
        assert_null(strstr(error.message, "secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(place_of_amazon_has_the_bucket_in_the_host),
        cmocka_unit_test(place_of_buckets_that_fit_no_host_is_a_path),
        cmocka_unit_test(place_of_an_endpoint_is_a_path_unless_asked),
        cmocka_unit_test(place_path_encodes_odd_keys_once),
        cmocka_unit_test(place_refuses_what_is_no_endpoint),
        cmocka_unit_test(place_does_not_show_a_password_in_an_endpoint),
        cmocka_unit_test(place_refuses_regions_and_hosts_that_are_none),
        cmocka_unit_test(url_is_split_into_bucket_and_prefix),
        cmocka_unit_test(url_that_names_no_place_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
