/*
 * Lists, written and read by their levels: nested [FILE]
 *
 * Orders have a list of items. A column below a list has a slot for each entry of its
 * levels: repetition 0 begins a row, 1 goes on with its list; definition says how much of
 * the path is there. Here 3: a value; 2: a null in the list; 1: an empty list; 0: no
 * list.
 */
#include <pqt.h>
#include <stdio.h>

static const pqt_schema_node nodes[] = {
    {.name = "schema", .is_group = true, .child_count = 2},
    {.name = "order", .type = PQT_INT32, .repetition = PQT_REQUIRED},
    {.name = "items",
     .is_group = true,
     .child_count = 1,
     .repetition = PQT_OPTIONAL,
     .logical = {.kind = PQT_LOGICAL_LIST}},
    {.name = "list", .is_group = true, .child_count = 1, .repetition = PQT_REPEATED},
    {.name = "element",
     .type = PQT_BYTE_ARRAY,
     .repetition = PQT_OPTIONAL,
     .logical = {.kind = PQT_LOGICAL_STRING}},
};
static const pqt_schema schema = {.nodes = nodes, .node_count = 5};

#define TEXT(text)                                \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

/* [tea, cup]; []; null; [null, pot] */
static const int32_t orders[] = {1, 2, 3, 4};
static const pqt_view items[] = {TEXT("tea"), TEXT("cup"), {0}, {0}, {0}, TEXT("pot")};
static const uint16_t definition[] = {3, 3, 1, 0, 2, 3};
static const uint16_t repetition[] = {0, 1, 0, 0, 0, 1};

static pqt_status write_bytes(void *self, const uint8_t *data, size_t size_bytes,
                              pqt_error *error)
{
    if (fwrite(data, 1, size_bytes, self) == size_bytes) return PQT_OK;
    if (error) *error = (pqt_error){PQT_IO, "cannot write the file"};
    return PQT_IO;
}

static pqt_status write_orders(FILE *file, pqt_error *error)
{
    pqt_writer *writer = NULL;
    const pqt_output output = {.write = write_bytes, .self = file};
    const pqt_column_values columns[] = {
        {.values = orders},
        {.values = items,
         .definition_levels = definition,
         .repetition_levels = repetition,
         .slot_count = 6},
    };
    pqt_status status = pqt_writer_create(&output, &schema, NULL, NULL, &writer, error);
    if (status == PQT_OK) status = pqt_writer_append(writer, columns, 4, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, NULL, error);
    pqt_writer_free(writer);
    return status;
}

/* Slots of a row are those until the next with repetition 0. */
static void print_orders(const pqt_batch *batch)
{
    const pqt_values *order = &batch->columns[0], *item = &batch->columns[1];
    int64_t row = -1;
    for (int64_t i = 0; i < item->slot_count; i++) {
        if (item->repetition_levels[i] == 0) {
            row++;
            printf("%sorder %d:", row > 0 ? "\n" : "", order->int32s[row]);
        }
        if (item->definition_levels[i] == 3)
            printf(" %.*s", (int)item->bytes[i].size_bytes,
                   (const char *)item->bytes[i].data);
        else
            printf(" %s", (const char *[]){"(none)", "(empty)",
                                           "(null)"}[item->definition_levels[i]]);
    }
    printf("\n");
}

static pqt_status read_orders(const char *path, pqt_error *error)
{
    pqt_reader *reader = NULL;
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    pqt_status status = pqt_reader_open_file(path, NULL, &reader, error);
    if (status == PQT_OK) status = pqt_scan_open(reader, NULL, &scan, error);
    while (status == PQT_OK) {
        status = pqt_scan_next(scan, &batch, error);
        if (status != PQT_OK || !batch) break;
        print_orders(batch);
    }
    pqt_scan_close(scan);
    pqt_reader_close(reader);
    return status;
}

int main(int argc, char **argv)
{
    const char *const path = argc > 1 ? argv[1] : "orders.parquet";
    pqt_error error = {PQT_IO, "cannot open the file for writing"};
    FILE *const file = fopen(path, "wb");
    pqt_status status = file ? write_orders(file, &error) : PQT_IO;
    if (file && fclose(file) != 0 && status == PQT_OK) {
        error = (pqt_error){PQT_IO, "cannot write the file"};
        status = PQT_IO;
    }
    if (status == PQT_OK) status = read_orders(path, &error);
    if (status != PQT_OK) fprintf(stderr, "%s: %s\n", path, error.message);
    return status == PQT_OK ? 0 : 1;
}
