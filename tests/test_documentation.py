"""What README.md and docs/ tell a reader to type works, and gives what they show."""

import ast
import contextlib
import io
import re
import shlex
import subprocess
from pathlib import Path

import an_old_model
import pytest
from PIL import Image

from remxnet import cli

pytestmark = pytest.mark.usefixtures("warm")

ROOT = Path(__file__).parent.parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\b0x[0-9a-f]+|-?\d[\d,]*\.?\d*(?:e[+-]\d+)?")

# What takes too long as it is shown, and what stands in for it here. Each is (pattern, replacement) in a command; a
# command that was changed has to succeed, one that was not has to print what the page shows.
SHORTER = [
    (r"^(remxnet (?:train|compare)(?!.*(?:--data|--resume)).*)$", r"\1 --data sample"),
    (r"--data (?:fashion-mnist|mnist|cifar10)\b", "--data sample"),
    (r"^(remxnet compare(?!.*(?:--epochs|--resume)).*)$", r"\1 --epochs 1"),
    (r"^(remxnet compare(?!.*(?:--seeds|--resume)).*)$", r"\1 --seeds 1"),
    (r"^(remxnet compare(?!.*(?:--budget|--resume)).*)$", r"\1 --budget 5000"),
    (r"^(remxnet compare .*)--epochs \d+\b", r"\1--epochs 1"),
    (r"^(remxnet compare .*)--seeds \d+\b", r"\1--seeds 1"),
    (r"^(remxnet compare .*)--budget \d+\b", r"\1--budget 5000"),
    (r"^(remxnet (?!.*--resume).*)--epochs (?:[4-9]|\d\d+)\b", r"\1--epochs 1"),
]
# What pages go on with: files that are made before, in the folder where the page's commands run.
PREPARED = {
    "docs/an-old-model.md": an_old_model.make,
    "docs/command-line.md": an_old_model.make,
    "README.md": an_old_model.make,
}
# What the programs of a page leave beside what was there.
LEFT = {"docs/drawings.md": {"window.png", "window.gif", "window.html"}}
# What is not run, because it changes the machine, needs the network, or is for another directory.
NOT_RUN = [
    r"pip (?:install|uninstall) .*",
    r"PIP_EXTRA_INDEX_URL=\S+ make train",
    r"export (?:PYTHONPATH|REMXNET_HIDE_TORCH)=.*",
    r"git clone .*",
    r"remxnet (?:kernel|provide)\b.*",
]


def blocks(name, *languages):
    """The code blocks of a page, each with the block of output that follows it, or None."""
    text = PAGES[name].read_text(encoding="utf-8")
    found = list(BLOCK.finditer(text))
    for block, following in zip(found, [*found[1:], None]):
        if block[1] in languages:
            between = text[block.end() : following.start()] if following else "-"
            shown = following[2] if following and following[1] in ("", "text") and not between.strip() else None
            yield block[2], shown


def commands(name):
    """(command, the output shown with it or None) for every command that a page shows."""
    for text, _ in blocks(name, "sh", "console"):
        if any(line.startswith("$ ") for line in text.splitlines()):
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield command.strip(), output if output.strip() else None
        else:
            for line in text.splitlines():
                command = re.sub(r"\s+#.*", "", line).strip()
                if command and not command.startswith("#"):
                    yield command, None


def words(text):
    """A text without its numbers and without the widths of its columns."""
    return NUMBER.sub("#", text).replace("─", "-").split()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory with what a checkout has and commands use."""
    for folder in ("examples", "docs", "src"):
        (tmp_path / folder).symlink_to(ROOT / folder, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


WITH_COMMANDS = [name for name in PAGES if any(commands(name))]


@pytest.mark.usefixtures("fewer_images")
@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_the_commands_of_a_page_run(name, place, capsys, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"), prepend=":")
    PREPARED.get(name, str)(place)
    for command, shown in commands(name):
        if any(re.fullmatch(pattern, command) for pattern in NOT_RUN):
            continue
        if command.startswith("make "):
            done = subprocess.run(["make", "-n", *shlex.split(command)[1:]], cwd=ROOT, capture_output=True, check=False)
            assert done.returncode == 0, (command, done.stderr)
            continue
        assert command.startswith("remxnet "), f"{name} shows a command that no test covers: {command}"
        run = command
        for pattern, replacement in SHORTER:
            run = re.sub(pattern, replacement, run)
        capsys.readouterr()
        code = succeeded(shlex.split(run)[1:])
        printed = capsys.readouterr()
        assert code == 0, (run, printed)
        if shown is not None and run == command:
            assert words(printed.out + printed.err) == words(shown), run


def succeeded(arguments):
    """Exit code of a command line, `--help` and `--version` included."""
    try:
        return cli.main(arguments)
    except SystemExit as stopped:
        return stopped.code


def test_what_is_installed_is_an_extra_that_exists():
    extras = re.findall(r"pip install '\.\[([\w,]+)\]'", "".join(path.read_text() for path in PAGES.values()))
    assert extras
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for extra in {part for text in extras for part in text.split(",")}:
        assert re.search(rf"^{extra} = \[", declared, re.MULTILINE), extra


WITH_PROGRAMS = [name for name in PAGES if name not in ("README.md", "docs/compare.md") and any(blocks(name, "python"))]


@pytest.mark.parametrize("name", WITH_PROGRAMS)
def test_the_programs_of_a_page_print_what_it_shows(name, place, monkeypatch):
    monkeypatch.setattr("remxnet.experiments.training.console.TrainingConsole.say", lambda self, line: None)
    PREPARED.get(name, str)(place)
    monkeypatch.syspath_prepend(str(place))
    for command, _ in commands(name):
        if command.startswith(("remxnet train ", "remxnet convert ")):  # what the programs go on with
            assert succeeded(shlex.split(command)[1:]) == 0
    scope, before = {"__name__": "__main__"}, {path.name for path in place.iterdir()}
    for source, shown in blocks(name, "python"):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, name, "exec"), scope)
        if shown is not None:
            assert words(printed.getvalue()) == words(shown), source
            numbers, wanted = (
                [float(n.replace(",", "")) for n in NUMBER.findall(each)] for each in (printed.getvalue(), shown)
            )
            assert numbers == pytest.approx(wanted, rel=1e-5)
    if name in LEFT:
        assert {path.name for path in place.iterdir()} - before == LEFT[name]
        for picture in [*place.glob("*.png"), *place.glob("*.gif")]:
            with Image.open(picture) as opened:
                opened.load()


def test_the_errors_say_what_the_page_says():
    import mxnet as mx
    from mxnet import gluon, nd
    from mxnet.gluon import nn

    text = PAGES["docs/coming-from-mxnet.md"].read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.*?)` \| (`.*`.*?) \| .* \|$", text, re.MULTILINE)
    assert len(rows) > 5
    for source, says in rows:
        parts = [re.escape(part.strip()) for part in re.findall(r"`([^`]*)`", says)]
        with pytest.raises((mx.MXNetError, RuntimeError, ValueError, TypeError)) as raised:
            names = {"mx": mx, "nd": nd, "nn": nn, "gluon": gluon}
            eval(compile(ast.parse(source, mode="eval"), source, "eval"), names)
        assert re.fullmatch(".*?".join(parts) + ("" if says.endswith("`") else ".*"), str(raised.value)), source


def test_every_make_target_that_is_named_exists():
    texts = [path.read_text(encoding="utf-8") for path in [*PAGES.values(), ROOT / "CONTRIBUTING.md"]]
    named = {target for text in texts for target in re.findall(r"`make ([a-z]+)", text)}
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= rules


@pytest.mark.parametrize(
    ("shown", "run"),
    [
        ("remxnet train lenet", "remxnet train lenet --data sample"),
        ("remxnet train lenet --data sample --epochs 20", "remxnet train lenet --data sample --epochs 1"),
        ("remxnet train --resume runs/a --epochs 30", "remxnet train --resume runs/a --epochs 30"),
        ("remxnet compare --seeds 3 --epochs 2", "remxnet compare --seeds 1 --epochs 1 --data sample --budget 5000"),
        ("remxnet info", "remxnet info"),
    ],
)
def test_long_commands_are_made_short(shown, run):
    for pattern, replacement in SHORTER:
        shown = re.sub(pattern, replacement, shown)
    assert shown == run


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere_in_the_repository_too(name):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", PAGES[name].read_text(encoding="utf-8"))
    gone = [target for target in targets if ":" not in target and not (PAGES[name].parent / target).exists()]
    assert gone == []
