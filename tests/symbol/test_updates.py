"""AdamW in a graph does what it does with arrays, its states changing too."""

import numpy as np
import pytest

import mxnet as mx

RATES = {"lr": 0.1, "eta": 0.5, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.1, "wd": 0.2, "clip_gradient": 0.7}
NAMES = {"adamw_update": "weight grad mean var".split(), "mp_adamw_update": "weight grad mean var weight32".split()}


def _values(name):
    half = "float16" if name.startswith("mp_") else "float32"
    kinds = dict.fromkeys(("weight", "grad"), half)
    return {
        each: mx.nd.array(np.linspace(0.1, 1.1 + place, 3), dtype=kinds.get(each, "float32"))
        for place, each in enumerate(NAMES[name])
    }


@pytest.mark.parametrize("scale", [0.5, "symbol", float("nan")])
@pytest.mark.parametrize("name", NAMES)
def test_a_bound_step_is_the_step_of_arrays(name, scale):
    as_arrays, in_graph = _values(name), _values(name)
    given = mx.nd.array([0.5]) if scale == "symbol" else scale
    expected = getattr(mx.nd.contrib, name)(*as_arrays.values(), given, **RATES)
    step = getattr(mx.sym.contrib, name)(
        *map(mx.sym.var, NAMES[name]), mx.sym.var("scale") if scale == "symbol" else scale, name="step", **RATES
    )
    assert step.list_auxiliary_states() == NAMES[name][2:]
    assert step.list_outputs() == ["step_output"]
    states = {each: in_graph[each] for each in NAMES[name][2:]}
    arguments = {each: in_graph[each] for each in NAMES[name][:2]} | ({"scale": given} if scale == "symbol" else {})
    (found,) = step.bind(mx.cpu(), arguments, aux_states=states, grad_req="null").forward()
    assert np.array_equal(found.asnumpy(), expected.asnumpy())
    assert all(np.array_equal(states[each].asnumpy(), as_arrays[each].asnumpy()) for each in states)


def test_what_is_no_factor_or_attribute_is_refused():
    weight, *others = map(mx.sym.var, NAMES["adamw_update"])
    with pytest.raises(ValueError, match="could not convert string"):
        mx.sym.contrib.adamw_update(weight, *others, "half", lr=0.1, eta=1.0)
    with pytest.raises(mx.MXNetError, match="momentum"):
        mx.sym.contrib.adamw_update(weight, *others, 1.0, lr=0.1, eta=1.0, momentum=0.9)
    with pytest.raises(AssertionError, match="grad must be a Symbol"):
        mx.sym.contrib.adamw_update(weight, mx.nd.ones(1), *others[1:], 1.0, lr=0.1, eta=1.0)
