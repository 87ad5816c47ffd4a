"""Operators whose results under a runtime are other than here where inputs hold NaN or infinities, with the reason.

All others give NaN and infinities in the same places; tests/onnx/test_operators.py finds out for each.
"""

__all__ = ["DIFFERS"]

#: the names, by reason
DIFFERS: dict[str, tuple[str, ...]] = {
    "the greatest of the numbers in a window is taken, as by MXNet; here the window gives NaN": (
        "Pooling", "Pooling_v1",
    ),
    "a number times a border's or a neighbour's 0 is added, or is not": (
        "BilinearSampler", "Convolution_v1", "LRN", "SpatialTransformer", "_contrib_BilinearResize2D",
        "_contrib_ROIAlign", "_contrib_count_sketch", "softmax_cross_entropy",
    ),
    "moments or a determinant of infinities are added up in another order": (
        "GroupNorm", "InstanceNorm", "_linalg_det", "_linalg_slogdet", "_npi_det", "_npi_slogdet",
    ),
    "a transform is a product with a matrix, which carries NaN and infinities to all": (
        "_contrib_fft", "_contrib_ifft",
    ),
    "positions are computed of the inputs: the runtime may refuse to run": (
        "_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution",
    ),
    "places or integers are computed of the inputs": (
        "_contrib_MultiBoxDetection", "_contrib_box_iou", "_histogram", "_unravel_index",
    ),
    "a range, or parameters, of integers are none": (
        "_contrib_quantized_batch_norm", "_contrib_quantized_concat", "_contrib_quantized_elemwise_add",
        "_contrib_requantize",
    ),
    "both arguments infinite": ("_npi_arctan2",),
}  # fmt: skip
