#include "cli/suggest.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_NAME = 64 };

static int least(int a, int b, int c)
{
    const int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

int suggest_distance(const char *a, const char *b)
{
    const size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length >= MAX_NAME || b_length >= MAX_NAME) return INT_MAX;
    int rows[3][MAX_NAME + 1];
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++) row[j] = (int)j;
    for (size_t i = 1; i <= a_length; i++) {
        int *const oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = (int)i;
        for (size_t j = 1; j <= b_length; j++) {
            const int differs = a[i - 1] != b[j - 1];
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + differs);
            const bool swapped =
                i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < row[j]) row[j] = before[j - 2] + 1;
        }
    }
    return row[b_length];
}

const char *suggest_nearer(const char *typed, const char *best, const char *candidate)
{
    const size_t length = strlen(typed);
    const int near_enough = length <= 3 ? 1 : length <= 8 ? 2 : 3;
    const int limit = best ? suggest_distance(typed, best) - 1 : near_enough;
    if (suggest_distance(typed, candidate) <= limit) return candidate;
    const bool begins = length >= 2 && strncmp(typed, candidate, length) == 0;
    return !best && begins ? candidate : best;
}
