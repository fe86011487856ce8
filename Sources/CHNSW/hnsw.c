#include "hnsw.h"
typedef int hnsw_placeholder;
