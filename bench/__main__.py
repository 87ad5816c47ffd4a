"""Measure remxnet beside PyTorch and MXNet 1.9.1, in turn on the same machine, and write down what came of it.

    python -m bench [--oracle DIR] [--only NAME ...] [--missing] [--quick]

Every case that is finished is kept in docs/benchmarks.json at once, so a run that was interrupted goes on with
`--missing`, and `--only` measures a few again. docs/benchmarks.md and its pictures are made from all that is there.
"""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import charts, report, results
from .case import Case
from .cases import CASES, FAMILIES
from .measure import Effort, measure
from .oracle import OracleUnavailable, find_oracle, make_oracle
from .workers import ROOT, Places, Team

DOCS = ROOT / "docs"
RECORDS = DOCS / "benchmarks.json"
BUILD = ROOT / "build"
QUICK = Effort(rounds=2, pace=0.4, without=("torch compile",))


class InputError(Exception):
    """An argument that cannot be followed; the text is one line."""


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    top = argparse.ArgumentParser(prog="python -m bench", description="Measure remxnet, PyTorch and MXNet 1.9.1.")
    top.add_argument(
        "--oracle", type=Path, metavar="DIR", help="an environment with MXNet 1.9.1; default: build/oracle"
    )
    top.add_argument("--no-oracle", action="store_true", help="leave MXNet 1.9.1 out")
    top.add_argument("--only", nargs="+", metavar="NAME", help="these cases; * and ? are understood")
    top.add_argument("--missing", action="store_true", help="only cases that were not measured yet")
    top.add_argument("--quick", action="store_true", help="a minute's worth, to the terminal only")
    top.add_argument("--rounds", type=int, default=5, metavar="N", help="turns of each; default 5")
    top.add_argument("--pace", type=float, default=1.0, metavar="X", help="turns so many times as long; default 1")
    top.add_argument("--threads", type=int, metavar="N", help="threads of every library; default: 2, or the case's own")
    top.add_argument("--report", action="store_true", help="measure nothing, write the page from what is there")
    top.add_argument("--list", action="store_true", help="show the names of the cases")
    return top


def main() -> int:
    """Run a command line and return its exit code."""
    options = parser().parse_args()
    try:
        return run(options)
    except (InputError, OracleUnavailable, ValueError) as error:
        say(f"bench: {error}")
        return 2
    except OSError as error:
        say(f"bench: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return 2
    except KeyboardInterrupt:
        say("bench: interrupted; what was finished is kept, --missing goes on")
        return 130


def run(options: argparse.Namespace) -> int:
    """Measure what was asked for, and report."""
    if options.rounds < 1 or (options.threads or 1) < 1 or not 0 < options.pace < float("inf"):
        raise InputError("--rounds and --threads are whole numbers from 1 up, --pace a number above 0")
    records = results.read(BUILD / "quick.json" if options.quick else RECORDS)
    cases = [] if options.report else chosen(options, records)
    if options.list:
        print("\n".join(f"{case.name:22} {case.title}" for case in cases))
        return 0
    effort = QUICK if options.quick else Effort(options.rounds, options.pace)
    if options.quick:
        records = {}
    if cases:
        measure_all(cases, records, oracle(options), effort, BUILD / "quick.json" if options.quick else RECORDS)
    if not records:
        raise InputError("there is nothing to report: no case was measured")
    if options.quick or options.only:
        print(report.terminal({case.name: records[case.name] for case in cases if case.name in records}))
    if not options.quick:
        charts.draw(DOCS / "images", records)
        report.write(DOCS / "benchmarks.md", records)
        say(f"wrote {RECORDS.relative_to(ROOT)}, docs/benchmarks.md and docs/images/benchmark-*.svg")
    return 0


def chosen(options: argparse.Namespace, records: dict[str, results.Record]) -> list[Case]:
    """The cases the options name, in the order they are declared."""
    cases = [case for case in CASES.values() if case.quick or not options.quick]
    if options.only:
        for pattern in options.only:
            if not fnmatch.filter(CASES, pattern):
                raise InputError(f"no case is called {pattern}; there are {', '.join(CASES)}")
        cases = [case for case in CASES.values() if any(fnmatch.fnmatch(case.name, each) for each in options.only)]
    if options.missing:
        cases = [case for case in cases if case.name not in records]
    return [dataclasses.replace(case, threads=options.threads) for case in cases] if options.threads else cases


def oracle(options: argparse.Namespace) -> Path | None:
    """The interpreter of MXNet 1.9.1, or None where it cannot be had. One that is named has to be there."""
    if options.no_oracle or (options.quick and not options.oracle):
        return None
    if options.oracle:
        return find_oracle(options.oracle)
    try:
        return make_oracle(BUILD / "oracle")
    except OracleUnavailable as reason:
        say(f"bench: MXNet 1.9.1 is not measured: {reason}")
        return None


def measure_all(
    cases: list[Case], records: dict[str, results.Record], python: Path | None, effort: Effort, file: Path
) -> None:
    """Measure the cases family by family; `records` and `file` have each as soon as it is finished."""
    scratch = BUILD / "bench"
    scratch.mkdir(parents=True, exist_ok=True)
    for log in scratch.glob("worker-*.log"):
        log.unlink()
    data = fashion_mnist(scratch) if any(case.needs_data for case in cases) else None
    places = Places(scratch, python, data)
    for family in FAMILIES.values():
        names = {case.name for case in family}
        chosen_here = [case for case in cases if case.name in names]
        for threads in sorted({case.threads for case in chosen_here}):
            team = Team(places, threads)
            try:
                for case in [each for each in chosen_here if each.threads == threads]:
                    records[case.name] = measure(case, team, effort, say)
                    results.write(file, records)
                    say(report.line(case, records[case.name]))
            finally:
                team.close()


def fashion_mnist(scratch: Path) -> Path | None:
    """The folder with the four archives of Fashion-MNIST, where MXNet looks for them under its home."""
    place = scratch / "home" / "datasets" / "fashion-mnist"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            done = subprocess.run(
                [sys.executable, "-m", "bench.archives", folder],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
            if done.returncode:
                say(f"bench: what needs Fashion-MNIST is left out: {done.stderr.strip().splitlines()[-1]}")
                return None
            Path(folder, "archives").rename(place)
    return place


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or stopped workers would be left behind
    sys.exit(main())
