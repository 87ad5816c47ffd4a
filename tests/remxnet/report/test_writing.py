import json
import re
from html.parser import HTMLParser

import pytest

import mxnet as mx
from mxnet.gluon import nn
from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments.runs import open_run
from remxnet.report import write_report


def test_the_command_writes_into_the_runs_directory(runs, copy_of, capsys):
    directory = copy_of(runs.dense)
    assert cli.main(["report", str(directory)]) == 0
    out = capsys.readouterr().out
    assert out == f"report   {directory / 'report.html'}\n"
    page = (directory / "report.html").read_text(encoding="utf-8")
    assert f"{100 * open_run(directory).best.test_accuracy:.2f}\N{NO-BREAK SPACE}%" in page
    assert "<h1>mlp on shades</h1>" in page
    assert "batch size" in page and "torch build" in page


def test_several_runs_are_compared(runs, tmp_path):
    output = tmp_path / "both.html"
    assert cli.main(["report", str(runs.convolutional), str(runs.dense), "--output", str(output)]) == 0
    page = output.read_text(encoding="utf-8")
    assert "2 runs compared" in page
    assert 'href="#run-2"' in page
    assert page.count("<h2>Confusion matrix</h2>") == 2


def test_nothing_is_taken_from_elsewhere(runs, tmp_path):
    page = write_report([runs.odd], tmp_path / "report.html").read_text(encoding="utf-8")
    targets = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: targets.extend(
        value for name, value in attributes if name in ("src", "href", "xlink:href", "srcset", "action", "data")
    )
    reader.feed(page)
    assert len(targets) > 20
    assert [target for target in targets if not target.startswith(("#", "data:"))] == []
    assert set(re.findall(r"url\((.)", page)) <= {"#"}
    assert "<script" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_the_last_weights_when_asked_for(runs, tmp_path):
    page = write_report([runs.dense], tmp_path / "report.html", weights="last").read_text(encoding="utf-8")
    assert "of the last weights" in page
    with pytest.raises(InputError, match="weights 'first' are none; expected best or last"):
        write_report([runs.dense], weights="first")


def test_a_listener_hears_of_every_batch(runs, tmp_path):
    heard = []
    write_report([runs.dense], tmp_path / "r.html", heard=lambda *told: heard.append(told))
    total = heard[0][2]
    assert heard == [(str(runs.dense), done, total) for done in range(1, total + 1)]
    assert total > 1


def test_weights_that_do_worse_than_they_did_are_noticed(runs, copy_of, tmp_path):
    directory = copy_of(runs.dense)
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    text = "".join(json.dumps({**line, "test_accuracy": 0.9 + line["epoch"] / 100}) + "\n" for line in lines)
    (directory / "metrics.jsonl").write_text(text)
    page = write_report([directory], tmp_path / "r.html").read_text(encoding="utf-8")
    assert "gave 92.00\N{NO-BREAK SPACE}% when they were trained" in page


def damaged_weights(directory):
    path = directory / "best.params"
    path.write_bytes(path.read_bytes()[:1000])
    return r"best\.params does not hold the weights of mlp"


def other_weights(directory):
    net = nn.Dense(3, in_units=4)
    net.initialize()
    net.save_parameters(str(directory / "best.params"))
    return r"best\.params does not hold the weights of mlp"


def other_version(directory):
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps({**config, "format": 99}))
    return "was written by another version of remxnet: its format is 99"


def damaged_config(directory):
    (directory / "config.json").write_text("{")
    return r"config\.json is damaged"


def no_data_set(directory):
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps({**config, "data": ["sample"]}))
    return "does not say which data set"


def other_classes(directory):
    config = json.loads((directory / "config.json").read_text())
    images = {**config["images"], "class_names": ["pale", "deep"]}
    (directory / "config.json").write_text(json.dumps({**config, "images": images}))
    return "has changed, its class names are"


def damaged_metrics(directory):
    (directory / "metrics.jsonl").write_text('{"epoch": 1}\n')
    return r"metrics\.jsonl is damaged in line 1"


def no_epoch(directory):
    (directory / "metrics.jsonl").unlink()
    return "has nothing to report yet: no epoch was finished"


def no_weights(directory):
    (directory / "best.params").unlink()
    return "has no weights yet"


def no_run(directory):
    (directory / "config.json").unlink()
    return r"holds no run: there is no config\.json"


@pytest.mark.parametrize(
    "damage",
    [
        damaged_weights, other_weights, other_version, damaged_config, no_data_set, other_classes, damaged_metrics,
        no_epoch, no_weights, no_run,
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_reported_on_is_one_line_and_a_report_stays(damage, runs, copy_of, capsys):
    directory = copy_of(runs.dense)
    (directory / "report.html").write_text("<!DOCTYPE html>before")
    complaint = damage(directory)
    assert cli.main(["report", str(directory)]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1, error
    assert error.startswith("remxnet report: ")
    assert re.search(complaint, error), error
    assert (directory / "report.html").read_text() == "<!DOCTYPE html>before"


def test_a_page_that_cannot_be_written_is_named(runs, tmp_path, capsys):
    assert cli.main(["report", str(runs.dense), "--output", str(tmp_path / "missing" / "report.html")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("remxnet report: No such file or directory")
    assert len(error.splitlines()) == 1


def test_weights_are_not_replaced_by_a_report(runs, copy_of, capsys):
    directory = copy_of(runs.dense)
    before = (directory / "best.params").read_bytes()
    assert cli.main(["report", str(directory), "--output", str(directory / "best.params")]) == 2
    assert "best.params is there and is no HTML page; it is not replaced" in capsys.readouterr().err
    assert (directory / "best.params").read_bytes() == before
    assert cli.main(["report", str(directory), "--output", str(directory)]) == 2
    assert "is a directory; name the file" in capsys.readouterr().err


def test_a_report_replaces_an_older_one(runs, tmp_path):
    page = tmp_path / "report.html"
    page.write_text("<!DOCTYPE html>older")
    assert write_report([runs.dense], page) == page
    assert "<h1>mlp on shades</h1>" in page.read_text(encoding="utf-8")


def test_too_many_runs_or_none(runs):
    with pytest.raises(InputError, match="15 runs are too many for one report; 14 at most"):
        write_report([runs.dense] * 15)
    with pytest.raises(InputError, match="no run to report on"):
        write_report([])


def test_a_device_that_is_not_there(runs, capsys):
    assert cli.main(["report", str(runs.dense), "--device", "gpu(77)"]) == 2
    assert "device gpu(77) cannot be used" in capsys.readouterr().err


def test_without_matplotlib_it_says_what_to_install(runs, monkeypatch, capsys):
    from remxnet.report import writing

    monkeypatch.setattr(writing.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["report", str(runs.dense)]) == 2
    assert "pip install 'remxnet[train]'" in capsys.readouterr().err


def test_a_bar_shows_the_testing_in_a_terminal(runs, tmp_path, monkeypatch, capsys):
    console = pytest.importorskip("rich.console")
    monkeypatch.setattr(console.Console, "is_terminal", property(lambda self: True))
    assert cli.main(["report", str(runs.dense), "--output", str(tmp_path / "r.html")]) == 0
    assert "testing" in capsys.readouterr().out


def test_matplotlibs_settings_are_left_alone(runs, tmp_path):
    import matplotlib.pyplot

    before, figures = dict(matplotlib.rcParams), matplotlib.pyplot.get_fignums()
    write_report([runs.dense], tmp_path / "r.html")
    assert dict(matplotlib.rcParams) == before
    assert matplotlib.pyplot.get_fignums() == figures
    assert mx.nd.zeros(1).context == mx.cpu()
