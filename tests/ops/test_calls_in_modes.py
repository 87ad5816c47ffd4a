"""Calls that the fidelity cases make of operators, made again in another mode and watched for what they ask the host.

An operator's function is pure: whether a gradient will be asked for changes nothing of its result. And an operator that
a graph of an accelerator is to hold waits for no element: what does, says so by ``host=``.
"""

import collections
import importlib
import re
from pathlib import Path

import pytest
import torch
from torch.overrides import TorchFunctionMode

import mxnet as mx
from fidelity import recording
from mxnet.base import MXNetError
from mxnet.ops import OPERATORS
from mxnet.streams.device import DeviceStreams

FAMILIES = [
    family
    for family in recording.families()
    if family.startswith(("tensor_", "nn_", "np_", "npx_", "image_ops", "optim_", "random_"))
]
SPECS = {spec.name: spec for spec in OPERATORS.values()}
#: calls of one operator that are made again
CALLS = 4
#: functions and methods of torch that wait for elements, or bring numbers from the host
WAITING = frozenset(
    "item tolist numpy cpu nonzero argwhere unique unique_consecutive masked_select bincount equal allclose "
    "__bool__ __int__ __float__ __index__ __array__ __contains__ inverse cholesky svd det slogdet ctc_loss".split()
)
DECOMPOSING = frozenset(
    "linalg_" + name
    for name in "det slogdet inv pinv solve cholesky eig eigh eigvals eigvalsh svd svdvals qr lstsq".split()
)


class Watch(TorchFunctionMode):
    """Notes what torch is asked for that waits for the host."""

    def __init__(self):
        super().__init__()
        self.waits = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "")
        if name in WAITING | DECOMPOSING:
            self.waits.add(name)
        elif name in ("__getitem__", "__setitem__"):
            places = args[1] if isinstance(args[1], tuple) else (args[1],)
            if any(isinstance(place, torch.Tensor) and place.dtype is torch.bool for place in places):
                self.waits.add("indexing by booleans")
        return func(*args, **(kwargs or {}))


def again(function, tensors, attributes, differentiable):
    """The result of a call on copies of its tensors, with gradients to be asked for or without."""
    copies = [
        item.detach().clone().requires_grad_(differentiable and item.is_floating_point())
        if isinstance(item, torch.Tensor)
        else item
        for item in tensors
    ]
    with torch.set_grad_enabled(differentiable):
        result = function(*copies, **attributes)
    return [item.detach() for item in (result if isinstance(result, (tuple, list)) else (result,))]


def same(one, other):
    return one.dtype is other.dtype and one.shape == other.shape and torch.equal(bits(one), bits(other))


def bits(tensor):
    """The elements, nan being equal to nan and 0 not to -0."""
    kinds = {torch.float16: torch.int16, torch.float32: torch.int32, torch.float64: torch.int64}
    return tensor.contiguous().view(kinds[tensor.dtype]) if tensor.dtype in kinds else tensor


@pytest.fixture(scope="module")
def made():
    """For each operator what it waited for where it does not say so, and calls whose result changed with the mode."""
    waits, changed, seen = collections.defaultdict(set), {}, collections.Counter()

    def watched(spec, function):
        def call(*tensors, **attributes):
            seen[spec.name] += 1
            if seen[spec.name] > CALLS:
                return function(*tensors, **attributes)
            if not spec.takes_rng:
                try:
                    results = [again(function, tensors, attributes, mode) for mode in (False, True)]
                except Exception:  # noqa: BLE001 - the call itself raises it too, below
                    return function(*tensors, **attributes)
                if not all(map(same, *results)):
                    changed[spec.name] = attributes
            drawn = {"rng": DeviceStreams(torch.device("cpu"))} if spec.takes_rng else {}
            copies = [item.clone() if isinstance(item, torch.Tensor) else item for item in tensors]
            try:
                with Watch() as watch:
                    function(*copies, **{**attributes, **drawn})
            except MXNetError:  # the call itself raises it too, below
                return function(*tensors, **attributes)
            reason = spec.host({**spec.defaults, **attributes}) if callable(spec.host) else spec.host
            if not reason:
                waits[spec.name] |= watch.waits
            return function(*tensors, **attributes)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for spec in SPECS.values():
            patch.setattr(spec, "function", watched(spec, spec.function))
        for family in FAMILIES:
            module = importlib.import_module(f"fidelity.cases.{family}")
            for name, case in recording.cases(family).items():
                if getattr(module, name) is case:
                    recording.run(mx, case)
    return waits, changed, seen


def test_most_operators_are_called(made):
    assert len(made[2]) > 0.9 * len(SPECS)


def test_results_do_not_depend_on_whether_gradients_will_be_asked_for(made):
    assert made[1] == {}


def test_no_operator_asks_whether_gradients_are_enabled():
    asking = {
        path.name
        for path in Path(mx.ops.__file__).parent.rglob("*.py")
        if re.search(r"is_grad_enabled|is_inference_mode_enabled", path.read_text(encoding="utf-8"))
    }
    assert asking == set()


def test_who_waits_for_the_host_says_so(made):
    assert {name: found for name, found in made[0].items() if found} == {}
