"""Of every operator, what MXNet infers from a part of a call: we infer as much, and nothing else."""

import collections
import json

import pytest

import mxnet as mx
from fidelity import inference
from mxnet.ops import OPERATORS

#: operators of which we infer otherwise, and why
OTHERWISE = {
    "Crop": "MXNet knows it for float32 only, and says so without being told",
    "IdentityAttachKLSparseReg": "MXNet knows it for float32 only, and says so without being told",
    "InstanceNorm": "MXNet knows it for float32 only, and says so without being told",
    "L2Normalization": "of integers MXNet infers integers and then refuses them; here they are computed as floats",
    "LRN": "of integers MXNet infers integers and then refuses them; here they are computed as floats",
    "LogisticRegressionOutput": "of integers MXNet infers integers and then refuses them; here they are floats",
    "softmax_cross_entropy": "of integers MXNet infers integers and then refuses them; here they are floats",
    "_npi_choice": "MXNet's operator gives the places that were chosen, this one what stands there",
    "_npi_dstack": "MXNet changes the shapes of its inputs",
    "_npi_normal_n": "MXNet takes a parameter that it does not know for one that changes no shape",
    "_npi_uniform": "MXNet takes a parameter that it does not know for one that changes no shape",
    "_npi_where": "MXNet takes a condition that it does not know for one that changes no shape",
    "amp_multicast": "beside integers MXNet infers an integer for a float, and gives a float",
}
ANSWERS = collections.defaultdict(list)
for _call, _answer, _typed in zip(
    inference.calls(), json.loads(inference.FILE.read_text(encoding="utf-8")), inference.firsts(), strict=True
):
    ANSWERS[_call[0]].append((_call, _answer, _typed))


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_as_much_is_inferred_as_by_mxnet(name):
    found = []
    for call, answer, typed in ANSWERS[name]:
        found += inference.shortcomings(call, answer, inference.questions(mx, call, typed, answer))
    if name in OTHERWISE:
        assert found, f"{name} is inferred as by MXNet now: take it out of OTHERWISE"
    else:
        assert not found, "\n".join(found)


def test_every_operator_is_asked():
    names = {spec.name for spec in OPERATORS.values()}
    assert names - {OPERATORS[name].name for name in ANSWERS} == set()
