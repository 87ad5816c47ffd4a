"""Of every operator, what MXNet infers from a part of a call: we infer as much, and nothing else."""

import collections

import pytest
from operator_modules import by_module

import mxnet as mx
from fidelity import inference, interface
from mxnet.ops import OPERATORS
from own import case

#: operators of which we infer otherwise, and why
OTHERWISE = {
    "Crop": "MXNet knows it for float32 only, and says so without being told",
    "IdentityAttachKLSparseReg": "MXNet knows it for float32 only, and says so without being told",
    "InstanceNorm": "MXNet knows it for float32 only, and says so without being told",
    "L2Normalization": "of integers MXNet infers integers and then refuses them; here they are computed as floats",
    "LRN": "of integers MXNet infers integers and then refuses them; here they are computed as floats",
    "LogisticRegressionOutput": "of integers MXNet infers integers and then refuses them; here they are floats",
    "softmax_cross_entropy": "of integers MXNet infers integers and then refuses them; here they are floats",
    "_np_atleast_1d": "MXNet takes an array that it does not know for one without axes",
    "_np_atleast_2d": "MXNet takes an array that it does not know for one without axes",
    "_np_atleast_3d": "MXNet takes an array that it does not know for one without axes",
    "_npi_insert_scalar": "MXNet changes the shapes of its inputs",
    "_npi_insert_slice": "MXNet changes the shapes of its inputs",
    "_npi_insert_tensor": "MXNet changes the shapes of its inputs",
    "_npi_percentile": "MXNet takes data that it does not know for float32",
    "_contrib_quantized_act": "MXNet takes the result for int8, of data that are uint8 too",
    "_npi_choice": "MXNet's operator gives the places that were chosen, this one what stands there",
    "_npi_dstack": "MXNet changes the shapes of its inputs",
    "_npi_normal_n": "MXNet takes a parameter that it does not know for one that changes no shape",
    "_npi_uniform": "MXNet takes a parameter that it does not know for one that changes no shape",
    "_npi_where": "MXNet takes a condition that it does not know for one that changes no shape",
    "amp_multicast": "beside integers MXNet infers an integer for a float, and gives a float",
}
RECORDED = inference.recorded()
ANSWERS = collections.defaultdict(list)
for _call, _typed in zip(inference.calls(), inference.firsts()):
    if inference.key(_call) in RECORDED:
        ANSWERS[_call[0]].append((_call, RECORDED[inference.key(_call)], _typed))


MODULES = by_module(ANSWERS)


@pytest.mark.parametrize("module", MODULES)
def test_as_much_is_inferred_as_by_mxnet(module):
    wrong = []
    for name in MODULES[module]:
        found = []
        for call, answer, typed in ANSWERS[name]:
            found += inference.shortcomings(call, answer, inference.questions(mx, call, typed, answer))
        if name not in OTHERWISE:
            wrong += found
        elif not found:
            wrong.append(f"{name} is inferred as by MXNet now: take it out of OTHERWISE")
    assert not wrong, "\n".join(wrong)


def test_every_operator_has_a_call():
    called = {OPERATORS[call[0]].name for call in inference.calls() if call[0] in OPERATORS}
    # what the program describes itself is asked in tests/fidelity/cases/operator_custom.py
    missing = sorted({spec.name for spec in OPERATORS.values() if "made" not in spec.rules} - called)
    assert not missing, f"tests/fidelity/operator_calls.json has no line with a call of {missing}"


def test_every_call_that_mxnet_can_answer_is_recorded():
    case.find()
    asked = interface.operator_names() - case.TO_BE_RECORDED
    missing = [call for call in inference.calls() if call[0] in asked and inference.key(call) not in RECORDED]
    again = "make record ORACLE=… FAMILIES=inference"
    assert not missing, f"{again}: operator_calls.json has calls that are not recorded: {missing}"
    left = sorted(set(RECORDED) - set(map(inference.key, inference.calls())))
    assert not left, f"{again}: recorded/inference.json has calls that are not in operator_calls.json: {left}"
