"""The fidelity machinery itself: a wrong answer fails, and so does a missing or stale recording."""

import numpy as np
import pytest

import mxnet as mx
from fidelity import recording
from fidelity.comparing import Comparison
from fidelity.support import data, grads, head_gradient, tolerance
from fidelity.test_fidelity import DiffersError, RaisesError, hold


def outcome(value):
    got, arrays, error = recording.run(mx, lambda mx: value)
    assert error is None
    return got, arrays


def differences(mxnet_gives, we_give, within=(None, None)):
    return Comparison(*outcome(mxnet_gives), *outcome(we_give), within).differences()


def recorded_as(value):
    """The recording of a family with one case, `case`, that gave the value."""
    got, arrays = outcome(value)
    return {"fingerprint": "", "cases": {"case": got}}, {f"case.{i}": a for i, a in enumerate(arrays)}


def recorded_error(name):
    return {"fingerprint": "", "cases": {"case": {"error": {"class": name, "module": "builtins", "gist": "no"}}}}, {}


def raising(error):
    def case(mx):
        raise error

    return case


VALUES = [
    1,
    0.5,
    True,
    "text",
    None,
    b"bytes",
    np.float32,
    np.dtype("int8"),
    np.float32(0.5),
    np.arange(6.0).reshape(2, 3),
    [1, (2, {"a": np.arange(3)})],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_a_value_agrees_with_itself_and_with_no_other_kind(value):
    assert differences(value, value) == []
    for other in VALUES:
        if other is not value:
            assert differences(value, other)


@pytest.mark.parametrize(
    ("mxnet_gives", "we_give", "says"),
    [
        (
            np.float32([[1, 2], [3, 4]]),
            np.float32([[1, 2], [3, 4.1]]),
            "result[1, 1]: MXNet gives 4.0, we give 4.1; 1 of 4",
        ),
        (np.zeros(2, "float32"), np.zeros(2), "dtype is float32, ours is float64"),
        (np.zeros((2, 1)), np.zeros((1, 2)), "shape is (2, 1), ours is (1, 2)"),
        (np.float64([np.nan, 1]), np.float64([1, np.nan]), "2 of 2 values differ"),
        (np.float64([np.inf]), np.float64([-np.inf]), "MXNet gives inf, we give -inf"),
        (np.int32([5]), np.int32([6]), "MXNet gives 5, we give 6"),
        ("one\ntwo", "one\ntow", "line 2 of the text"),
        ("one", "one\n", "MXNet's text has 1 lines, ours has 2"),
        ({"a": 1}, {"b": 1}, "MXNet's keys are 'a'; ours are 'b'"),
        ([1, 2], [1], "MXNet gives 2 items, we give 1"),
        (1, True, "MXNet gives the int 1, we give the bool True"),
        ([{"a": 1.0}], [{"a": 1.1}], "result[0]['a']: MXNet gives 1.0, we give 1.1"),
    ],
)
def test_a_wrong_value_is_found_and_named(mxnet_gives, we_give, says):
    assert any(says in line for line in differences(mxnet_gives, we_give))


def test_nd_arrays_and_np_arrays_are_different_things():
    assert "MXNet gives an mx.nd array" in differences(mx.nd.ones(3), mx.np.ones(3))[0]


def test_the_default_tolerance_is_that_of_the_dtype():
    assert differences(np.float32(1), np.float32(1 + 5e-6)) == []
    assert differences(np.float64(1), np.float64(1 + 5e-6))
    assert differences(np.float16(1), np.float16(1.001)) == []


def test_a_tolerance_of_zero_compares_bits():
    exact = (0, 0)
    assert differences(np.float32([np.nan, -0.0]), np.float32([np.nan, -0.0]), exact) == []
    assert differences(np.float32(0.0), np.float32(-0.0), exact)
    assert differences(np.float32(1), np.nextafter(np.float32(1), np.float32(2)), exact)


def test_a_case_may_set_its_own_tolerance():
    @tolerance(rtol=0.1, reason="a test")
    def case(mx):
        return np.float32(1.05)

    hold("family", "case", case, recorded_as(np.float32(1)))


def test_a_case_that_gives_what_was_recorded_passes():
    hold("family", "case", lambda mx: data((2, 3)), recorded_as(data((2, 3))))


def test_a_wrong_case_fails():
    with pytest.raises(DiffersError, match=r"result\[0\]: MXNet gives 1.0, we give 2.0"):
        hold("family", "case", lambda mx: np.float32([2.0]), recorded_as(np.float32([1.0])))


@pytest.mark.parametrize("recording_of_it", [None, ({"fingerprint": "", "cases": {}}, {})], ids=["family", "case"])
def test_a_case_without_a_recording_fails(recording_of_it):
    with pytest.raises(pytest.fail.Exception, match="record it"):
        hold("family", "case", lambda mx: 1, recording_of_it)


def test_an_error_where_mxnet_answers_fails():
    with pytest.raises(RaisesError, match="we raise KeyError"):
        hold("family", "case", raising(KeyError("a")), recorded_as(1))


def test_an_answer_where_mxnet_raises_fails():
    with pytest.raises(DiffersError, match="MXNet raises ValueError"):
        hold("family", "case", lambda mx: 1, recorded_error("ValueError"))


def test_an_error_of_the_recorded_class_or_a_subclass_passes_and_another_fails():
    hold("family", "case", raising(KeyError("a")), recorded_error("LookupError"))
    with pytest.raises(DiffersError, match="we raise TypeError"):
        hold("family", "case", raising(TypeError("a")), recorded_error("LookupError"))


def test_the_fingerprint_is_of_the_code(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "CASES", tmp_path)
    prints = []
    texts = [
        "def a(mx):\n    return [1, 2]\n",
        '# a comment\n\ndef a(mx):\n    """What it is."""\n    return [\n        1, 2,  # why\n    ]\n',
        "def a(mx):\n    return [1, (2,)]\n",
    ]
    for text in texts:
        (tmp_path / "family.py").write_text(text, encoding="utf-8")
        prints.append(recording.fingerprint("family"))
    assert prints[0] == prints[1] != prints[2]


def test_a_recording_is_read_as_it_was_written_and_not_written_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "RECORDED", tmp_path)
    monkeypatch.setattr(recording, "fingerprint", lambda family: "f")
    outcomes = {"one": outcome([data((2, 3)), np.float64(np.nan)]), "two": outcome("text")}
    assert recording.write("family", outcomes)
    before = (tmp_path / "family.npz").read_bytes()
    assert not recording.write("family", outcomes)
    structure, members = recording.read("family")
    assert structure["cases"]["one"] == outcomes["one"][0]
    assert list(members) == ["one.0", "one.1"]
    np.testing.assert_array_equal(members["one.0"], data((2, 3)))
    (tmp_path / "family.json").unlink()
    assert recording.write("family", outcomes)
    assert (tmp_path / "family.npz").read_bytes() == before


def test_a_case_with_too_much_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "RECORDED", tmp_path)
    monkeypatch.setattr(recording, "fingerprint", lambda family: "f")
    with pytest.raises(ValueError, match="make it smaller"):
        recording.write("family", {"one": outcome(np.zeros(100_000))})
    assert not list(tmp_path.iterdir())


def test_a_value_without_a_place_in_a_recording_is_refused():
    with pytest.raises(recording.UnrecordableError, match="builtins.set"):
        outcome({1, 2})


def test_data_is_the_same_everywhere():
    assert data((2,)).tolist() == [0.09762700647115707, 0.4303787350654602]
    assert data((3,), seed=4, low=0, high=9, dtype="int32").tolist() == [7, 5, 1]
    assert data((4,), dtype="bool").tolist() == [False, True, True, False]


def test_grads_gives_the_gradient_for_the_head_gradient():
    x = data((2, 3))
    result = grads(mx, lambda a, i: a * 2, x, np.int32([1]))
    np.testing.assert_array_equal(result["grads"][0].asnumpy(), 2 * head_gradient((2, 3)))
    assert result["grads"][1] is None
