/* The index as a file: a header, the arrays as they lie in memory, and a checksum over all of it.
 *
 *   "PBHNSW1\n" | header | levels | deleted | vectors | links0 | upper layers of the nodes that have some | checksum
 */
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char magic[8] = {'P', 'B', 'H', 'N', 'S', 'W', '1', '\n'};

typedef struct header {
    hnsw_options options;
    uint32_t count, deleted_count, entry;
    int32_t top;
    uint64_t random;
} header;

/* FNV-1a over 64-bit words: finds what a disk or a hurried copy does, not what an enemy does. */
typedef struct stream {
    FILE *file;
    uint64_t sum;
    int failed;
} stream;

static uint64_t add_to_sum(uint64_t sum, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        sum = (sum ^ word) * 0x100000001B3u;
        sum ^= sum >> 29;
    }
    for (; length > 0; at++, length--) sum = (sum ^ *at) * 0x100000001B3u;
    return sum;
}

static void put(stream *s, const void *bytes, size_t length) {
    s->sum = add_to_sum(s->sum, bytes, length);
    if (length && fwrite(bytes, 1, length, s->file) != length) s->failed = 1;
}

static void get(stream *s, void *bytes, size_t length) {
    if (s->failed || (length && fread(bytes, 1, length, s->file) != length)) {
        s->failed = 1;
        return;
    }
    s->sum = add_to_sum(s->sum, bytes, length);
}

static size_t upper_bytes(const hnsw *index, uint32_t node) {
    return (size_t)index->levels[node] * (index->options.m + 1) * sizeof(uint32_t);
}

hnsw_status hnsw_save(const hnsw *index, const char *path) {
    size_t length = strlen(path);
    char *temporary = malloc(length + 5);
    if (!temporary) return HNSW_NO_MEMORY;
    memcpy(temporary, path, length);
    memcpy(temporary + length, ".new", 5);
    stream s = {.file = fopen(temporary, "we"), .sum = 0xCBF29CE484222325u};
    if (!s.file) {
        free(temporary);
        return HNSW_UNREADABLE;
    }
    header head = {index->options, index->count, index->deleted_count, index->entry, index->top, index->random};
    size_t n = index->count;
    put(&s, magic, sizeof magic);
    put(&s, &head, sizeof head);
    put(&s, index->levels, n);
    put(&s, index->deleted, n);
    put(&s, index->vectors, n * index->options.dimension * sizeof(float));
    for (uint32_t node = 0; node < index->count; node++) {
        /* Only what is linked is defined. */
        uint32_t links[2 * 128 + 1] = {0};
        memcpy(links, links_of(index, node, 0), (links_of(index, node, 0)[0] + 1) * sizeof *links);
        put(&s, links, (2 * (size_t)index->options.m + 1) * sizeof *links);
        if (index->levels[node]) put(&s, index->upper[node], upper_bytes(index, node));
    }
    uint64_t sum = s.sum;
    put(&s, &sum, sizeof sum);
    if (fflush(s.file) != 0 || fsync(fileno(s.file)) != 0) s.failed = 1;
    if (fclose(s.file) != 0) s.failed = 1;
    if (!s.failed && rename(temporary, path) != 0) s.failed = 1;
    if (s.failed) unlink(temporary);
    free(temporary);
    return s.failed ? HNSW_UNREADABLE : HNSW_OK;
}

static int is_sane(const header *head, long long size) {
    const hnsw_options *o = &head->options;
    if (o->dimension == 0 || o->dimension > 65536 || o->metric > HNSW_EUCLID || o->m < 2 || o->m > 128) return 0;
    if (head->top > HIGHEST_LEVEL || head->top < -1 || (head->count == 0) != (head->top == -1)) return 0;
    if (head->count && head->entry >= head->count) return 0;
    /* What the arrays need at least must be in the file: no header makes us ask for memory it does not fill. */
    unsigned long long least = (unsigned long long)head->count * (2 + o->dimension * sizeof(float) + (2ull * o->m + 1) * sizeof(uint32_t));
    return least + sizeof magic + sizeof *head + 8 <= (unsigned long long)size;
}

static hnsw_status read_nodes(stream *s, hnsw *index) {
    size_t n = index->count;
    get(s, index->levels, n);
    get(s, index->deleted, n);
    get(s, index->vectors, n * index->options.dimension * sizeof(float));
    memset(index->upper, 0, n * sizeof *index->upper);
    for (uint32_t node = 0; node < index->count && !s->failed; node++) {
        get(s, links_of(index, node, 0), (2 * (size_t)index->options.m + 1) * sizeof(uint32_t));
        if (index->levels[node] > HIGHEST_LEVEL) return HNSW_CORRUPT;
        if (!index->levels[node]) continue;
        index->upper[node] = malloc(upper_bytes(index, node));
        if (!index->upper[node]) return HNSW_NO_MEMORY;
        get(s, index->upper[node], upper_bytes(index, node));
    }
    return s->failed ? HNSW_CORRUPT : HNSW_OK;
}

/* After the checksum a fault would be our own; without this check it could be a jump into nowhere. */
static int links_are_sane(const hnsw *index) {
    if (index->count && index->levels[index->entry] != index->top) return 0;
    for (uint32_t node = 0; node < index->count; node++)
        for (int level = 0; level <= index->levels[node]; level++) {
            const uint32_t *links = links_of(index, node, level);
            if (links[0] > most_links(index, level)) return 0;
            for (uint32_t i = 1; i <= links[0]; i++)
                if (links[i] >= index->count || index->levels[links[i]] < level) return 0;
        }
    return 1;
}

hnsw_status hnsw_load(const char *path, hnsw **loaded) {
    stream s = {.file = fopen(path, "re"), .sum = 0xCBF29CE484222325u};
    if (!s.file) return HNSW_UNREADABLE;
    char found[sizeof magic];
    header head = {0};
    hnsw *index = NULL;
    fseek(s.file, 0, SEEK_END);
    long long size = ftell(s.file);
    rewind(s.file);
    get(&s, found, sizeof found);
    get(&s, &head, sizeof head);
    hnsw_status status = s.failed || memcmp(found, magic, sizeof magic) != 0 || !is_sane(&head, size) ? HNSW_CORRUPT : HNSW_OK;
    if (status == HNSW_OK) status = hnsw_create(&head.options, &index);
    if (status == HNSW_OK) status = reserve(index, head.count);
    if (status == HNSW_OK) {
        index->count = head.count;
        status = read_nodes(&s, index);
    }
    uint64_t expected = s.sum, sum = 0;
    get(&s, &sum, sizeof sum);
    if (status == HNSW_OK && (s.failed || sum != expected)) status = HNSW_CORRUPT;
    fclose(s.file);
    if (status == HNSW_OK) {
        index->deleted_count = head.deleted_count;
        index->entry = head.entry;
        index->top = head.top;
        index->random = head.random;
        if (!links_are_sane(index)) status = HNSW_CORRUPT;
    }
    if (status != HNSW_OK) {
        hnsw_destroy(index);
        return status;
    }
    *loaded = index;
    return HNSW_OK;
}
