"""Densities of the distributions, their gradients, and candidates for a sampled softmax."""

import numpy as np

from fidelity.support import data, grads, tolerance

_COUNTS = np.array([[0, 1, 2], [3, 4, 5]], "float32")
_SHARES = np.array([[[0.2, 0.8], [0.5, 0.5]], [[0.1, 0.9], [0.3, 0.7]]], "float32")
_ARGUMENTS = {
    "uniform": (data((2, 3), 1, 0, 2), [0.0, -1.0], [2.0, 3.0]),
    "normal": (data((2, 3), 1, -2, 2), [0.0, 1.0], [2.0, 0.5]),
    "gamma": (data((2, 3), 1, 0.2, 3), [2.0, 0.7], [2.0, 3.0]),
    "exponential": (data((2, 3), 1, 0.2, 3), [2.0, 0.7]),
    "poisson": (_COUNTS, [2.0, 0.7]),
    "negative_binomial": (_COUNTS, [2.0, 1.0], [0.4, 0.6]),
    "generalized_negative_binomial": (_COUNTS, [2.0, 1.0], [0.4, 0.6]),
    "dirichlet": (_SHARES, [[1.0, 2.0], [3.0, 4.0]]),
}


def _case(name, is_log):
    @tolerance(1e-4, 1e-5, "through logarithms of the gamma function in single precision")
    def case(mx):
        arrays = [np.asarray(a, "float32") for a in _ARGUMENTS[name]]
        return grads(mx, lambda *a: getattr(mx.nd, f"random_pdf_{name}")(*a, is_log=is_log), *arrays)

    return case


for _name in _ARGUMENTS:
    globals()[f"density_of_{_name}"] = _case(_name, False)
    globals()[f"log_density_of_{_name}"] = _case(_name, True)


def density_in_more_axes(mx):
    pdf, ones = mx.nd.random_pdf_normal, mx.nd.ones
    found = [pdf(ones((2, 3, 4)), ones((2, 3)), ones((2, 3))), pdf(ones((2, 3, 4)), ones((2,)), ones((2,)))]
    wide = [mx.nd.array(a, dtype="float64") for a in _ARGUMENTS["normal"]]
    return [*found, pdf(ones((2, 2)), ones((2, 2)), ones((2, 2))), pdf(*wide)]


def error_density_of_other_axes(mx):
    return mx.nd.random_pdf_normal(mx.nd.ones((2, 3, 4)), mx.nd.ones((3,)), mx.nd.ones((3,))).asnumpy()


def error_density_of_two_dtypes(mx):
    wide = mx.nd.ones((2, 3), dtype="float64")
    return mx.nd.random_pdf_normal(wide, mx.nd.ones((2,)), mx.nd.ones((2,))).asnumpy()


def error_density_of_integers(mx):
    ones = [mx.nd.ones(shape, dtype="int32") for shape in ((2, 3), (2,), (2,))]
    return mx.nd.random_pdf_normal(*ones).asnumpy()


@tolerance(0, 0)
def unique_zipfian(mx):
    mx.random.seed(5)
    draw = mx.nd._internal._sample_unique_zipfian
    found = [draw(1000, shape=(3, 40)), draw(50, shape=(130, 20)), draw(30, shape=(2, 25))]
    return found, mx.nd.random.uniform(shape=192)
