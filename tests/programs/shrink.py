"""Makes a program that fails smaller, as long as it fails the same way."""

from __future__ import annotations

from dataclasses import fields, replace

from .generate import Program
from .network import Network
from .steps import MakeNet, Mode, Step
from .world import Inconsistent, World
from .writers import Race, Write

__all__ = ["shrink"]


def shrink(program, fails):
    """The smallest program found for which ``fails(program)`` stays true."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(program):
            if _consistent(candidate) and fails(candidate):
                program, smaller = candidate, True
                break
    return program


def _consistent(program):
    """Whether every step of it can be done."""
    try:
        program.play(World())
    except (Inconsistent, RuntimeError, IndexError, KeyError):
        return False
    return True


def _with(program, steps):
    return Program(program.seed, program.threads, tuple(steps))


def _candidates(program):
    """Smaller programs, the much smaller ones first."""
    steps = program.steps
    size = len(steps) // 2
    while size:
        for begin in range(0, len(steps), size):
            yield _with(program, _kept(steps[:begin] + steps[begin + size :]))
        size //= 2
    made = next((step for step in steps if isinstance(step, MakeNet)), None)
    if made is not None:
        for network in _networks(made.network):
            yield _with(program, _kept(tuple(_renewed(step, network) for step in steps)))
    for place, step in enumerate(steps):
        for other in _plainer(step):
            yield _with(program, _kept(steps[:place] + (other,) + steps[place + 1 :]))
    if program.threads > 1:
        yield Program(program.seed, 1, program.steps)


def _kept(steps):
    """Steps without those that need what is no longer made."""
    world = World()
    return tuple(step for step in steps if world.attempt(step))


def _networks(network):
    """The network with a node less, a head less, or a plainer node."""
    for node in network.nodes:
        smaller = network.without(node.name)
        if smaller is not None:
            yield smaller
    for head in network.heads:
        if len(network.heads) > 1:
            smaller = replace(network, heads=tuple(each for each in network.heads if each != head)).alive()
            if smaller.fits():
                yield smaller
    for place, node in enumerate(network.nodes):
        for name, plain in (("activation", None), ("bias", False), ("relu", False)):
            if node.attributes.get(name, plain) != plain:
                changed = replace(node, attributes={**node.attributes, name: plain})
                nodes = tuple(changed if each.attributes is node.attributes else each for each in network.nodes)
                nodes = (*nodes[:place], changed, *nodes[place + 1 :])
                if (smaller := replace(network, nodes=nodes)).fits():
                    yield smaller


def _renewed(step, network):
    """A step that knows the network, with another one."""
    changes = {}
    for field in fields(step):
        value = getattr(step, field.name)
        if isinstance(value, Network):
            changes[field.name] = network
        elif field.name == "heads" and isinstance(value, int):
            changes[field.name] = len(network.heads)
    return replace(step, **changes) if changes else step


def _plainer(step: Step):
    """The same step in a plainer way."""
    if isinstance(step, Write) and step.thread:
        yield replace(step, thread=False)
    if isinstance(step, Race):
        yield step.write
    names = {field.name: getattr(step, field.name) for field in fields(step)}
    for name, plain in (("rows", None), ("again", False), ("training", None), ("given", False), ("options", "")):
        if name == "options" and not isinstance(step, Mode):
            continue
        if name in names and names[name] not in (plain, "False"):
            yield replace(step, **{name: plain})
