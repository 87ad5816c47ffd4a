/* Convolution of one block, its weight's gradient, and the orders weights are packed in. */
#ifndef REMXNET_CONVOLUTION_H
#define REMXNET_CONVOLUTION_H

#include "lanes.h"
#include "stage.h"

typedef struct {
    const float *in; int in_channels, in_row, in_plane;      /* strides in floats */
    float *out; int out_channels, out_height, out_width, out_row, out_plane;
    const float *packed, *bias; int kernel_h, kernel_w, stride_h, stride_w, activation;
} convolution;

/* `channels` output channels by `columns` columns of one output row, all sums in registers */
INLINE void conv_tile(const convolution *c, const float *weight, int channel, int y, int x, const int channels,
                      const int columns) {
    vec sum[6][6];
    for (int o = 0; o < channels; o++)
        for (int i = 0; i < columns; i++) sum[o][i] = splat(c->bias ? c->bias[channel + o] : 0.0f);
    const int step = c->stride_w * LANES;
    const float *corner = c->in + (ptrdiff_t)y * c->stride_h * c->in_row + (ptrdiff_t)x * step;
    for (int k = 0; k < c->in_channels; k++, corner += c->in_plane) {
        const float *row = corner;
        for (int ky = 0; ky < c->kernel_h; ky++, row += c->in_row) {
            const float *point = row;
            for (int kx = 0; kx < c->kernel_w; kx++, point += LANES, weight += channels) {
                vec value[6];
                for (int i = 0; i < columns; i++) value[i] = load(point + i * step);
                for (int o = 0; o < channels; o++) {
                    vec w = splat(weight[o]);
                    for (int i = 0; i < columns; i++) sum[o][i] += w * value[i];
                }
            }
        }
    }
    for (int o = 0; o < channels; o++) {
        float *to = c->out + (ptrdiff_t)(channel + o) * c->out_plane + (ptrdiff_t)y * c->out_row + x * LANES;
        for (int i = 0; i < columns; i++) store(to + i * LANES, sum[o][i]);
    }
}

#define TILE_ROW(CHANNELS, COLUMNS)                                                                                    \
    static __attribute__((noinline)) void conv_row_##CHANNELS(const convolution *c, const float *weight, int channel,  \
                                                              int y) {                                                 \
        int x = 0;                                                                                                     \
        for (; x + COLUMNS <= c->out_width; x += COLUMNS) conv_tile(c, weight, channel, y, x, CHANNELS, COLUMNS);      \
        for (; x + 2 <= c->out_width && COLUMNS > 2; x += 2) conv_tile(c, weight, channel, y, x, CHANNELS, 2);         \
        for (; x < c->out_width; x++) conv_tile(c, weight, channel, y, x, CHANNELS, 1);                                \
    }
#if LANES == 16
TILE_ROW(1, 6) TILE_ROW(2, 6) TILE_ROW(3, 6) TILE_ROW(4, 6) TILE_ROW(5, 5) TILE_ROW(6, 4)
#else
TILE_ROW(1, 6) TILE_ROW(2, 5) TILE_ROW(3, 4) TILE_ROW(4, 3) TILE_ROW(5, 2) TILE_ROW(6, 2)
#endif

/* how many output channels the tile at `channel` of `all` takes */
INLINE int tile_channels(int channel, int all) {
    int rest = all - channel;
    if (all % 6 == 0) return 6;
    if (rest >= 8 || rest == 4) return 4;
    if (rest > 4) return rest == 6 ? 3 : rest == 5 ? 5 : 4;
    return rest;
}

INLINE void activate_row(float *row, int count, int activation) {
    for (int i = 0; i < count; i++) store(row + i * LANES, activate(load(row + i * LANES), activation));
}

static void convolve(const convolution *c) {
    const int taps = c->in_channels * c->kernel_h * c->kernel_w;
    for (int y = 0; y < c->out_height; y++) {
        const float *weight = c->packed;
        for (int channel = 0; channel < c->out_channels;) {
            int count = tile_channels(channel, c->out_channels);
            switch (count) {
            case 1: conv_row_1(c, weight, channel, y); break;
            case 2: conv_row_2(c, weight, channel, y); break;
            case 3: conv_row_3(c, weight, channel, y); break;
            case 4: conv_row_4(c, weight, channel, y); break;
            case 5: conv_row_5(c, weight, channel, y); break;
            default: conv_row_6(c, weight, channel, y); break;
            }
            if (c->activation)
                for (int o = 0; o < count; o++) {
                    float *row = c->out + (ptrdiff_t)(channel + o) * c->out_plane + (ptrdiff_t)y * c->out_row;
                    switch (c->activation) {
                    case RELU: activate_row(row, c->out_width, RELU); break;
                    case SIGMOID: activate_row(row, c->out_width, SIGMOID); break;
                    default: activate_row(row, c->out_width, TANH); break;
                    }
                }
            weight += (ptrdiff_t)taps * count;
            channel += count;
        }
    }
}

/* weights (out, in, kh, kw) in the order the tiles read them; flipped: for the gradient of the data */
static void pack_weight(const float *weight, float *packed, int out, int in, int kh, int kw, int flipped) {
    int channels = flipped ? in : out, inner = flipped ? out : in;
    for (int channel = 0; channel < channels;) {
        int count = tile_channels(channel, channels);
        for (int k = 0; k < inner; k++)
            for (int ky = 0; ky < kh; ky++)
                for (int kx = 0; kx < kw; kx++)
                    for (int o = 0; o < count; o++) {
                        int a = flipped ? k : channel + o, b = flipped ? channel + o : k;
                        int y = flipped ? kh - 1 - ky : ky, x = flipped ? kw - 1 - kx : kx;
                        *packed++ = weight[(((ptrdiff_t)a * in + b) * kh + y) * kw + x];
                    }
        channel += count;
    }
}

/* adds to the weight's gradient: CHANNELS output channels by TAPS columns of one kernel row */
INLINE void weight_tile(const float *gradient, int g_row, int g_plane, const float *in, int in_row, int stride_h,
                        int stride_w, int height, int width, float *to, ptrdiff_t to_channel, const int channels,
                        const int taps) {
    vec sum[4][3];
    for (int o = 0; o < channels; o++)
        for (int k = 0; k < taps; k++) sum[o][k] = splat(0.0f);
    for (int y = 0; y < height; y++) {
        const float *g = gradient + (ptrdiff_t)y * g_row, *p = in + (ptrdiff_t)y * stride_h * in_row;
        for (int x = 0; x < width; x++, g += LANES, p += stride_w * LANES) {
            vec value[3];
            for (int k = 0; k < taps; k++) value[k] = load(p + k * LANES);
            for (int o = 0; o < channels; o++) {
                vec d = load(g + (ptrdiff_t)o * g_plane);
                for (int k = 0; k < taps; k++) sum[o][k] += d * value[k];
            }
        }
    }
    for (int o = 0; o < channels; o++)
        for (int k = 0; k < taps; k++) to[o * to_channel + k] += total(sum[o][k]);
}

#define WEIGHT_TILE(CHANNELS, TAPS)                                                                                    \
    static __attribute__((noinline)) void weight_tile_##CHANNELS##TAPS(                                                \
        const float *g, int g_row, int g_plane, const float *in, int in_row, int sh, int sw, int height, int width,    \
        float *to, ptrdiff_t to_channel) {                                                                             \
        weight_tile(g, g_row, g_plane, in, in_row, sh, sw, height, width, to, to_channel, CHANNELS, TAPS);             \
    }
WEIGHT_TILE(1, 1) WEIGHT_TILE(1, 2) WEIGHT_TILE(1, 3) WEIGHT_TILE(2, 1) WEIGHT_TILE(2, 2) WEIGHT_TILE(2, 3)
WEIGHT_TILE(3, 1) WEIGHT_TILE(3, 2) WEIGHT_TILE(3, 3) WEIGHT_TILE(4, 1) WEIGHT_TILE(4, 2) WEIGHT_TILE(4, 3)

typedef void (*weight_tile_function)(const float *, int, int, const float *, int, int, int, int, int, float *, ptrdiff_t);
static const weight_tile_function weight_tiles[4][3] = {
    {weight_tile_11, weight_tile_12, weight_tile_13}, {weight_tile_21, weight_tile_22, weight_tile_23},
    {weight_tile_31, weight_tile_32, weight_tile_33}, {weight_tile_41, weight_tile_42, weight_tile_43}};

/* in: at the corner of the padded input; gradient: of the convolution's output */
static void add_weight_gradient(const stage *s, const float *gradient, int g_row, int g_plane, const float *in, int in_row,
                            int in_plane, float *dw, float *db) {
    const int kernel = s->kernel_h * s->kernel_w;
    for (int channel = 0; channel < s->out_channels;) {
        int rest = s->out_channels - channel, count = rest >= 4 && rest != 5 && rest != 6 ? 4 : rest > 4 ? 3 : rest;
        const float *g = gradient + (ptrdiff_t)channel * g_plane;
        for (int k = 0; k < s->channels; k++)
            for (int ky = 0; ky < s->kernel_h; ky++)
                for (int kx = 0; kx < s->kernel_w;) {
                    int left = s->kernel_w - kx, taps = left >= 3 && left != 4 ? 3 : left == 4 ? 2 : left;
                    weight_tiles[count - 1][taps - 1](
                        g, g_row, g_plane, in + (ptrdiff_t)k * in_plane + (ptrdiff_t)ky * in_row + kx * LANES, in_row,
                        s->stride_h, s->stride_w, s->out_height, s->out_width,
                        dw + ((ptrdiff_t)channel * s->channels + k) * kernel + ky * s->kernel_w + kx,
                        (ptrdiff_t)s->channels * kernel);
                    kx += taps;
                }
        for (int o = 0; db && o < count; o++) {
            vec sum = splat(0.0f);
            for (int y = 0; y < s->out_height; y++)
                for (int x = 0; x < s->out_width; x++)
                    sum += load(g + (ptrdiff_t)o * g_plane + (ptrdiff_t)y * g_row + x * LANES);
            db[channel + o] += total(sum);
        }
        channel += count;
    }
}

#endif
