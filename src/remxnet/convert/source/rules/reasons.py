"""Why some operators are in no program: true of the operator, whatever it is given."""

from __future__ import annotations

from mxnet.ops import OPERATORS
from mxnet.ops.registry import rule

__all__: list[str] = []

_OPTIMIZER = "it is a step of an optimizer, or serves one; a network has none, and torch.optim trains the program"
_SPARSE = "it is about how sparse arrays are stored, and a program's tensors are dense"
_FILES = "it reads or decodes images on the host, by OpenCV"
_OWN = "what it computes is Python code of the program that made the graph, which the graph does not hold"
_AUGMENTS = "it is a random augmentation of images for training, done before a network: torchvision.transforms has it"

for _spec in {spec.name: spec for spec in OPERATORS.values()}.values():
    if _spec.function.__module__.startswith("mxnet.ops.optim."):
        rule("source", _spec.name)(_OPTIMIZER)
rule("source", "cast_storage", "_sparse_retain", "_contrib_getnnz", "_contrib_edge_id")(_SPARSE)
rule("source", "_cvimdecode", "_cvimread", "_cvimresize", "_cvcopyMakeBorder", "_image_resize")(_FILES)
rule("source", "Custom", "_Native", "_NDArray")(_OWN)
rule(
    "source", "_image_random_flip_left_right", "_image_random_flip_top_bottom", "_image_random_brightness",
    "_image_random_contrast", "_image_random_saturation", "_image_random_hue", "_image_random_color_jitter",
    "_image_random_lighting",
)(_AUGMENTS)  # fmt: skip
rule("source", "_sample_unique_zipfian")("it draws on the host, by rejection, for a sampled softmax that trains")
rule("source", "_npx_constraint_check")("it stops a program by an error, which a traced network cannot")
rule("source", "_contrib_calibrate_entropy")("it finds bounds for a network of integers before there is one")
rule("source", "_sg_mkldnn_conv", "_sg_mkldnn_fully_connected")(
    "it is several layers fused for one library's integers; write the graph as it was before it was fused"
)

# what a program computes and torch.export cannot follow
rule("exported", "_contrib_MultiBoxTarget")("it finds what is to be learned, from as many objects as there are")
rule("exported", "CTCLoss")("torch.export does not know torch's own function for this loss")
rule("exported", "ROIPooling", "_contrib_RROIAlign")("how large a region is decides what is computed")
rule("exported", "_npi_eig", "_npi_eigvals")("it refuses matrices by what their eigenvalues are found to be")
rule("exported", "_npi_boolean_mask_assign_tensor", "_npi_insert_tensor")(
    "how many elements it takes depends on elements"
)
rule("exported", "fill_element_0index")("it refuses places by their numbers")
rule("exported", "_contrib_quantized_conv", "_contrib_quantized_fully_connected")(
    "how precisely it computes depends on the weights' sums; write the network as .py"
)
rule("exported", "_while_loop", "_cond")("what is computed depends on elements, by a choice of Python; write it as .py")
