"""Sketches and Fourier transforms, which MXNet computes on graphics cards alone.

What they give is known from the paper on compact bilinear pooling and from cuFFT, which divides by nothing.
"""

import numpy as np

from fidelity.support import data
from own.case import Case, of


@of("_contrib_count_sketch", to_be_recorded=True)
def sketch():
    x, places, signs = data((2, 5)), np.array([[0, 2, 1, 0, 2]], "float32"), np.array([[1, -1, 1, -1, 1]], "float32")
    expected = np.stack([x[:, 0] - x[:, 3], x[:, 2], x[:, 4] - x[:, 1], 0 * x[:, 0]], 1)
    weights = np.broadcast_to(signs, x.shape).copy()
    return Case(
        inputs=[x, places, signs],
        attributes={"out_dim": 4},
        expected=expected,
        gradients=[weights, np.zeros_like(places), np.zeros_like(signs)],
    )


@of("_contrib_fft", to_be_recorded=True)
def transformed():
    x = data((2, 1, 3, 5))
    found = np.fft.fft(x)
    expected = np.stack([found.real, found.imag], -1).reshape(2, 1, 3, 10).astype("float32")
    # the sum of all parts is five times the first number, from the real parts; the imaginary ones cancel
    gradient = np.zeros_like(x)
    gradient[..., 0] = 5
    return Case(inputs=[x], expected=expected, gradients=[gradient], atol=1e-5)


@of("_contrib_ifft", to_be_recorded=True)
def transformed_back():
    x = data((3, 8))
    expected = (np.fft.ifft(x[:, ::2] + 1j * x[:, 1::2]) * 4).real.astype("float32")
    gradient = np.zeros_like(x)
    gradient[:, 0] = 4
    return Case(inputs=[x], expected=expected, gradients=[gradient], atol=1e-5)
