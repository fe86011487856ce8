/*
 * hnsw.h: approximate nearest neighbours in a hierarchical navigable small world graph.
 *
 * Source of the method: Y. Malkov and D. Yashunin, "Efficient and robust approximate nearest neighbor search using
 * Hierarchical Navigable Small World graphs", 2016: algorithms 1 (insert), 2 (search a layer), 4 (choose neighbours) and 5.
 *
 * How it lies in memory, for n nodes of d floats:
 *
 *   vectors   [ node 0: d floats | node 1: d floats | ... ]          one block; normalised where the metric is cosine
 *   links0    [ node 0: count, 2M neighbours | node 1: ... ]         one block; the bottom layer, where searches spend time
 *   upper     [ node 0: NULL | node 1: level x (count, M neighbours) ]  only one node in M has an upper layer at all
 *   levels, deleted                                                  one byte a node each
 *
 * Nodes are numbered from 0 in the order of insertion and keep their number. A deleted node is still walked through, but
 * never returned; who deletes much builds anew.
 *
 * Threads: any number of searches at once, or one writer and nobody else. The caller locks.
 */
#ifndef HNSW_H
#define HNSW_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)

typedef struct hnsw hnsw;

typedef enum hnsw_metric {
    HNSW_COSINE = 0, /* distance 1 - cos; the similarity is 1 - distance */
    HNSW_DOT = 1,    /* distance -dot */
    HNSW_EUCLID = 2  /* distance is the squared Euclidean one */
} hnsw_metric;

typedef enum hnsw_status {
    HNSW_OK = 0,
    HNSW_NO_MEMORY = 1,
    HNSW_INVALID = 2,   /* a parameter, a vector that is not finite, or all zeros with the cosine */
    HNSW_UNREADABLE = 3, /* the file cannot be read or written */
    HNSW_CORRUPT = 4    /* the file is cut off, was changed, or is of another version */
} hnsw_status;

typedef struct hnsw_options {
    uint32_t dimension;       /* 1 ... 65,536 */
    uint32_t metric;          /* hnsw_metric */
    uint32_t m;               /* neighbours per node in upper layers, twice as many at the bottom; 2 ... 128, 0: 16 */
    uint32_t ef_construction; /* how many candidates an insertion looks at; 0: 200 */
    uint64_t seed;            /* of the layers' lottery: the same insertions give the same graph */
} hnsw_options;

typedef struct hnsw_result {
    uint32_t node;
    float distance;
} hnsw_result;

/* Whether a node may be in the answer. */
typedef int (*hnsw_filter)(void *context, uint32_t node);

hnsw_status hnsw_create(const hnsw_options *options, hnsw **index);
void hnsw_destroy(hnsw *index);

/* Adds a vector and stores its number. */
hnsw_status hnsw_insert(hnsw *index, const float *vector, uint32_t *node);

/* Harmless for a node that is deleted already. */
hnsw_status hnsw_delete(hnsw *index, uint32_t node);

/* The `k` nearest, nearest first; their number goes to `count`. `ef` (at least k) trades time for recall. */
hnsw_status hnsw_search(const hnsw *index, const float *query, uint32_t k, uint32_t ef, hnsw_filter filter, void *context,
                        hnsw_result *results, uint32_t *count);

/* The same by looking at every vector: the truth that a search is measured against. */
hnsw_status hnsw_exact(const hnsw *index, const float *query, uint32_t k, hnsw_filter filter, void *context,
                       hnsw_result *results, uint32_t *count);

uint32_t hnsw_count(const hnsw *index);   /* nodes, deleted ones included */
uint32_t hnsw_deleted(const hnsw *index);
hnsw_options hnsw_describe(const hnsw *index);

/* Replaces the file in one step; what is stored is on the disk when it returns. */
hnsw_status hnsw_save(const hnsw *index, const char *path);
hnsw_status hnsw_load(const char *path, hnsw **index);

/* Proves the graph: every link leads to a node of its layer, none to itself, none twice, and every node can be reached from
 * the entry. 0, or the number of faults. For tests. */
uint32_t hnsw_validate(const hnsw *index);

#pragma GCC visibility pop

#endif
