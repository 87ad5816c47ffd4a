"""A minute of random programs, and that the machinery finds what it is for."""

import functools
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from programs.children import run_one
from programs.generate import Program, program
from programs.judge import judge, run
from programs.shrink import shrink
from programs.steps import Check, Predict, Record, Step
from programs.world import World

pytestmark = pytest.mark.usefixtures("warm")

ROOT = Path(__file__).parents[2]


def command(*arguments):
    """The command line, in a process that has started no threads; the environment passes through."""
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    ran = subprocess.run(
        [sys.executable, "-m", "tests.programs", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ran.returncode, ran.stdout + ran.stderr


def test_the_same_programs_as_always():
    status, output = command("--seed", 0, "--count", 250, "--jobs", 2)
    assert status == 0, output


def test_programs_that_never_ran_before():
    # from a random seed, which it prints; where a change is judged, what it did not touch must not fail it by chance
    seed = ("--seed", 5000, "--count", 120) if os.environ.get("CI") else ("--minutes", 0.25)
    status, output = command(*seed, "--jobs", 2)
    assert status == 0, output


def test_a_seed_is_always_the_same_program():
    assert [program(seed).text() for seed in (3, 4, 5)] == [program(seed).text() for seed in (3, 4, 5)]


def test_what_is_shown_is_a_script_that_runs(tmp_path):
    (tmp_path / "script.py").write_text(program(3).script(), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=env, check=True, capture_output=True)


@functools.cache
def first(wanted, begin=0):
    """The first program from a seed on that has a step of a class and is right."""
    for seed in range(begin, begin + 200):
        found = program(seed)
        if any(isinstance(step, wanted) for step in found.steps) and judge(found) is None:
            return found
    raise AssertionError(f"no program with {wanted.__name__}")


def test_a_result_that_is_slightly_off_is_a_failure(tmp_path):
    found = first(Predict)
    shown, observed, error = run(found, str(tmp_path))
    assert error is None
    assert judge(found, shown, observed) is None
    missed = []
    for place, (name, array) in enumerate(shown):
        if not name.startswith("y") or not np.abs(array).max() > 0:
            continue
        off = array + np.abs(array).max() * 1e-3
        failure = judge(found, [*shown[:place], (name, off), *shown[place + 1 :]], observed)
        if failure is None or failure["what"] != name:
            missed.append(name)
    assert not missed


@dataclass(frozen=True)
class Planted(Step):
    """A step that does in the script what the reference knows nothing of."""

    line: str

    def lines(self):
        return [self.line]

    def apply(self, world):
        pass


def with_planted(found, line):
    return Program(found.seed, 1, (*found.steps[:-1], Planted(line), found.steps[-1]))


@pytest.mark.parametrize(
    ("line", "kind", "what"),
    [
        ("os.kill(os.getpid(), 11)", "dies", signal.Signals(11).name),
        ("os.abort()", "dies", "SIGABRT"),
        ("threading.Event().wait()", "hangs", "hangs"),
        ("nd.ones((2,)) + nd.ones((3,))", "raises", "MXNetError"),
    ],
)
def test_a_death_is_a_failure_with_its_seed(line, kind, what):
    failure = run_one(with_planted(first(Record), line), patience=5)
    assert (failure["kind"], failure["what"][: len(what)]) == (kind, what)


def test_what_fails_gets_smaller():
    found = with_planted(first(Record), "raise RuntimeError('planted')")

    def fails(candidate):
        failure = judge(candidate)
        return failure is not None and failure["kind"] == "raises"

    small = shrink(found, fails)
    assert [type(step) for step in small.steps] == [Planted]


def test_the_reference_computes_in_float64_and_alone():
    world = first(Record).play(World())
    assert world.checks
    assert {tensor.dtype for tensor in world.cells.values()} == {torch.float64}


def test_failures_are_written_down(tmp_path):
    code = (
        "import json, sys; from tests.programs import __main__ as cli; from tests.programs import children\n"
        "class Pool(children.Pool):\n"
        "    def run(self, seeds, deadline=None):\n"
        "        for seed in seeds:\n"
        "            yield seed, {'seed': seed, 'kind': 'differs', 'what': 'y'} if seed == 4 else None\n"
        "cli.Pool = Pool\n"
        f"sys.exit(cli.main(['--seed', '3', '--count', '4', '--failures', {str(tmp_path / 'f.jsonl')!r}]))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr
    assert "4 programs, 1 failed (1 differs), 0 unsure" in ran.stdout
    assert [json.loads(line)["seed"] for line in (tmp_path / "f.jsonl").read_text().splitlines()] == [4]


def test_looking_is_a_step_like_any_other():
    found = first(Check)
    assert "check('x0', x0)" in found.text()
