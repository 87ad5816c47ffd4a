"""Measure remxnet, and MXNet 1.9.1 beside it, in turn on the same machine.

    python -m bench [--oracle DIR] [--only NAME ...] [--rounds N] [--json FILE]

Each round starts a fresh process per interpreter and measurement, first one library and then the other, so that a
machine that slows down slows both. The table has the median of all samples, their spread (the middle half) and the
ratio; the JSON has every sample. `--oracle` names a virtual environment with MXNet 1.9.1, or its python.
"""

import argparse
import gzip
import json
import os
import platform
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Goal:
    """What a measurement is held against: a ratio to MXNet's time, or seconds."""

    samples: int  # in one process
    processes: int = 1  # in one round
    times_faster: float | None = None
    seconds: float | None = None

    def text(self) -> str:
        """As the table shows it."""
        return f"≥ {self.times_faster:g}×" if self.times_faster else f"≤ {self.seconds:g} s"

    def met(self, ours: float, theirs: float | None) -> bool | None:
        """Whether it is reached; None if that cannot be told without MXNet."""
        if self.seconds is not None:
            return ours <= self.seconds
        return None if theirs is None or self.times_faster is None else theirs / ours >= self.times_faster


GOALS = {
    "eager_add": Goal(samples=7, times_faster=3),
    "corr2d": Goal(samples=5, times_faster=12),
    "lenet_epoch": Goal(samples=1, times_faster=2.5),
    "import_time": Goal(samples=1, processes=5, seconds=0.3),
}


def run_worker(python: str, name: str, environment: dict[str, str]) -> list[float]:
    """The samples of one measurement in a fresh process of that interpreter."""
    command = [python, str(HERE / "worker.py"), name, str(GOALS[name].samples)]
    inherited = {variable: value for variable, value in os.environ.items() if variable != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, text=True, env={**inherited, **environment}, check=False)
    if done.returncode:
        raise SystemExit(f"bench: {name} failed under {python}:\n{done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def fashion_mnist(place: Path) -> None:
    """Put Fashion-MNIST's four archives into `place`, for both libraries to read."""
    from mxnet.gluon.data.vision import FashionMNIST

    for part, train in (("train", True), ("t10k", False)):
        images, labels = FashionMNIST(train=train)[:]
        count, height, width, _ = images.shape
        for name, header, values in (
            ("images-idx3", struct.pack(">4I", 0x803, count, height, width), images.asnumpy()),
            ("labels-idx1", struct.pack(">2I", 0x801, count), labels),
        ):
            with gzip.open(place / f"{part}-{name}-ubyte.gz", "wb", compresslevel=1) as archive:
                archive.write(header + values.astype("uint8").tobytes())


def spread(samples: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile."""
    if len(samples) < 2:
        return samples[0], samples[0], samples[0]
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return low, median, high


def seconds(time: float) -> str:
    """A time in the unit that suits it."""
    unit, size = next((pair for pair in (("s", 1.0), ("ms", 1e-3)) if time >= pair[1]), ("µs", 1e-6))
    return f"{time / size:.3g} {unit}"


def cell(samples: list[float]) -> str:
    """The median, and where the middle half lies."""
    low, median, high = spread(samples)
    return f"{seconds(median)} ({seconds(low)} to {seconds(high)})"


def row(name: str, ours: list[float], theirs: list[float] | None) -> list[str]:
    """A line of the table."""
    goal, median = GOALS[name], statistics.median(ours)
    other = statistics.median(theirs) if theirs else None
    verdict = {True: "yes", False: "no", None: "-"}[goal.met(median, other)]
    ratio = f"{other / median:.2f}×" if other else "-"
    return [name, cell(ours), cell(theirs) if theirs else "-", ratio, goal.text(), verdict]


def table(rows: list[list[str]]) -> str:
    """The rows in columns."""
    rows = [["measurement", "remxnet", "MXNet 1.9.1", "faster", "goal", "met"], *rows]
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure remxnet beside MXNet 1.9.1.")
    parser.add_argument("--oracle", type=Path, metavar="DIR", help="a virtual environment that has MXNet 1.9.1")
    parser.add_argument("--only", nargs="+", choices=list(GOALS), default=list(GOALS), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="processes per library; default 3")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample here")
    options = parser.parse_args()
    interpreters = {"remxnet": sys.executable}
    if options.oracle:
        python = options.oracle if options.oracle.is_file() else options.oracle / "bin" / "python"
        if not python.is_file():
            parser.error(f"there is no {python}")
        interpreters["mxnet 1.9.1"] = str(python)

    samples: dict[str, dict[str, list[float]]] = {name: {each: [] for each in interpreters} for name in options.only}
    scratch = Path(tempfile.mkdtemp(prefix="remxnet-bench-"))
    try:
        if "lenet_epoch" in options.only:
            fashion_mnist(scratch)
        for number in range(1, options.rounds + 1):
            for name in options.only:
                for library, python in interpreters.items():
                    print(f"round {number}/{options.rounds}: {name}, {library}", file=sys.stderr)
                    environment = {"BENCH_FASHION_MNIST": str(scratch)}
                    if library != "remxnet":
                        environment["PYTHONPATH"] = ""  # or it would import ours
                    for _ in range(GOALS[name].processes):
                        samples[name][library] += run_worker(str(python), name, environment)
    finally:
        shutil.rmtree(scratch)

    print(table([row(name, times["remxnet"], times.get("mxnet 1.9.1")) for name, times in samples.items()]))
    if options.json:
        machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
        options.json.write_text(json.dumps({"machine": machine, "seconds": samples}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
