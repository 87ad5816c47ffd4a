"""The first or last axis of an array without axes is all of it.

MXNet answers these calls by chance only (the memory of such a result may not be there yet), so they cannot be recorded.
"""

import pytest

import mxnet as mx


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "std", "var", "any", "all", "min", "max", "average", "argmax", "argmin"]
)
def test_reductions_over_an_axis_of_a_number(name, axis):
    wanted = {"argmax": 0, "argmin": 0, "std": 0, "var": 0, "any": True, "all": True}.get(name, 3)
    found = getattr(mx.np, name)(mx.np.array(3.0), axis=axis)
    assert found.shape == ()
    assert found.item() == wanted


def test_a_second_axis_is_an_error():
    with pytest.raises(mx.MXNetError, match="axis=1 for an array of 0 axes"):
        mx.np.mean(mx.np.array(3.0), axis=1)


def test_nothing_is_left_out_along_an_axis():
    assert mx.np.delete(mx.np.array(3.0), 0, axis=0).item() == 3
