/* Text as Flite can read it. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>

/* A copy of UTF-8 text in ASCII, ending in NUL, to be freed; NULL without memory. */
char *plain_text(const char *text, size_t length);

#endif
