/* Distances, by what the processor can do. */
#include "internal.h"

#include <math.h>

static float dot_plain(const float *a, const float *b, size_t n) {
    float sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        sum0 += a[i] * b[i];
        sum1 += a[i + 1] * b[i + 1];
        sum2 += a[i + 2] * b[i + 2];
        sum3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; i++) sum0 += a[i] * b[i];
    return sum0 + sum1 + (sum2 + sum3);
}

static float euclid_plain(const float *a, const float *b, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

static float cosine_plain(const float *a, const float *b, size_t n) { return 1 - dot_plain(a, b, n); }
static float negative_dot_plain(const float *a, const float *b, size_t n) { return -dot_plain(a, b, n); }

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE __attribute__((target("avx2,fma")))

WIDE static float sum_of(__m256 lanes) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_shuffle_ps(half, half, 1)));
}

WIDE static float dot_wide(const float *a, const float *b, size_t n) {
    __m256 sum0 = _mm256_setzero_ps(), sum1 = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        sum0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), sum0);
        sum1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), sum1);
    }
    float sum = sum_of(_mm256_add_ps(sum0, sum1));
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

WIDE static float euclid_wide(const float *a, const float *b, size_t n) {
    __m256 sum0 = _mm256_setzero_ps(), sum1 = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256 d0 = _mm256_sub_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i));
        __m256 d1 = _mm256_sub_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8));
        sum0 = _mm256_fmadd_ps(d0, d0, sum0);
        sum1 = _mm256_fmadd_ps(d1, d1, sum1);
    }
    float sum = sum_of(_mm256_add_ps(sum0, sum1));
    for (; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

WIDE static float cosine_wide(const float *a, const float *b, size_t n) { return 1 - dot_wide(a, b, n); }
WIDE static float negative_dot_wide(const float *a, const float *b, size_t n) { return -dot_wide(a, b, n); }

static int is_wide(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#else
#define cosine_wide cosine_plain
#define negative_dot_wide negative_dot_plain
#define euclid_wide euclid_plain
static int is_wide(void) { return 0; }
#endif

distance_function choose_distance(uint32_t metric) {
    int wide = is_wide();
    switch (metric) {
    case HNSW_COSINE: return wide ? cosine_wide : cosine_plain;
    case HNSW_DOT: return wide ? negative_dot_wide : negative_dot_plain;
    default: return wide ? euclid_wide : euclid_plain;
    }
}

int prepare_vector(const hnsw *index, const float *from, float *to) {
    uint32_t n = index->options.dimension;
    double squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!isfinite(from[i])) return 0;
        squares += (double)from[i] * from[i];
        to[i] = from[i];
    }
    if (index->options.metric != HNSW_COSINE) return 1;
    if (squares <= 0) return 0;
    float scale = (float)(1 / sqrt(squares));
    for (uint32_t i = 0; i < n; i++) to[i] *= scale;
    return 1;
}
