"""Registries: what a name, an instance, a dict and JSON give, and what is refused."""

import json

import pytest

import mxnet as mx


class Shape:
    def __init__(self, x=1, y=2):
        self.x, self.y = x, y


register = mx.registry.get_register_func(Shape, "shape")
alias = mx.registry.get_alias_func(Shape, "shape")
create = mx.registry.get_create_func(Shape, "shape")


@alias("disc", "Ring")
@register
class Circle(Shape):
    pass


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        (("circle",), {}, (1, 2)),
        (("CIRCLE", 5), {"y": 3}, (5, 3)),
        ((), {"shape": "disc", "x": 4}, (4, 2)),
        (({"shape": "ring", "x": 7},), {}, (7, 2)),
        (('["circle", {"x": 9}]',), {}, (9, 2)),
        (('{"shape": "circle", "y": 9}',), {}, (1, 9)),
        ((Circle(3, 4),), {}, (3, 4)),
    ],
)
def test_create(args, kwargs, expected):
    made = create(*args, **kwargs)
    assert type(made) is Circle
    assert (made.x, made.y) == expected


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "message"),
    [
        (("square",), {}, AssertionError, "no shape is registered as 'square'; there are .*'circle'"),
        ((3,), {}, AssertionError, "expected the name of a registered shape or an instance; got 3"),
        (
            (Circle,),
            {},
            AssertionError,
            r"expected the name of a registered shape or an instance; got .*Circle.*Circle\(\) is an instance",
        ),
        ((Circle(), 3), {}, AssertionError, "takes no further arguments"),
        (('["circle", {"x": 9}]', 3), {}, AssertionError, "holds all arguments"),
        ((), {}, KeyError, "shape"),
        (("circle",), {"z": 3}, TypeError, "unexpected keyword argument 'z'"),
        (("[bad",), {}, json.JSONDecodeError, None),
        (('["circle"]',), {}, ValueError, None),
    ],
)
def test_create_refuses(args, kwargs, error, message):
    with pytest.raises(error, match=message):
        create(*args, **kwargs)


def test_only_subclasses_are_registered():
    with pytest.raises(AssertionError, match="a shape is a subclass of Shape"):
        register(int)
    with pytest.raises(TypeError):
        register(3)


def test_the_registry_is_handed_out_as_a_copy():
    mx.registry.get_registry(Shape).clear()
    assert set(mx.registry.get_registry(Shape)) == {"circle", "disc", "ring"}
    assert mx.registry.get_registry(dict) == {}
