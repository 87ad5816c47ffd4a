"""The passes that put several steps of a program into one.

Each pass looks for a pattern in which every value in between has one reader, and puts a step of its own in the place of
the last. The functions of those steps are in :mod:`.fused`; what a fused step computes is what its nodes compute one by
one, within rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .. import kernels
from ..kernels import Convolve
from . import fused
from .steps import Program, Step

__all__ = ["apply"]

_ADDITIONS = ("elemwise_add", "broadcast_add")
#: operators whose results nothing else holds and no gradient needs: an activation may be computed in their place
_OVERWRITABLE = ("Convolution", "FullyConnected", "BatchNorm", "Deconvolution", *_ADDITIONS)


def apply(program: Program, training: bool, recording: bool) -> None:
    """Fuse what is worth fusing.

    Parameters
    ----------
    program : Program
        changed in place
    training : bool
        whether batch norm takes the batch's statistics
    recording : bool
        whether gradients may be asked for; without, batch norms are folded into convolutions and weights packed
    """
    if not training and not recording:
        _fold_batch_norms(program)
    _chains(program, recording)
    if not recording:
        _packed_convolutions(program)
    if training:
        _batch_norms_with_what_follows(program)
    _cross_entropies(program)
    _activations_in_place(program)


# --- finding patterns -----------------------------------------------------------------------------------------------


class _Readers:
    """Who makes and who reads each value."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.uses = program.uses()
        self.maker = {place: step for step in program.steps for place in step.outputs}
        self.reader: dict[int, Step] = {}
        for step in program.steps:
            for place in step.inputs:
                if place is not None:
                    self.reader[place] = step

    def only_reader(self, step: Step) -> Step | None:
        """The step that reads this one's result, if it is the only one and the result is no output of the graph."""
        if len(step.outputs) != 1 or self.uses.get(step.outputs[0]) != 1:
            return None
        return self.reader.get(step.outputs[0])

    def shape(self, place: int | None) -> tuple[int, ...] | None:
        return None if place is None else self.program.shapes.get(place)


def _replace(program: Program, old: list[Step], new: Step) -> None:
    """Put a step in the place of the last of some."""
    gone = {id(step) for step in old[:-1]}
    program.steps = [new if step is old[-1] else step for step in program.steps if id(step) not in gone]


def _merged(
    steps: list[Step], function: Callable[..., Any], inputs: list[int | None], label: str | None = None
) -> Step:
    """One step for several in a row; states are those of the first that has some."""
    with_states = next((step for step in steps if step.state_count), steps[0])
    return Step(
        tuple(name for step in steps for name in step.nodes),
        label or "+".join(_shown(step) for step in steps),
        steps[0].spec, steps[0].attributes, function, inputs, steps[-1].outputs, with_states.states,
        with_states.state_count,
    )  # fmt: skip


def _shown(step: Step) -> str:
    return step.attributes.get("act_type", step.label) if step.label in ("Activation", "LeakyReLU") else step.label


def _activation(step: Step) -> str | None:
    """relu, sigmoid or tanh, where a step is that."""
    if step.spec.stage is None or len(step.spec.inputs) != 1 or len(step.nodes) != 1:
        return None
    stage = step.spec.stage({**step.spec.defaults, **step.attributes})
    return stage if isinstance(stage, str) else None


def _all(step: Step) -> dict[str, Any]:
    return {**step.spec.defaults, **step.attributes}


# --- convolution, activation and pooling on the kernels -------------------------------------------------------------


def _chains(program: Program, recording: bool) -> None:
    """Convolutions with the activations, poolings and convolutions after them that the kernels take in one pass."""
    readers = _Readers(program)
    seen: set[int] = set()
    for begin in list(program.steps):
        if id(begin) in seen or begin.spec.name != "Convolution":
            continue
        stages, owners = _longest_chain(begin, readers, recording)
        seen.update(id(step) for steps in owners for step in steps)
        shape = readers.shape(begin.inputs[0])
        for paying, first, end in kernels.segments(stages, shape) if shape and stages else ():
            if paying:
                steps = [step for owner in owners[first:end] for step in owner]
                inputs: list[int | None] = [steps[0].inputs[0]]
                for stage, owner in zip(stages[first:end], owners[first:end]):
                    if isinstance(stage, Convolve):
                        inputs += [owner[0].inputs[1], owner[0].inputs[2] if stage.bias else None]
                _replace(program, steps, _merged(steps, fused.Chain(tuple(stages[first:end])), inputs))


def _longest_chain(begin: Step, readers: _Readers, recording: bool) -> tuple[list[Any], list[list[Step]]]:
    """All stages from a convolution on that a chain can hold, and the steps each of them stands for."""
    stages: list[Any] = []
    owners: list[list[Step]] = []
    step: Step | None = begin
    while step is not None:
        shape = readers.shape(step.inputs[0])
        if step.spec.stage is None or shape is None or len(shape) != 4 or len(step.nodes) != 1:
            break
        stage = step.spec.stage(_all(step))
        if isinstance(stage, str):
            last = stages[-1] if stages else None
            if not isinstance(last, Convolve) or last.activation is not None:
                break
            stages[-1] = last._replace(activation=stage)
            owners[-1].append(step)
        else:
            dtypes = readers.program.dtypes
            single = all(
                dtypes.get(place, torch.float32) is torch.float32 for place in step.inputs if place is not None
            )
            if stage is None or not single or not kernels.may_join(stage, shape, recording):
                break
            stages.append(stage)
            owners.append([step])
        following = readers.only_reader(step)
        step = following if following is not None and following.inputs[0] == step.outputs[0] else None
    return stages, owners


# --- batch norm -----------------------------------------------------------------------------------------------------


def _fold_batch_norms(program: Program) -> None:
    """Batch norm by running statistics as part of the convolution before it: one step makes the weights for it."""
    readers = _Readers(program)
    variables = set(program.variables.values())
    for convolution in list(program.steps):
        norm = readers.only_reader(convolution) if convolution.spec.name == "Convolution" else None
        if norm is None or norm.spec.name != "BatchNorm" or norm.inputs[0] != convolution.outputs[0]:
            continue
        of_norm, of_convolution = _all(norm), _all(convolution)
        weights = [*convolution.inputs[1:], *norm.inputs[1:]]
        dtypes = {program.dtypes[place] for place in weights if place in program.dtypes}
        if (
            of_norm["output_mean_var"] or of_norm["axis"] != 1 or of_convolution["layout"] not in (None, "NCHW", "NCW")
            or not variables.issuperset(place for place in weights if place is not None)
            or not (dtypes <= {torch.float32} or dtypes <= {torch.float64})
        ):  # fmt: skip
            continue
        weight, bias = program.size, program.size + 1
        program.size += 2
        program.dtypes[weight] = program.dtypes[bias] = next(iter(dtypes))
        fold = fused.Fold(eps=of_norm["eps"], fix_gamma=of_norm["fix_gamma"])
        making = Step(norm.nodes, "folded BatchNorm", norm.spec, {}, fold, weights, (weight, bias))
        attributes = {**of_convolution, "no_bias": False}
        whole = Step(
            convolution.nodes, "Convolution", convolution.spec, attributes,
            fused.bound(convolution.spec.function, attributes), (convolution.inputs[0], weight, bias), norm.outputs,
        )  # fmt: skip
        _replace(program, [convolution, norm], whole)
        program.steps.insert(program.steps.index(whole), making)


def _batch_norms_with_what_follows(program: Program) -> None:
    """Batch norm by the batch's statistics with the addition and the relu after it."""
    readers = _Readers(program)
    for norm in list(program.steps):
        if norm.spec.name != "BatchNorm" or norm not in program.steps:
            continue
        attributes = _all(norm)
        shape = readers.shape(norm.inputs[0])
        if attributes["output_mean_var"] or attributes["use_global_stats"] or attributes["axis"] != 1 or shape is None:
            continue
        steps, inputs = [norm], [*norm.inputs, None]
        following = readers.only_reader(norm)
        if following is not None and following.spec.name in _ADDITIONS:
            other = following.inputs[1] if following.inputs[0] == norm.outputs[0] else following.inputs[0]
            if readers.shape(other) == shape:
                steps.append(following)
                inputs[-1] = other
                following = readers.only_reader(following)
        relu = following is not None and _activation(following) == "relu"
        if relu:
            steps.append(following)  # type: ignore[arg-type]
        if len(shape) == 4 and (len(steps) > 1 or kernels.norm_pays(shape)):
            function = fused.bound(fused.batch_norm, {**_kept(attributes), "relu": relu})
            _replace(program, steps, _merged(steps, function, inputs))
            readers = _Readers(program)


def _kept(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: attributes[name] for name in ("eps", "momentum", "fix_gamma")}


# --- convolutions with packed weights --------------------------------------------------------------------------------


def _packed_convolutions(program: Program) -> None:
    """Convolutions outside a recording, with weights packed once, and with the addition and relu after them."""
    if not fused.can_pack():
        return
    readers = _Readers(program)
    for convolution in list(program.steps):
        if convolution.label != "Convolution" or convolution not in program.steps:
            continue
        attributes = _all(convolution)
        shape = readers.shape(convolution.inputs[0])
        plain = len(attributes["kernel"]) == 2 and attributes["layout"] in (None, "NCHW") and shape is not None
        if not plain or program.dtypes.get(convolution.inputs[1]) is not torch.float32:  # type: ignore[arg-type]
            continue
        steps, inputs = [convolution], list(convolution.inputs)
        following, other = readers.only_reader(convolution), None
        if following is not None and following.spec.name in _ADDITIONS and len(following.nodes) == 1:
            mine = following.inputs[0] == convolution.outputs[0]
            added = following.inputs[1] if mine else following.inputs[0]
            if readers.shape(added) == readers.shape(following.outputs[0]):
                other = added
                steps.append(following)
                following = readers.only_reader(following)
        relu = following is not None and _activation(following) == "relu"
        if relu:
            steps.append(following)  # type: ignore[arg-type]
        while len(inputs) < 3:
            inputs.append(None)
        function = fused.PackedConvolution(attributes, shape, relu=relu)  # type: ignore[arg-type]
        _replace(program, steps, _merged(steps, function, [*inputs, other]))
        readers = _Readers(program)


# --- the rest -------------------------------------------------------------------------------------------------------


def _cross_entropies(program: Program) -> None:
    """The softmax loss as Gluon writes it: log_softmax, pick, times -1, mean over all but the batch axis."""
    readers = _Readers(program)
    for start in list(program.steps):
        steps = [start]
        while len(steps) < 4 and (following := readers.only_reader(steps[-1])) is not None:
            steps.append(following)
        if [step.spec.name for step in steps] != ["log_softmax", "pick", "_mul_scalar", "mean"]:
            continue
        softmax, pick, negative, mean = (_all(step) for step in steps)
        scores, labels = readers.shape(start.inputs[0]), readers.shape(steps[1].inputs[1])
        if (
            scores is not None and len(scores) == 2 and labels == scores[:1]
            and softmax["axis"] in (-1, 1) and softmax["temperature"] in (None, 1.0) and softmax["dtype"] is None
            and steps[1].inputs[0] == start.outputs[0]
            and pick["axis"] in (-1, 1) and pick["keepdims"] and pick["mode"] == "clip" and negative["scalar"] == -1
            and mean["axis"] in (0, (0,)) and mean["exclude"] and not mean["keepdims"]
        ):  # fmt: skip
            inputs = [start.inputs[0], steps[1].inputs[1]]
            _replace(program, steps, _merged(steps, fused.cross_entropy, inputs, "cross entropy"))


def _activations_in_place(program: Program) -> None:
    """relu, sigmoid and tanh computed in the memory of what they are applied to."""
    readers = _Readers(program)
    for step in list(program.steps):
        activation = _activation(step)
        before = readers.maker.get(step.inputs[0]) if activation and step.inputs[0] is not None else None
        if before is None or before not in program.steps or readers.only_reader(before) is not step:
            continue
        if before.label not in _OVERWRITABLE or len(before.outputs) != 1:
            continue
        function = fused.Activated(before.function, activation)  # type: ignore[arg-type]
        _replace(program, [before, step], _merged([before, step], function, list(before.inputs)))
        readers = _Readers(program)
