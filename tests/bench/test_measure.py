"""Turns, workers that fail, and what a run leaves behind, with workers that are told what to answer."""

import dataclasses
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bench import __main__ as command
from bench import measure, oracle
from bench.case import Case, Subject
from bench.cases import CASES, FAMILIES
from bench.machine import vector_bits
from bench.measure import Effort
from bench.worker import Prepared
from bench.workers import Places, Team, Worker, WorkerFailed


def nothing(*_arguments):
    return Subject(lambda times: None)


CASE = Case("a", "A", nothing, nothing, ("eager", "compile"))


class Told:
    """A team that writes down whom it asks, and fails where it is told to."""

    def __init__(self, places, outcomes=None, failing=()):
        self.places, self.outcomes, self.failing = places, outcomes or {}, failing
        self.workers, self.asked = {"remxnet": None}, []

    def ask(self, name, do, /, **arguments):
        if (name, do) in self.failing:
            raise WorkerFailed("it fell over")
        if do == "turn":
            self.asked.append(name)
            return {"samples": [1.0, 3.0]}
        if do == "prepare":
            if name in self.outcomes:
                np.savez(arguments["outcome"], **{"values/0": np.array(self.outcomes[name])})
            return {"compared": name in self.outcomes}
        return {"python": "3", "numpy": "2"} if do == "about" else {}


def measured(team, case=CASE):
    said = []
    return measure.measure(case, team, Effort(rounds=2), said.append), said


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path, oracle=tmp_path / "python")


def test_implementations_take_turns(places):
    team = Told(places)
    record, said = measured(team)
    assert team.asked == ["remxnet", "torch eager", "torch compile", "mxnet"] * 2
    assert record.timings["mxnet"].rounds == [2.0, 2.0]
    assert not said


def test_with_a_single_round_ours_comes_again_at_the_end(places):
    team = Told(places)
    measured(team, dataclasses.replace(CASE, rounds=1))
    assert team.asked == ["remxnet", "torch eager", "torch compile", "mxnet", "remxnet"]


def test_who_computes_something_else_is_left_out_and_the_record_says_so(places):
    outcomes = {"remxnet": [1.0], "torch eager": [1.0], "torch compile": [1.5], "mxnet": [1.0]}
    record, said = measured(Told(places, outcomes))
    assert "torch compile" not in record.timings
    assert "computes something else than torch eager" in record.missing["torch compile"]
    assert len(said) == 1
    assert record.agreement == 0


def test_ours_is_left_out_too_when_it_is_the_odd_one(places):
    record, _ = measured(Told(places, {"remxnet": [2.0], "torch eager": [1.0], "torch compile": [1.0]}))
    assert "remxnet" in record.missing
    assert "torch eager" in record.timings


@pytest.mark.parametrize("do", ["prepare", "turn"])
def test_a_worker_that_fails_does_not_stop_the_others(places, do):
    record, said = measured(Told(places, failing={("mxnet", do)}))
    assert record.missing == {"mxnet": "it fell over"}
    assert set(record.timings) == {"remxnet", "torch eager", "torch compile"}
    assert said == ["a: mxnet is left out: it fell over"]


def test_what_is_not_here_is_missing_with_its_reason(tmp_path):
    record, _ = measured(Told(Places(tmp_path)), dataclasses.replace(CASE, needs_data=True))
    assert record.missing["mxnet"] == "MXNet 1.9.1 is not here"
    assert record.missing["remxnet"] == "Fashion-MNIST cannot be had"


def test_a_sample_is_long_enough_to_be_measured():
    calls = []
    prepared = Prepared(Subject(lambda times: calls.extend(range(times * 100))))
    assert prepared.calls > 1
    assert len(prepared.turn(1e-9)) == 1


def test_every_worker_has_the_same_threads_and_nobody_has_the_settings_of_the_shell(places, monkeypatch):
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "512")
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    for library in places.libraries():
        settings = places.environment(library, 2)
        assert settings["OMP_NUM_THREADS"] == settings["MKL_NUM_THREADS"] == "2"
        assert not {"OPENBLAS_L2_SIZE", "OMP_WAIT_POLICY"} & set(settings)
    assert places.environment("mxnet", 2)["PYTHONPATH"] == ""


def stopped(pid):
    """Whether a child is stopped, or is within five seconds."""
    for _ in range(100):
        if os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="workers are stopped with SIGSTOP, which this system lacks")
def test_a_worker_answers_stops_while_others_run_and_says_what_goes_wrong(tmp_path):
    team = Team(Places(tmp_path), threads=1)
    try:
        assert team.ask("remxnet", "about")["numpy"] == np.__version__
        pid = team.workers["remxnet"].process.pid
        assert stopped(pid)
        with pytest.raises(WorkerFailed, match="KeyError: 'no such case'"):
            team.ask("remxnet", "prepare", case="no such case", implementation="remxnet", outcome="")
        assert not team.workers
    finally:
        team.close()


def test_a_worker_that_died_is_noticed(tmp_path):
    worker = Worker("remxnet", dataclasses.replace(Places(tmp_path)))
    worker.process.kill()
    worker.process.wait()
    with pytest.raises(WorkerFailed, match="died"):
        worker.ask("about")
    worker.close()


# --- the command -----------------------------------------------------------------------------------------------------


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    code = command.main()
    return code, capsys.readouterr()


def test_unknown_cases_and_oracles_are_one_line(monkeypatch, capsys, tmp_path):
    for arguments, reason in (
        (["--only", "lenat"], "no case is called lenat"),
        (["--only", "add", "--oracle", str(tmp_path)], "there is no"),
        (["--rounds", "0"], "whole numbers from 1 up"),
    ):
        code, said = run(monkeypatch, capsys, *arguments)
        assert code == 2
        assert said.err.startswith("bench: ") and reason in said.err and said.err.count("\n") == 1


def test_an_environment_without_mxnet_1_9_1_is_refused():
    with pytest.raises(oracle.OracleUnavailable, match="1.9.1 is expected"):
        oracle.find_oracle(Path(sys.executable))


def test_the_list_names_every_case(monkeypatch, capsys):
    code, said = run(monkeypatch, capsys, "--list")
    assert code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == list(CASES)


def test_names_are_not_given_twice():
    assert len(CASES) == sum(map(len, FAMILIES.values()))


def test_the_widest_vectors_are_told_from_the_flags():
    assert vector_bits({"flags": "fpu sse2 avx2 avx512f"}) == 512
    assert vector_bits({"Features": "fp asimd"}) == 128
    assert vector_bits({}) == 0
