/* Pooling of one block, and its gradient together with that of the activation before it. */
#ifndef REMXNET_POOLING_H
#define REMXNET_POOLING_H

#include "lanes.h"
#include "stage.h"

INLINE void pool_plane(const stage *s, const float *in, int in_row, float *out, int out_row, const int kind, const int kh,
                       const int kw) {
    const float scale = 1.0f / (kh * kw);
    for (int y = 0; y < s->out_height; y++)
        for (int x = 0; x < s->out_width; x++) {
            const float *window = in + (ptrdiff_t)y * s->stride_h * in_row + x * s->stride_w * LANES;
            vec value = load(window);
            for (int ky = 0; ky < kh; ky++)
                for (int kx = 0; kx < kw; kx++) {
                    if (!ky && !kx) continue;
                    vec next = load(window + (ptrdiff_t)ky * in_row + kx * LANES);
                    value = kind == AVERAGE ? value + next : larger(value, next);
                }
            store(out + (ptrdiff_t)y * out_row + x * LANES, kind == AVERAGE ? value * scale : value);
        }
}

static void pool_forward(const stage *s, const float *in, int in_row, int in_plane, float *out, int out_row,
                         int out_plane) {
    for (int c = 0; c < s->channels; c++, in += in_plane, out += out_plane) {
        if (s->kernel_h == 2 && s->kernel_w == 2) {
            if (s->pool == AVERAGE) pool_plane(s, in, in_row, out, out_row, AVERAGE, 2, 2);
            else pool_plane(s, in, in_row, out, out_row, MAXIMUM, 2, 2);
        } else pool_plane(s, in, in_row, out, out_row, s->pool, s->kernel_h, s->kernel_w);
    }
}

INLINE void unpool_plane(const stage *s, const float *in, int in_row, const float *out, int out_row, const float *gradient,
                         int g_row, float *to, int to_row, const int kind, const int activation, const int apart,
                         const int kh, const int kw) {
    const float scale = 1.0f / (kh * kw);
    for (int y = 0; y < s->out_height; y++)
        for (int x = 0; x < s->out_width; x++) {
            vec g = load(gradient + (ptrdiff_t)y * g_row + x * LANES);
            ptrdiff_t column = x * s->stride_w * LANES;
            const float *window = in + (ptrdiff_t)y * s->stride_h * in_row + column;
            float *target = to + (ptrdiff_t)y * s->stride_h * to_row + column;
            vec top = kind == MAXIMUM ? load(out + (ptrdiff_t)y * out_row + x * LANES) : g;
            ivec open = (ivec){0} == 0;
            for (int ky = 0; ky < kh; ky++)
                for (int kx = 0; kx < kw; kx++) {
                    vec y_in = load(window + (ptrdiff_t)ky * in_row + kx * LANES), part;
                    if (kind == AVERAGE) part = g * scale;
                    else {
                        ivec here = ((y_in == top) | (y_in != y_in)) & open;
                        part = (vec)((ivec)g & here);
                        open &= ~here;
                    }
                    float *cell = target + (ptrdiff_t)ky * to_row + kx * LANES;
                    if (apart) store(cell, deactivate(part, y_in, activation));
                    else store(cell, load(cell) + part);
                }
        }
}

/* the gradient of the pooled array, and of the activation before it where `activation` is one */
static void pool_backward(const stage *s, const float *in, int in_row, int in_plane, const float *out, int out_row,
                          int out_plane, const float *gradient, int g_row, int g_plane, float *to, int to_row,
                          int to_plane, int activation) {
    const int apart = s->stride_h >= s->kernel_h && s->stride_w >= s->kernel_w;
    const int covered = apart && s->stride_h == s->kernel_h && s->stride_w == s->kernel_w &&
                        s->out_height * s->stride_h == s->height && s->out_width * s->stride_w == s->width;
    for (int c = 0; c < s->channels; c++) {
        const float *in_c = in + (ptrdiff_t)c * in_plane, *out_c = out + (ptrdiff_t)c * out_plane;
        const float *g_c = gradient + (ptrdiff_t)c * g_plane;
        float *to_c = to + (ptrdiff_t)c * to_plane;
        if (!covered)
            for (int y = 0; y < s->height; y++) memset(to_c + (ptrdiff_t)y * to_row, 0, (size_t)s->width * LANES * 4);
#define UNPOOL(KIND, ACT, KH, KW)                                                                                      \
    unpool_plane(s, in_c, in_row, out_c, out_row, g_c, g_row, to_c, to_row, KIND, ACT, 1, KH, KW)
        if (apart && s->kernel_h == 2 && s->kernel_w == 2 && s->pool == AVERAGE && activation == SIGMOID)
            UNPOOL(AVERAGE, SIGMOID, 2, 2);
        else if (apart && s->kernel_h == 2 && s->kernel_w == 2 && s->pool == MAXIMUM && activation == RELU)
            UNPOOL(MAXIMUM, RELU, 2, 2);
        else if (apart)
            UNPOOL(s->pool, activation, s->kernel_h, s->kernel_w);
        else {
            unpool_plane(s, in_c, in_row, out_c, out_row, g_c, g_row, to_c, to_row, s->pool, NONE, 0, s->kernel_h,
                         s->kernel_w);
            for (int y = 0; activation && y < s->height; y++)
                for (int x = 0; x < s->width; x++) {
                    float *cell = to_c + (ptrdiff_t)y * to_row + x * LANES;
                    store(cell, deactivate(load(cell), load(in_c + (ptrdiff_t)y * in_row + x * LANES), activation));
                }
        }
    }
}

#endif
