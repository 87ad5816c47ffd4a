"""Every operator's gradient against differences of its values, by `mx.test_utils.check_numeric_gradient`.

One small call of each operator, in float64: of those that MXNet's inference is asked about the one with the fewest
elements, or a smaller one below. What has no derivative there, or another gradient on purpose, stands below with the
reason; what needs numbers of another kind, too.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import test_utils
from mxnet.ops import OPERATORS

CALLS = json.loads((Path(__file__).parents[1] / "fidelity" / "operator_calls.json").read_text(encoding="utf-8"))
MOST_ELEMENTS = 110  # of a call: each is computed twice

#: shapes and attributes of calls that are small enough, where none of MXNet's is
SMALLER = {
    "BatchNorm": ([(3, 2, 2), (2,), (2,), (2,), (2,)], {"fix_gamma": "False"}),
    "BatchNorm_v1": ([(3, 2, 2, 1), (2,), (2,), (2,), (2,)], {"fix_gamma": "False"}),
    "BilinearSampler": ([(1, 2, 4, 3), (1, 2, 2, 3)], {}),
    "CTCLoss": ([(4, 2, 3), (2, 2)], {}),
    "Convolution": ([(1, 2, 4, 3), (2, 2, 3, 2), (2,)], {"kernel": "(3, 2)", "num_filter": "2", "stride": "(1, 1)"}),
    "Convolution_v1": ([(1, 2, 4, 3), (2, 2, 3, 2), (2,)], {"kernel": "(3, 2)", "num_filter": "2"}),
    "Crop": ([(1, 2, 4, 4)], {"offset": "(1, 2)", "h_w": "(3, 2)", "num_args": "1"}),
    "Deconvolution": ([(1, 2, 3, 2), (2, 2, 2, 2), (2,)], {"kernel": "(2, 2)", "num_filter": "2", "no_bias": "False"}),
    "Flatten": ([(2, 3, 2)], {}),
    "InstanceNorm": ([(2, 2, 3), (2,), (2,)], {"eps": "0.01"}),
    "LayerNorm": ([(3, 4), (4,), (4,)], {"eps": "0.001"}),
    "Pooling": ([(1, 2, 4, 4)], {"kernel": "(2, 2)", "stride": "(2, 1)", "pool_type": "avg"}),
    "Pooling_v1": ([(1, 2, 4, 4)], {"kernel": "(2, 2)", "pool_type": "max"}),
    "ROIPooling": ([(1, 2, 4, 4), (1, 5)], {"pooled_size": "(2, 2)", "spatial_scale": "1.0"}),
    "_contrib_BatchNormWithReLU": ([(3, 2, 2), (2,), (2,), (2,), (2,)], {"fix_gamma": "False"}),
    "_contrib_DeformableConvolution": (
        [(1, 2, 4, 3), (1, 8, 3, 2), (2, 2, 2, 2), (2,)], {"kernel": "(2, 2)", "num_filter": "2"},
    ),
    "_contrib_DeformablePSROIPooling": (
        [(1, 4, 4, 4), (1, 5), (1, 2, 2, 2)],
        {"spatial_scale": "1.0", "output_dim": "1", "pooled_size": "2", "group_size": "2", "trans_std": "0.1"},
    ),
    "_contrib_ModulatedDeformableConvolution": (
        [(1, 2, 4, 3), (1, 8, 3, 2), (1, 4, 3, 2), (2, 2, 2, 2), (2,)], {"kernel": "(2, 2)", "num_filter": "2"},
    ),
    "_contrib_PSROIPooling": (
        [(1, 4, 4, 4), (1, 5)], {"spatial_scale": "1.0", "output_dim": "1", "pooled_size": "2"},
    ),
    "_contrib_ROIAlign": ([(1, 2, 4, 4), (1, 5)], {"pooled_size": "(2, 2)", "spatial_scale": "1.0"}),
    "_contrib_RROIAlign": ([(1, 2, 4, 4), (1, 6)], {"pooled_size": "(2, 2)", "spatial_scale": "1.0"}),
    "_contrib_SyncBatchNorm": ([(3, 2, 2), (2,), (2,), (2,), (2,)], {"fix_gamma": "False", "key": "k"}),
    "_contrib_interleaved_matmul_encdec_qk": ([(2, 1, 4), (3, 1, 8)], {"heads": "2"}),
    "_contrib_interleaved_matmul_encdec_valatt": ([(3, 1, 8), (2, 2, 3)], {"heads": "2"}),
    "_contrib_interleaved_matmul_selfatt_qk": ([(3, 1, 12)], {"heads": "2"}),
    "_contrib_interleaved_matmul_selfatt_valatt": ([(3, 1, 12), (2, 3, 3)], {"heads": "2"}),
}  # fmt: skip

#: what is not compared, each with the reason
APART = {
    **dict.fromkeys(
        ("_contrib_MultiBoxPrior", "_contrib_MultiBoxTarget", "_contrib_MultiBoxDetection"), "float32 alone"
    ),
    **dict.fromkeys(("fill_element_0index", "_contrib_hawkesll", "batch_take"), "float32 or integers alone"),
    **dict.fromkeys(("_contrib_round_ste", "_contrib_sign_ste"), "the gradient passes through on purpose"),
    "_contrib_gradientmultiplier": "the gradient is multiplied on purpose",
    "IdentityAttachKLSparseReg": "a penalty joins the gradient that the values do not show",
    **dict.fromkeys(("_contrib_box_decode", "_contrib_box_encode", "_contrib_box_iou"), "MXNet's has no gradient"),
    **dict.fromkeys(("_cvimresize", "_image_resize"), "MXNet's has no gradient"),
    **dict.fromkeys(
        ("_contrib_boolean_mask", "_npi_boolean_mask", "_npi_unique", "_npi_bincount", "_npi_delete"),
        "the shape of the result is not known before it is computed",
    ),
    **dict.fromkeys(
        ("_linalg_potrf", "_linalg_syevd", "_npi_cholesky", "_npi_eigh", "_npi_eigvalsh"),
        "one triangle is read and the gradient is that of a symmetric matrix",
    ),
    **dict.fromkeys(("_npi_eig", "_npi_eigvals"), "eigenvalues of most matrices are no real numbers"),
    **dict.fromkeys(
        ("_np_atleast_1d", "_np_atleast_3d", "_npi_average"), "a number alone has no shape without np_shape"
    ),
    "_npi_insert_tensor": "positions are integers beside floats",
    "_contrib_count_sketch": "positions and signs are inputs that learn nothing",
}

#: from where to where the numbers of all inputs go, or of one
RANGES = {
    "arccosh": (1.3, 1.9), "_npi_arccosh": (1.3, 1.9), "rint": (0.6, 0.9), "_npi_rint": (0.6, 0.9),
    ("_npi_pinv", "rcond"): (1e-9, 2e-9),
}  # fmt: skip

BOX, COUNTS = {"rois": [[0, 0, 0, 3, 3]]}, {"sample": [[0, 1, 2], [3, 1, 0]]}
#: inputs that stay as they are: positions, or drawn numbers of which MXNet tells no gradient
HELD = {
    "_contrib_index_copy": {"index_vector": [1, 3]}, "_scatter_set_nd": {"indices": [[0, 1, 1], [0, 0, 1]]},
    "scatter_nd": {"indices": [[0, 1, 1], [0, 0, 1]]}, "_contrib_RROIAlign": {"rois": [[0, 1.6, 1.4, 2.2, 1.9, 20]]},
    "ROIPooling": BOX, "_contrib_PSROIPooling": BOX, "_contrib_DeformablePSROIPooling": BOX, "_contrib_ROIAlign": BOX,
    "_random_pdf_poisson": COUNTS, "_random_pdf_negative_binomial": COUNTS,
    "_random_pdf_generalized_negative_binomial": COUNTS,
}  # fmt: skip


def smallest():
    """For each operator the call with the fewest elements: its inputs, each of a shape and a dtype, and attributes."""
    found = {}
    for name, inputs, attributes in CALLS:
        spec = OPERATORS.get(name)
        is_compared = spec is not None and spec.name not in APART and not (spec.takes_rng or spec.writes or spec.graphs)
        if not is_compared or spec.open or spec.loss is True:
            continue
        if any(room in spec.function.__module__ for room in (".optim.", ".quant")):  # updates; integers of 8 bits
            continue
        size = sum(math.prod(each[0]) for each in inputs if each is not None)
        if spec.name not in found or size < found[spec.name][0]:
            found[spec.name] = size, inputs, attributes
    for name, (shapes, attributes) in SMALLER.items():
        found[name] = 1, [(shape, "float32") for shape in shapes], attributes
    return {name: call[1:] for name, call in sorted(found.items()) if 0 < call[0] <= MOST_ELEMENTS}


SMALLEST = smallest()


def graph(name, inputs, attributes):
    """The call as a graph, and its inputs with their shapes and dtypes."""
    given = [(f"x{place}", *each) for place, each in enumerate(inputs) if each is not None]
    nodes = [{"op": "null", "name": each[0], "inputs": []} for each in given]
    nodes.append({"op": name, "name": "y", "attrs": attributes, "inputs": [[p, 0, 0] for p in range(len(given))]})
    written = {"nodes": nodes, "arg_nodes": list(range(len(given))), "heads": [[len(given), 0, 0]]}
    return mx.sym.load_json(json.dumps({**written, "attrs": {"mxnet_version": ["int", 10901]}})), given


def values(shape, low, high, place):
    """Numbers with distance between them, in no order; those of another input lie between these."""
    count = max(math.prod(shape), 1)
    step = (high - low) / count
    return np.random.permutation(low + step * (np.arange(count) + (place + 1) / 7)).reshape(shape)


def check(name):
    """Compare the gradients of a call with differences; the reason where there is nothing to compare."""
    inputs, attributes = SMALLEST[name]
    spec = OPERATORS[name]
    y, given = graph(name, inputs, attributes)
    dtypes = {own: "float64" if dtype.startswith("float") else dtype for own, _, dtype in given}
    if y.infer_type(**dtypes)[1][0] is not np.float64:
        return "no floats come of it"
    aux = set(y.list_auxiliary_states())
    names = ["" if spec.variadic else spec.inputs[p].name for p, each in enumerate(inputs) if each is not None]
    location, wanted = {}, []
    for place, ((own, shape, dtype), called) in enumerate(zip(given, names)):
        held = HELD.get(name, {}).get(called)
        if held is not None:
            location[own] = np.array(held, "float64")
        elif called in spec.unlearned or not dtype.startswith("float"):
            location[own] = np.random.randint(0, 2, shape).astype("float64")
        else:
            location[own] = values(shape, *RANGES.get((name, called), RANGES.get(name, (0.3, 0.9))), place)
            wanted += [own] if own not in aux else []
    if not wanted:
        return "no inputs have gradients"
    states = {own: location.pop(own) for own in aux} or None
    head = y[0] if len(y.list_outputs()) > 1 else y
    test_utils.check_numeric_gradient(
        head, location, states, numeric_eps=1e-5, rtol=1e-4, atol=1e-6, grad_nodes=wanted, dtype=np.float64
    )
    return None


PARTS = 8  # a test for each operator would take longer to set up than to run


@pytest.mark.parametrize("part", range(PARTS))
def test_gradients_are_differences_of_values(part):
    wrong = {}
    for name in sorted(SMALLEST)[part::PARTS]:
        try:
            check(name)
        except Exception as error:  # noqa: BLE001 - all that are wrong are told together
            wrong[name] = str(error)[:300]
    assert wrong == {}


def test_what_stands_apart_is_there():
    known = {spec.name for spec in OPERATORS.values()}
    keys = {key[0] if isinstance(key, tuple) else key for key in (*APART, *SMALLER, *RANGES, *HELD)}
    assert keys <= known
    assert len(SMALLEST) > 380
