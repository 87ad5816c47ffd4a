/* One operation of a chain, as the caller describes it (mxnet/kernels/chain.py holds the same fields). */
#ifndef REMXNET_STAGE_H
#define REMXNET_STAGE_H

#include <stdint.h>

enum { CONV = 0, POOL = 1 };
enum { MAXIMUM = 0, AVERAGE = 1 };

typedef struct {
    int32_t kind, activation, pool;
    int32_t channels, height, width;             /* of the input, without halo */
    int32_t out_channels, out_height, out_width;
    int32_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
    int32_t in_halo_h, in_halo_w;                /* zeros around the input's buffer: at least the padding */
    int32_t out_halo_h, out_halo_w;              /* and around the output's */
    int64_t in_offset, out_offset;               /* floats from the block's start in the store */
    const float *weight, *bias;                  /* (out, in, kh, kw) and (out) */
    float *weight_gradient, *bias_gradient;
    float *packed;                               /* room for the weight in tile order */
    float *packed_flipped;                       /* and for the one of the data gradient */
} stage;

#endif
