"""Updates by gradients that have some rows: only those rows of the weight and of its states change.

That is what MXNet calls lazy: momenta and running means of other rows stay as they are, and no weight decay moves them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..optim import steps
from ..optim.updates import bounded
from ..registry import rule
from ..storage import RowSparse
from .rules import Operands, Takes

__all__: list[str] = []

Rows = Sequence[torch.Tensor]
Attributes = Mapping[str, Any]


def _shared(attributes: Attributes) -> dict[str, Any]:
    return {
        "lr": attributes["lr"], "wd": attributes["wd"], "rescale": attributes["rescale_grad"],
        "clip": bounded(attributes["clip_gradient"]),
    }  # fmt: skip


def _lazily(inputs: Operands, attributes: Attributes) -> bool | None:
    return True if isinstance(inputs[1], RowSparse) and attributes.get("lazy_update", True) else None


def _updates(name: str, when: Callable[[Operands, Attributes], bool | None] = _lazily) -> Callable[[Any], Any]:
    def add(step: Callable[[Rows, Attributes], None]) -> Any:
        rule("sparse", name)(Takes(when, None, step))
        return step

    return add


@_updates("sgd_update")
def _sgd(rows: Rows, attributes: Attributes) -> None:
    weight, grad = rows
    steps.sgd([weight], [grad], **_shared(attributes))


@_updates("sgd_mom_update")
def _sgd_momentum(rows: Rows, attributes: Attributes) -> None:
    weight, grad, mom = rows
    steps.sgd_momentum([weight], [grad], [mom], momentum=attributes["momentum"], **_shared(attributes))


@_updates("adam_update")
def _adam(rows: Rows, attributes: Attributes) -> None:
    weight, grad, mean, var = rows
    moments = {name: attributes[name] for name in ("beta1", "beta2", "epsilon")}
    steps.adam([weight], [grad], [mean], [var], **moments, **_shared(attributes))


def _without_decay(inputs: Operands, attributes: Attributes) -> bool | None:
    if isinstance(inputs[1], RowSparse) and attributes["wd"]:
        raise MXNetError(f"adagrad_update: wd={attributes['wd']} with a sparse gradient; expected 0")
    return _lazily(inputs, attributes)


@_updates("_sparse_adagrad_update", _without_decay)
def _adagrad(rows: Rows, attributes: Attributes) -> None:
    weight, grad, history = rows
    steps.adagrad([weight], [grad], [history], epsilon=attributes["epsilon"], **_shared(attributes))


def _all_of_rows(inputs: Operands, attributes: Attributes) -> bool | None:
    return True if all(isinstance(each, RowSparse) for each in inputs) else None


@_updates("ftrl_update", _all_of_rows)
def _ftrl(rows: Rows, attributes: Attributes) -> None:
    weight, grad, z, n = rows
    own = {name: attributes[name] for name in ("lamda1", "beta")}
    steps.ftrl(weight, grad, z, n, **own, **_shared(attributes))


@_updates("_contrib_group_adagrad_update")
def _group_adagrad(rows: Rows, attributes: Attributes) -> None:
    weight, grad, history = rows
    steps.group_adagrad(
        weight, grad, history, lr=attributes["lr"], epsilon=attributes["epsilon"],
        rescale=attributes["rescale_grad"], clip=bounded(attributes["clip_gradient"]),
    )  # fmt: skip
