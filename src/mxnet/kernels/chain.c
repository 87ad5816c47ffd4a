/* Chains of convolution, activation and pooling over blocks of images.
 *
 * A block is LANES images side by side in the innermost axis: [channel][row][column][lane]. Everything spatial is then
 * plain vector arithmetic for any number of channels, and a block goes through the whole chain while it lies in cache.
 * This file is compiled once for each vector width; the caller picks one when it loads (mxnet/kernels/library.py).
 */
#include <stdatomic.h>

#include "convolution.h"
#include "pooling.h"
#include "team.h"

/* --- blocks ----------------------------------------------------------------------------------------------------- */

/* images (n, size) to [size][lane], lanes past n zero; rows of `width` go `row` floats apart, planes `plane` */
static void gather(const float *images, int n, int channels, int height, int width, float *block, int row, int plane) {
    const ptrdiff_t size = (ptrdiff_t)channels * height * width;
    for (int c = 0; c < channels; c++)
        for (int y = 0; y < height; y++) {
            const float *from = images + ((ptrdiff_t)c * height + y) * width;
            float *to = block + (ptrdiff_t)c * plane + (ptrdiff_t)y * row;
            if (n == LANES)
                for (int x = 0; x < width; x++)
                    for (int lane = 0; lane < LANES; lane++) to[x * LANES + lane] = from[lane * size + x];
            else
                for (int x = 0; x < width; x++)
                    for (int lane = 0; lane < LANES; lane++) to[x * LANES + lane] = lane < n ? from[lane * size + x] : 0.0f;
        }
}

static void scatter(const float *block, int row, int plane, int n, int channels, int height, int width, float *images) {
    const ptrdiff_t size = (ptrdiff_t)channels * height * width;
    for (int c = 0; c < channels; c++)
        for (int y = 0; y < height; y++) {
            const float *from = block + (ptrdiff_t)c * plane + (ptrdiff_t)y * row;
            float *to = images + ((ptrdiff_t)c * height + y) * width;
            for (int lane = 0; lane < n; lane++)
                for (int x = 0; x < width; x++) to[lane * size + x] = from[x * LANES + lane];
        }
}

/* --- chains ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const stage *stages; int count, batch, parts, keep, need_input;
    const float *images, *gradient; float *out, *input_gradient;
    float *saved; int64_t block_size;                 /* floats one block takes in the store */
    float *scratch; int64_t scratch_size;             /* per part */
    float *partial; int64_t partial_size;             /* weight gradients of a part */
    atomic_int next;
} job;

INLINE float *inner(float *base, int halo_h, int halo_w, int row) { return base + (ptrdiff_t)halo_h * row + halo_w * LANES; }

static void clear_halo(float *buffer, int channels, int height, int width, int halo_h, int halo_w) {
    if (!halo_h && !halo_w) return;
    const ptrdiff_t row = (ptrdiff_t)(width + 2 * halo_w) * LANES, side = (ptrdiff_t)halo_w * LANES;
    for (int c = 0; c < channels; c++) {
        memset(buffer, 0, (size_t)(halo_h * row) * 4);
        buffer += halo_h * row;
        for (int y = 0; y < height; y++, buffer += row) {
            memset(buffer, 0, (size_t)side * 4);
            memset(buffer + row - side, 0, (size_t)side * 4);
        }
        memset(buffer, 0, (size_t)(halo_h * row) * 4);
        buffer += halo_h * row;
    }
}

static void forward_block(const job *j, int block, float *store_) {
    const stage *first = j->stages, *last = j->stages + j->count - 1;
    int n = j->batch - block * LANES; if (n > LANES) n = LANES;
    int row = (first->width + 2 * first->in_halo_w) * LANES, plane = row * (first->height + 2 * first->in_halo_h);
    for (const stage *s = first; s <= last; s++)
        clear_halo(store_ + s->in_offset, s->channels, s->height, s->width, s->in_halo_h, s->in_halo_w);
    ptrdiff_t in_size = (ptrdiff_t)first->channels * first->height * first->width;
    gather(j->images + (ptrdiff_t)block * LANES * in_size, n, first->channels, first->height, first->width,
           inner(store_ + first->in_offset, first->in_halo_h, first->in_halo_w, row), row, plane);
    for (const stage *s = first; s <= last; s++) {
        int in_row = (s->width + 2 * s->in_halo_w) * LANES, in_plane = in_row * (s->height + 2 * s->in_halo_h);
        int out_row = (s->out_width + 2 * s->out_halo_w) * LANES, out_plane = out_row * (s->out_height + 2 * s->out_halo_h);
        float *in = store_ + s->in_offset;
        float *out = inner(store_ + s->out_offset, s->out_halo_h, s->out_halo_w, out_row);
        if (s->kind == CONV) {
            convolution c = {inner(in, s->in_halo_h - s->pad_h, s->in_halo_w - s->pad_w, in_row), s->channels, in_row,
                             in_plane, out, s->out_channels, s->out_height, s->out_width, out_row, out_plane, s->packed,
                             s->bias, s->kernel_h, s->kernel_w, s->stride_h, s->stride_w, s->activation};
            convolve(&c);
        } else
            pool_forward(s, inner(in, s->in_halo_h, s->in_halo_w, in_row), in_row, in_plane, out, out_row, out_plane);
    }
    int row_out = (last->out_width + 2 * last->out_halo_w) * LANES, plane_out = row_out * (last->out_height + 2 * last->out_halo_h);
    ptrdiff_t out_size = (ptrdiff_t)last->out_channels * last->out_height * last->out_width;
    scatter(inner(store_ + last->out_offset, last->out_halo_h, last->out_halo_w, row_out), row_out, plane_out, n,
            last->out_channels, last->out_height, last->out_width, j->out + (ptrdiff_t)block * LANES * out_size);
}

static void forward_part(void *argument) {
    job *j = argument;
    int blocks = (j->batch + LANES - 1) / LANES, part;
    while ((part = atomic_fetch_add(&j->next, 1)) < j->parts) {
        int from = (int)((int64_t)blocks * part / j->parts), to = (int)((int64_t)blocks * (part + 1) / j->parts);
        for (int block = from; block < to; block++)
            forward_block(j, block, j->keep ? j->saved + (int64_t)block * j->block_size : j->saved + (int64_t)part * j->block_size);
    }
}

/* gradients are laid out without halo but for what the data gradient of a convolution needs around its output's */
static void backward_block(const job *j, int block, const float *store_, float *scratch, float *partial) {
    const stage *first = j->stages, *last = j->stages + j->count - 1;
    int n = j->batch - block * LANES; if (n > LANES) n = LANES;
    float *current = scratch, *other = scratch + j->scratch_size / 2;
    ptrdiff_t out_size = (ptrdiff_t)last->out_channels * last->out_height * last->out_width;
    int halo_h = 0, halo_w = 0;
    const stage *s = last;
    if (s->kind == CONV) { halo_h = s->kernel_h - 1 - s->pad_h; halo_w = s->kernel_w - 1 - s->pad_w; if (halo_h < 0) halo_h = 0; if (halo_w < 0) halo_w = 0; }
    int row = (s->out_width + 2 * halo_w) * LANES, plane = row * (s->out_height + 2 * halo_h);
    if (halo_h | halo_w) memset(current, 0, (size_t)plane * s->out_channels * 4);
    gather(j->gradient + (ptrdiff_t)block * LANES * out_size, n, s->out_channels, s->out_height, s->out_width,
           inner(current, halo_h, halo_w, row), row, plane);
    int activated = 0;                                 /* whether the activation's gradient is in `current` already */
    for (; s >= first; s--) {
        int in_row = (s->width + 2 * s->in_halo_w) * LANES, in_plane = in_row * (s->height + 2 * s->in_halo_h);
        int out_row = (s->out_width + 2 * s->out_halo_w) * LANES, out_plane = out_row * (s->out_height + 2 * s->out_halo_h);
        const float *in = store_ + s->in_offset;
        const float *out = inner((float *)store_ + s->out_offset, s->out_halo_h, s->out_halo_w, out_row);
        float *g = inner(current, halo_h, halo_w, row);
        const stage *before = s > first ? s - 1 : NULL;
        /* room for the gradient of the input, with the halo the stage before wants */
        int next_h = 0, next_w = 0;
        if (before && before->kind == CONV) {
            next_h = before->kernel_h - 1 - before->pad_h; next_w = before->kernel_w - 1 - before->pad_w;
            if (next_h < 0) next_h = 0;
            if (next_w < 0) next_w = 0;
            if (before == first && !j->need_input) next_h = next_w = 0;
        }
        int next_row = (s->width + 2 * next_w) * LANES, next_plane = next_row * (s->height + 2 * next_h);
        if (s->kind == POOL) {
            if (next_h | next_w) memset(other, 0, (size_t)next_plane * s->channels * 4);
            int activation = before && before->kind == CONV ? before->activation : NONE;
            pool_backward(s, inner((float *)in, s->in_halo_h, s->in_halo_w, in_row), in_row, in_plane, out, out_row, out_plane, g,
                          row, plane, inner(other, next_h, next_w, next_row), next_row, next_plane, activation);
            activated = 1;
        } else {
            if (s->activation && !activated)
                for (int c = 0; c < s->out_channels; c++)
                    for (int y = 0; y < s->out_height; y++)
                        for (int x = 0; x < s->out_width; x++) {
                            float *cell = g + (ptrdiff_t)c * plane + (ptrdiff_t)y * row + x * LANES;
                            store(cell, deactivate(load(cell), load(out + (ptrdiff_t)c * out_plane + (ptrdiff_t)y * out_row + x * LANES), s->activation));
                        }
            activated = 0;
            float *weight_part = partial;
            for (const stage *t = first; t < s; t++)
                if (t->kind == CONV) weight_part += (ptrdiff_t)t->out_channels * (t->channels * t->kernel_h * t->kernel_w + 1);
            add_weight_gradient(s, g, row, plane, inner((float *)in, s->in_halo_h - s->pad_h, s->in_halo_w - s->pad_w, in_row), in_row,
                            in_plane, weight_part, s->bias ? weight_part + (ptrdiff_t)s->out_channels * s->channels * s->kernel_h * s->kernel_w : NULL);
            if (before || j->need_input) {
                /* stride 1: the gradient of the data is a convolution with the flipped weight */
                if (next_h | next_w) memset(other, 0, (size_t)next_plane * s->channels * 4);
                int reach_h = s->kernel_h - 1 - s->pad_h, reach_w = s->kernel_w - 1 - s->pad_w;
                convolution c = {inner(current, halo_h - reach_h, halo_w - reach_w, row), s->out_channels, row, plane,
                                 inner(other, next_h, next_w, next_row), s->channels, s->height, s->width, next_row, next_plane,
                                 s->packed_flipped, NULL, s->kernel_h, s->kernel_w, 1, 1, NONE};
                convolve(&c);
            }
        }
        float *swap = current; current = other; other = swap;
        row = next_row; plane = next_plane; halo_h = next_h; halo_w = next_w;
    }
    if (j->need_input) {
        ptrdiff_t in_size = (ptrdiff_t)first->channels * first->height * first->width;
        scatter(inner(current, halo_h, halo_w, row), row, plane, n, first->channels, first->height, first->width,
                j->input_gradient + (ptrdiff_t)block * LANES * in_size);
    }
}

static void backward_part(void *argument) {
    job *j = argument;
    int blocks = (j->batch + LANES - 1) / LANES, part;
    while ((part = atomic_fetch_add(&j->next, 1)) < j->parts) {
        int from = (int)((int64_t)blocks * part / j->parts), to = (int)((int64_t)blocks * (part + 1) / j->parts);
        float *partial = j->partial + part * j->partial_size;
        memset(partial, 0, (size_t)j->partial_size * 4);
        for (int block = from; block < to; block++)
            backward_block(j, block, j->saved + (int64_t)block * j->block_size, j->scratch + part * j->scratch_size, partial);
    }
}

static void run(job *j, void (*part)(void *), team_function team) {
    atomic_init(&j->next, 0);
    if (team && j->parts > 1) team(part, j, (unsigned)j->parts, 0);
    else part(j);
}

EXPORT int remxnet_lanes(void) { return LANES; }

/* keep: saved holds every block (for a backward); otherwise one block a part */
EXPORT void remxnet_chain_forward(const stage *stages, int count, int batch, const float *images, float *out, float *saved,
                                   int64_t block_size, int keep, int parts, team_function team) {
    job j = {.stages = stages, .count = count, .batch = batch, .parts = parts, .keep = keep, .images = images, .out = out,
             .saved = saved, .block_size = block_size};
    for (int i = 0; i < count; i++)
        if (stages[i].kind == CONV)
            pack_weight(stages[i].weight, stages[i].packed, stages[i].out_channels, stages[i].channels, stages[i].kernel_h,
                        stages[i].kernel_w, 0);
    run(&j, forward_part, team);
}

EXPORT void remxnet_chain_backward(const stage *stages, int count, int batch, const float *gradient, float *input_gradient,
                                    float *saved, int64_t block_size, float *scratch, int64_t scratch_size, float *partial,
                                    int64_t partial_size, int parts, team_function team) {
    job j = {.stages = stages, .count = count, .batch = batch, .parts = parts, .need_input = input_gradient != NULL,
             .gradient = gradient, .input_gradient = input_gradient, .saved = saved, .block_size = block_size,
             .scratch = scratch, .scratch_size = scratch_size, .partial = partial, .partial_size = partial_size};
    for (int i = 0; i < count; i++)
        if (stages[i].kind == CONV && (i || input_gradient))
            pack_weight(stages[i].weight, stages[i].packed_flipped, stages[i].out_channels, stages[i].channels,
                        stages[i].kernel_h, stages[i].kernel_w, 1);
    run(&j, backward_part, team);
    ptrdiff_t at = 0;
    for (int i = 0; i < count; i++) {
        const stage *s = stages + i;
        if (s->kind != CONV) continue;
        ptrdiff_t size = (ptrdiff_t)s->out_channels * s->channels * s->kernel_h * s->kernel_w;
        for (ptrdiff_t k = 0; k < size; k++) {
            float sum = 0;
            for (int part = 0; part < parts; part++) sum += partial[part * partial_size + at + k];
            s->weight_gradient[k] = sum;
        }
        at += size;
        for (int k = 0; k < s->out_channels; k++) {
            float sum = 0;
            for (int part = 0; part < parts; part++) sum += partial[part * partial_size + at + k];
            if (s->bias_gradient) s->bias_gradient[k] = sum;
        }
        at += s->out_channels;
    }
}
