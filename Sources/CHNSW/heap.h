/* A binary heap of results, the farthest on top, or with the sign turned the nearest. */
#ifndef HNSW_HEAP_H
#define HNSW_HEAP_H

#include "hnsw.h"

#include <stdlib.h>

typedef struct heap {
    hnsw_result *items;
    uint32_t count, capacity;
    float sign; /* 1: the farthest on top; -1: the nearest */
} heap;

static inline int heap_push(heap *heap, hnsw_result item) {
    if (heap->count == heap->capacity) {
        uint32_t capacity = heap->capacity ? heap->capacity * 2 : 64;
        hnsw_result *grown = realloc(heap->items, capacity * sizeof *grown);
        if (!grown) return -1;
        heap->items = grown;
        heap->capacity = capacity;
    }
    uint32_t at = heap->count++;
    while (at > 0 && heap->sign * heap->items[(at - 1) / 2].distance < heap->sign * item.distance) {
        heap->items[at] = heap->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->items[at] = item;
    return 0;
}

static inline hnsw_result heap_pop(heap *heap) {
    hnsw_result top = heap->items[0], last = heap->items[--heap->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count) break;
        if (child + 1 < heap->count && heap->sign * heap->items[child + 1].distance > heap->sign * heap->items[child].distance) child++;
        if (heap->sign * heap->items[child].distance <= heap->sign * last.distance) break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    if (heap->count) heap->items[at] = last;
    return top;
}

#endif
