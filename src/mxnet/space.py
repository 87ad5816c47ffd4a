"""Spaces of choices that MXNet's tuning of TVM operators kept: written to JSON and read from it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["ConfigSpace", "ConfigSpaces", "OtherOptionEntity", "OtherOptionSpace"]

_OPTION = "ot"  # what JSON calls the only kind of option


class OtherOptionEntity:
    """One choice.

    Parameters
    ----------
    val : object
        what is chosen
    """

    def __init__(self, val: Any) -> None:
        self.val = val

    @classmethod
    def from_tvm(cls, x: Any) -> OtherOptionEntity:
        """The same choice, of TVM's."""
        return cls(x.val)

    def __repr__(self) -> str:
        return str(self.val)


class OtherOptionSpace:
    """What can be chosen.

    Parameters
    ----------
    entities : iterable
        what the choices are made of
    """

    def __init__(self, entities: Iterable[Any]) -> None:
        self.entities = [OtherOptionEntity(each) for each in entities]

    @classmethod
    def from_tvm(cls, x: Any) -> OtherOptionSpace:
        """The same space, of TVM's."""
        return cls([each.val for each in x.entities])

    def __len__(self) -> int:
        return len(self.entities)

    def __repr__(self) -> str:
        return f"OtherOption({self.entities}) len={len(self)}"


class ConfigSpace:
    """Spaces by name, and what is chosen of each.

    Parameters
    ----------
    space_map : mapping of str to OtherOptionSpace
        the spaces
    _entity_map : mapping of str to OtherOptionEntity
        the choices
    """

    def __init__(self, space_map: Mapping[str, OtherOptionSpace], _entity_map: Mapping[str, OtherOptionEntity]) -> None:
        self.space_map, self._entity_map = space_map, _entity_map
        self._length = 1
        for space in space_map.values():
            self._length *= len(space)

    @classmethod
    def from_tvm(cls, x: Any) -> ConfigSpace:
        """The same spaces, of TVM's."""
        spaces = OrderedDict((name, OtherOptionSpace.from_tvm(each)) for name, each in x.space_map.items())
        chosen = OrderedDict((name, OtherOptionEntity.from_tvm(each)) for name, each in x._entity_map.items())
        return cls(spaces, chosen)

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        lines = [f"{number:4d} {name}: {space}\n" for number, (name, space) in enumerate(self.space_map.items())]
        return f"ConfigSpace (len={len(self)}, space_map=\n{''.join(lines)})"

    def to_json_dict(self) -> dict[str, Any]:
        """Lists and dicts that JSON can hold: the choices under ``e``, the spaces under ``s``.

        Examples
        --------
        >>> tiles = mx.space.OtherOptionSpace([8, 16])
        >>> mx.space.ConfigSpace({"tile": tiles}, {"tile": tiles.entities[0]}).to_json_dict()
        {'e': [('tile', 'ot', 8)], 's': [('tile', 'ot', [8, 16])]}
        """
        return {
            "e": [(name, _OPTION, each.val) for name, each in self._entity_map.items()],
            "s": [(name, _OPTION, [each.val for each in space.entities]) for name, space in self.space_map.items()],
        }

    @classmethod
    def from_json_dict(cls, json_dict: Mapping[str, Any]) -> ConfigSpace:
        """What :meth:`to_json_dict` wrote.

        Raises
        ------
        KeyError
            there are no choices or no spaces in it
        RuntimeError
            an option of an unknown kind
        """
        chosen: OrderedDict[str, OtherOptionEntity] = OrderedDict()
        spaces: OrderedDict[str, OtherOptionSpace] = OrderedDict()
        for name, kind, value in json_dict["e"]:
            _check_kind(name, kind)
            chosen[name] = OtherOptionEntity(value)
        for name, kind, values in json_dict["s"]:
            _check_kind(name, kind)
            spaces[name] = OtherOptionSpace(values)
        return cls(spaces, chosen)


def _check_kind(name: str, kind: str) -> None:
    if kind != _OPTION:
        raise RuntimeError(f"ConfigSpace: {name!r} is an option of the kind {kind!r}; expected {_OPTION!r}")


class ConfigSpaces:
    """Spaces of several operators, by name."""

    def __init__(self) -> None:
        self.spaces: dict[str, ConfigSpace] = {}

    def __setitem__(self, name: str, space: ConfigSpace) -> None:
        self.spaces[name] = space

    def __len__(self) -> int:
        return len(self.spaces)

    def __repr__(self) -> str:
        lines = [f"{number:4d} {name}:\n {space}\n" for number, (name, space) in enumerate(self.spaces.items())]
        return f"ConfigSpaces (len={len(self)}, config_space=\n{''.join(lines)})"

    def to_json_dict(self) -> list[tuple[str, dict[str, Any]]]:
        """Names, each with what its space gives."""
        return [(name, space.to_json_dict()) for name, space in self.spaces.items()]

    @classmethod
    def from_json_dict(cls, json_dict: Iterable[tuple[str, Mapping[str, Any]]]) -> ConfigSpaces:
        """What :meth:`to_json_dict` wrote."""
        made = cls()
        for name, each in json_dict:
            made[name] = ConfigSpace.from_json_dict(each)
        return made
