"""`pip install` lines for packages that this project provides: they are not to be installed.

A notebook of the MXNet years often begins with `!pip install mxnet d2l`. Those packages are here under the same names,
and what the index has under them would stand in their way or not install at all. Such names are taken out of the line,
and the line goes where nothing is left of it. Everything else in a cell runs as it is written.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["without_provided_installs"]

PROVIDED = re.compile(r"mxnet(-(cu\d+(mkl)?|mkl|native))?|d2l|d2lzh|gluonbook|d2l-en|d2l-zh")
SHELL_CELL = re.compile(r"%%(bash|sh|script\s+(ba)?sh|!)")
ESCAPE = re.compile(r"(?P<indent>\s*)(?:\w+\s*=\s*)?(?P<escape>!{1,2}|%(?=\s*(?:uv\s+)?pip\b))?")
PIP = re.compile(r"(?:\S*/)?pip[\d.]*(\.exe)?")
PYTHON = re.compile(r"(?:\S*/)?python[\d.]*(\.exe)?|\{sys\.executable\}|\$sys\.executable|\$\{sys\.executable\}")
BETWEEN_COMMANDS = re.compile(r"[;&|()]+")
REDIRECTION = re.compile(r"&?[<>]+[&|]?")
# options of pip install whose value is the next word
WITH_VALUE = frozenset(
    "-r --requirement -c --constraint -e --editable -t --target -i --index-url -f --find-links -C --config-settings "
    "--extra-index-url --platform --python-version --implementation --abi --root --prefix --src --upgrade-strategy "
    "--global-option --only-binary --no-binary --progress-bar --report --log --proxy --retries --timeout "
    "--exists-action --trusted-host --cert --client-cert --cache-dir --python".split()
)
INSTALLS_OTHER_THINGS = frozenset({"-r", "--requirement", "-e", "--editable"})


class Word(NamedTuple):
    """A word of a command, and where it is in the line."""

    text: str
    first: int
    last: int


def without_provided_installs(source: str) -> tuple[str, list[str]]:
    r"""The source of a cell without the installation of what is provided, and the names that were taken out.

    Lines keep their numbers.

    Examples
    --------
    >>> without_provided_installs("!pip install d2l\nimport d2l")
    ('pass\nimport d2l', ['d2l'])
    >>> without_provided_installs("%pip install -U mxnet-cu101==1.7 pandas")
    ('%pip install -U               pandas', ['mxnet-cu101==1.7'])
    """
    if "pip" not in source or is_python(source):
        return source, []
    lines = source.split("\n")
    shell = SHELL_CELL.match(lines[0]) is not None
    left_out: list[str] = []
    at = 1 if shell else 0
    while at < len(lines):
        end = at
        while lines[end].endswith("\\") and end + 1 < len(lines):
            end += 1
        text = "\n".join(lines[at : end + 1])
        changed, names = without_names(text, shell)
        left_out += names
        lines[at : end + 1] = changed.split("\n")
        at = end + 1
    return "\n".join(lines), left_out


def is_python(source: str) -> bool:
    """Whether a cell is plain Python, so that what looks like a command is in a text."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # the last two where it is nested too deeply
        return False
    return True


def without_names(line: str, shell: bool) -> tuple[str, list[str]]:
    """One logical line, which may be several with backslashes at their ends, without the provided names."""
    start = ESCAPE.match(line)
    assert start is not None  # every part of it is optional
    if not start["escape"] and not shell and not line.lstrip().startswith("pip"):  # IPython takes it for %pip
        return line, []
    commands = list(simple_commands(line.replace("\\\n", "  "), start.end()))
    names: list[str] = []
    blanks: list[tuple[int, int, str]] = []
    gone = 0
    for words in commands:
        wanted = requirements(words)
        provided = [word for word in wanted if PROVIDED.fullmatch(distribution(word.text))]
        names += [word.text.strip("'\"") for word in provided]
        if provided and len(provided) == len(wanted) and not INSTALLS_OTHER_THINGS & {w.text for w in words}:
            gone += 1
            blanks.append((words[0].first, words[-1].last, "true"))
        else:
            blanks += [(word.first, word.last, "") for word in provided]
    if commands and gone == len(commands):
        return start["indent"] + (":" if shell else "pass") + "\n" * line.count("\n"), names
    for first, last, stand_in in reversed(blanks):
        blank = "".join(c if c in "\\\n" else " " for c in line[first:last])
        line = line[:first] + stand_in + blank[len(stand_in) :] + line[last:]
    return line, names


def simple_commands(line: str, start: int) -> Iterator[list[Word]]:
    """The commands of a shell line, each as its words, without redirections and comments."""
    lexer = shlex.shlex(line[start:], posix=False, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""  # shlex would end a word at any #
    words: list[Word] = []
    skip_target = False
    try:
        for text in lexer:
            first = line.index(text, start)
            start = first + len(text)
            if text.startswith("#"):
                break
            if REDIRECTION.fullmatch(text):
                if words and words[-1].last == first and words[-1].text.isdecimal():
                    words.pop()  # the 2 of 2>
                skip_target = True
            elif skip_target:
                skip_target = False
            elif BETWEEN_COMMANDS.fullmatch(text):
                if words:
                    yield words
                words = []
            else:
                words.append(Word(text, first, start))
    except ValueError:  # a quotation without an end; the shell will say so
        return
    if words:
        yield words


def requirements(words: list[Word]) -> list[Word]:
    """What a command asks pip to install; empty for any other command."""
    rest = words[1:] if words[0].text in ("sudo", "uv") else words
    if len(rest) > 2 and PYTHON.fullmatch(rest[0].text) and rest[1].text == "-m":
        rest = rest[2:]
    if len(rest) < 2 or not PIP.fullmatch(rest[0].text):
        return []
    rest = rest[1:]
    while rest and rest[0].text.startswith("-"):
        rest = rest[1:]
    if not rest or rest[0].text != "install":
        return []
    wanted: list[Word] = []
    is_value = False
    for word in rest[1:]:
        if is_value or word.text.startswith("-"):
            is_value = not is_value and word.text in WITH_VALUE
        else:
            wanted.append(word)
    return wanted


def distribution(requirement: str) -> str:
    """The name in a requirement, as the index spells it: of `'MXNet_cu101>=1.7'`, mxnet-cu101.

    Of an address it is the name after `egg=`, or the last part of the path.
    """
    text = requirement.strip("'\"")
    name, at, _ = text.partition("@")
    if "://" in text and not (at and "://" not in name and "/" not in name):
        egg = re.search(r"#(?:.*&)?egg=([\w.-]+)", text)
        name = egg[1] if egg else re.split(r"[@#?]", text.split("://", 1)[1])[0].rstrip("/").rsplit("/", 1)[-1]
        name = name.removesuffix(".git")
    match = re.match(r"\s*([A-Za-z0-9][\w.-]*)", name)
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""
