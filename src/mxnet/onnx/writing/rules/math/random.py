"""Random numbers: of the same distributions, drawn by the runtime, and their densities."""

from __future__ import annotations

import math
from collections.abc import Callable

from .....ops.registry import rule
from ...lengths import Length, Varying, product
from ...terms import Term
from ...walking import At
from .functions import gamma_logarithm


def uniform(at: At, lengths: tuple[Length, ...]) -> Term:
    """Numbers from 0 up to 1, as float32."""
    if any(isinstance(each, Varying) for each in lengths):
        return at.op("RandomUniformLike", at.expand(at.constant(0.0, "float32"), lengths), low=0.0, high=1.0)
    drawn = at.op("RandomUniform", shape=list(lengths) or [1], low=0.0, high=1.0, dtype=1, of="float32")
    return drawn if lengths else drawn.squeeze(0)


def normal(at: At, lengths: tuple[Length, ...]) -> Term:
    """Numbers of mean 0 and deviation 1, as float32."""
    if any(isinstance(each, Varying) for each in lengths):
        return at.op("RandomNormalLike", at.expand(at.constant(0.0, "float32"), lengths), mean=0.0, scale=1.0)
    drawn = at.op("RandomNormal", shape=list(lengths) or [1], mean=0.0, scale=1.0, dtype=1, of="float32")
    return drawn if lengths else drawn.squeeze(0)


def _exponential(at: At, lengths: tuple[Length, ...]) -> Term:
    """Numbers of mean 1."""
    return -at.op("Log", 1.0 - uniform(at, lengths))


_DRAWS: dict[str, Callable[[At, tuple[Length, ...]], Term]] = {
    "uniform": uniform, "normal": normal, "exponential": _exponential,
}  # fmt: skip


def _scaled(kind: str, drawn: Term, first: Term | float, second: Term | float | None) -> Term:
    """Standard numbers with a distribution's parameters: low and high, mean and deviation, or a rate."""
    if kind == "uniform":
        assert second is not None
        return drawn * (second - first) + first
    if kind == "normal":
        assert second is not None
        return drawn * second + first
    return drawn / first


_PARAMETERS = {"uniform": ("low", "high"), "normal": ("loc", "scale"), "exponential": ("lam", None)}


def _declare(kind: str) -> None:
    first, second = _PARAMETERS[kind]
    draw = _DRAWS[kind]

    def written(at: At, *data: Term) -> Term:
        return _scaled(kind, draw(at, at.shape), float(at[first]), None if second is None else float(at[second]))

    rule("onnx", f"_random_{kind}", f"_random_{kind}_like")(written)

    @rule("onnx", f"_sample_{kind}")
    def sampled(at: At, *parameters: Term) -> Term:
        more = len(at.shape) - parameters[0].rank
        spread = [each.unsqueeze(*range(each.rank, each.rank + more)).cast("float32") for each in parameters]
        return _scaled(kind, draw(at, at.shape), spread[0], spread[1] if len(spread) > 1 else None)


for _kind in _DRAWS:
    _declare(_kind)


def _numpys(at: At, given: tuple[Term | None, ...], names: tuple[str, ...]) -> list[Term | float]:
    """The parameters of one of NumPy's distributions: numbers, or arrays in the place of those that are none."""
    arrays = iter([each.cast("float32") for each in given if each is not None])
    return [next(arrays) if at[name] is None else float(at[name]) for name in names]


@rule("onnx", "_npi_uniform", "_npi_uniform_n")
def np_uniform(at: At, input1: Term | None = None, input2: Term | None = None) -> Term:
    low, high = _numpys(at, (input1, input2), ("low", "high"))
    return _scaled("uniform", uniform(at, at.shape), low, high)


@rule("onnx", "_npi_normal", "_npi_normal_n")
def np_normal(at: At, input1: Term | None = None, input2: Term | None = None) -> Term:
    loc, scale = _numpys(at, (input1, input2), ("loc", "scale"))
    return _scaled("normal", normal(at, at.shape), loc, scale)


@rule("onnx", "_npi_gumbel")
def np_gumbel(at: At, input1: Term | None = None, input2: Term | None = None) -> Term:
    loc, scale = _numpys(at, (input1, input2), ("loc", "scale"))
    return -at.op("Log", _exponential(at, at.shape)) * scale + loc


@rule("onnx", "_npi_logistic")
def np_logistic(at: At, input1: Term | None = None, input2: Term | None = None) -> Term:
    loc, scale = _numpys(at, (input1, input2), ("loc", "scale"))
    drawn = uniform(at, at.shape)
    return (at.op("Log", drawn) - at.op("Log", 1.0 - drawn)) * scale + loc


@rule("onnx", "_npi_exponential", "_npi_rayleigh")
def np_exponential(at: At, input1: Term | None = None) -> Term:
    (scale,) = _numpys(at, (input1,), ("scale",))
    drawn = _exponential(at, at.shape)
    return (drawn if at.call.spec.name == "_npi_exponential" else at.op("Sqrt", drawn * 2.0)) * scale


@rule("onnx", "_npi_pareto", "_npi_weibull", "_npi_powerd")
def np_powers(at: At, input1: Term | None = None) -> Term:
    (a,) = _numpys(at, (input1,), ("a",))
    inverse = 1.0 / a
    drawn = _exponential(at, at.shape)
    if at.call.spec.name == "_npi_weibull":
        return drawn**inverse
    if at.call.spec.name == "_npi_pareto":
        return at.op("Exp", drawn * inverse) - 1.0
    return uniform(at, at.shape) ** inverse


@rule("onnx", "_npi_bernoulli")
def np_bernoulli(at: At, input1: Term | None = None) -> Term:
    (chance,) = _numpys(at, (input1,), ("logit",) if at["is_logit"] else ("prob",))
    if at["is_logit"]:
        chance = at.op("Sigmoid", chance) if isinstance(chance, Term) else 1 / (1 + math.exp(-chance))
    return uniform(at, at.shape) < chance


@rule("onnx", "_npi_choice")
def np_choice(at: At, input1: Term | None = None, input2: Term | None = None) -> Term:
    arrays = [each for each in (input1, input2) if each is not None]
    values = arrays[0] if at["a"] is None else None
    population = int(at["a"] if values is None else values.lengths[0])
    count = int(product(at.shape))
    if at["weighted"] and at["replace"]:
        scores = at.op("Log", arrays[-1].cast("float32")).unsqueeze(0)
        drawn = at.op("Multinomial", scores, sample_size=count, dtype=7, of="int64").squeeze(0)
    elif at["replace"]:
        drawn = at.op("Floor", uniform(at, (count,)) * float(population)).cast("int64")
        drawn = at.op("Min", drawn, at.constant(population - 1))
    else:  # the first in a random order, in which those of larger probabilities come earlier
        keys = -at.op("Log", _exponential(at, (population,)))
        if at["weighted"]:
            keys = keys + at.op("Log", arrays[-1].cast("float32"))
        drawn = at.ops("TopK", keys, at.constant([count]), dtypes=["float32", "int64"], axis=0, sorted=1)[1]
    places = drawn.reshape(*at.shape)
    return places if values is None else at.op("Gather", values, places, axis=0)


@rule("onnx", "_random_randint")
def randint(at: At) -> Term:
    low, high = int(at["low"]), int(at["high"])
    drawn = uniform(at, at.shape).cast("float64") * float(high - low)
    return at.op("Min", at.op("Floor", drawn).cast("int64") + low, at.constant(high - 1))


@rule("onnx", "_shuffle")
def shuffle(at: At, data: Term) -> Term:
    length = data.lengths[0]
    order = at.ops(
        "TopK", uniform(at, (length,)), at.builder.length(length), dtypes=["float32", "int64"], axis=0, sorted=1
    )[1]
    return at.op("Gather", data, order, axis=0)


@rule("onnx", "_sample_multinomial")
def multinomial(at: At, data: Term) -> Term:
    if at["get_prob"]:
        raise at.refuse("get_prob=True: the runtime tells no probabilities of what it draws; pick them from the data")
    count = 1
    for each in at["shape"]:
        count *= each
    scores = at.op("Log", data.cast("float32"))
    rows = scores.unsqueeze(0) if data.rank == 1 else scores
    drawn = at.op("Multinomial", rows, sample_size=count, dtype=7, of="int64")
    return drawn.reshape(*at.shape)


rule(
    "onnx", "_random_gamma", "_random_gamma_like", "_random_negative_binomial", "_random_negative_binomial_like",
    "_random_generalized_negative_binomial", "_random_generalized_negative_binomial_like", "_random_poisson",
    "_random_poisson_like", "_sample_gamma", "_sample_generalized_negative_binomial", "_sample_negative_binomial",
    "_sample_poisson", "_sample_unique_zipfian", "_npi_gamma", "_npi_multinomial",
)("ONNX draws uniform and normal numbers; this distribution cannot be had from a fixed number of those")  # fmt: skip
rule(
    "onnx", "_image_random_brightness", "_image_random_color_jitter", "_image_random_contrast",
    "_image_random_flip_left_right", "_image_random_flip_top_bottom", "_image_random_hue", "_image_random_lighting",
    "_image_random_saturation",
)("it changes images at random, for training; do it before the model")  # fmt: skip


# --- densities -------------------------------------------------------------------------------------------------------


def _beside(at: At, sample: Term, *parameters: Term, event: int = 0) -> list[Term]:
    """Parameters with axes of length 1 for those that only the samples have."""
    found = []
    for each in parameters:
        leading = each.rank - event
        found.append(each.unsqueeze(*range(leading, leading + sample.rank - each.rank)))
    return found


def _density(at: At, logarithm: Term) -> Term:
    return logarithm if at["is_log"] else at.op("Exp", logarithm)


def _log(at: At, x: Term) -> Term:
    return at.op("Log", x)


@rule("onnx", "_random_pdf_uniform")
def pdf_uniform(at: At, sample: Term, low: Term, high: Term) -> Term:
    low, high = _beside(at, sample, low, high)
    width = at.expand(high - low, sample.lengths)
    return -_log(at, width) if at["is_log"] else 1.0 / width


@rule("onnx", "_random_pdf_normal")
def pdf_normal(at: At, sample: Term, mu: Term, sigma: Term) -> Term:
    mu, sigma = _beside(at, sample, mu, sigma)
    distance = (sample - mu) / sigma
    return _density(at, -(distance * distance) / 2.0 - _log(at, sigma) - math.log(2 * math.pi) / 2)


@rule("onnx", "_random_pdf_gamma")
def pdf_gamma(at: At, sample: Term, alpha: Term, beta: Term) -> Term:
    alpha, beta = _beside(at, sample, alpha, beta)
    of_alpha = gamma_logarithm(at, alpha).cast(sample.dtype)
    return _density(at, alpha * _log(at, beta) + (alpha - 1.0) * _log(at, sample) - beta * sample - of_alpha)


@rule("onnx", "_random_pdf_exponential")
def pdf_exponential(at: At, sample: Term, lam: Term) -> Term:
    (lam,) = _beside(at, sample, lam)
    return _density(at, _log(at, lam) - lam * sample)


@rule("onnx", "_random_pdf_poisson")
def pdf_poisson(at: At, sample: Term, lam: Term) -> Term:
    (lam,) = _beside(at, sample, lam)
    return _density(at, sample * _log(at, lam) - gamma_logarithm(at, sample + 1.0).cast(sample.dtype) - lam)


def _negative_binomial(at: At, counts: Term, limit: Term, p: Term) -> Term:
    counts, limit, p = (each.cast("float64") for each in (counts, limit, p))
    choices = gamma_logarithm(at, counts + limit) - gamma_logarithm(at, counts + 1.0) - gamma_logarithm(at, limit)
    return choices + limit * _log(at, p) + counts * _log(at, 1.0 - p)


@rule("onnx", "_random_pdf_negative_binomial")
def pdf_negative_binomial(at: At, sample: Term, k: Term, p: Term) -> Term:
    k, p = _beside(at, sample, k, p)
    return _density(at, _negative_binomial(at, sample, k, p))


@rule("onnx", "_random_pdf_generalized_negative_binomial")
def pdf_generalized_negative_binomial(at: At, sample: Term, mu: Term, alpha: Term) -> Term:
    mu, alpha = _beside(at, sample, mu, alpha)
    return _density(at, _negative_binomial(at, sample, 1.0 / alpha, 1.0 / (mu * alpha + 1.0)))


@rule("onnx", "_random_pdf_dirichlet")
def pdf_dirichlet(at: At, sample: Term, alpha: Term) -> Term:
    (alpha,) = _beside(at, sample, alpha, event=1)
    axis = [sample.rank - 1]
    weighted = ((alpha - 1.0) * _log(at, sample)).reduce("Sum", axis, keepdims=False)
    whole = gamma_logarithm(at, alpha.reduce("Sum", axis, keepdims=False)).cast(sample.dtype)
    each = gamma_logarithm(at, alpha).cast(sample.dtype).reduce("Sum", axis, keepdims=False)
    return _density(at, weighted + whole - each)
