"""Which operators compute in bfloat16, which stay in float32, and which take either."""

from __future__ import annotations

from .symbol_fp16 import CONDITIONAL_FP32_FUNCS, FP16_FP32_FUNCS, FP16_FUNCS, LOSS_OUTPUT_FUNCTIONS
from .symbol_fp16 import FP32_FUNCS as _FP32_BESIDE_FP16
from .symbol_fp16 import WIDEST_TYPE_CASTS as _WIDEST_BESIDE_FP16

__all__ = [
    "BF16_FP32_FUNCS", "BF16_FUNCS", "BF16_USE_FP32_PARAMS", "CONDITIONAL_FP32_FUNCS", "FP32_FUNCS",
    "LOSS_OUTPUT_FUNCTIONS", "WIDEST_TYPE_CASTS",
]  # fmt: skip

#: gain most, and lose nothing
BF16_FUNCS = ["Convolution", "FullyConnected"]
#: compute in what they are given
BF16_FP32_FUNCS = """
    abs _add BatchNorm BatchNormWithReLU clip Concat concat LRN Pooling relu shuffle _shuffle sqrt square tanh
""".split()
#: of those, the inputs that stay in float32; an empty name is one that does not
BF16_USE_FP32_PARAMS = {
    "BatchNormWithReLU": ["", "gamma", "beta", "moving_mean", "moving_var"],
    "BatchNorm": ["", "gamma", "beta", "moving_mean", "moving_var"],
}
_ATTENTION = [
    f"_contrib_interleaved_matmul_{kind}_{part}" for kind in ("selfatt", "encdec") for part in ("qk", "valatt")
]
_IN_NO_LIST = {"CuDNNBatchNorm", "_TensorRT", "amp_cast", "amp_multicast", *_ATTENTION}
_DETECTION = ["_contrib_MultiBoxDetection", "_contrib_MultiBoxPrior", "_contrib_MultiBoxTarget"]
#: of several arrays, all computed in the widest dtype among them
WIDEST_TYPE_CASTS = [
    *(name for name in _WIDEST_BESIDE_FP16 if name not in {"Concat", "concat", "broadcast_mul", *_ATTENTION}),
    *_DETECTION,
]
#: all others that are in a list beside float16
FP32_FUNCS = sorted(
    {*FP16_FUNCS, *FP16_FP32_FUNCS, *_FP32_BESIDE_FP16, *_WIDEST_BESIDE_FP16}
    - {*BF16_FUNCS, *BF16_FP32_FUNCS, *WIDEST_TYPE_CASTS, *_IN_NO_LIST}
)
