/* Batch norm by the batch's statistics, an addition and relu, over rows of channels (channels last).
 *
 * Every array is read as few times as can be: forwards once for the sums and once for the result, backwards the same.
 * Rows are split into parts whose sums are added in order, so the result does not depend on which thread took which.
 * Sums run over at most a chunk of rows in float, and from chunk to chunk in double. Squares are those of distances from a
 * number close to the chunk's mean: from one far from it, nearly everything would cancel once the mean is known.
 */
#include <math.h>
#include <stdatomic.h>

#include "lanes.h"
#include "team.h"

enum { GROUP = 4, CHUNK_BYTES = 1 << 18, MOST_ROWS = 512, SAMPLES = 8 };

typedef struct {
    const float *x, *gamma, *beta, *other, *y, *dy;
    float *out, *dx, *dother;
    const float *mean, *scale;        /* per channel, for the second pass and the backward's sums */
    const float *mean_dz, *slope;     /* backwards: mean of dz, and mean of dz (x - mean) over the variance */
    double *sums;                     /* part, 2, channels: mean and squares about it, or the backward's two sums */
    int64_t rows; int channels, relu, parts;
    atomic_int next;
} norm;

typedef void (*pass)(const norm *, int64_t from, int64_t to, int part);

/* --- vectors of doubles ----------------------------------------------------------------------------------------- */

typedef double wide __attribute__((vector_size(8 * LANES), aligned(8)));

INLINE wide load_wide(const double *p) { return *(const wide *)p; }
INLINE void store_wide(double *p, wide v) { *(wide *)p = v; }
INLINE wide widen(vec v) { return __builtin_convertvector(v, wide); }
INLINE vec narrow(wide v) { return __builtin_convertvector(v, vec); }

INLINE int any(ivec mask) {
    int32_t found = 0;
    for (int lane = 0; lane < LANES; lane++) found |= mask[lane];
    return found != 0;
}

/* --- sums ------------------------------------------------------------------------------------------------------- */

static int64_t chunk_rows(const norm *n) {
    int64_t rows = CHUNK_BYTES / (4 * (int64_t)n->channels);
    return rows < 16 ? 16 : rows > MOST_ROWS ? MOST_ROWS : rows;
}

/* a number near each channel's mean: that of some rows from all over a chunk */
INLINE void guess_means(const norm *n, int64_t from, int64_t to, int channel, vec *near, const int groups) {
    const int64_t rows = to - from, samples = rows < SAMPLES ? rows : SAMPLES;
    for (int g = 0; g < groups; g++) near[g] = splat(0.0f);
    for (int64_t k = 0; k < samples; k++) {
        const float *x = n->x + (from + rows * k / samples) * n->channels + channel;
        for (int g = 0; g < groups; g++) near[g] += load(x + g * LANES);
    }
    for (int g = 0; g < groups; g++) near[g] = near[g] / (float)samples;
}

INLINE void add_distances(const norm *n, int64_t from, int64_t to, int channel, const vec *near, vec *sum, vec *squares,
                          const int groups) {
    vec a[GROUP], b[GROUP];
    for (int g = 0; g < groups; g++) a[g] = b[g] = splat(0.0f);
    for (int64_t row = from; row < to; row++) {
        const float *x = n->x + row * n->channels + channel;
        for (int g = 0; g < groups; g++) {
            vec distance = load(x + g * LANES) - near[g];
            a[g] += distance;
            b[g] += distance * distance;
        }
    }
    for (int g = 0; g < groups; g++) sum[g] = a[g], squares[g] = b[g];
}

/* brings the mean and the squares about it, of the `before` rows ahead of `from`, to where they include a chunk (Chan) */
INLINE void add_chunk(const norm *n, int64_t before, int64_t from, int64_t to, int channel, double *mean, double *squares,
                      const int groups) {
    const float rows = (float)(to - from);
    const double share = 1.0 / rows, weight = rows / (double)(before + (to - from));
    vec near[GROUP], a[GROUP], b[GROUP];
    if (before)
        for (int g = 0; g < groups; g++) near[g] = narrow(load_wide(mean + channel + g * LANES));
    else guess_means(n, from, to, channel, near, groups);
    add_distances(n, from, to, channel, near, a, b, groups);
    ivec far = {0}; /* more than three quarters of the squares would cancel: once more, from the mean that is now known */
    for (int g = 0; g < groups; g++) far |= a[g] * a[g] > 0.75f * rows * b[g];
    if (any(far)) {
        for (int g = 0; g < groups; g++) near[g] += a[g] / rows;
        add_distances(n, from, to, channel, near, a, b, groups);
    }
    for (int g = 0; g < groups; g++) {
        double *mean_g = mean + channel + g * LANES, *squares_g = squares + channel + g * LANES;
        wide so_far = load_wide(mean_g), offset = widen(a[g]) * share, step = widen(near[g]) + offset - so_far;
        wide about = load_wide(squares_g) + widen(b[g]) - offset * widen(a[g]) + step * step * ((double)before * weight);
        store_wide(squares_g, about);
        store_wide(mean_g, so_far + step * weight);
    }
}

static void forward_sums(const norm *n, int64_t from, int64_t to, int part) {
    double *mean = n->sums + (int64_t)part * 2 * n->channels, *squares = mean + n->channels;
    memset(mean, 0, sizeof(double) * 2 * n->channels);
    const int64_t chunk = chunk_rows(n);
    for (int64_t row = from; row < to; row += chunk) {
        int64_t end = row + chunk < to ? row + chunk : to;
        int channel = 0;
        for (; channel + GROUP * LANES <= n->channels; channel += GROUP * LANES)
            add_chunk(n, row - from, row, end, channel, mean, squares, GROUP);
        for (; channel < n->channels; channel += LANES) add_chunk(n, row - from, row, end, channel, mean, squares, 1);
    }
}

/* adds the sums of `groups` vectors of channels over some rows: of dz and of dz (x - mean) */
INLINE void add_gradients(const norm *n, int64_t from, int64_t to, int channel, double *first, double *second,
                          const int groups) {
    vec a[GROUP], b[GROUP], mean[GROUP];
    for (int g = 0; g < groups; g++) {
        a[g] = b[g] = splat(0.0f);
        mean[g] = load(n->mean + channel + g * LANES);
    }
    for (int64_t row = from; row < to; row++) {
        const int64_t at = row * n->channels + channel;
        for (int g = 0; g < groups; g++) {
            vec x = load(n->x + at + g * LANES) - mean[g], dz = load(n->dy + at + g * LANES);
            if (n->relu) dz = choose(load(n->y + at + g * LANES) <= 0.0f, splat(0.0f), dz);
            if (n->dother) store(n->dother + at + g * LANES, dz);
            a[g] += dz;
            b[g] += dz * x;
        }
    }
    for (int g = 0; g < groups; g++) {
        double *first_g = first + channel + g * LANES, *second_g = second + channel + g * LANES;
        store_wide(first_g, load_wide(first_g) + widen(a[g]));
        store_wide(second_g, load_wide(second_g) + widen(b[g]));
    }
}

static void backward_sums(const norm *n, int64_t from, int64_t to, int part) {
    double *first = n->sums + (int64_t)part * 2 * n->channels, *second = first + n->channels;
    memset(first, 0, sizeof(double) * 2 * n->channels);
    const int64_t chunk = chunk_rows(n);
    for (int64_t row = from; row < to; row += chunk) {
        int64_t end = row + chunk < to ? row + chunk : to;
        int channel = 0;
        for (; channel + GROUP * LANES <= n->channels; channel += GROUP * LANES)
            add_gradients(n, row, end, channel, first, second, GROUP);
        for (; channel < n->channels; channel += LANES) add_gradients(n, row, end, channel, first, second, 1);
    }
}

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

static int64_t part_start(const norm *n, int part) { return n->rows * part / n->parts; }

static void take_parts(void *argument) {
    call *c = argument;
    int part;
    while ((part = atomic_fetch_add(&c->n->next, 1)) < c->n->parts)
        c->function(c->n, part_start(c->n, part), part_start(c->n, part + 1), part);
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

/* the mean and the biased variance of a channel, from those of the parts */
static double variance_of(const norm *n, int channel, double *mean) {
    double squares = 0;
    *mean = 0;
    for (int part = 0; part < n->parts; part++) {
        const double *of_part = n->sums + (int64_t)part * 2 * n->channels + channel;
        const int64_t before = part_start(n, part), after = part_start(n, part + 1);
        double step = of_part[0] - *mean, weight = (double)(after - before) / (double)after;
        *mean += step * weight;
        squares += of_part[n->channels] + step * step * ((double)before * weight);
    }
    return squares < 0 ? 0 : squares / (double)n->rows;
}

/* scale: room for a number per channel, kept for the backward: gamma / deviation. var is the biased variance. */
EXPORT void remxnet_norm_forward(const float *x, int64_t rows, int channels, const float *gamma, const float *beta,
                                 const float *other, float *out, float *mean, float *var, float *scale, double *sums_,
                                 int relu, float eps, int parts, team_function team) {
    norm n = {.x = x, .beta = beta, .other = other, .out = out, .mean = mean, .scale = scale, .sums = sums_,
              .rows = rows, .channels = channels, .relu = relu, .parts = parts};
    in_parts(&n, forward_sums, team);
    for (int c = 0; c < channels; c++) {
        double exact, variance = variance_of(&n, c, &exact);
        mean[c] = (float)exact;
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
    norm n = {.x = x, .y = y, .dy = dy, .dx = dx, .dother = dother, .mean = mean, .scale = scale,
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
