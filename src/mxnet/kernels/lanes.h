/* Vectors of LANES floats, one for each image of a block, and the functions of one vector. */
#ifndef REMXNET_LANES_H
#define REMXNET_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef LANES
#define LANES 8
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), aligned(4)));

enum { NONE = 0, RELU = 1, SIGMOID = 2, TANH = 3 };

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec v) { *(vec *)p = v; }
INLINE vec splat(float x) { return x - (vec){0}; }

INLINE vec choose(ivec mask, vec yes, vec no) { return (vec)(((ivec)yes & mask) | ((ivec)no & ~mask)); }

/* the larger one; NaN where either is NaN */
INLINE vec larger(vec a, vec b) { return choose((b > a) | (b != b), b, a); }

/* e**r - 1 of |r| <= ln 2 / 2 (the coefficients of Cephes) */
INLINE vec near_zero(vec r) {
    vec p = splat(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    return p * (r * r) + r;
}

/* x = n ln 2 + r: r, and 2**n */
INLINE vec split(vec x, vec *power) {
    vec magic = splat(12582912.0f);
    vec n = (x * 1.44269504088896341f + magic) - magic;
    vec r = x - n * 0.693359375f;
    *power = (vec)((__builtin_convertvector(n, ivec) + 127) << 23);
    return r - n * -2.12194440e-4f;
}

INLINE vec between(vec x, float low, float high) {
    return choose(x > high, splat(high), choose(x < low, splat(low), x));
}

/* e**x within 2 units in the last place */
INLINE vec exponential(vec x) {
    vec power, r = split(between(x, -87.0f, 88.0f), &power);
    vec result = (near_zero(r) + 1.0f) * power;
    result = choose(x > 88.7f, splat(__builtin_inff()), choose(x < -104.0f, splat(0.0f), result));
    return choose(x != x, x, result);
}

INLINE vec activate(vec x, int activation) {
    switch (activation) {
    case RELU: return choose(x <= 0.0f, splat(0.0f), x);
    case SIGMOID: return 1.0f / (1.0f + exponential(-x));
    case TANH: return 2.0f / (1.0f + exponential(-2.0f * x)) - 1.0f;
    default: return x;
    }
}

/* the gradient before an activation from the one after it and the activation's output y */
INLINE vec deactivate(vec gradient, vec y, int activation) {
    switch (activation) {
    case RELU: return choose(y <= 0.0f, splat(0.0f), gradient);
    case SIGMOID: return gradient * (y * (1.0f - y));
    case TANH: return gradient * (1.0f - y * y);
    default: return gradient;
    }
}

INLINE float total(vec v) {
    float sum = 0;
    for (int lane = 0; lane < LANES; lane++) sum += v[lane];
    return sum;
}

#endif
