/*
 * Writes the small file of tests/unit/encrypted_file.h, for other readers:
 *   write_encrypted FILE KEY_BYTES [columns] [plain-footer] [ctr] [v2] [omit]
 * [prefix=TEXT] KEY_BYTES 0: not encrypted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/encrypted_file.h"

static void choose(file_mode *mode, const char *word)
{
    if (strcmp(word, "columns") == 0) mode->has_column_keys = true;
    if (strcmp(word, "plain-footer") == 0) mode->plaintext_footer = true;
    if (strcmp(word, "ctr") == 0) mode->use_ctr = true;
    if (strcmp(word, "v2") == 0) mode->page_v2 = true;
    if (strcmp(word, "omit") == 0) mode->omit_prefix = true;
    if (strncmp(word, "prefix=", 7) == 0) mode->prefix = word + 7;
}

int main(int argc, char **argv)
{
    pqt_error error;
    buffer bytes = {0};
    if (argc < 3) return 2;
    file_mode mode = {.key_bytes = strtoul(argv[2], NULL, 10)};
    for (int i = 3; i < argc; i++) choose(&mode, argv[i]);
    if (write_file(&mode, NULL, &bytes, &error) != PQT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    FILE *file = fopen(argv[1], "wb");
    const size_t written = file ? fwrite(bytes.data, 1, bytes.size_bytes, file) : 0;
    const bool is_whole = written == bytes.size_bytes && fclose(file) == 0;
    buffer_free(&bytes);
    return is_whole ? 0 : 1;
}
