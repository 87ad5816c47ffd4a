"""Implementations are compared before they are timed: what counts as the same, and that the cases agree."""

import numpy as np
import pytest

from bench.agreement import Disagreement, disagreement, distance
from bench.cases import eager, growth, large, lenet
from bench.steps import gluon_inference, gluon_training, seeded_weights, torch_inference, torch_training


def saved(path, **arrays):
    np.savez(path, **{name.replace("_", "/"): np.asarray(each, "float32") for name, each in arrays.items()})
    return path


def test_distance_is_relative_to_the_length():
    assert distance(np.array([3.0, 4.4]), np.array([3.0, 4.0])) == pytest.approx(0.08)
    assert distance(np.zeros(2), np.zeros(2)) == 0


def test_the_largest_distance_of_all_arrays_is_given(tmp_path):
    one = saved(tmp_path / "1.npz", start_0=[1, 2], values_0=[1, 1], changes_0=[100, 0])
    other = saved(tmp_path / "2.npz", start_0=[1, 2], values_0=[1, 1], changes_0=[101, 0])
    assert disagreement(one, other, 0.02) == pytest.approx(1 / 101)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"start_0": [1, 2.0001]}, "same weights"),
        ({"changes_0": [100, 3]}, "lies 0.03 apart"),
        ({"changes_0": [100, np.nan]}, "not finite"),
        ({"values_0": [1, 1, 1]}, r"shape \(3,\) against \(2,\)"),
        ({"changes_1": [1]}, "4 arrays against 3"),
    ],
)
def test_what_differs_is_refused(tmp_path, changed, reason):
    arrays = {"start_0": [1, 2], "values_0": [1, 1], "changes_0": [100, 0]}
    other = saved(tmp_path / "2.npz", **arrays)
    with pytest.raises(Disagreement, match=reason):
        disagreement(saved(tmp_path / "1.npz", **{**arrays, **changed}), other, 0.02)


def test_a_step_that_changes_nothing_is_refused(tmp_path):
    file = saved(tmp_path / "1.npz", changes_0=[0, 0])
    with pytest.raises(Disagreement, match="changed nothing"):
        disagreement(file, file, 0.02)


def test_seeded_weights_are_the_same_every_time_and_scales_lie_near_one():
    shapes = [((4, 3, 5, 5), False), ((4,), False), ((4,), True)]
    first, second = seeded_weights(shapes), seeded_weights(shapes)
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    assert abs(first[0]).max() <= np.sqrt(6 / (7 * 25))
    assert abs(first[1]).max() <= 0.05
    assert abs(first[2] - 1).max() <= 0.05


def written(path, subject):
    parts = subject.outcome()
    np.savez(path, **{f"{kind}/{i}": each for kind, group in parts.items() for i, each in enumerate(group)})
    return path


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("network", [lenet.LENET, lenet.LENET_RELU, lenet.MLP], ids=["lenet", "lenet-relu", "mlp"])
def test_both_halves_of_a_network_take_the_same_steps(tmp_path, network, hybridize):
    ours = written(tmp_path / "ours.npz", gluon_training(network, 8, hybridize))
    theirs = written(tmp_path / "torch.npz", torch_training(network, 8, "channels-last"))
    assert disagreement(ours, theirs, 1e-3) < 1e-3


@pytest.mark.parametrize("network", [lenet.LENET, large.RESNET18], ids=["lenet", "resnet18"])
def test_both_halves_of_a_network_predict_the_same(tmp_path, network):
    ours = written(tmp_path / "ours.npz", gluon_inference(network, 1))
    theirs = written(tmp_path / "torch.npz", torch_inference(network, 1, "eager"))
    assert disagreement(ours, theirs, 1e-3) < 1e-3


@pytest.mark.parametrize("case", eager.CASES, ids=lambda case: case.name)
def test_single_calls_compute_the_same(tmp_path, case):
    ours, theirs = written(tmp_path / "1.npz", case.gluon()), written(tmp_path / "2.npz", case.torch("eager"))
    assert disagreement(ours, theirs, case.tolerance) <= 1e-6


def test_a_case_of_a_curve_keeps_its_own_batch():
    assert [case.per for case in growth.CASES[: len(growth.BATCHES)]] == list(growth.BATCHES)
