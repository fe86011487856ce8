/* The graph: inserting, deleting, searching. */
#include "heap.h"
#include "internal.h"

#include <math.h>
#include <string.h>

/* One search's memory. */
typedef struct search {
    heap candidates, found;
    uint64_t *visited; /* a bit a node */
} search;

static int search_begin(search *s, const hnsw *index) {
    *s = (search){.candidates = {.sign = -1}, .found = {.sign = 1}};
    s->visited = calloc((size_t)index->count / 64 + 1, sizeof *s->visited);
    return s->visited ? 0 : -1;
}

static void search_end(search *s) {
    free(s->candidates.items);
    free(s->found.items);
    free(s->visited);
}

static int visit(search *s, uint32_t node) {
    uint64_t bit = (uint64_t)1 << (node & 63);
    if (s->visited[node >> 6] & bit) return 0;
    s->visited[node >> 6] |= bit;
    return 1;
}

hnsw_status hnsw_create(const hnsw_options *options, hnsw **created) {
    hnsw_options chosen = *options;
    if (chosen.m == 0) chosen.m = 16;
    if (chosen.ef_construction == 0) chosen.ef_construction = 200;
    if (chosen.dimension == 0 || chosen.dimension > 65536 || chosen.metric > HNSW_EUCLID || chosen.m < 2 || chosen.m > 128) return HNSW_INVALID;
    hnsw *index = calloc(1, sizeof *index);
    if (!index) return HNSW_NO_MEMORY;
    index->options = chosen;
    index->distance = choose_distance(chosen.metric);
    index->random = chosen.seed;
    index->top = -1;
    *created = index;
    return HNSW_OK;
}

void hnsw_destroy(hnsw *index) {
    if (!index) return;
    for (uint32_t node = 0; node < index->count; node++) free(index->upper[node]);
    free(index->vectors);
    free(index->links0);
    free(index->upper);
    free(index->levels);
    free(index->deleted);
    free(index);
}

static int grow(void **block, size_t bytes) {
    void *grown = realloc(*block, bytes ? bytes : 1);
    if (!grown) return -1;
    *block = grown;
    return 0;
}

hnsw_status reserve(hnsw *index, uint32_t capacity) {
    if (capacity <= index->capacity) return HNSW_OK;
    size_t n = capacity, links = 2 * (size_t)index->options.m + 1;
    if (grow((void **)&index->vectors, n * index->options.dimension * sizeof(float)) < 0 ||
        grow((void **)&index->links0, n * links * sizeof(uint32_t)) < 0 || grow((void **)&index->upper, n * sizeof(uint32_t *)) < 0 ||
        grow((void **)&index->levels, n) < 0 || grow((void **)&index->deleted, n) < 0)
        return HNSW_NO_MEMORY;
    index->capacity = capacity;
    return HNSW_OK;
}

/* splitmix64: the level is geometric with mean 1 / ln(m). */
static int draw_level(hnsw *index) {
    uint64_t z = (index->random += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    double uniform = ((double)(z >> 11) + 0.5) / 9007199254740992.0;
    int level = (int)(-log(uniform) / log((double)index->options.m));
    return level > HIGHEST_LEVEL ? HIGHEST_LEVEL : level;
}

/* Walks greedily to the node of a layer that is nearest to the query. */
static hnsw_result descend(const hnsw *index, const float *query, hnsw_result at, int level) {
    for (int moved = 1; moved;) {
        moved = 0;
        const uint32_t *links = links_of(index, at.node, level);
        for (uint32_t i = 1; i <= links[0]; i++) {
            float distance = index->distance(query, vector_of(index, links[i]), index->options.dimension);
            if (distance < at.distance) {
                at = (hnsw_result){links[i], distance};
                moved = 1;
            }
        }
    }
    return at;
}

static int admits(const hnsw *index, uint32_t node, hnsw_filter filter, void *context, int inserting) {
    return inserting || (!index->deleted[node] && (!filter || filter(context, node)));
}

/* Algorithm 2: the `ef` nearest of a layer end up in `found`. What may not be answered is walked through all the same. */
static int search_layer(const hnsw *index, search *s, const float *query, hnsw_result start, uint32_t ef, int level, hnsw_filter filter,
                        void *context, int inserting) {
    visit(s, start.node);
    if (heap_push(&s->candidates, start) < 0) return -1;
    if (admits(index, start.node, filter, context, inserting) && heap_push(&s->found, start) < 0) return -1;
    while (s->candidates.count) {
        hnsw_result nearest = heap_pop(&s->candidates);
        if (s->found.count >= ef && nearest.distance > s->found.items[0].distance) return 0;
        const uint32_t *links = links_of(index, nearest.node, level);
        for (uint32_t i = 1; i <= links[0]; i++) {
            if (i < links[0]) __builtin_prefetch(vector_of(index, links[i + 1]));
            uint32_t node = links[i];
            if (!visit(s, node)) continue;
            hnsw_result seen = {node, index->distance(query, vector_of(index, node), index->options.dimension)};
            if (s->found.count >= ef && seen.distance >= s->found.items[0].distance) continue;
            if (heap_push(&s->candidates, seen) < 0) return -1;
            if (!admits(index, node, filter, context, inserting)) continue;
            if (heap_push(&s->found, seen) < 0) return -1;
            if (s->found.count > ef) heap_pop(&s->found);
        }
    }
    return 0;
}

/* Algorithm 4: of candidates sorted from near to far, takes those that are nearer to the base than to any one taken. What
 * was passed over fills the rest. Returns how many were taken. */
static uint32_t choose(const hnsw *index, const hnsw_result *sorted, uint32_t count, uint32_t most, uint32_t *chosen) {
    uint32_t taken = 0;
    uint8_t used[4096] = {0};
    for (uint32_t i = 0; i < count && taken < most; i++) {
        int keeps = 1;
        for (uint32_t j = 0; j < taken && keeps; j++)
            keeps = index->distance(vector_of(index, sorted[i].node), vector_of(index, chosen[j]), index->options.dimension) >= sorted[i].distance;
        if (!keeps) continue;
        chosen[taken++] = sorted[i].node;
        if (i < sizeof used) used[i] = 1;
    }
    for (uint32_t i = 0; i < count && i < sizeof used && taken < most; i++)
        if (!used[i]) chosen[taken++] = sorted[i].node;
    return taken;
}

static int by_distance(const void *left, const void *right) {
    float a = ((const hnsw_result *)left)->distance, b = ((const hnsw_result *)right)->distance;
    return a < b ? -1 : a > b;
}

/* Adds a link back; where there are too many, the best stay. */
static void link_back(hnsw *index, uint32_t from, uint32_t to, int level) {
    uint32_t *links = links_of(index, from, level), most = most_links(index, level);
    if (links[0] < most) {
        links[++links[0]] = to;
        return;
    }
    hnsw_result all[2 * 128 + 1];
    uint32_t kept[2 * 128 + 1];
    for (uint32_t i = 0; i < links[0]; i++)
        all[i] = (hnsw_result){links[i + 1], index->distance(vector_of(index, from), vector_of(index, links[i + 1]), index->options.dimension)};
    all[links[0]] = (hnsw_result){to, index->distance(vector_of(index, from), vector_of(index, to), index->options.dimension)};
    qsort(all, links[0] + 1, sizeof *all, by_distance);
    links[0] = choose(index, all, links[0] + 1, most, kept);
    memcpy(links + 1, kept, links[0] * sizeof *kept);
}

/* Links a new node into one layer; returns where the layer below starts. */
static int connect(hnsw *index, uint32_t node, hnsw_result *start, int level) {
    search s;
    if (search_begin(&s, index) < 0) return -1;
    const float *vector = vector_of(index, node);
    int result = search_layer(index, &s, vector, *start, index->options.ef_construction, level, NULL, NULL, 1);
    if (result == 0) {
        qsort(s.found.items, s.found.count, sizeof *s.found.items, by_distance);
        uint32_t *links = links_of(index, node, level);
        links[0] = choose(index, s.found.items, s.found.count, index->options.m, links + 1);
        for (uint32_t i = 1; i <= links[0]; i++) link_back(index, links[i], node, level);
        *start = s.found.items[0];
    }
    search_end(&s);
    return result;
}

hnsw_status hnsw_insert(hnsw *index, const float *vector, uint32_t *number) {
    if (index->count == UINT32_MAX - 1) return HNSW_INVALID;
    if (index->count == index->capacity && reserve(index, index->capacity ? index->capacity + index->capacity / 2 + 1 : 64) != HNSW_OK) return HNSW_NO_MEMORY;
    uint32_t node = index->count;
    if (!prepare_vector(index, vector, index->vectors + (size_t)node * index->options.dimension)) return HNSW_INVALID;
    int level = draw_level(index);
    index->upper[node] = level > 0 ? calloc((size_t)level, (index->options.m + 1) * sizeof(uint32_t)) : NULL;
    if (level > 0 && !index->upper[node]) return HNSW_NO_MEMORY;
    index->levels[node] = (uint8_t)level;
    index->deleted[node] = 0;
    links_of(index, node, 0)[0] = 0;
    if (index->top >= 0) {
        const float *own = vector_of(index, node);
        hnsw_result at = {index->entry, index->distance(own, vector_of(index, index->entry), index->options.dimension)};
        for (int above = index->top; above > level; above--) at = descend(index, own, at, above);
        for (int layer = level < index->top ? level : index->top; layer >= 0; layer--) {
            if (connect(index, node, &at, layer) < 0) {
                free(index->upper[node]);
                return HNSW_NO_MEMORY;
            }
        }
    }
    index->count++;
    if (level > index->top) {
        index->top = level;
        index->entry = node;
    }
    *number = node;
    return HNSW_OK;
}

hnsw_status hnsw_delete(hnsw *index, uint32_t node) {
    if (node >= index->count) return HNSW_INVALID;
    index->deleted_count += !index->deleted[node];
    index->deleted[node] = 1;
    return HNSW_OK;
}

static hnsw_status finish(search *s, hnsw_status status, uint32_t k, hnsw_result *results, uint32_t *count) {
    *count = 0;
    if (status == HNSW_OK) {
        while (s->found.count > k) heap_pop(&s->found);
        *count = s->found.count;
        for (uint32_t at = s->found.count; at > 0; at--) results[at - 1] = heap_pop(&s->found);
    }
    search_end(s);
    return status;
}

hnsw_status hnsw_search(const hnsw *index, const float *query, uint32_t k, uint32_t ef, hnsw_filter filter, void *context,
                        hnsw_result *results, uint32_t *count) {
    float *prepared = malloc(index->options.dimension * sizeof *prepared);
    search s;
    *count = 0;
    if (!prepared) return HNSW_NO_MEMORY;
    if (!prepare_vector(index, query, prepared)) {
        free(prepared);
        return HNSW_INVALID;
    }
    if (index->top < 0 || k == 0) {
        free(prepared);
        return HNSW_OK;
    }
    hnsw_status status = search_begin(&s, index) == 0 ? HNSW_OK : HNSW_NO_MEMORY;
    if (status == HNSW_OK) {
        hnsw_result at = {index->entry, index->distance(prepared, vector_of(index, index->entry), index->options.dimension)};
        for (int level = index->top; level > 0; level--) at = descend(index, prepared, at, level);
        if (search_layer(index, &s, prepared, at, ef > k ? ef : k, 0, filter, context, 0) < 0) status = HNSW_NO_MEMORY;
    }
    free(prepared);
    return finish(&s, status, k, results, count);
}

hnsw_status hnsw_exact(const hnsw *index, const float *query, uint32_t k, hnsw_filter filter, void *context,
                       hnsw_result *results, uint32_t *count) {
    float *prepared = malloc(index->options.dimension * sizeof *prepared);
    search s = {.found = {.sign = 1}};
    *count = 0;
    if (!prepared) return HNSW_NO_MEMORY;
    hnsw_status status = prepare_vector(index, query, prepared) ? HNSW_OK : HNSW_INVALID;
    for (uint32_t node = 0; node < index->count && status == HNSW_OK && k > 0; node++) {
        if (!admits(index, node, filter, context, 0)) continue;
        hnsw_result seen = {node, index->distance(prepared, vector_of(index, node), index->options.dimension)};
        if (s.found.count == k && seen.distance >= s.found.items[0].distance) continue;
        if (heap_push(&s.found, seen) < 0) status = HNSW_NO_MEMORY;
        if (s.found.count > k) heap_pop(&s.found);
    }
    free(prepared);
    return finish(&s, status, k, results, count);
}

uint32_t hnsw_count(const hnsw *index) { return index->count; }
uint32_t hnsw_deleted(const hnsw *index) { return index->deleted_count; }
hnsw_options hnsw_describe(const hnsw *index) { return index->options; }

static uint32_t faults_of(const hnsw *index, uint32_t node, int level) {
    const uint32_t *links = links_of(index, node, level);
    uint32_t faults = links[0] > most_links(index, level);
    for (uint32_t i = 1; i <= links[0] && !faults; i++) {
        faults += links[i] >= index->count || links[i] == node;
        if (!faults) faults += index->levels[links[i]] < level;
        for (uint32_t j = 1; j < i; j++) faults += links[i] == links[j];
    }
    return faults;
}

uint32_t hnsw_validate(const hnsw *index) {
    uint32_t faults = 0, reached = 0;
    if (index->count == 0) return 0;
    for (uint32_t node = 0; node < index->count; node++)
        for (int level = 0; level <= index->levels[node]; level++) faults += faults_of(index, node, level);
    if (faults) return faults;
    /* Layer 0 from the entry, breadth first. */
    uint32_t *queue = malloc(index->count * sizeof *queue);
    search s;
    if (!queue || search_begin(&s, index) < 0) {
        free(queue);
        return 1;
    }
    queue[reached++] = index->entry;
    visit(&s, index->entry);
    for (uint32_t at = 0; at < reached; at++) {
        const uint32_t *links = links_of(index, queue[at], 0);
        for (uint32_t i = 1; i <= links[0]; i++)
            if (visit(&s, links[i])) queue[reached++] = links[i];
    }
    search_end(&s);
    free(queue);
    return index->count - reached;
}
