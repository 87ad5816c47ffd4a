"""Read mutated files with every reader, for as long as you like: ``python tests/fuzz/run.py --minutes 60``.

A fault is printed with the reader and the number of the file; ``--reader NAME --only NUMBER`` reads that file again,
and ``--keep FILE`` writes it.
"""

import argparse
import contextlib
import os
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
HANGS = 60.0  # seconds without a new file
READERS = [
    "params", "states", "embedding", "records", "index", "graphs", "checkpoints", "configs", "metrics", "comparisons",
    "notebooks", "zips", "tars", "images", "digits", "rows", "digitsofaniterator", "recordsofaniterator",
    "recordswithobjects", "blocks", "onnxmodels", "inspected",
]  # fmt: skip


def fuzz(reader, first, seconds, count=sys.maxsize):
    """Read files with one reader, in children; gives how many and the faults, as (number, text)."""
    faults, number, until = [], first, time.monotonic() + seconds
    while True:
        left = max(1.0, until - time.monotonic())
        arguments = [reader, str(number), str(left), str(first + count - number)]
        last, died = watched(arguments, number, faults)
        number = last + 1
        if died is None:
            return number - first, faults
        faults.append((last, died))
        if time.monotonic() > until or number - first >= count or len(faults) > 20:
            return number - first, faults


def watched(arguments, number, faults):
    """Run a child to its end; gives the last file's number, and how it died if it did."""
    last = number - 1
    with tempfile.TemporaryFile("w+") as said:
        with child(arguments, said) as (process, lines):
            try:
                while (line := lines.get(timeout=HANGS if last >= number else 5 * HANGS)) is not None:
                    word, which, *text = line.rstrip("\n").split(" ", 2)
                    last = int(which)
                    if word == "fault":
                        faults.append((last, text[0]))
            except queue.Empty:
                process.kill()
                return max(last, number), f"no end in {HANGS:.0f} seconds"
        if process.returncode:
            said.seek(0)
            return max(last, number), f"the process died with {process.returncode}: {said.read()[-2000:]}"
    return last, None


def together(readers, first, seconds, count):
    """Read files with several readers, each in a process forked from one; gives what :func:`fuzz` does by reader.

    Loading the package takes longer than reading some files.
    """
    found = {}
    with child([",".join(readers), str(first), str(seconds), str(count)], subprocess.STDOUT) as (process, lines):
        try:
            while (line := lines.get(timeout=5 * HANGS)) is not None:
                word, _, text = line.rstrip("\n").partition(" ")
                if word == "reader":
                    faults, last = [], first - 1
                    found[text] = 0, faults
                    name = text
                elif word == "ended" and text != "0":
                    faults.append((last, f"the process ended with {text}"))
                elif word in ("begin", "fault"):
                    which, _, text = text.partition(" ")
                    last = int(which)
                    found[name] = last + 1 - first, faults
                    if word == "fault":
                        faults.append((last, text))
        except queue.Empty:
            process.kill()
            faults.append((last, f"no end in {5 * HANGS:.0f} seconds"))
    return found


@contextlib.contextmanager
def child(arguments, said):
    """A child that reads, and the lines it prints, of which None is the last."""
    path = os.pathsep.join(filter(None, [str(HERE.parents[1] / "src"), str(HERE.parent), *sys.path]))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    popen = partial(subprocess.Popen, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment)
    with popen([sys.executable, str(HERE / "child.py"), *arguments], stderr=said) as process:
        lines = queue.Queue()
        listener = threading.Thread(target=lambda: [*map(lines.put, process.stdout), lines.put(None)])
        listener.start()
        try:
            yield process, lines
        finally:
            process.wait()
            listener.join()


def kept(reader, number, path):
    """Write a file as it was read."""
    sys.path[:0] = [str(HERE.parents[1] / "src"), str(HERE.parent)]
    from fuzz.mutations import mutated
    from fuzz.readers import READERS as CLASSES

    with tempfile.TemporaryDirectory() as folder:
        made = CLASSES[reader]()
        samples = made.samples(Path(folder))
        chance = random.Random(f"{reader} {number}")
        Path(path).write_bytes(made.sealed(mutated(chance.choice(samples), samples, chance), chance))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for all readers together; default 1")
    parser.add_argument("--reader", choices=READERS, action="append", help="only this one; may be given several times")
    parser.add_argument("--first", type=int, default=0, help="the number of the first file; default 0")
    parser.add_argument("--files", type=int, default=sys.maxsize, help="how many with each reader, at most")
    parser.add_argument("--only", type=int, help="read the file of this number alone")
    parser.add_argument("--keep", metavar="FILE", help="with --reader and --only: write the file here instead")
    options = parser.parse_args()
    readers = options.reader or READERS
    if options.keep:
        kept(readers[0], options.only, options.keep)
        return 0
    first = options.first if options.only is None else options.only
    count = options.files if options.only is None else 1
    each = 60 * options.minutes / len(readers)
    told = together(readers, first, each, count) if len(readers) > 1 and count < sys.maxsize else {}
    found = 0
    for reader in readers:
        read, faults = told.get(reader) or fuzz(reader, first, each, count)
        found += len(faults)
        print(f"{reader:12} {read:7} files, {len(faults)} faults", flush=True)
        for number, text in faults:
            print(f"  {reader} {number}: {text}", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
