/* The steps of a layer of long short-term memory, forwards and backwards; what its inputs add to the gates is computed before.
 *
 * A part is some sequences of the batch, which it takes through all steps: no part waits for another. In a step, a tile is
 * a few sequences by all four gates of LANES units. Its sums stay in registers until they are the gates, the cell and the
 * hidden state, so that of the product with the state's weight nothing goes through memory.
 */
#include <stdatomic.h>

#include "lanes.h"
#include "team.h"

enum { GATES = 4, TALL = 3, HIGH = 4, BROAD = 3, DEPTH = 256 };

typedef struct {
    const float *weight, *bias;       /* of the state (GATES units, units); both biases added up (GATES units) */
    float *packed;                    /* room for the weight in the order of tiles: remxnet_lstm_room floats */
    float *gates;                     /* (steps, batch, GATES units): what the inputs add, then the gates */
    const float *hidden, *cell;       /* (batch, units) at the start */
    float *out, *cells;               /* hidden states, whose rows are `stride` floats apart; cells (steps, batch, units) */
    const float *dout, *dhidden_last, *dcell_last; /* gradients that arrive; each may be absent */
    float *dgates, *dhidden, *dcell;  /* those of the gates before their activations, and at the start; all have room */
    float *dbias;                     /* (parts, GATES units) */
    int64_t steps, batch, units, stride, dstride;
    int32_t back, parts, wants_hidden; /* from the last step to the first; whether dhidden is asked for */
    atomic_int next;
} lstm;

/* --- one vector --------------------------------------------------------------------------------------------------- */

INLINE vec sigmoid(vec x) {
    vec power, r = split(between(-x, -87.0f, 88.0f), &power);
    return 1.0f / (1.0f + (near_zero(r) * power + power));
}

/* by e**2x - 1, which loses no digits near 0 */
INLINE vec tangent(vec x) {
    vec power, r = split(between(2.0f * x, -20.0f, 20.0f), &power);
    vec e = near_zero(r) * power + (power - 1.0f);
    return e / (e + 2.0f);
}

INLINE vec load_some(const float *p, const int whole, int count) {
    if (whole) return load(p);
    vec v = {0};
    memcpy(&v, p, sizeof(float) * count);
    return v;
}

INLINE void store_some(float *p, vec v, const int whole, int count) {
    if (whole) store(p, v);
    else memcpy(p, &v, sizeof(float) * count);
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

typedef void (*work)(const lstm *, int64_t from, int64_t to, int part);

typedef struct { lstm *l; work run; int64_t count; } job;

static void take_parts(void *data) {
    job *j = data;
    for (int part; (part = atomic_fetch_add(&j->l->next, 1)) < j->l->parts;)
        j->run(j->l, j->count * part / j->l->parts, j->count * (part + 1) / j->l->parts, part);
}

static void in_parts(lstm *l, work run, int64_t count, team_function team) {
    job j = {l, run, count};
    atomic_store(&l->next, 0);
    if (team && l->parts > 1) team(take_parts, &j, l->parts, 0);
    else take_parts(&j);
}

static int64_t step_at(const lstm *l, int64_t n) { return l->back ? l->steps - 1 - n : n; }

static int64_t depth_of(int64_t length) {
    int64_t chunks = (length + DEPTH - 1) / DEPTH;
    return (length + chunks - 1) / chunks;
}

/* --- forwards ----------------------------------------------------------------------------------------------------- */

/* for each LANES units, a panel: for each element of the state the weights of all gates of these units */
static void pack_forward(const lstm *l, int64_t from, int64_t to, int part) {
    for (int64_t block = from; block < to; block++) {
        float *panel = l->packed + block * l->units * GATES * LANES;
        for (int gate = 0; gate < GATES; gate++)
            for (int lane = 0; lane < LANES; lane++) {
                const int64_t unit = block * LANES + lane;
                const float *row = l->weight + (gate * l->units + unit) * l->units;
                float *to = panel + gate * LANES + lane;
                if (unit < l->units)
                    for (int64_t k = 0; k < l->units; k++) to[k * GATES * LANES] = row[k];
                else
                    for (int64_t k = 0; k < l->units; k++) to[k * GATES * LANES] = 0.0f;
            }
    }
}

typedef struct {
    const float *hidden, *cell; float *gates, *out, *cells; /* of the first sequence of the tile, before and after the step */
    int64_t hidden_stride;
} place;

INLINE void forward_tile(const lstm *l, const place *p, const float *panel, int64_t unit, int64_t k, int64_t end,
                         const int rows, const int whole) {
    const int64_t units = l->units;
    const int count = (int)(units - unit < LANES ? units - unit : LANES);
    vec sum[TALL][GATES];
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int g = 0; g < GATES; g++) {
            sum[r][g] = load_some(p->gates + r * GATES * units + g * units + unit, whole, count);
            if (k == 0) sum[r][g] += load_some(l->bias + g * units + unit, whole, count);
        }
    const float *hidden = p->hidden;
    for (int64_t at = k; at < end; at++) {
        const float *w = panel + at * GATES * LANES;
        vec weight[GATES];
#pragma GCC unroll 4
        for (int g = 0; g < GATES; g++) weight[g] = load(w + g * LANES);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            vec h = splat(hidden[r * p->hidden_stride + at]);
#pragma GCC unroll 4
            for (int g = 0; g < GATES; g++) sum[r][g] += h * weight[g];
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
        float *gates = p->gates + r * GATES * units + unit;
        if (end == units) {
            sum[r][0] = sigmoid(sum[r][0]);
            sum[r][1] = sigmoid(sum[r][1]);
            sum[r][2] = tangent(sum[r][2]);
            sum[r][3] = sigmoid(sum[r][3]);
            vec cell = sum[r][1] * load_some(p->cell + r * units + unit, whole, count) + sum[r][0] * sum[r][2];
            store_some(p->cells + r * units + unit, cell, whole, count);
            store_some(p->out + r * l->stride + unit, sum[r][3] * tangent(cell), whole, count);
        }
#pragma GCC unroll 4
        for (int g = 0; g < GATES; g++) store_some(gates + g * units, sum[r][g], whole, count);
    }
}

static void forward_rows(const lstm *l, int64_t from, int64_t to, int part) {
    const int64_t units = l->units, depth = depth_of(units);
    for (int64_t n = 0; n < l->steps; n++) {
        const int64_t at = step_at(l, n) * l->batch, before = step_at(l, n - 1) * l->batch;
        for (int64_t unit = 0; unit < units; unit += LANES) {
            const float *panel = l->packed + unit * units * GATES;
            const int whole = unit + LANES <= units;
            for (int64_t k = 0; k < units; k += depth) {
                const int64_t end = k + depth < units ? k + depth : units;
                for (int64_t row = from; row < to;) {
                    const int64_t left = to - row;
                    const int rows = left == 4 || left == 2 ? 2 : left == 1 ? 1 : TALL;
                    place p = {
                        .hidden = n ? l->out + (before + row) * l->stride : l->hidden + row * units,
                        .hidden_stride = n ? l->stride : units,
                        .cell = n ? l->cells + (before + row) * units : l->cell + row * units,
                        .gates = l->gates + (at + row) * GATES * units,
                        .out = l->out + (at + row) * l->stride,
                        .cells = l->cells + (at + row) * units,
                    };
                    if (!whole) {
                        if (rows == TALL) forward_tile(l, &p, panel, unit, k, end, TALL, 0);
                        else if (rows == 2) forward_tile(l, &p, panel, unit, k, end, 2, 0);
                        else forward_tile(l, &p, panel, unit, k, end, 1, 0);
                    } else if (rows == TALL) forward_tile(l, &p, panel, unit, k, end, TALL, 1);
                    else if (rows == 2) forward_tile(l, &p, panel, unit, k, end, 2, 1);
                    else forward_tile(l, &p, panel, unit, k, end, 1, 1);
                    row += rows;
                }
            }
        }
    }
}

/* --- backwards ---------------------------------------------------------------------------------------------------- */

/* for each BROAD vectors of elements of the state, a panel: for each unit of each gate its weights of these elements */
static void pack_backward(const lstm *l, int64_t from, int64_t to, int part) {
    const int64_t rows = GATES * l->units, width = BROAD * LANES;
    for (int64_t block = from; block < to; block++) {
        float *panel = l->packed + block * rows * width;
        const int64_t column = block * width, count = l->units - column < width ? l->units - column : width;
        for (int64_t row = 0; row < rows; row++) {
            memcpy(panel + row * width, l->weight + row * l->units + column, sizeof(float) * count);
            memset(panel + row * width + count, 0, sizeof(float) * (width - count));
        }
    }
}

/* the gradients of the gates before their activations from those of the hidden state and the cell */
INLINE void before_gates(const lstm *l, const float *gates, const float *cell, const float *cells, const float *dhidden,
                         float *dcell, float *dgates, float *dbias, int64_t unit, const int whole) {
    const int64_t units = l->units;
    const int count = (int)(units - unit < LANES ? units - unit : LANES);
    vec gate[GATES], d[GATES];
    for (int g = 0; g < GATES; g++) gate[g] = load_some(gates + g * units + unit, whole, count);
    const vec shown = tangent(load_some(cells + unit, whole, count)), dh = load_some(dhidden + unit, whole, count);
    vec dc = load_some(dcell + unit, whole, count) + dh * gate[3] * (1.0f - shown * shown);
    d[0] = dc * gate[2] * (gate[0] * (1.0f - gate[0]));
    d[1] = dc * load_some(cell + unit, whole, count) * (gate[1] * (1.0f - gate[1]));
    d[2] = dc * gate[0] * (1.0f - gate[2] * gate[2]);
    d[3] = dh * shown * (gate[3] * (1.0f - gate[3]));
    store_some(dcell + unit, dc * gate[1], whole, count);
    for (int g = 0; g < GATES; g++) {
        store_some(dgates + g * units + unit, d[g], whole, count);
        store_some(dbias + g * units + unit, load_some(dbias + g * units + unit, whole, count) + d[g], whole, count);
    }
}

/* adds the product of the gates' gradients and the weight to `start`, which may be absent */
INLINE void backward_tile(const lstm *l, const float *dgates, const float *start, int64_t start_stride, float *dhidden,
                          const float *panel, int64_t column, int64_t k, int64_t end, const int rows, const int broad,
                          const int whole) {
    const int64_t units = l->units;
    const int count = (int)(units - column - (broad - 1) * LANES);
    vec sum[HIGH][BROAD];
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < broad; v++)
            sum[r][v] = start ? load_some(start + r * start_stride + column + v * LANES, whole || v + 1 < broad, count)
                              : splat(0.0f);
    for (int64_t at = k; at < end; at++) {
        const float *w = panel + at * BROAD * LANES;
        vec weight[BROAD];
#pragma GCC unroll 4
        for (int v = 0; v < broad; v++) weight[v] = load(w + v * LANES);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            vec d = splat(dgates[r * GATES * units + at]);
#pragma GCC unroll 4
            for (int v = 0; v < broad; v++) sum[r][v] += d * weight[v];
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < broad; v++)
            store_some(dhidden + r * units + column + v * LANES, sum[r][v], whole || v + 1 < broad, count);
}

INLINE void backward_column(const lstm *l, const float *dgates, const float *start, int64_t start_stride, float *dhidden,
                            const float *panel, int64_t column, int64_t k, int64_t end, const int rows) {
    const int64_t left = l->units - column;
    if (left >= BROAD * LANES) backward_tile(l, dgates, start, start_stride, dhidden, panel, column, k, end, rows, BROAD, 1);
    else if (left > 2 * LANES)
        backward_tile(l, dgates, start, start_stride, dhidden, panel, column, k, end, rows, 3, 0);
    else if (left > LANES) backward_tile(l, dgates, start, start_stride, dhidden, panel, column, k, end, rows, 2, 0);
    else backward_tile(l, dgates, start, start_stride, dhidden, panel, column, k, end, rows, 1, 0);
}

static void backward_rows(const lstm *l, int64_t from, int64_t to, int part) {
    const int64_t units = l->units, length = GATES * units, depth = depth_of(length);
    float *dbias = l->dbias + part * length;
    memset(dbias, 0, sizeof(float) * length);
    for (int64_t row = from; row < to; row++)
        for (int64_t unit = 0; unit < units; unit++) {
            const int64_t at = row * units + unit, out = (step_at(l, l->steps - 1) * l->batch + row) * l->dstride + unit;
            l->dhidden[at] = (l->dhidden_last ? l->dhidden_last[at] : 0.0f) + (l->dout ? l->dout[out] : 0.0f);
            l->dcell[at] = l->dcell_last ? l->dcell_last[at] : 0.0f;
        }
    for (int64_t n = l->steps - 1; n >= 0; n--) {
        const int64_t at = step_at(l, n) * l->batch, before = step_at(l, n - 1) * l->batch;
        for (int64_t row = from; row < to; row++) {
            const float *gates = l->gates + (at + row) * length, *cells = l->cells + (at + row) * units;
            const float *cell = n ? l->cells + (before + row) * units : l->cell + row * units;
            const float *dhidden = l->dhidden + row * units;
            float *dcell = l->dcell + row * units, *dgates = l->dgates + (at + row) * length;
            int64_t unit = 0;
            for (; unit + LANES <= units; unit += LANES)
                before_gates(l, gates, cell, cells, dhidden, dcell, dgates, dbias, unit, 1);
            if (unit < units) before_gates(l, gates, cell, cells, dhidden, dcell, dgates, dbias, unit, 0);
        }
        if (n == 0 && !l->wants_hidden) break;
        for (int64_t column = 0; column < units; column += BROAD * LANES) {
            const float *panel = l->packed + column * length;
            for (int64_t k = 0; k < length; k += depth) {
                const int64_t end = k + depth < length ? k + depth : length;
                for (int64_t row = from; row < to;) {
                    const int64_t left = to - row;
                    const float *dgates = l->dgates + (at + row) * length;
                    float *dhidden = l->dhidden + row * units;
                    const float *start = k ? dhidden : n && l->dout ? l->dout + (before + row) * l->dstride : 0;
                    const int64_t stride = k ? units : l->dstride;
                    if (left >= HIGH) backward_column(l, dgates, start, stride, dhidden, panel, column, k, end, HIGH);
                    else if (left >= 2) backward_column(l, dgates, start, stride, dhidden, panel, column, k, end, 2);
                    else backward_column(l, dgates, start, stride, dhidden, panel, column, k, end, 1);
                    row += left >= HIGH ? HIGH : left >= 2 ? 2 : 1;
                }
            }
        }
    }
}

/* --- the interface ------------------------------------------------------------------------------------------------ */

EXPORT int64_t remxnet_lstm_room(int64_t units) {
    const int64_t blocks = (units + LANES - 1) / LANES, panels = (units + BROAD * LANES - 1) / (BROAD * LANES);
    const int64_t forward = blocks * LANES * GATES * units, backward = panels * BROAD * LANES * GATES * units;
    return forward > backward ? forward : backward;
}

EXPORT void remxnet_lstm_forward(lstm *l, team_function team) {
    in_parts(l, pack_forward, (l->units + LANES - 1) / LANES, team);
    in_parts(l, forward_rows, l->batch, team);
}

EXPORT void remxnet_lstm_backward(lstm *l, team_function team) {
    in_parts(l, pack_backward, (l->units + BROAD * LANES - 1) / (BROAD * LANES), team);
    in_parts(l, backward_rows, l->batch, team);
}
