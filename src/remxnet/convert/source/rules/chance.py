"""Random numbers: torch's, of the same distributions; the numbers themselves are others than MXNet's."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from mxnet.ops.registry import rule

from ..steps import At, Cannot, literal, number

__all__: list[str] = []

#: distributions by MXNet's names: their parameters in MXNet's order, and an expression of arrays of them
_OF_ARRAYS = {
    "uniform": "torch.rand_like({0}) * ({1} - {0}) + {0}",
    "normal": "torch.normal({0}, {1})",
    "exponential": "torch.empty_like({0}).exponential_() / {0}",
    "gamma": "torch._standard_gamma({0}) * {1}",
    "poisson": "torch.poisson({0})",
    "negative_binomial": "negative_binomial({0}, {1})",
    "generalized_negative_binomial": "generalized_negative_binomial({0}, {1})",
}
_PARAMETERS = {
    "uniform": ("low", "high"), "normal": ("loc", "scale"), "exponential": ("lam",), "gamma": ("alpha", "beta"),
    "poisson": ("lam",), "negative_binomial": ("k", "p"), "generalized_negative_binomial": ("mu", "alpha"),
}  # fmt: skip


def _shape(at: At) -> tuple[int, ...]:
    found = at.call.outputs[0].shape
    if found is None:
        raise Cannot("the shape of what it draws is not known")
    return found


def _drawn(at: At, name: str, empty: str) -> str:
    """Numbers of a distribution in the place of empty memory."""
    given = [at.attributes[each] for each in _PARAMETERS[name]]
    if name == "uniform":
        return f"{empty}.uniform_({number(given[0])}, {number(given[1])})"
    if name == "normal":
        return f"{empty}.normal_({number(given[0])}, {number(given[1])})"
    if name == "exponential":
        return f"{empty}.exponential_({number(given[0])})"
    if "binomial" in name:
        at.uses(name)
    like = empty.replace("empty", "full").removesuffix(")")
    arrays = [f"{like}, {literal(float(each))})" for each in given]
    return _OF_ARRAYS[name].format(*arrays)


def _of_numbers(name: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        dtype = at.call.outputs[0].dtype
        kind = "" if dtype == "float32" else f", dtype=torch.{dtype}"
        if kind and name not in ("uniform", "normal", "exponential"):
            return f"{_drawn(at, name, f'torch.empty({literal(_shape(at))})')}.to(torch.{dtype})"
        return _drawn(at, name, f"torch.empty({literal(_shape(at))}{kind})")

    return write


def _like(name: str) -> Callable[[At], str]:
    return lambda at: _drawn(at, name, f"torch.empty_like({at.data})")


def _of_blocks(name: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        if "binomial" in name:
            at.uses(name)
        shape = at.attributes["shape"]
        inputs = [str(each) for each in at.inputs]
        if shape:
            text = f"{at.uses('blocks')}({', '.join(inputs)}, shape={literal(tuple(shape))})"
            inputs = [f"{text}[{place}]" for place in range(len(inputs))]
        text = _OF_ARRAYS[name].format(*inputs)
        dtype = at.call.outputs[0].dtype
        return text if dtype == at.dtype() else f"({text}).to(torch.{dtype})"

    return write


for _name in _OF_ARRAYS:
    rule("source", f"_random_{_name}")(_of_numbers(_name))
    rule("source", f"_random_{_name}_like")(_like(_name))
    rule("source", f"_sample_{_name}")(_of_blocks(_name))


@rule("source", "_random_randint")
def _integers(at: At) -> str:
    dtype = at.call.outputs[0].dtype
    bounds = f"{at.attributes['low']}, {at.attributes['high']}"
    return f"torch.randint({bounds}, {literal(_shape(at))}, dtype=torch.{dtype})"


rule("source", "_shuffle")(lambda at: f"{at.data}[torch.randperm({at.data}.shape[0])]")


@rule("source", "_sample_multinomial")
def _categories(at: At) -> str | list[str]:
    shape, dtype = at.attributes["shape"], literal(at.attributes["dtype"])
    if at.attributes["get_prob"]:
        raise Cannot("get_prob asks for the logarithm of what was drawn; take it by gather in the program")
    text = f"{at.uses('categories')}({at.data}, {prod(shape)})"
    lengths = (*at.shape()[:-1], *shape) or (1,)
    return f"{text}.reshape({', '.join(['-1', *map(repr, lengths[1:])])}).to({dtype})"


# --- NumPy's -------------------------------------------------------------------------------------------------------

_NUMPYS = {
    "uniform": (("low", "high"), "torch.rand({s}) * ({1} - {0}) + {0}"),
    "uniform_n": (("low", "high"), "torch.rand({s}) * ({1} - {0}) + {0}"),
    "normal": (("loc", "scale"), "torch.randn({s}) * {1} + {0}"),
    "normal_n": (("loc", "scale"), "torch.randn({s}) * {1} + {0}"),
    "gumbel": (("loc", "scale"), "{0} - {1} * torch.empty({s}).exponential_().log()"),
    "logistic": (("loc", "scale"), "torch.rand({s}).logit() * {1} + {0}"),
    "gamma": (("shape", "scale"), "torch._standard_gamma(torch.ones({s}) * {0}) * {1}"),
    "exponential": (("scale",), "torch.empty({s}).exponential_() * {0}"),
    "rayleigh": (("scale",), "torch.sqrt(2 * torch.empty({s}).exponential_()) * {0}"),
    "pareto": (("a",), "torch.exp(torch.empty({s}).exponential_() / {0}) - 1"),
    "weibull": (("a",), "torch.empty({s}).exponential_() ** (1 / {0})"),
    "powerd": (("a",), "torch.rand({s}) ** (1 / {0})"),
}


def _numpys(name: str) -> Callable[[At], str]:
    parameters, pattern = _NUMPYS[name]

    def write(at: At) -> str:
        arrays = [each for each in at.inputs if each is not None]
        given = []
        for parameter in parameters:
            value = at.attributes[parameter]
            given.append(arrays.pop(0) if value is None else literal(value))
        text = pattern.format(*given, s=literal(_shape(at)))
        dtype = at.call.outputs[0].dtype
        return text if dtype == "float32" else f"({text}).to(torch.{dtype})"

    return write


for _name in _NUMPYS:
    rule("source", f"_npi_{_name}")(_numpys(_name))


@rule("source", "_npi_bernoulli")
def _bernoulli(at: At) -> str:
    attributes = at.attributes
    given = at.inputs[0]
    if given is None:
        value = attributes["logit"] if attributes["is_logit"] else attributes["prob"]
        given = literal(float(value))
    chance = f"torch.sigmoid({given} + torch.zeros({literal(_shape(at))}))" if attributes["is_logit"] else (
        f"torch.zeros({literal(_shape(at))}) + {given}"
    )  # fmt: skip
    return f"torch.bernoulli({chance}).to(torch.{at.call.outputs[0].dtype})"


rule("source", "_npi_multinomial", "_npi_choice")(
    "it draws whole samples, as programs do before a network; draw them with torch and give them as input"
)
