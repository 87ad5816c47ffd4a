"""Every fidelity case under this package, compared with what MXNet 1.9.1 gave."""

from __future__ import annotations

import functools
import itertools

import pytest

import mxnet as mx
from fidelity import recording
from fidelity.comparing import Comparison
from fidelity.differences import CASES as DIFFERENCES


class DiffersError(AssertionError):
    """Our answer is not MXNet's."""


class RaisesError(AssertionError):
    """We raise where MXNet answers."""


@functools.lru_cache(maxsize=None)
def recorded(family: str):
    """Return the recording of a family, or None where there is none."""
    try:
        return recording.read(family)
    except FileNotFoundError:
        return None


def record_it(family: str) -> str:
    """Return the advice that a missing or stale recording gets."""
    return f"record it: make record ORACLE=dir FAMILIES={family}"


def hold(family: str, name: str, case, recorded_family) -> None:
    """Run a case and raise an error that says how it differs from its recording, if it does."""
    __tracebackhide__ = True
    if recorded_family is None or name not in recorded_family[0]["cases"]:
        pytest.fail(f"{family}::{name} has no recording; {record_it(family)}", pytrace=False)
    structure, members = recorded_family
    want = structure["cases"][name]
    numbers = itertools.takewhile(lambda number: f"{name}.{number}" in members, itertools.count())
    arrays = [members[f"{name}.{number}"] for number in numbers]
    got, our_arrays, error = recording.run(mx, case)
    if "error" in want:
        expected = want["error"]["class"]
        if error is None:
            raise DiffersError(f"MXNet raises {expected} ({want['error']['gist']}), we raise nothing")
        if expected not in [c.__name__ for c in type(error).__mro__]:
            raise DiffersError(f"MXNet raises {expected} ({want['error']['gist']}), we raise {error!r}") from error
        return
    if error is not None:
        raise RaisesError(f"we raise {type(error).__name__} where MXNet answers: {error}") from error
    found = Comparison(want, arrays, got, our_arrays, getattr(case, "tolerance", (None, None))).differences()
    if found:
        raise DiffersError("\n".join(found[:12] + ([f"… and {len(found) - 12} more"] if len(found) > 12 else [])))


EXPECTED = {"differs": DiffersError, "missing": RaisesError}
CASES = {
    f"{family}::{name}": (family, name, case)
    for family in recording.families()
    for name, case in recording.cases(family).items()
}


def parameters() -> list:
    """Return one pytest parameter for each case, with its strict mark where a difference is expected."""
    found = []
    known = {d["case"]: d for d in DIFFERENCES}
    for key, case in CASES.items():
        marks = []
        if key in known:
            raises = EXPECTED[known[key]["kind"]]
            marks = [pytest.mark.xfail(strict=True, raises=raises, reason=known[key]["reason"])]
        found.append(pytest.param(*case, id=key, marks=marks))
    return found


@pytest.mark.parametrize(("family", "name", "case"), parameters())
def test_case(family, name, case):
    """The case gives what MXNet gave."""
    hold(family, name, case, recorded(family))


@pytest.mark.parametrize("family", recording.families())
def test_recording_is_current(family):
    """The recording of a family is of these cases, all of them and no others."""
    found = recorded(family)
    assert found is not None, f"{family} was never recorded; {record_it(family)}"
    assert found[0]["fingerprint"] == recording.fingerprint(family), f"{family} changed since; {record_it(family)}"
    assert list(found[0]["cases"]) == list(recording.cases(family)), f"{family} has other cases; {record_it(family)}"


def test_every_recording_has_its_cases():
    """No recording is left of a family that is gone."""
    left = {p.stem for p in recording.RECORDED.glob("*.npz")} - set(recording.families())
    assert not left, f"recordings without cases: {sorted(left)}"


def test_differences_are_about_cases_and_have_reasons():
    """Every entry of differences.toml names a case, once, with its kind and a reason."""
    names = [d["case"] for d in DIFFERENCES]
    assert len(set(names)) == len(names), "a case is listed twice"
    assert not set(names) - set(CASES), f"no such case: {sorted(set(names) - set(CASES))}"
    for entry in DIFFERENCES:
        assert set(entry) == {"case", "kind", "reason"}, entry
        assert entry["kind"] in EXPECTED, entry
        assert len(entry["reason"]) > 15, entry
