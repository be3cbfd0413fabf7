/* Replays files through a fuzz target, for builds without libFuzzer. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        pqt_error error = {0};
        buffer bytes = {0};
        if (file_read_whole(argv[i], (size_t)1 << 30, &bytes, &error) != PQT_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        /* A copy of the exact size, so that a read behind it is seen. */
        uint8_t *exact = malloc(bytes.size_bytes ? bytes.size_bytes : 1);
        if (!exact) return 1;
        if (bytes.size_bytes) memcpy(exact, bytes.data, bytes.size_bytes);
        LLVMFuzzerTestOneInput(exact, bytes.size_bytes);
        free(exact);
        buffer_free(&bytes);
        printf("%s\n", argv[i]);
    }
    return 0;
}
