"""What `remxnet lint` says of programs, which it reads and does not run."""

import json
from pathlib import Path

import numpy as np
import pytest

from remxnet import cli
from remxnet.lint.differences import DIFFERENCES
from remxnet.lint.names import HANDS_ON, keywords, look

ROOT = Path(__file__).parents[3]


@pytest.fixture
def said(tmp_path, capsys):
    """The findings of a script, as `line kind name`."""

    def lint(source, name="program.py"):
        path = tmp_path / name
        path.write_text(source, encoding="utf-8")
        code = cli.main(["lint", "--json", str(path)])
        report = json.loads(capsys.readouterr().out)
        return code, [f"{each['line']} {each['kind']} {each['name']}" for each in report["findings"]]

    return lint


def test_names_are_followed_through_every_way_of_importing_them(said):
    source = """
import mxnet
import mxnet as mx, os
from mxnet import nd, gluon
from mxnet.gluon import nn as layers
from mxnet.gluon.loss import *
mxnet.nd.ones; mx.nd.onez; nd.onez; gluon.nn.Denze
layers.Denze(3)
loss = L2Loss()
F2 = mx.sym
F2.Activation, F2.Activashun
os.nothing
class Net(gluon.HybridBlock):
    nd = None
    def hybrid_forward(self, F, x):
        return F.relu(x) + F.relux(x) + F.contrib.box_nms(x) + nd.zerozes
def helper(mx):
    return mx.nothing
[nd.onez for nd in range(3)]
"""
    code, found = said(source)
    assert code == 1
    assert found == [
        "7 unknown mxnet.nd.onez", "7 unknown mxnet.gluon.nn.Denze",
        "8 unknown mxnet.gluon.nn.Denze", "11 unknown mxnet.sym.Activashun", "16 unknown mxnet.ndarray.relux",
        "16 unknown mxnet.nd.zerozes",
    ]  # fmt: skip  # the same of one line is said once


def test_a_name_is_what_the_branches_make_of_it(said):
    code, found = said("""
import numpy as np
if input():
    from mxnet import np
np.onez, np.flip
try:
    from mxnet import nothing
except ImportError:
    nothing = None
nothing.at_all
import mxnet as mx
if hasattr(mx, "later"):
    mx.later
getattr(mx, "later", None)
mx.own = 3
""")
    assert code == 0
    assert found == ["7 note mxnet.nothing", "13 note mxnet.later"]


def test_what_is_missing_comes_with_a_way_out(said, tmp_path, capsys):
    from mxnet import _absent

    module, names = next(
        (m, n.split()) for m, n in json.loads(_absent.FILE.read_text())["names"].items() if m == "mxnet"
    )
    assert said(f"import {module}\n{module}.{names[0]}")[1] == [f"2 missing {module}.{names[0]}"]
    assert cli.main(["lint", str(tmp_path / "program.py")]) == 1
    assert f"program.py:2: missing: {_absent.text_for(f'{module}.{names[0]}')}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("mx.nd.Convolution(x, kernal=(3, 3), num_filter=1)", True),
        ("mx.nd.Convolution(x, kernel=(3, 3), num_filter=1, __layout__='NCHW')", False),
        ("mx.sym.FullyConnected(x, num_hidden=3, lr_mult=2, name='fc')", False),
        ("mx.sym.Concat(x, y, num_args=2, dim=1)", False),
        ("mx.nd.log(x, axis=1)", False),
        ("mx.gluon.nn.Conv2D(3, kernel_size=3, prefix='a', in_channel=3)", True),
        ("mx.gluon.nn.Conv2D(3, kernel_size=3, prefix='a', in_channels=3)", False),
        ("mx.optimizer.Adam(learning_rate=1, beta1=2, clip_gradient=3)", False),
        ("mx.optimizer.Adam(learning_rates=1)", True),
        ("mx.image.ImageDetIter(1, (3, 2, 2), rand_mirror=True)", False),
        ("mx.image.ImageDetIter(1, (3, 2, 2), rand_miror=True)", True),
        ("mx.np.sum(x, axes=1)", True),
        ("mx.nd.Custom(x, op_type='mine', whatever=3)", False),
    ],
)
def test_keyword_arguments_that_a_call_does_not_take(said, call, wrong):
    code, found = said(f"import mxnet as mx\n{call}")
    assert (code, [each.split()[1] for each in found]) == ((1, ["argument"]) if wrong else (0, []))


def test_names_that_numpy_took_away(said):
    code, found = said("""
import numpy as np
from numpy import int as whole
import xml.etree.ElementTree as ET
np.float, np.float32, np.asscalar(3), np.random.rand, np.linalg.linalg
x.tostring(); ET.tostring(); x.y.itemset(3)
np.array(3, copy=False)
""")
    assert code == 1
    gone_later = [  # NumPy 1.26 still has them
        (np.linalg, "linalg", "5 numpy numpy.linalg.linalg"),
        (np.ndarray, "tostring", "6 numpy numpy.ndarray.tostring"),
    ]
    gone = ["3 numpy numpy.int", "5 numpy numpy.float", "5 numpy numpy.asscalar"]
    gone += [says for owner, name, says in gone_later if not hasattr(owner, name)]
    assert found == [*gone, "7 note numpy.array"]


def test_what_differs_is_a_note(said):
    code, found = said("""
import mxnet as mx
mx.rnn.encode_sentences(x)
mx.init.Orthogonal()
mx.gluon.data.DataLoader(x, 3, num_workers=4); mx.gluon.data.DataLoader(x, 3, num_workers=0)
mx.gluon.model_zoo.vision.resnet18_v1(pretrained=True)
mx.gpu(1); mx.Context("gpu", 1); mx.Context("cpu")
""")
    assert code == 0
    assert [each.split(maxsplit=1)[0] for each in found] == ["3", "4", "5", "6", "7", "7"]


def test_notebooks_are_read_cell_by_cell(said, tmp_path, capsys):
    cells = [
        ["!pip install mxnet-cu101 pandas\n", "%matplotlib inline\n", "import mxnet as mx\n", "files = !ls\n", "mx?\n"],
        "%%bash\nmx.nothing",
        "%%time\nmx.nd.onez(3)",
        "await mx.nothing()",
    ]
    notebook = {"cells": [{"cell_type": "code", "source": each} for each in cells], "nbformat": 4}
    notebook["cells"].insert(1, {"cell_type": "markdown", "source": "mx.nothing"})
    code, found = said(json.dumps(notebook), "old.ipynb")
    assert code == 1
    assert found == ["1 note mxnet-cu101", "2 unknown mxnet.nd.onez", "1 unknown mxnet.nothing"]
    assert cli.main(["lint", "--quiet", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'old.ipynb'}:cell 3:2: unknown: MXNet 1.9.1 has no mx.nd.onez (did you")
    assert lines[-1] == "1 file read: 2 unknown to MXNet 1.9.1"
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "import mxnet\nmxnet.nothing"}]}], "nbformat": 3}
    assert said(json.dumps(old), "older.ipynb") == (1, ["2 unknown mxnet.nothing"])


@pytest.mark.parametrize(
    ("name", "source", "says"),
    [
        ("two.py", "import mxnet\nprint 'x'\n", "two.py:2: not Python: "),
        ("nul.py", "a\0b", "nul.py:1: "),
        ("latin.py", "# coding: no-such\nx", "latin.py:1: not Python: unknown encoding"),
        ("deep.py", "(" * 5000, "deep.py:1: "),
        ("chain.py", "x" + ".a" * 20000, "chain.py:1: "),
        ("chained.py", "x" + ".a" * 1500, "chained.py:1: nested too deeply to be followed"),
        ("list.ipynb", "[]", "not a notebook: it has no list of cells"),
        ("half.ipynb", '{"cells": [', "not a notebook: not JSON"),
        ("cell.ipynb", '{"cells": [{"cell_type": "code", "source": "x = ("}]}', "cell.ipynb:cell 1:1: not Python"),
    ],
)
def test_what_is_no_python_is_told_with_its_line(tmp_path, capsys, name, source, says):
    (tmp_path / name).write_text(source)
    (tmp_path / "good.py").write_text("import mxnet as mx\nmx.nothing")
    assert cli.main(["lint", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert len(err.splitlines()) == 1
    assert "good.py:2: unknown" in out  # the others are read all the same


def test_a_path_that_leads_nowhere(tmp_path, capsys):
    assert cli.main(["lint", str(tmp_path / "gone.py")]) == 2
    assert cli.main(["lint", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("there is no") == 2


def test_every_difference_is_of_a_name_that_is_here_and_on_the_page():
    page = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    for path, difference in DIFFERENCES.items():
        assert look(path).kind == "here", path
        own = path.rpartition(".")[2]
        words = {own, path.split(".")[1], path.rpartition(".")[0].replace("mxnet.", "", 1), difference.keyword or own}
        assert any(word in page for word in words), path
    assert all(look(path).kind == "here" and keywords(path) for pair in HANDS_ON.items() for path in pair)


def test_the_project_has_nothing_missing(capsys):
    assert cli.main(["lint", "--quiet", str(ROOT / "examples"), str(ROOT / "src" / "remxnet" / "book")]) == 0


def test_coverage_is_counted_by_module(capsys):
    assert cli.main(["info", "--coverage", "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert counted["mxnet.gluon.nn"]["here"] == counted["mxnet.gluon.nn"]["names"] > 30
    assert all(row["here"] + len(row["missing"]) == row["names"] for row in counted.values())
    assert cli.main(["info", "--coverage"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[0] == "all"
