/*
 * Hands the rows of a file to whoever speaks the Arrow C data interface, here a few lines
 * that count: hand_to_arrow [FILE]. hand_to_arrow.py gives the same stream to pyarrow.
 */
#include <pqt_arrow.h>
#include <stdio.h>

/* A consumer: it knows Arrow's structures, and nothing of Parquet. */
static int consume(struct ArrowArrayStream *stream)
{
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int code = stream->get_schema(stream, &schema);
    if (code != 0) return code;
    for (int64_t i = 0; i < schema.n_children; i++)
        printf("%s: %s\n", schema.children[i]->name, schema.children[i]->format);
    schema.release(&schema);
    while ((code = stream->get_next(stream, &batch)) == 0 && batch.release) {
        printf("%lld rows, %lld columns\n", (long long)batch.length,
               (long long)batch.n_children);
        batch.release(&batch);
    }
    return code;
}

int main(int argc, char **argv)
{
    const char *const path = argc > 1 ? argv[1] : "weather.parquet";
    pqt_error error;
    pqt_reader *reader = NULL;
    struct ArrowArrayStream stream = {0};
    pqt_status status = pqt_reader_open_file(path, NULL, &reader, &error);
    if (status == PQT_OK) status = pqt_arrow_stream(reader, NULL, &stream, &error);
    if (status != PQT_OK) fprintf(stderr, "%s\n", error.message);
    int code = status == PQT_OK ? consume(&stream) : 1;
    if (status == PQT_OK && code != 0)
        fprintf(stderr, "%s\n", stream.get_last_error(&stream));
    if (stream.release) stream.release(&stream);
    pqt_reader_close(reader); /* after the stream, which reads from it */
    return code == 0 ? 0 : 1;
}
