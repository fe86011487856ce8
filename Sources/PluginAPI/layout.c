/* The sizes that are frozen in ABI 1. A change here is a new interface, never an edit. */
#include "patchbay.h"

_Static_assert(sizeof(void *) == 8, "64-bit only");
_Static_assert(sizeof(pb_text) == 16, "pb_text is frozen");
_Static_assert(sizeof(pb_error) == 256, "pb_error is frozen");
_Static_assert(sizeof(pb_frame) == 40, "pb_frame is frozen");
_Static_assert(sizeof(pb_sink) == 24, "pb_sink is frozen");
_Static_assert(sizeof(pb_stream_table) == 32, "pb_stream_table is frozen");
_Static_assert(sizeof(pb_host) == 24, "pb_host is frozen");
_Static_assert(sizeof(pb_plugin) == 112, "pb_plugin is frozen");
_Static_assert(sizeof(pb_http_request) == 80, "pb_http_request is frozen");
