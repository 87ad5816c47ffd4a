"""The process that reads mutated files, with a limit to its memory, and a hook that hears what it does.

    python child.py READER[,READER...] FIRST SECONDS [COUNT]

It prints a line for each file before it reads it, ``begin NUMBER``, and one for each fault, ``fault NUMBER TEXT``; when
it dies, the last number is that of the file that killed it. Several readers each have a process of their own, which is
forked from one that has loaded everything, and ``reader NAME`` stands before what it prints, ``ended STATUS`` after it.
"""

import contextlib
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from fuzz.mutations import mutated
from fuzz.readers import READERS

ROOM = 1 << 30  # bytes of address space beyond what is there when it begins
PEAK = 96 << 20  # bytes of memory that one file may take, and this many times its size:
TIMES = 30
SECONDS = 20  # of the processor for one file

FORBIDDEN = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile", "os.kill",
    "subprocess.Popen", "socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request", "ctypes.dlopen",
    "pickle.find_class", "exec", "pty.spawn", "webbrowser.open",
)  # fmt: skip
EXPECTED = os.path.join("fastjsonschema", "__init__.py")  # with which nbformat makes a function of each of its schemas
CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.symlink",
    "os.truncate",
)
#: where the arguments of an event have the folder that a path is seen from
FOLDER_OF = {"os.remove": lambda each: each[1], "os.rmdir": lambda each: each[1], "os.mkdir": lambda each: each[2]}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: what readers load when they first need it, beside Python's own library
PACKAGES = frozenset(
    "mxnet remxnet numpy cv2 nbformat fastjsonschema jsonschema jsonschema_specifications referencing rpds attr".split()
)


class Watch:
    """Hears what the process does while a file is read."""

    def __init__(self, scratch):
        self.scratch, self.found, self.on = os.path.realpath(scratch), [], False
        sys.addaudithook(self.hear)

    def hear(self, event, arguments):
        if not self.on:
            return
        self.on = False  # of what is done in here nothing is to be heard
        try:
            problem = self.problem(event, arguments)
            if problem:
                self.found.append(problem)
        finally:
            self.on = True

    def problem(self, event, arguments):
        if event in FORBIDDEN and not self.is_expected(event):
            return f"{event} {arguments!r:.200}"
        if event == "import" and arguments[0].partition(".")[0] not in sys.stdlib_module_names | PACKAGES:
            return f"import of {arguments[0]!r:.100}"
        if event == "open" and arguments[2] & WRITING and not self.is_inside(arguments[0]):
            return f"opens {arguments[0]!r:.200} for writing"
        if event in CHANGES and not self.is_inside(arguments[0], FOLDER_OF.get(event, lambda _: -1)(arguments)):
            return f"{event} {arguments!r:.200}"
        return None

    def is_expected(self, event):
        """Whether a module is being loaded, which runs its code, or a schema made into a function."""
        frame = sys._getframe(2)
        while frame is not None and event == "exec":
            place = frame.f_code.co_filename
            if place == "<frozen importlib._bootstrap>" or place.endswith(EXPECTED):
                return True
            frame = frame.f_back
        return False

    def is_inside(self, path, folder=-1):
        """Whether a path, seen from a folder that is open, is in the folder of the reader."""
        if isinstance(path, int):
            return True  # a file that is open already
        where = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else "."
        return os.path.realpath(os.path.join(where, os.fsdecode(path))).startswith(self.scratch + os.sep)


def memory(which):
    """Bytes that the process holds, or held at most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(which):
            return int(line.split()[1]) * 1024
    return 0


def address_space():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def go(name, first, seconds, count):
    """Read files until the time is over or so many were read."""
    said, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115 - some of what is read prints
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        reader = READERS[name]()
        samples = reader.samples(scratch)
        place = scratch / "read" / reader.name
        place.parent.mkdir()
        for sample in samples:  # they are read, and what is loaded when it is first needed is there
            place.write_bytes(sample)
            with contextlib.suppress(*reader.errors):  # such as states of another optimizer
                reader.read(place)
        watch = Watch(scratch)
        limit = address_space() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
        until, number = time.monotonic() + seconds, first
        while time.monotonic() < until and number - first < count:
            print("begin", number, file=said, flush=True)
            chance = random.Random(f"{name} {number}")
            content = reader.sealed(mutated(chance.choice(samples), samples, chance), chance)
            place.write_bytes(content)
            for problem in faults(reader, place, watch, len(content)):
                print("fault", number, problem.replace("\n", " ⏎ "), file=said, flush=True)
            number += 1


def faults(reader, place, watch, size):
    """What went wrong while a file was read."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, began = memory("VmRSS"), time.process_time()
    watch.found.clear()
    watch.on = True
    try:
        reader.read(place)
    except reader.errors as error:
        if len(str(error)) > reader.longest:
            yield f"an error of {len(str(error))} characters"
    except BaseException:  # noqa: BLE001 - it is told
        yield traceback.format_exc()
    finally:
        watch.on = False
    yield from watch.found
    peak = memory("VmHWM") - before
    if peak > PEAK + TIMES * size:
        yield f"{peak >> 20} MB of memory for a file of {size} bytes"
    if time.process_time() - began > SECONDS:
        yield f"{time.process_time() - began:.0f} s for a file of {size} bytes"


def each_alone(names, *how):
    """:func:`go` for several readers, each in a process of its own."""
    for name in names:
        print("reader", name, flush=True)
        process = os.fork()
        if not process:
            status = 1
            try:
                go(name, *how)
                status = 0
            except BaseException:  # noqa: BLE001 - it is told
                traceback.print_exc()
            finally:
                os._exit(status)
        print("ended", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


if __name__ == "__main__":
    names = sys.argv[1].split(",")
    how = int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else sys.maxsize
    if len(names) > 1:
        each_alone(names, *how)
    else:
        go(names[0], *how)
