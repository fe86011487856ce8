#include <zlib.h>

/* A macro that Swift does not see: window bits above 15 ask for a gzip header. */
static inline int czlib_gzip_begin(z_stream *stream) {
    return deflateInit2(stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_gunzip_begin(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
