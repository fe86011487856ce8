/* What the parts of the index share. */
#ifndef HNSW_INTERNAL_H
#define HNSW_INTERNAL_H

#include "hnsw.h"

enum { HIGHEST_LEVEL = 31 };

typedef float (*distance_function)(const float *a, const float *b, size_t dimension);

struct hnsw {
    hnsw_options options;
    distance_function distance;
    uint32_t count, capacity, deleted_count;
    uint32_t entry;
    int top;        /* the entry's level; -1 while empty */
    uint64_t random;
    float *vectors;
    uint32_t *links0;
    uint32_t **upper;
    uint8_t *levels, *deleted;
};

/* distance.c */
distance_function choose_distance(uint32_t metric);
/* 0 where the vector cannot be used. */
int prepare_vector(const hnsw *index, const float *from, float *to);

/* A node's links on a layer: the count, then the neighbours. */
static inline uint32_t *links_of(const hnsw *index, uint32_t node, int level) {
    size_t m = index->options.m;
    return level == 0 ? index->links0 + (size_t)node * (2 * m + 1) : index->upper[node] + (size_t)(level - 1) * (m + 1);
}

static inline const float *vector_of(const hnsw *index, uint32_t node) {
    return index->vectors + (size_t)node * index->options.dimension;
}

static inline uint32_t most_links(const hnsw *index, int level) { return level == 0 ? 2 * index->options.m : index->options.m; }

/* graph.c */
hnsw_status reserve(hnsw *index, uint32_t capacity);

#endif
