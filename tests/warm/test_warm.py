"""A warm process is to whoever starts it what a fresh interpreter is."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = [
    pytest.mark.usefixtures("warm"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork"),
]


def ran(*arguments, **settings):
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, **settings)


def test_it_begins_with_everything_imported():
    done = ran("-c", "import sys; print('mxnet' in sys.modules, __name__, sys.argv)", "a", "b")
    assert done.stdout == "True __main__ ['-c', 'a', 'b']\n" and done.stderr == "" and done.returncode == 0


def test_it_has_streams_a_directory_and_an_environment_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("OF_ITS_OWN", "é")
    code = "import os, sys, tempfile; print(input(), os.getcwd(), os.environ['OF_ITS_OWN'], tempfile.gettempdir())"
    done = ran("-c", code, input="in\n", cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.stdout == f"in {tmp_path} é {tmp_path}\n"


def test_programs_and_modules(tmp_path):
    (tmp_path / "program.py").write_text("import beside, sys; print(beside.x, sys.argv[1], __file__ == sys.argv[0])")
    (tmp_path / "beside.py").write_text("x = 5")
    assert ran(tmp_path / "program.py", "a").stdout == "5 a True\n"
    assert ran("-m", "program", "b", cwd=tmp_path).stdout == "5 b True\n"
    found = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert ran("-c", "import beside; print(beside.x)", env=found).stdout == "5\n"


def test_processes_share_nothing():
    code = "import mxnet as mx; print(mx.nd.random.uniform(shape=(1,)).asscalar()); mx.nd.kept = 1"
    first, second = (ran("-c", f"import mxnet as mx; assert not hasattr(mx.nd, 'kept'); {code}") for _ in range(2))
    assert first.stdout == second.stdout and first.returncode == second.returncode == 0


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("raise SystemExit('that is all')", 1, "that is all\n"),
        ("import os; os.abort()", -signal.SIGABRT, ""),
        ("import warnings; warnings.simplefilter('error'); warnings.warn('no')", 1, "UserWarning: no\n"),
    ],
)
def test_ends(code, status, says):
    done = ran("-c", code)
    assert done.returncode == status and done.stderr.endswith(says)


def test_what_was_registered_for_the_end_runs():
    assert ran("-c", "import atexit; atexit.register(print, 'end'); print('begin', end=' ')").stdout == "begin end\n"


def test_signals_reach_it():
    code = "import time; print('here', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout.readline() == b"here\n"
        program.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in program.communicate()[1]
    assert program.returncode == -signal.SIGINT


def test_it_goes_with_what_stands_for_it():
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as program:
        other = int(program.stdout.readline())
        program.kill()
    assert other != program.pid
    for _ in range(1000):
        try:
            os.kill(other, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError("it lives on")
