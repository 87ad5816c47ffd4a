/* What runs a function on torch's threads: the signature of GNU OpenMP's GOMP_parallel. */
#ifndef REMXNET_TEAM_H
#define REMXNET_TEAM_H

#define EXPORT __attribute__((visibility("default")))

typedef void (*team_function)(void (*)(void *), void *, unsigned, unsigned);

#endif
