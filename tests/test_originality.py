"""tools/originality.py: what counts as shared with another source, and what of it as a fact."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

THEIRS = '''
"""Their module."""

def smooth(values, window, passes=1, keep_ends=True):
    """Replace every value by the mean of the values that lie around it in the window."""
    result = list(values)  # their remark
    for turn in range(passes):
        padded = [result[0]] * window + result + [result[-1]] * window
        result = [sum(padded[i : i + 2 * window + 1]) / (2 * window + 1) for i in range(len(result))]
    return result
'''
BODY = THEIRS.split("their remark\n")[1]
FILE = "ours.py"


@pytest.fixture
def tool(monkeypatch):
    spec = importlib.util.spec_from_file_location("tools_originality", ROOT / "tools" / "originality.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def compare(tool, tmp_path, monkeypatch, capsys):
    def compare(text, *arguments, name=FILE, allowed="", theirs=THEIRS):
        for folder in ("project", "other", "common"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "other" / "theirs.py").write_text(theirs, encoding="utf-8")
        path = tmp_path / "project" / name
        path.write_text(text, encoding="utf-8")
        (tmp_path / "facts.toml").write_text(allowed, encoding="utf-8")
        monkeypatch.setattr(tool, "ROOT", tmp_path / "project")
        monkeypatch.setattr(tool, "ALLOWED", tmp_path / "facts.toml")
        monkeypatch.setattr(tool, "ours", lambda prefix: [path])
        code = tool.main([str(tmp_path / "other"), "--common", str(tmp_path / "common"), *arguments])
        return code, capsys.readouterr().out

    return compare


def test_what_is_written_anew_is_not_found(compare):
    code, out = compare("def smooth(values):\n    return sorted(values)\n")
    assert code == 0
    assert out == "1 files against 1: 0 facts, 0 brief, 0 allowed, 0 open\n"


def test_copied_code_is_open_and_only_our_lines_are_shown(compare):
    code, out = compare("def other(result, passes, window):  # our remark\n" + BODY)
    assert code == 1
    assert "1 open" in out and "|         padded = [" in out
    assert "their remark" not in out


def test_a_copied_sentence_is_open_however_it_is_set(compare):
    sentence = "Replace every value by the mean of the values\n    that lie AROUND it, in the window!"
    code, out = compare(f'def f():\n    """{sentence}"""\n')
    assert code == 1 and "docstring" in out
    assert compare(f"# {sentence}".replace("\n   ", "\n#"))[0] == 1
    assert compare(f"Text. {sentence}", name="ours.md")[0] == 1
    assert compare("x = f('every value by the mean of the values that lie around it')")[0] == 1


def test_an_argument_list_is_a_fact(compare):
    text = "def smooth(values, window, passes=1, keep_ends=True):\n    return None\n"
    code, out = compare(text, "--show", "facts")
    assert code == 0
    assert "1 facts, 0 brief" in out and "signature" in out


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']\n", "literal"),
        ("from a.b import (c, d, e, f, g, h, i, j, k)\n", "import"),
        ("x = f(a, b, c, d, e=e, g=g, h=h)\n", "arguments handed on"),
        (
            "class A:\n    def f(self, a, b):\n        self.a = a\n        self._b = b\n        self.c = c\n",
            "attribute",
        ),
    ],
)
def test_other_facts(compare, text, fact):
    code, out = compare(text, "--show", "facts", theirs=text)
    assert code == 0 and fact in out


def test_short_code_is_brief(compare):
    text = "value = (first + 2) * third - fourth // 5\n"
    code, out = compare(text, theirs=text)
    assert code == 0 and "1 brief" in out


def test_what_stands_in_unrelated_code_is_everybodys(compare, tmp_path):
    text = "if a[0] == b[1] and c[2] != d[3]:\n    e.append(f(g, h)[i + 1])\n    k = l[m - 1] + 2\n"
    assert compare(text, theirs=text)[0] == 1
    (tmp_path / "common" / "all.py").write_text(text, encoding="utf-8")
    code, out = compare(text, "--show", "facts", theirs=text)
    assert code == 0 and "everybody's" in out


def test_the_list_of_facts_allows_and_is_kept_short(compare):
    entry = '[[fact]]\nfile = "ours.py"\nwhat = "padded = ["\nreason = "a test"\n'
    code, out = compare("def other(result):\n" + BODY, allowed=entry)
    assert code == 0 and "1 allowed, 0 open" in out
    code, out = compare("x = 1\n", allowed=entry)
    assert code == 1 and "names what is not found any more: ours.py: padded = [" in out


def test_an_empty_source_is_refused(tool, tmp_path, capsys):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(SystemExit) as stopped:
            tool.main([str(path)])
        assert stopped.value.code == 2
    assert "does not exist" in capsys.readouterr().err


def test_f_strings_are_one_string(tool):
    units = tool.read_python("x = f'{a} is {b!r} of {c:>{width}} things here and there'\n", False)
    assert [token.text for token in units[0].tokens][:2] == ["x", "="] and len(units[0].tokens) == 3
    assert [token.text for token in units[1].tokens] == ["is", "of", "things", "here", "and", "there"]
