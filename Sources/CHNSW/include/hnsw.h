#ifndef HNSW_H
#define HNSW_H
#endif
