"""Lines of at most 88 columns, broken where ruff and Black would break them."""

from __future__ import annotations

__all__ = ["WIDTH", "depth", "is_atom", "pieces", "statement"]

#: the width that ruff and Black have where nothing is configured
WIDTH = 88
_OPEN, _CLOSE = "([{", ")]}"


def _places(text: str) -> list[tuple[int, str, int]]:
    """Place, character and depth of each character outside of strings."""
    found, level, quote, place = [], 0, "", 0
    while place < len(text):
        character = text[place]
        if quote:
            if character == "\\":
                place += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        else:
            level -= character in _CLOSE
            found.append((place, character, level))
            level += character in _OPEN
        place += 1
    return found


def depth(text: str) -> int:
    """How deep the brackets of an expression nest.

    Examples
    --------
    >>> depth("a + f(g(x))"), depth("'((('")
    (2, 0)
    """
    return max((level + 1 for _, character, level in _places(text) if character in _OPEN), default=0)


def pieces(text: str, separator: str = ",") -> list[str]:
    """An expression's parts between separators outside of brackets and strings.

    Examples
    --------
    >>> pieces("a, f(b, c), 'd,e'")
    ['a', 'f(b, c)', "'d,e'"]
    """
    cuts = [place for place, character, level in _places(text) if character == separator and level == 0]
    parts = [text[start:end].strip() for start, end in zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(text)])]
    return parts if parts[-1] else parts[:-1]


def is_atom(text: str) -> bool:
    """Whether an expression is a name, a call, a literal or an attribute: nothing that an operator could tear apart.

    Examples
    --------
    >>> is_atom("f(x).y[1]"), is_atom("a + b"), is_atom("-a"), is_atom("(a + b)"), is_atom("not a"), is_atom("'a b'")
    (True, False, False, True, False, True)
    """
    return not text.startswith(("-", "~")) and not any(
        level == 0 and character in " +*/%<>=&|^@~,:" for _, character, level in _places(text)
    )


def statement(text: str, indent: int = 0) -> list[str]:
    """The lines of a statement."""
    space = " " * indent
    if len(space + text) <= WIDTH or "\n" in text:
        return [space + text]
    head, body, tail = _brackets(text)
    if not body:
        return [space + text]
    inner = indent + 4
    target, equals, value = text.partition(" = ")
    if len(space + head) > WIDTH and equals and target.replace(".", "").isidentifier():
        return [f"{space}{target} = (", *statement(value, inner), f"{space})"]
    one_line = " " * inner + body.strip()
    several = pieces(body)
    lines = [space + head]
    if len(one_line) <= WIDTH and not body.rstrip().endswith(","):
        lines.append(one_line)
    elif len(several) == 1 and not body.rstrip().endswith(",") and " for " in body:
        element, _, loop = body.partition(" for ")
        lines += [*statement(element.strip(), inner), *statement(f"for {loop.strip()}", inner)]
    else:
        for each in several:
            broken = statement(each + ",", inner) if len(" " * inner + each) < WIDTH else statement(each, inner)
            if not broken[-1].endswith(","):
                broken[-1] += ","
            lines += broken
    return [*lines, space + tail]


def _brackets(text: str) -> tuple[str, str, str]:
    """A statement up to its last pair of brackets outside of others (a definition's first), what is in it, the rest."""
    places = _places(text)
    if text.startswith("def "):
        start = text.index("(")
        end = next(place for place, character, level in places if character == ")" and level == 0)
        return text[: start + 1], text[start + 1 : end], text[end:]
    ends = [place for place, character, level in places if character in _CLOSE and level == 0]
    if not ends:
        return text, "", ""
    end = ends[-1]
    start = max(place for place, character, level in places if character in _OPEN and level == 0 and place < end)
    return text[: start + 1], text[start + 1 : end], text[end:]
