/* Chains for a few images at a time: vectors run along the columns of one image.
 *
 * The blocks of chain.c need as many images as a vector has lanes. Below that, one image after the other goes through
 * the chain here, forwards only: rows lie as they do in the image, a vector of output columns is the sum over channels
 * and taps of input vectors that begin one column apart.
 */
#include <stdatomic.h>

#include "lanes.h"
#include "stage.h"
#include "team.h"

enum { TILE_CHANNELS = 4, TILE_ROWS = 2 };

typedef struct {
    const stage *stages; int count, batch, parts;
    const float *images; float *out, *memory;
    int64_t size;                                     /* floats of the two buffers of a part */
    atomic_int next;
} job;

/* where a stage's input or output lies */
typedef struct { float *at; int row, plane; } plane_set;

static void store_columns(float *to, vec value, int columns) {
    if (columns >= LANES) { store(to, value); return; }
    for (int lane = 0; lane < columns; lane++) to[lane] = value[lane];
}

INLINE void tile(const stage *s, const float *in, int row, int plane, const float *weight, const float *bias, float *out,
                 int out_row, int out_plane, int columns, const int channels, const int rows) {
    vec sum[TILE_CHANNELS][TILE_ROWS];
    const int taps = s->kernel_h * s->kernel_w, depth = s->channels * taps;
    for (int o = 0; o < channels; o++)
        for (int r = 0; r < rows; r++) sum[o][r] = splat(bias ? bias[o] : 0.0f);
    for (int k = 0; k < s->channels; k++)
        for (int ky = 0; ky < s->kernel_h; ky++) {
            const float *from = in + (ptrdiff_t)k * plane + (ptrdiff_t)ky * row;
            const float *w = weight + k * taps + ky * s->kernel_w;
            for (int kx = 0; kx < s->kernel_w; kx++) {
                vec value[TILE_ROWS];
                for (int r = 0; r < rows; r++) value[r] = load(from + (ptrdiff_t)r * row + kx);
                for (int o = 0; o < channels; o++) {
                    const float factor = w[(ptrdiff_t)o * depth + kx];
                    for (int r = 0; r < rows; r++) sum[o][r] += value[r] * factor;
                }
            }
        }
    for (int o = 0; o < channels; o++)
        for (int r = 0; r < rows; r++)
            store_columns(out + (ptrdiff_t)o * out_plane + (ptrdiff_t)r * out_row, activate(sum[o][r], s->activation), columns);
}

static void convolve_image(const stage *s, plane_set in, plane_set out) {
    const int depth = s->channels * s->kernel_h * s->kernel_w;
    for (int o = 0; o < s->out_channels; o += TILE_CHANNELS) {
        const int channels = s->out_channels - o < TILE_CHANNELS ? s->out_channels - o : TILE_CHANNELS;
        const float *weight = s->weight + (ptrdiff_t)o * depth, *bias = s->bias ? s->bias + o : NULL;
        for (int y = 0; y < s->out_height; y += TILE_ROWS) {
            const int rows = s->out_height - y < TILE_ROWS ? s->out_height - y : TILE_ROWS;
            for (int x = 0; x < s->out_width; x += LANES) {
                const float *from = in.at + (ptrdiff_t)y * in.row + x;
                float *to = out.at + (ptrdiff_t)o * out.plane + (ptrdiff_t)y * out.row + x;
#define TILE(CHANNELS, ROWS)                                                                                           \
    tile(s, from, in.row, in.plane, weight, bias, to, out.row, out.plane, s->out_width - x, CHANNELS, ROWS)
                if (channels == 4 && rows == 2) TILE(4, 2);
                else if (channels == 4) TILE(4, 1);
                else if (channels == 2 && rows == 2) TILE(2, 2);
                else TILE(channels, rows);
            }
        }
    }
}

static void pool_image(const stage *s, plane_set in, plane_set out) {
    const float scale = 1.0f / (s->kernel_h * s->kernel_w);
    for (int c = 0; c < s->channels; c++)
        for (int y = 0; y < s->out_height; y++)
            for (int x = 0; x < s->out_width; x++) {
                const float *window = in.at + (ptrdiff_t)c * in.plane + (ptrdiff_t)y * s->stride_h * in.row + x * s->stride_w;
                float value = window[0];
                for (int ky = 0; ky < s->kernel_h; ky++)
                    for (int kx = ky ? 0 : 1; kx < s->kernel_w; kx++) {
                        float next = window[(ptrdiff_t)ky * in.row + kx];
                        if (s->pool == AVERAGE) value += next;
                        else if (next > value || next != next) value = next;
                    }
                out.at[(ptrdiff_t)c * out.plane + (ptrdiff_t)y * out.row + x] = s->pool == AVERAGE ? value * scale : value;
            }
}

/* room for a stage's input with its padding and, after each row, for a vector to read beyond it */
static plane_set input_of(const stage *s, float *buffer) {
    plane_set p = {buffer, s->width + 2 * s->pad_w + LANES, 0};
    p.plane = p.row * (s->height + 2 * s->pad_h);
    return p;
}

static void one_image(const job *j, int image, float *memory) {
    float *buffer = memory, *other = memory + j->size / 2;
    const stage *first = j->stages;
    plane_set in = input_of(first, buffer);
    memset(buffer, 0, sizeof(float) * ((size_t)in.plane * first->channels + LANES));
    const float *from = j->images + (ptrdiff_t)image * first->channels * first->height * first->width;
    for (int c = 0; c < first->channels; c++)
        for (int y = 0; y < first->height; y++, from += first->width)
            memcpy(in.at + (ptrdiff_t)c * in.plane + (ptrdiff_t)(y + first->pad_h) * in.row + first->pad_w, from,
                   sizeof(float) * first->width);
    for (int i = 0; i < j->count; i++) {
        const stage *s = j->stages + i;
        plane_set next = {j->out + (ptrdiff_t)image * s->out_channels * s->out_height * s->out_width, s->out_width,
                          s->out_width * s->out_height}, inner = next;
        if (i + 1 < j->count) {
            const stage *after = s + 1;
            next = inner = input_of(after, other);
            memset(other, 0, sizeof(float) * ((size_t)next.plane * after->channels + LANES));
            inner.at += (ptrdiff_t)after->pad_h * next.row + after->pad_w;
        }
        if (s->kind == CONV) convolve_image(s, in, inner);
        else pool_image(s, in, inner);
        in = next;
        float *swap = buffer; buffer = other; other = swap;
    }
}

static void take_images(void *argument) {
    job *j = argument;
    int part;
    while ((part = atomic_fetch_add(&j->next, 1)) < j->parts)
        for (int image = j->batch * part / j->parts; image < j->batch * (part + 1) / j->parts; image++)
            one_image(j, image, j->memory + (int64_t)part * j->size);
}

/* memory: for each part twice the floats of the largest input with its padding and a vector more in each row */
EXPORT void remxnet_columns_forward(const stage *stages, int count, int batch, const float *images, float *out,
                                    float *memory, int64_t size, int parts, team_function team) {
    job j = {.stages = stages, .count = count, .batch = batch, .parts = parts, .images = images, .out = out,
             .memory = memory, .size = size};
    atomic_init(&j.next, 0);
    if (team && parts > 1) team(take_images, &j, (unsigned)parts, 0);
    else take_images(&j);
}
