"""Every name of MXNet 1.9.1 that is not here says so, however it is asked for."""

import importlib
import json
import subprocess
import sys

import pytest

import mxnet
from mxnet import _absent

LISTED = json.loads(_absent.FILE.read_text(encoding="utf-8"))
NAMES = [(module, name) for module, names in LISTED["names"].items() for name in names.split()]
ELSEWHERE = [(module, *each.split("=")) for module, text in LISTED["elsewhere"].items() for each in text.split()]


def test_the_list_is_current():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.path[:0] = ['tools']; import absent; "
            "print(absent.content(), absent.readme(), sep='\\0', end='')",
        ],
        capture_output=True, text=True, check=True, cwd=_absent.FILE.parents[2],
    )  # fmt: skip
    names, readme = done.stdout.split("\0")
    assert names == _absent.FILE.read_text(encoding="utf-8"), "make absent writes it anew"
    assert readme == (_absent.FILE.parents[2] / "README.md").read_text(encoding="utf-8"), "make absent writes it anew"


@pytest.mark.parametrize("module", LISTED["modules"])
def test_a_missing_module_says_so(module):
    with pytest.raises(ImportError, match="is not supported yet; .{10}") as caught:
        importlib.import_module(module)
    assert f"{module}.".startswith(f"{str(caught.value).split()[0]}.")  # itself, or what it lies in
    parent, _, name = module.rpartition(".")
    if parent in sys.modules:
        with pytest.raises(ImportError, match=f"^{module} is not supported yet; "):
            exec(f"from {parent} import {name}", {})
        with pytest.raises(AttributeError, match=f"^{module} is not supported yet; "):
            getattr(sys.modules[parent], name)


def test_missing_names_say_so():
    for module, name in NAMES:
        here = importlib.import_module(module)
        assert not hasattr(here, name), f"{module}.{name} is here now: make absent"
        with pytest.raises(AttributeError, match=" is not supported yet; .{10}"):
            getattr(here, name)
        with pytest.raises(ImportError, match=" is not supported yet; .{10}"):
            exec(f"from {module} import {name}", {})


@pytest.mark.parametrize("front", ["ndarray", "symbol", "symbol.contrib"])
def test_operators_of_plugins_say_what_serves(front):
    module = importlib.import_module(f"mxnet.{front}")
    assert not hasattr(module, "WarpCTC")  # as in MXNet, which programs may ask
    with pytest.raises(AttributeError, match="plugin that MXNet 1.9.1 is built without; ctc_loss"):
        getattr(module, "WarpCTC")  # noqa: B009
    with pytest.raises(ImportError, match="WarpCTC is of a plugin"):
        exec(f"from mxnet.{front} import WarpCTC", {})
    with pytest.raises(AttributeError, match="has no attribute 'WarpCTX'"):
        getattr(module, "WarpCTX")  # noqa: B009


def test_charts_of_bokeh_say_what_draws():
    callback = importlib.import_module("mxnet.notebook.callback")
    for name in ("LiveBokehChart", "LiveTimeSeries", "LiveLearningCurve"):
        with pytest.raises(AttributeError, match="no charts of bokeh; .*live_plot.*PandasLogger"):
            getattr(callback, name)


def test_names_that_stand_elsewhere_are_found():
    assert ("mxnet.gluon.nn.conv_layers", "MaxPool2D") in {(module, name) for module, name, _ in ELSEWHERE}
    for module, name, path in ELSEWHERE:
        owner, _, its_name = path.rpartition(".")
        expected = getattr(importlib.import_module(owner), its_name)
        assert getattr(importlib.import_module(module), name) is expected
        space = {}
        exec(f"from {module} import {name}", space)
        assert space[name] is expected


@pytest.mark.parametrize(
    "name", [name for name in LISTED["modules"] if name.rpartition(".")[0] not in LISTED["modules"]]
)
def test_missing_modules_within_modules(name):
    owner, _, last = name.rpartition(".")
    with pytest.raises(AttributeError, match="is not supported yet"):
        getattr(importlib.import_module(owner), last)
    with pytest.raises(ImportError, match="is not supported yet"):
        importlib.import_module(name)


def test_dir_shows_what_a_module_is_for():
    for module in (mxnet.autograd, mxnet.gluon.utils, mxnet.ndarray.random, mxnet.context, mxnet.callback):
        assert not {"Any", "annotations", "torch", "Sequence", "Callable", "TYPE_CHECKING"} & set(dir(module))
    assert {"record", "backward", "Function"} <= set(dir(mxnet.autograd)) and "split_data" in dir(mxnet.gluon.utils)


def test_a_typo_stays_a_typo():
    with pytest.raises(AttributeError, match="^module 'mxnet.gluon' has no attribute 'Traner'"):
        mxnet.gluon.Traner  # noqa: B018
    with pytest.raises(AttributeError, match="^module 'mxnet' has no attribute 'gloun'"):
        mxnet.gloun  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Traner'"):
        exec("from mxnet.gluon import Traner", {})
    with pytest.raises(ModuleNotFoundError, match="No module named 'mxnet.gloun'"):
        importlib.import_module("mxnet.gloun")
