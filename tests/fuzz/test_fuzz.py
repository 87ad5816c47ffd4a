"""About a minute of mutated files; `tests/fuzz/run.py --minutes 60` reads more of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.run import fuzz

RUN = Path(__file__).with_name("run.py")
FILES = 600  # with each reader, the same ones each time


linux = pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="memory is measured as Linux tells it")


@linux
@pytest.mark.usefixtures("warm")  # each death is followed by another process
def test_every_kind_of_fault_is_found():
    read, faults = fuzz("broken", 0, 300, 16)
    told = "\n".join(text for _, text in faults)
    for sign in (
        "os.system",
        "outside' for writing",
        "import of 'this_is_none'",
        "MB of memory",
        "IndexError",
        "find_class",
    ):
        assert sign in told
    for sign in ("exec (", "os.remove", "the process died with 3"):
        assert sign in told
    assert read == 16


@linux
def test_mutated_files_are_read_or_refused_and_nothing_else_happens():
    done = subprocess.run(
        [sys.executable, str(RUN), "--files", str(FILES), "--minutes", "15"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    read = [line.split()[1] for line in done.stdout.splitlines()]
    assert len(read) == 22 and all(int(count) == FILES for count in read), done.stdout
