"""What every kind of layer says of itself: attributes, the script's text, parameters, and the plain way."""

from __future__ import annotations

import torch

__all__ = ["KINDS", "Kind", "Run", "kind"]

#: name -> kind
KINDS = {}
#: a sum of more terms, one after the other, rounds by more than the noise: by as many times as it is longer
_LONG = 512


def kind(name, weight=1.0):
    """Put a class of kinds under a name, drawn with a weight."""

    def put(cls):
        KINDS[name] = cls()
        KINDS[name].name, KINDS[name].weight = name, weight
        return cls

    return put


class Kind:
    """A kind of node of a network: a layer (with an object of Gluon's) or a function in ``hybrid_forward``."""

    #: how many arrays it takes
    arity = 1
    #: whether it is a layer, so that `text` is a constructor, or an expression over ``{0}``, ``{1}``, …
    layer = True
    #: whether calling it twice with the same parameters makes sense
    shareable = True

    def draw(self, rng, shapes):
        """Attributes that fit arrays of these shapes, or None."""
        return {}

    def text(self, attributes):
        """The constructor, with ``prefix=`` left out, or the expression."""
        raise NotImplementedError

    def parameters(self, attributes, shapes):
        """Name -> (shape, role) of the parameters; the role says how they are drawn."""
        return {}

    def compute(self, run, attributes, inputs, parameters):
        """The plain way."""
        raise NotImplementedError


class _Noise(torch.autograd.Function):
    """Adds noise to a tensor, and to its gradient."""

    @staticmethod
    def forward(ctx, tensor, run, terms):
        ctx.run, ctx.terms = run, terms
        return run.noisy(tensor)

    @staticmethod
    def backward(ctx, gradient):
        return ctx.run.noisy(gradient, max(1.0, ctx.terms[0] / _LONG) if ctx.terms else 1.0), None, None


class _Leak(torch.autograd.Function):
    """Nothing forwards; backwards noise as large as what arrives, for differences that cancel exactly here."""

    @staticmethod
    def forward(ctx, tensor, run):
        ctx.run = run
        return torch.zeros_like(tensor)

    @staticmethod
    def backward(ctx, gradient):
        return ctx.run.noisy(gradient) - gradient, None


class Run:
    """One pass through a network: the mode, the noise, and what comes of it beside the outputs.

    Attributes
    ----------
    training : bool
        the mode
    masks : list of tensor
        what dropout lets through, in order
    moved : list of (name, node, tensor, momentum, went back)
        the batch's statistics for running ones, and a list that is filled when a backward goes through the layer
    kinks : callable
        told the elements whose sign, or the two whose order, decides about a gradient
    """

    def __init__(self, training, level=0.0, generator=None, masks=(), kinks=None):
        self.training, self.level, self.generator = training, level, generator
        self.masks = list(masks)
        self.moved = []
        self.node = None
        self._kinks = kinks

    def noisy(self, tensor, times=1.0):
        """Noise relative to the largest element."""
        largest = tensor.detach().abs().max() if tensor.numel() else 0.0
        noise = torch.rand(tensor.shape, generator=self.generator, dtype=torch.float64) * 2 - 1
        return tensor + noise * (self.level * times * largest)

    def rough(self, tensor, terms=None):
        """A tensor as a computation with rounding might give it.

        `terms` is a list whose element says, before the backward, over how many terms the gradient is a sum.
        """
        return _Noise.apply(tensor, self, terms) if self.level else tensor

    def weights(self, parameters):
        """A weight and a bias or None, and the list that is to be told how many terms their gradients have."""
        terms = [1]
        weight, bias = parameters["weight"], parameters.get("bias")
        return self.rough(weight, terms), None if bias is None else self.rough(bias, terms), terms

    def normal(self, x, mean, variance, epsilon):
        """``(x - mean) / sqrt(variance + epsilon)``; noise in the mean as rounding of the sum may put there."""
        scale = torch.rsqrt(variance + epsilon)
        if not self.level:
            return (x - mean) * scale
        largest = x.detach().abs().max()
        noise = torch.rand(mean.shape, generator=self.generator, dtype=torch.float64) * 2 - 1
        out = (x - (mean + noise * (self.level * largest))) * self.rough(scale)
        return out + _Leak.apply(x * scale.detach(), self)

    def kink(self, tensor):
        """Note elements whose sign decides about the gradient."""
        if self._kinks is not None:
            self._kinks(tensor.detach())
