/*
 * patchbay.h: everything a plugin author needs. Vendor this folder; it has no other dependency
 * than <stdint.h>, compiles as C99 and C++17, and does not change once released (see CHANGES.md).
 *
 * Start with patchbay/plugin.h (what you export), then patchbay/stream.h (what data flows), then
 * patchbay/kinds.h (which frames your kind of plugin takes and gives).
 */
#ifndef PATCHBAY_H
#define PATCHBAY_H

#include "patchbay/types.h"
#include "patchbay/stream.h"
#include "patchbay/services.h"
#include "patchbay/plugin.h"
#include "patchbay/kinds.h"

#endif
