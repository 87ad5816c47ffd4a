/* Batch norm by the batch's statistics, an addition and relu, over rows of channels (channels last).
 *
 * Every array is read as few times as can be: forwards once for the sums and once for the result, backwards the same.
 * Rows are split into parts whose sums are added in order, so the result does not depend on which thread took which.
 * Sums run over at most a chunk of rows in float, relative to the first row, and from chunk to chunk in double.
 */
#include <math.h>
#include <stdatomic.h>

#include "lanes.h"
#include "team.h"

enum { GROUP = 4, CHUNK_BYTES = 1 << 17 };

typedef struct {
    const float *x, *gamma, *beta, *other, *y, *dy;
    float *out, *dx, *dother;
    const float *shift;               /* what sums are relative to: the first row, or the mean */
    const float *mean, *scale;        /* per channel, for the second pass */
    const float *mean_dz, *slope;     /* backwards: mean of dz, and mean of dz (x - mean) over the variance */
    double *sums;                     /* part, 2, channels */
    int64_t rows; int channels, relu, parts;
    atomic_int next;
} norm;

typedef void (*pass)(const norm *, int64_t from, int64_t to, int part);

/* --- sums ------------------------------------------------------------------------------------------------------- */

/* adds the sums of `groups` vectors of channels over some rows: of x - shift and its square, or of dz and dz (x - mean) */
INLINE void add_sums(const norm *n, int64_t from, int64_t to, int channel, double *first, double *second,
                     const int groups, const int backward) {
    vec a[GROUP], b[GROUP], shift[GROUP];
    for (int g = 0; g < groups; g++) {
        a[g] = b[g] = splat(0.0f);
        shift[g] = load(n->shift + channel + g * LANES);
    }
    for (int64_t row = from; row < to; row++) {
        const int64_t at = row * n->channels + channel;
        for (int g = 0; g < groups; g++) {
            vec x = load(n->x + at + g * LANES) - shift[g];
            if (backward) {
                vec dz = load(n->dy + at + g * LANES);
                if (n->relu) dz = choose(load(n->y + at + g * LANES) <= 0.0f, splat(0.0f), dz);
                if (n->dother) store(n->dother + at + g * LANES, dz);
                a[g] += dz;
                b[g] += dz * x;
            } else {
                a[g] += x;
                b[g] += x * x;
            }
        }
    }
    for (int g = 0; g < groups; g++)
        for (int lane = 0; lane < LANES; lane++) {
            first[channel + g * LANES + lane] += a[g][lane];
            second[channel + g * LANES + lane] += b[g][lane];
        }
}

INLINE void sums(const norm *n, int64_t from, int64_t to, int part, const int backward) {
    double *first = n->sums + (int64_t)part * 2 * n->channels, *second = first + n->channels;
    memset(first, 0, sizeof(double) * 2 * n->channels);
    int64_t chunk = CHUNK_BYTES / (4 * (int64_t)n->channels);
    if (chunk < 16) chunk = 16;
    for (int64_t row = from; row < to; row += chunk) {
        int64_t end = row + chunk < to ? row + chunk : to;
        int channel = 0;
        for (; channel + GROUP * LANES <= n->channels; channel += GROUP * LANES)
            add_sums(n, row, end, channel, first, second, GROUP, backward);
        for (; channel < n->channels; channel += LANES) add_sums(n, row, end, channel, first, second, 1, backward);
    }
}

static void forward_sums(const norm *n, int64_t from, int64_t to, int part) { sums(n, from, to, part, 0); }
static void backward_sums(const norm *n, int64_t from, int64_t to, int part) { sums(n, from, to, part, 1); }

/* --- results ---------------------------------------------------------------------------------------------------- */

static void forward_rows(const norm *n, int64_t from, int64_t to, int part) {
    (void)part;
    for (int64_t row = from; row < to; row++) {
        const int64_t at = row * n->channels;
        for (int c = 0; c < n->channels; c += LANES) {
            vec y = (load(n->x + at + c) - load(n->mean + c)) * load(n->scale + c) + load(n->beta + c);
            if (n->other) y += load(n->other + at + c);
            if (n->relu) y = choose(y <= 0.0f, splat(0.0f), y);
            store(n->out + at + c, y);
        }
    }
}

/* dx = scale (dz - mean(dz) - (x - mean) mean(dz (x - mean)) / variance) */
static void backward_rows(const norm *n, int64_t from, int64_t to, int part) {
    (void)part;
    const float *upper = n->dother ? n->dother : n->dy;
    const int masked = n->relu && !n->dother;
    for (int64_t row = from; row < to; row++) {
        const int64_t at = row * n->channels;
        for (int c = 0; c < n->channels; c += LANES) {
            vec dz = load(upper + at + c);
            if (masked) dz = choose(load(n->y + at + c) <= 0.0f, splat(0.0f), dz);
            vec x = load(n->x + at + c) - load(n->mean + c);
            store(n->dx + at + c, load(n->scale + c) * (dz - load(n->mean_dz + c) - x * load(n->slope + c)));
        }
    }
}

/* --- parts ------------------------------------------------------------------------------------------------------ */

typedef struct { norm *n; pass function; } call;

static void take_parts(void *argument) {
    call *c = argument;
    int part;
    while ((part = atomic_fetch_add(&c->n->next, 1)) < c->n->parts)
        c->function(c->n, c->n->rows * part / c->n->parts, c->n->rows * (part + 1) / c->n->parts, part);
}

static void in_parts(norm *n, pass function, team_function team) {
    call c = {n, function};
    atomic_init(&n->next, 0);
    if (team && n->parts > 1) team(take_parts, &c, (unsigned)n->parts, 0);
    else take_parts(&c);
}

static double added(const norm *n, int which, int channel) {
    double sum = 0;
    for (int part = 0; part < n->parts; part++) sum += n->sums[((int64_t)part * 2 + which) * n->channels + channel];
    return sum;
}

/* scale: room for a number per channel, kept for the backward: gamma / deviation. var is the biased variance. */
EXPORT void remxnet_norm_forward(const float *x, int64_t rows, int channels, const float *gamma, const float *beta,
                                 const float *other, float *out, float *mean, float *var, float *scale, double *sums_,
                                 int relu, float eps, int parts, team_function team) {
    norm n = {.x = x, .beta = beta, .other = other, .out = out, .shift = x, .mean = mean, .scale = scale, .sums = sums_,
              .rows = rows, .channels = channels, .relu = relu, .parts = parts};
    in_parts(&n, forward_sums, team);
    for (int c = 0; c < channels; c++) {
        double shifted = added(&n, 0, c) / rows, variance = added(&n, 1, c) / rows - shifted * shifted;
        if (variance < 0) variance = 0;
        mean[c] = (float)(x[c] + shifted);
        var[c] = (float)variance;
        scale[c] = (float)((gamma ? gamma[c] : 1.0) / sqrt(variance + eps));
    }
    in_parts(&n, forward_rows, team);
}

/* dgamma and dbeta are per channel; slope and mean_dz room for as many numbers */
EXPORT void remxnet_norm_backward(const float *x, int64_t rows, int channels, const float *mean, const float *var,
                                  const float *scale, const float *y, const float *dy, float *dx, float *dother,
                                  float *dgamma, float *dbeta, float *mean_dz, float *slope, double *sums_, int relu,
                                  float eps, int parts, team_function team) {
    norm n = {.x = x, .y = y, .dy = dy, .dx = dx, .dother = dother, .shift = mean, .mean = mean, .scale = scale,
              .mean_dz = mean_dz, .slope = slope, .sums = sums_, .rows = rows, .channels = channels, .relu = relu,
              .parts = parts};
    in_parts(&n, backward_sums, team);
    for (int c = 0; c < channels; c++) {
        double first = added(&n, 0, c), second = added(&n, 1, c), variance = (double)var[c] + eps;
        dbeta[c] = (float)first;
        dgamma[c] = (float)(second / sqrt(variance));
        mean_dz[c] = (float)(first / rows);
        slope[c] = (float)(second / rows / variance);
    }
    if (dx) in_parts(&n, backward_rows, team);
}
