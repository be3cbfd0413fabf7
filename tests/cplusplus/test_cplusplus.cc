// The headers in C++: a file is written, scanned, and handed over as Arrow arrays.
#include "pqt.h"
#include "pqt_arrow.h"
#include "pqt_base.h"
#include "pqt_encryption.h"
#include "pqt_format.h"
#include "pqt_print.h"
#include "pqt_reader.h"
#include "pqt_scan.h"
#include "pqt_writer.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void check(pqt_status status, const pqt_error &error)
{
    if (status != PQT_OK) throw std::runtime_error(error.message);
}

void require(bool is_so, const char *what)
{
    if (!is_so) throw std::runtime_error(what);
}

pqt_status append(void *self, const uint8_t *data, size_t size_bytes, pqt_error *)
{
    auto *file = static_cast<std::vector<uint8_t> *>(self);
    file->insert(file->end(), data, data + size_bytes);
    return PQT_OK;
}

struct Closer {
    void operator()(pqt_writer *writer) const { pqt_writer_free(writer); }
    void operator()(pqt_reader *reader) const { pqt_reader_close(reader); }
    void operator()(pqt_scan *scan) const { pqt_scan_close(scan); }
};

const std::vector<int64_t> numbers = {1, -2, INT64_MAX};
const std::vector<std::string> texts = {"", "one", "two words"};

std::vector<uint8_t> write_file()
{
    pqt_schema_node nodes[3] = {};
    nodes[0].name = "schema";
    nodes[0].is_group = true;
    nodes[0].child_count = 2;
    nodes[1].name = "number";
    nodes[1].type = PQT_INT64;
    nodes[2].name = "text";
    nodes[2].type = PQT_BYTE_ARRAY;
    nodes[2].logical.kind = PQT_LOGICAL_STRING;
    pqt_schema schema = {};
    schema.nodes = nodes;
    schema.node_count = 3;

    std::vector<uint8_t> file;
    const pqt_output output = {append, &file};
    pqt_error error = {};
    pqt_writer *made = nullptr;
    check(pqt_writer_create(&output, &schema, nullptr, nullptr, &made, &error), error);
    const std::unique_ptr<pqt_writer, Closer> writer(made);
    std::vector<pqt_view> views;
    for (const auto &text : texts)
        views.push_back({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
    pqt_column_values columns[2] = {};
    columns[0].values = numbers.data();
    columns[1].values = views.data();
    check(pqt_writer_append(writer.get(), columns, 3, &error), error);
    check(pqt_writer_finish(writer.get(), nullptr, &error), error);
    return file;
}

std::unique_ptr<pqt_reader, Closer> open_file(const std::vector<uint8_t> &file)
{
    pqt_error error = {};
    pqt_reader *reader = nullptr;
    check(pqt_reader_open_memory({file.data(), file.size()}, nullptr, &reader, &error), error);
    return std::unique_ptr<pqt_reader, Closer>(reader);
}

void scan_file(const pqt_reader *reader)
{
    pqt_error error = {};
    pqt_scan *made = nullptr;
    check(pqt_scan_open(reader, nullptr, &made, &error), error);
    const std::unique_ptr<pqt_scan, Closer> scan(made);
    const pqt_batch *batch = nullptr;
    check(pqt_scan_next(scan.get(), &batch, &error), error);
    require(batch != nullptr && batch->row_count == 3, "a batch of three rows");
    for (size_t i = 0; i < numbers.size(); i++) {
        const pqt_view view = batch->columns[1].bytes[i];
        require(batch->columns[0].int64s[i] == numbers[i], "the same numbers");
        require(std::string(view.data, view.data + view.size_bytes) == texts[i],
                "the same texts");
    }
    check(pqt_scan_next(scan.get(), &batch, &error), error);
    require(batch == nullptr, "no second batch");
}

// Through Arrow's structures into a second file.
std::vector<uint8_t> copy_file(const pqt_reader *reader)
{
    pqt_error error = {};
    ArrowArrayStream stream = {};
    std::vector<uint8_t> copy;
    const pqt_output output = {append, &copy};
    pqt_written written = {};
    check(pqt_arrow_stream(reader, nullptr, &stream, &error), error);
    const pqt_status status =
        pqt_arrow_write_stream(&output, &stream, nullptr, nullptr, &written, &error);
    stream.release(&stream);
    check(status, error);
    require(written.row_count == 3 && written.file_bytes == copy.size(), "what was written");
    return copy;
}

} // namespace

int main()
{
    try {
        const auto file = write_file();
        const auto reader = open_file(file);
        scan_file(reader.get());
        const auto copy = copy_file(reader.get());
        scan_file(open_file(copy).get());
    } catch (const std::exception &failure) {
        std::printf("expected: %s\n[  FAILED  ] 1 test(s).\n", failure.what());
        return EXIT_FAILURE;
    }
    std::printf("[  PASSED  ] 1 test(s).\n");
    return EXIT_SUCCESS;
}
