"""Files made wrong: bytes flipped, cut, doubled and put together, numbers that are too large, JSON with other parts.

What comes out depends on the generator alone, so that a number names a file.
"""

import json

INTERESTING = [
    0, 1, 2, 4, 7, 127, 128, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**64 - 1,
]  # fmt: skip
TEXTS = b"-1 0 1e400 99999999999999999999 2147483648 NaN nan None () [] {} null".split()
PARTS = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 10**400, 1.5, -0.0, 1e308, float("nan"), float("inf"), "", "x",
    "0", "-1", "(0, 0)", "(99999999999, 2)", "(" * 50, "-" * 3000, "\ud800", "\0", "../../x", "a" * 5000, [], [[]], {},
    {"a": 1}, [1, "28", "28"], [0] * 50,
]  # fmt: skip


def mutated(content, others, chance):
    """The bytes of a file with one to several things wrong, as bytes."""
    document = None
    if content[:1] in b"{[" and chance.random() < 0.6:
        try:
            document = json.loads(content)
        except ValueError:
            document = None
    if document is not None:
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            document = with_other_part(document, chance)
        return json.dumps(document).encode("utf-8", "surrogatepass")
    result = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        chance.choice(STEPS)(result, others, chance)
    return bytes(result)


def with_other_part(value, chance):
    """A JSON value with something else in one place."""
    inside = value if isinstance(value, (dict, list)) else []
    if not inside or chance.random() < 0.15:
        return chance.choice(PARTS) if chance.random() < 0.97 else nested(chance)
    if isinstance(value, dict):
        key = chance.choice(list(value))
        step = chance.random()
        if step < 0.1:
            return {name: each for name, each in value.items() if name != key}
        if step < 0.15:
            return {**value, chance.choice(["x", "op", "name", "format", "\0array", "\0bytes"]): chance.choice(PARTS)}
        return {**value, key: with_other_part(value[key], chance)}
    place = chance.randrange(len(value))
    step = chance.random()
    if step < 0.1:
        return value[:place] + value[place + 1 :]
    if step < 0.15:
        return value + value[place : place + 1] * chance.choice([1, 100])
    return [*value[:place], with_other_part(value[place], chance), *value[place + 1 :]]


def nested(chance):
    """Lists or dicts within each other."""
    value = []
    for _ in range(chance.choice([50, 500])):
        value = [value] if chance.random() < 0.5 else {"a": value}
    return value


# --- on bytes -------------------------------------------------------------------------------------------------------


def place_in(content, chance):
    """Anywhere, but more often near the beginning, where the headers are."""
    end = len(content) if chance.random() < 0.5 else min(len(content), 200)
    return chance.randrange(end + 1)


def flip(content, others, chance):
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def put_byte(content, others, chance):
    at = place_in(content, chance)
    content[at : at + 1] = bytes([chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])])


def put_number(content, others, chance):
    """A number in one of the ways that formats have it, over what is there or before it."""
    at, size = place_in(content, chance), chance.choice([1, 2, 4, 4, 8, 8])
    number = (chance.choice(INTERESTING) % (1 << (8 * size))).to_bytes(size, chance.choice(["little", "little", "big"]))
    content[at : at + (size if chance.random() < 0.8 else 0)] = number


def put_text(content, others, chance):
    """Another number or another value where digits stand."""
    digits = [place for place, byte in enumerate(content[:20_000]) if 48 <= byte <= 57]
    if digits:
        first = last = chance.choice(digits)
        while last < len(content) and 48 <= content[last] <= 57:
            last += 1
        content[first:last] = chance.choice(TEXTS)


def cut(content, others, chance):
    del content[place_in(content, chance) :]


def leave_out(content, others, chance):
    at = place_in(content, chance)
    del content[at : at + chance.choice([1, 4, 8, 50])]


def repeat(content, others, chance):
    at, length = place_in(content, chance), chance.choice([1, 4, 8, 50])
    content[at:at] = content[at : at + length] * chance.choice([1, 2, 100])


def splice(content, others, chance):
    other = chance.choice(others)
    content[place_in(content, chance) :] = other[place_in(other, chance) :]


def noise(content, others, chance):
    at = place_in(content, chance)
    content[at : at + chance.choice([0, 4, 16])] = chance.randbytes(chance.choice([1, 4, 16]))


STEPS = [flip, flip, put_byte, put_number, put_number, put_text, cut, leave_out, repeat, splice, noise]
