"""Scripts under `remxnet run`, and what `--old-numpy` gives them: in a process of its own, as it changes NumPy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from remxnet import cli
from remxnet.old_numpy import NAMES

ROOT = Path(__file__).parents[2]

OLD_PROGRAM = """
import json, math, sys
import numpy as np

class Sub(np.ndarray):
    pass

def error(call):
    try:
        return str(call())
    except Exception as error:
        return type(error).__name__

from numpy.linalg.linalg import LinAlgError
a = np.arange(4.0).reshape(2, 2)
a.itemset((0, 1), 9); a.itemset(3, 7); a.itemset(1, 0, 5)
one = np.full((1, 1), 4.0)
print(json.dumps({
    "arguments": sys.argv[1:],
    "types": [np.float is float, np.int is int, np.object is object, np.str is str, np.float_ is np.float64],
    "numbers": [np.Inf, -np.NINF, np.infty, np.asscalar(one), np.trapz([1, 2, 3]), np.product([2, 3])],
    "arrays": [np.in1d([1, 2], [2]).tolist(), np.msort([[2], [1]]).tolist(), np.row_stack(([1], [2])).tolist()],
    "methods": [a.tolist(), a.ptp(), list(np.uint16([1]).newbyteorder()), np.uint8(3).tostring().hex()],
    "conversions": [float(one), int(one), math.sqrt(one), "%d" % one,
                    float(one.view(Sub)), float(np.matrix([[2]])), float(np.array("7"))],
    "errors": [error(lambda: float(a)), error(lambda: int(np.ones(0))), error(lambda: float(np.array(["x"])))],
    "creation": [np.array([[1, 2], [3]]).dtype.kind, np.array((1, 2), copy=False).tolist(),
                 error(lambda: np.array([[1, 2], [3]], float))],
    "types again": [str(np.find_common_type([np.float32], [np.float64])),
                    str(np.cast["i1"]([1.5]).dtype), np.obj2sctype("f4").__name__],
    "bool": np.array([True]).astype(np.bool).tolist(),
}, default=float))
sys.exit(3)
"""


def test_a_script_with_the_names_that_numpy_took_away(tmp_path):
    (tmp_path / "old.py").write_text(OLD_PROGRAM)
    command = [sys.executable, "-m", "remxnet", "run", "--old-numpy", "old.py", "--output", "its own", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore::DeprecationWarning"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stderr) == (3, "")
    said = json.loads(done.stdout)
    assert said.pop("types") == [True] * 5
    assert said == {
        "arguments": ["--output", "its own", "--json"],
        "numbers": [float("inf")] * 3 + [4.0, 4.0, 6],
        "arrays": [[False, True], [[1], [2]], [[1], [2]]],
        "methods": [[[0.0, 9.0], [5.0, 7.0]], 9.0, [256], "03"],
        "conversions": [4.0, 4, 2.0, "4", 4.0, 2.0, 7.0],
        "errors": ["TypeError", "TypeError", "ValueError"],
        "creation": ["O", [1, 2], "ValueError"],
        "types again": ["float32", "int8", "float32"],
        "bool": [True],
    }


def test_a_script_is_run_as_python_runs_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "beside.py").write_text("here = 'beside'")
    script = tmp_path / "script.py"
    script.write_text("import sys, beside, gluonbook\nprint(__name__, sys.argv[1:], beside.here)\n")
    before = sys.argv[:], sys.path[:]
    assert cli.main(["run", str(script), "--check", "x"]) == 0
    assert capsys.readouterr().out == "__main__ ['--check', 'x'] beside\n"
    assert (sys.argv, sys.path) == before
    sys.modules.pop("beside"), sys.modules.pop("gluonbook", None)
    script.write_text("def fails():\n    raise ValueError('meant')\nfails()\n")
    assert cli.main(["run", str(script)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f'Traceback (most recent call last):\n  File "{script}", line 3, in <module>')
    assert error.endswith("ValueError: meant\n")
    for text, code in (("", 0), ("4", 4), ("'gone'", 1)):
        script.write_text(f"import sys\nsys.exit({text})")
        assert cli.main(["run", str(script)]) == code
    assert capsys.readouterr().err == "gone\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--check", "a.py"], "--check is for notebooks, and a.py is a script"),
        (["run", "gone.py"], "cannot read gone.py: there is no such file"),
    ],
)
def test_what_a_script_cannot_be_asked(arguments, complaint, capsys):
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err == f"remxnet run: {complaint}\n"


def test_only_what_is_behind_a_script_is_its_own():
    assert cli.apart(["run", "a.ipynb", "--output", "b.py"]) == (["run", "a.ipynb", "--output", "b.py"], [])
    assert cli.apart(["lint", "a.py", "--json"]) == (["lint", "a.py", "--json"], [])
    assert cli.apart([]) == ([], [])


def test_every_name_that_comes_back_has_something_to_write_today():
    assert all(name.instead for name in NAMES.values())
