"""Operators that torch has no function for: a program gets the functions that compute them here.

Their texts are made by ``tools/carried.py``; an operator of this table needs no more than a name for its function.
"""

from __future__ import annotations

from mxnet.ops import OPERATORS
from mxnet.ops.registry import rule

from ..steps import At, Raw, Tuple

__all__ = ["CARRIED", "PARTS", "carried", "register"]

#: the operators, and what their functions are called in a program
CARRIED = {
    # array
    "take": "take",
    "batch_take": "batch_take",
    "gather_nd": "gather_nd",
    "scatter_nd": "scatter_nd",
    "_scatter_set_nd": "scatter_set_nd",
    "_contrib_index_copy": "index_copy",
    "_contrib_index_array": "index_array",
    "_ravel_multi_index": "ravel_multi_index",
    "_unravel_index": "unravel_index",
    "_histogram": "histogram",
    "_split_v2": "split_v2",
    "reshape_like": "reshape_like",
    "depth_to_space": "depth_to_space",
    "space_to_depth": "space_to_depth",
    "_slice_assign": "slice_assign",
    "_slice_assign_scalar": "slice_assign_scalar",
    "slice_like": "slice_like",
    "broadcast_like": "broadcast_like",
    "diag": "diagonal",
    "im2col": "im2col",
    "col2im": "col2im",
    "_contrib_arange_like": "arange_like",
    # math
    "smooth_l1": "smooth_l1",
    "hard_sigmoid": "hard_sigmoid",
    "_linalg_gemm": "linalg_gemm",
    "_linalg_gemm2": "linalg_gemm2",
    "_linalg_trmm": "linalg_trmm",
    "_linalg_trsm": "linalg_trsm",
    "_linalg_syrk": "linalg_syrk",
    "_linalg_potrf": "linalg_potrf",
    "_linalg_potri": "linalg_potri",
    "_linalg_gelqf": "linalg_gelqf",
    "_linalg_syevd": "linalg_syevd",
    "_linalg_inverse": "linalg_inverse",
    "_linalg_det": "linalg_det",
    "_linalg_slogdet": "linalg_slogdet",
    "_linalg_sumlogdiag": "linalg_sumlogdiag",
    "_linalg_extractdiag": "linalg_extractdiag",
    "_linalg_makediag": "linalg_makediag",
    "_linalg_extracttrian": "linalg_extracttrian",
    "_linalg_maketrian": "linalg_maketrian",
    "_contrib_hawkesll": "hawkesll",
    "_contrib_count_sketch": "count_sketch",
    "_contrib_fft": "fft",
    "_contrib_ifft": "ifft",
    "dot": "dot",
    "batch_dot": "batch_dot",
    "khatri_rao": "khatri_rao",
    "_contrib_interleaved_matmul_selfatt_qk": "interleaved_matmul_selfatt_qk",
    "_contrib_interleaved_matmul_selfatt_valatt": "interleaved_matmul_selfatt_valatt",
    "_contrib_interleaved_matmul_encdec_qk": "interleaved_matmul_encdec_qk",
    "_contrib_interleaved_matmul_encdec_valatt": "interleaved_matmul_encdec_valatt",
    "norm": "norm",
    "moments": "moments",
    "_np_cumsum": "cumsum",
    "_contrib_allclose": "allclose",
    "_contrib_quadratic": "quadratic",
    "_contrib_round_ste": "round_ste",
    "_contrib_sign_ste": "sign_ste",
    "_contrib_gradientmultiplier": "gradient_multiplier",
    "clip": "clip",
    # networks
    "LRN": "lrn",
    "L2Normalization": "l2_normalization",
    "GroupNorm": "group_norm",
    "LayerNorm": "layer_norm",
    "InstanceNorm": "instance_norm",
    "softmax": "masked_softmax",
    "softmax_cross_entropy": "softmax_cross_entropy",
    "SequenceMask": "sequence_mask",
    "SequenceLast": "sequence_last",
    "SequenceReverse": "sequence_reverse",
    "Pad": "pad",
    "UpSampling": "upsampling",
    "Crop": "crop",
    "CTCLoss": "ctc_loss",
    "pick": "pick",
    "one_hot": "one_hot",
    "fill_element_0index": "fill_element_0index",
    "Pooling": "pooling",
    "Pooling_v1": "pooling_v1",
    "_contrib_DeformableConvolution": "deformable_convolution",
    "_contrib_ModulatedDeformableConvolution": "modulated_deformable_convolution",
    "MakeLoss": "make_loss_output",
    "make_loss": "make_loss",
    "LeakyReLU": "leaky_relu",
    "RNN": "rnn",
    # vision
    "_image_to_tensor": "to_tensor",
    "_image_normalize": "normalize",
    "_image_crop": "crop_image",
    "_image_adjust_lighting": "adjust_lighting",
    "_contrib_box_encode": "box_encode",
    "_contrib_box_decode": "box_decode",
    "_contrib_bipartite_matching": "bipartite_matching",
    "_contrib_MultiBoxPrior": "multibox_prior",
    "_contrib_MultiBoxTarget": "multibox_target",
    "_contrib_PSROIPooling": "psroi_pooling",
    "_contrib_DeformablePSROIPooling": "deformable_psroi_pooling",
    "_contrib_RROIAlign": "rroi_align",
    "ROIPooling": "roi_pooling",
    "_contrib_box_iou": "box_iou",
    "_contrib_AdaptiveAvgPooling2D": "adaptive_avg_pooling",
    "_contrib_BilinearResize2D": "bilinear_resize",
    "GridGenerator": "grid_generator",
    "BilinearSampler": "bilinear_sampler",
    "SpatialTransformer": "spatial_transformer",
    "Correlation": "correlation",
    # NumPy
    "_npi_diag_indices_from": "diag_indices_from",
    "_npi_full_like": "full_like",
    "_npi_delete": "delete",
    "_npi_insert_scalar": "insert_scalar",
    "_npi_insert_slice": "insert_slice",
    "_npi_insert_tensor": "insert_tensor",
    "_npi_boolean_mask_assign_scalar": "boolean_mask_assign_scalar",
    "_npi_boolean_mask_assign_tensor": "boolean_mask_assign_tensor",
    "_npi_around": "around",
    "_npi_nan_to_num": "nan_to_num",
    "_np_dot": "np_dot",
    "_npi_matmul": "matmul",
    "_npi_tensordot": "tensordot",
    "_npi_tensordot_int_axes": "tensordot_int_axes",
    "_npi_einsum": "einsum",
    "_npi_norm": "np_norm",
    "_npi_det": "det",
    "_npi_slogdet": "slogdet",
    "_npi_inv": "inv",
    "_npi_pinv": "pinv",
    "_npi_pinv_scalar_rcond": "pinv_scalar_rcond",
    "_npi_solve": "solve",
    "_npi_tensorsolve": "tensorsolve",
    "_npi_tensorinv": "tensorinv",
    "_npi_cholesky": "cholesky",
    "_npi_svd": "svd",
    "_npi_eigh": "eigh",
    "_npi_eigvalsh": "eigvalsh",
    "_npi_eig": "eig",
    "_npi_eigvals": "eigvals",
    "_np_sum": "np_sum",
    "_np_prod": "np_prod",
    "_npi_mean": "np_mean",
    "_npi_std": "np_std",
    "_npi_var": "np_var",
    "_np_max": "np_max",
    "_np_min": "np_min",
    "_npi_argmax": "np_argmax",
    "_npi_argmin": "np_argmin",
    "_np_any": "np_any",
    "_np_all": "np_all",
    "_np_reshape": "np_reshape",
    "_npx_reshape": "npx_reshape",
    "_np_moveaxis": "moveaxis",
    "_npi_column_stack": "column_stack",
    "_npi_split": "np_split",
    "_np_roll": "roll",
    "_npi_rot90": "rot90",
    "_npi_broadcast_to": "np_broadcast_to",
    "_np_diag": "np_diag",
    "_np_diagonal": "np_diagonal",
    "_np_diagflat": "diagflat",
    "_np_trace": "trace",
    "_npi_diff": "diff",
    "_npi_pad": "np_pad",
    "_npi_average": "average",
    "_npi_percentile": "percentile",
    "_npi_polyval": "polyval",
    "_npi_ediff1d": "ediff1d",
    # integers of 8 bits
    "_contrib_quantize": "quantize",
    "_contrib_quantize_v2": "quantize_v2",
    "_contrib_dequantize": "dequantize",
    "_contrib_requantize": "requantize",
    "_contrib_quantized_conv": "quantized_conv",
    "_contrib_quantized_fully_connected": "quantized_fully_connected",
    "_contrib_quantized_pooling": "quantized_pooling",
    "_contrib_quantized_flatten": "quantized_flatten",
    "_contrib_quantized_act": "quantized_act",
    "_contrib_quantized_embedding": "quantized_embedding",
    "_contrib_quantized_concat": "quantized_concat",
    "_contrib_quantized_elemwise_add": "quantized_elemwise_add",
    "_contrib_quantized_elemwise_mul": "quantized_elemwise_mul",
    "_contrib_quantized_batch_norm": "quantized_batch_norm",
    # distributions
    "_random_pdf_uniform": "pdf_uniform",
    "_random_pdf_normal": "pdf_normal",
    "_random_pdf_gamma": "pdf_gamma",
    "_random_pdf_exponential": "pdf_exponential",
    "_random_pdf_poisson": "pdf_poisson",
    "_random_pdf_negative_binomial": "pdf_negative_binomial",
    "_random_pdf_generalized_negative_binomial": "pdf_generalized_negative_binomial",
    "_random_pdf_dirichlet": "pdf_dirichlet",
}

#: other functions of the operators that programs need: what they are called, and where they stand
PARTS = {
    "modulo": ("mxnet.ops.math.broadcast", "modulo"),
    "round_away": ("mxnet.ops.math.elementwise", "_round"),
    "round_down": ("mxnet.ops.math.elementwise", "_rint"),
    "CubeRoot": ("mxnet.ops.math.elementwise", "_CubeRoot"),
    "Gamma": ("mxnet.ops.math.elementwise", "_Gamma"),
    "GammaLogarithm": ("mxnet.ops.math.elementwise", "_GammaLogarithm"),
    "cross_entropy": ("mxnet.ops.nn.output", "_cross_entropy"),
    "with_gradient": ("mxnet.ops.nn.output", "_with_gradient"),
    "Added": ("mxnet.ops.nn.output", "_Added"),
    "decoded": ("mxnet.ops.numpy.shape", "_decoded"),
    "boxes_of_steps": ("mxnet.ops.vision.multibox", "_decoded"),
    "overlap": ("mxnet.ops.vision.boxes", "overlap"),
}

#: attributes that say how MXNet computes, not what
_WITHOUT_MEANING = {"workspace", "cudnn_off", "cudnn_tune", "num_args", "forward_stype", "ctx"}


def carried(at: At) -> str:
    """A call of the function that computes the operator here."""
    spec = at.call.spec
    arguments = {name: value for name, value in at.attributes.items() if name not in _WITHOUT_MEANING}
    if spec.takes_training:
        arguments["training"] = Raw("self.training")
    text = at.call_of(CARRIED[spec.name], *at.inputs, **arguments)
    if spec.aux:  # its function returns what becomes of its states too
        text = f"{text}[: {at.call.node.visible}]"
    return Tuple(text) if at.call.node.visible > 1 else text


@rule("source", "_contrib_quantize")
def quantized(at: At) -> str:
    """Bounds have no gradient."""
    bounds = [f"{each}.detach()" for each in at.inputs[1:]]
    return Tuple(at.call_of("quantize", at.data, *bounds, out_type=at.attributes["out_type"]))


def register() -> None:
    """Give the operators without a rule of their own this one."""
    for name in CARRIED:
        if "source" not in OPERATORS[name].rules:
            rule("source", name)(carried)
