/* Signatures that Amazon has published: the examples of the Amazon S3 API Reference, and
 * those of the Signature Version 4 test suite that S3's rules for paths also meet. */
#include "store/s3_sign.h"

#include "test_help.h"

static const char empty_hash[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static const sign_scope s3_scope = {"AKIAIOSFODNN7EXAMPLE",
                                    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                    "us-east-1", "s3"};
static const sign_scope suite_scope = {
    "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service"};

enum { MOST_FIELDS = 6 };
static const int64_t s3_time_ms = INT64_C(1369353600000);    /* 2013-05-24T00:00:00Z */
static const int64_t suite_time_ms = INT64_C(1440938160000); /* 2015-08-30T12:36:00Z */

struct example {
    const char *name, *method, *path, *query;
    http_field fields[MOST_FIELDS];
    const char *payload_hash;
    const char *signature;
};

#define S3_HOST  "examplebucket.s3.amazonaws.com"
#define PUT_HASH "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

static const struct example s3_examples[] = {
    {"GET Object",
     "GET",
     "/test.txt",
     "",
     {{"host", S3_HOST},
      {"range", "bytes=0-9"},
      {"x-amz-content-sha256", empty_hash},
      {"x-amz-date", "20130524T000000Z"}},
     empty_hash,
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {"PUT Object",
     "PUT",
     "/test%24file.text",
     "",
     {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
      {"host", S3_HOST},
      {"date", "Fri, 24 May 2013 00:00:00 GMT"},
      {"x-amz-content-sha256", PUT_HASH},
      {"x-amz-date", "20130524T000000Z"}},
     PUT_HASH,
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {"GET Bucket Lifecycle",
     "GET",
     "/",
     "lifecycle=",
     {{"host", S3_HOST},
      {"x-amz-content-sha256", empty_hash},
      {"x-amz-date", "20130524T000000Z"}},
     empty_hash,
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"GET Bucket (List Objects)",
     "GET",
     "/",
     "max-keys=2&prefix=J",
     {{"host", S3_HOST},
      {"x-amz-content-sha256", empty_hash},
      {"x-amz-date", "20130524T000000Z"}},
     empty_hash,
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

#define SUITE_FIELDS                         \
    {                                        \
        {"host", "example.amazonaws.com"},   \
        {                                    \
            "x-amz-date", "20150830T123600Z" \
        }                                    \
    }

static const struct example suite_examples[] = {
    {"get-vanilla", "GET", "/", "", SUITE_FIELDS, empty_hash,
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"post-vanilla", "POST", "/", "", SUITE_FIELDS, empty_hash,
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"get-vanilla-query-order-key-case", "GET", "/", "Param1=value1&Param2=value2",
     SUITE_FIELDS, empty_hash,
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-unreserved", "GET",
     "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "",
     SUITE_FIELDS, empty_hash,
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8", "GET", "/%E1%88%B4", "", SUITE_FIELDS, empty_hash,
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-vanilla-utf8-query", "GET", "/", "%E1%88%B4=bar", SUITE_FIELDS, empty_hash,
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"get-header-value-trim",
     "GET",
     "/",
     "",
     {{"my-header1", " value1"},
      {"my-header2", " \"a   b   c\""},
      {"host", "example.amazonaws.com"},
      {"x-amz-date", "20150830T123600Z"}},
     empty_hash,
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     "",
     {{"content-type", "application/x-www-form-urlencoded"},
      {"host", "example.amazonaws.com"},
      {"x-amz-date", "20150830T123600Z"}},
     "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
};

static void check_example(const struct example *example, const sign_scope *scope,
                          int64_t time_ms)
{
    pqt_error error;
    buffer out = {0};
    size_t count = 0;
    while (count < MOST_FIELDS && example->fields[count].name) count++;
    const sign_request request = {.method = example->method,
                                  .path = example->path,
                                  .query = example->query,
                                  .fields = example->fields,
                                  .field_count = count,
                                  .payload_hash = example->payload_hash,
                                  .time_ms = time_ms};
    assert_ok(sign_append(&out, scope, &request, &error));
    const pqt_view found = view_of(out.data + out.size_bytes - 64, 64);
    if (!view_equal(found, view_text(example->signature)))
        fail_msg("%s: %.*s", example->name, (int)out.size_bytes, (char *)out.data);
    buffer_free(&out);
}

static void sign_reproduces_the_s3_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s3_examples / sizeof *s3_examples; i++)
        check_example(&s3_examples[i], &s3_scope, s3_time_ms);
}

static void sign_reproduces_the_test_suite(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof suite_examples / sizeof *suite_examples; i++)
        check_example(&suite_examples[i], &suite_scope, suite_time_ms);
}

static void sign_names_scope_and_headers_in_order(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    const struct example *put = &s3_examples[1];
    const sign_request request = {.method = put->method,
                                  .path = put->path,
                                  .query = "",
                                  .fields = put->fields,
                                  .field_count = 5,
                                  .payload_hash = PUT_HASH,
                                  .time_ms = s3_time_ms};
    assert_ok(sign_append(&out, &s3_scope, &request, &error));
    assert_true(view_starts_with(
        buffer_view(&out),
        view_text("AWS4-HMAC-SHA256 "
                  "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                  "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;"
                  "x-amz-storage-class, Signature=")));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_reproduces_the_s3_examples),
        cmocka_unit_test(sign_reproduces_the_test_suite),
        cmocka_unit_test(sign_names_scope_and_headers_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
