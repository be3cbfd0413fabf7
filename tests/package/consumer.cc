// What a C++ program needs of the library: every header compiles, and links.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <pqt.h>
#include <pqt_arrow.h>

namespace {

struct Closer {
    void operator()(pqt_writer *writer) const { pqt_writer_free(writer); }
    void operator()(pqt_reader *reader) const { pqt_reader_close(reader); }
    void operator()(pqt_scan *scan) const { pqt_scan_close(scan); }
};

pqt_error error;

pqt_status append(void *self, const uint8_t *data, size_t size_bytes, pqt_error *)
{
    static_cast<std::string *>(self)->append(reinterpret_cast<const char *>(data), size_bytes);
    return PQT_OK;
}

std::string write_numbers(const std::vector<int64_t> &numbers)
{
    std::string bytes;
    pqt_schema_node nodes[2] = {};
    nodes[0].name = "schema";
    nodes[0].is_group = true;
    nodes[0].child_count = 1;
    nodes[1].name = "number";
    nodes[1].type = PQT_INT64;
    pqt_schema schema = {};
    schema.nodes = nodes;
    schema.node_count = 2;
    const pqt_output output = {append, &bytes};
    pqt_column_values column = {};
    column.values = numbers.data();
    pqt_writer *made = nullptr;
    if (pqt_writer_create(&output, &schema, nullptr, nullptr, &made, &error)) return "";
    const std::unique_ptr<pqt_writer, Closer> writer(made);
    if (pqt_writer_append(made, &column, int64_t(numbers.size()), &error)) return "";
    if (pqt_writer_finish(made, nullptr, &error)) return "";
    return bytes;
}

std::vector<int64_t> read_numbers(const pqt_reader *reader, const char *condition)
{
    std::vector<int64_t> numbers;
    pqt_predicate predicate = {};
    pqt_scan_options options = {};
    if (condition) {
        if (pqt_predicate_parse(&pqt_reader_metadata(reader)->schema, condition, &predicate,
                                &error))
            return {-1};
        options.predicates = &predicate;
        options.predicate_count = 1;
    }
    pqt_scan *opened = nullptr;
    const pqt_batch *batch = nullptr;
    if (pqt_scan_open(reader, &options, &opened, &error)) return {-1};
    const std::unique_ptr<pqt_scan, Closer> scan(opened);
    while (pqt_scan_next(opened, &batch, &error) == PQT_OK && batch)
        numbers.insert(numbers.end(), batch->columns[0].int64s,
                       batch->columns[0].int64s + batch->row_count);
    if (condition) pqt_predicate_free(&predicate);
    return numbers;
}

} // namespace

int main()
{
    const std::string bytes = write_numbers({1, 2, 3, 4, 5, 6});
    const pqt_view view = {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
    pqt_reader *opened = nullptr;
    if (pqt_reader_open_memory(view, nullptr, &opened, &error)) {
        std::puts(error.message);
        return 1;
    }
    const std::unique_ptr<pqt_reader, Closer> reader(opened);
    int64_t sum = 0;
    const auto all = read_numbers(opened, nullptr), some = read_numbers(opened, "number > 4");
    for (const int64_t number : all) sum += number;
    std::printf("%zu rows, sum %lld, %zu above 4\n", all.size(), (long long)sum, some.size());
    ArrowSchema schema;
    if (pqt_arrow_schema(opened, nullptr, &schema, &error)) return 1;
    schema.release(&schema);
    return 0;
}
