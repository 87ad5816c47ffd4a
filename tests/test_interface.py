"""What Python code calls has MXNet's parameters: every function, class and method that we have, by name and default."""

import pytest

import mxnet as mx
from fidelity import interface
from fidelity.differences import SIGNATURES as EXPECTED_DIFFERENCES

RECORDED = {
    f"{path}.{name}": signature
    for path, entries in interface.read()["namespaces"].items()
    for name, signature in entries.items()
    if signature is not None
}
OURS = {name: value for name in RECORDED if (value := interface.find(mx, name)) is not None}


def signature_difference(name):
    """Return how our parameters differ from MXNet's, or an empty text.

    Where MXNet takes *args or **kwargs, ours may name what they stand for; we may add parameters after MXNet's,
    and None may stand for a default that is a dtype or nothing at all.
    """
    theirs = RECORDED[name]
    owner, _, attribute = name.rpartition(".")
    space = interface.find(mx, owner)
    if isinstance(space, type):
        ours = interface.signature(next(vars(c)[attribute] for c in space.__mro__ if attribute in vars(c)))
        theirs, ours = theirs[1:], ours and ours[1:]  # without self, whatever its name
    else:
        ours = interface.signature(OURS[name])
    if ours is None:
        return "ours has no signature" if callable(OURS[name]) else "ours is not callable"
    named = [p for p in theirs if p[1] not in ("*", "**")]
    our_named = [p for p in ours if p[1] not in ("*", "**")]
    ours_first = [[n, d] for n, d in our_named[: len(named)]]
    for mine, his in zip(ours_first, named):
        if mine[1] == "None" and his[1].startswith(("float", "int", "_Null")):
            mine[1] = his[1]
    if ours_first != named:
        return f"MXNet has {show(named)}, we have {show(our_named[: len(named)])}"
    required = [p[0] for p in our_named[len(named) :] if p[1] == "required"]
    if required and len(named) == len(theirs):
        return f"MXNet does not require {', '.join(required)}"
    return ""


def show(parameters):
    return "(" + ", ".join(n if d == "required" else f"{n}={d}" for n, d in parameters) + ")"


@pytest.mark.parametrize("owner", sorted({name.rpartition(".")[0] for name in OURS}))
def test_signatures_are_mxnets(owner):
    wrong = []
    for name in sorted(each for each in OURS if each.rpartition(".")[0] == owner):
        found = signature_difference(name)
        if name not in EXPECTED_DIFFERENCES:
            wrong += [f"{name}: {found}"] * bool(found)
        elif not found:
            wrong.append(f"{name} no longer differs: take it out of differences.toml")
    assert not wrong, "\n".join(wrong)


def test_expected_differences_are_about_names_we_have():
    assert not set(EXPECTED_DIFFERENCES) - set(OURS)
    assert all(len(reason) > 15 for reason in EXPECTED_DIFFERENCES.values())
