"""The packages that were written for MXNet: what tries them, and those that are unpacked here already."""

from pathlib import Path

import numpy as np
import pytest

from bench.clients import __main__ as clients
from bench.clients import networks
from bench.clients.packages import CLIENTS

PLACE = Path(__file__).parents[2] / "build" / "clients"
QUICK = ("d2lzh", "mxboard")  # of a few seconds each


@pytest.mark.parametrize("name", QUICK)
def test_a_client_that_is_here_imports_and_runs(name):
    client = next(each for each in CLIENTS if each.name == name)
    if not (PLACE / name).is_dir() or not (PLACE / "needed").is_dir():
        pytest.skip(f"{name} is not unpacked here; python -m bench.clients --only {name} does it")
    row = clients.tried(client, PLACE / name, PLACE / "needed")
    assert row["failed"] == {}
    assert [path for path in row["paths"] if "error" in path] == []


def test_every_client_has_paths():
    folder = Path(clients.__file__).parent / "paths"
    for client in CLIENTS:
        source = (folder / f"{client.name.replace('-', '_').replace('.', '_')}.py").read_text(encoding="utf-8")
        assert "PATHS" in source


def test_the_table_says_what_fails():
    paths = [{"path": "one", "result": "1"}, {"path": "two", "error": "ValueError: a|b"}]
    rows = [
        {"client": CLIENTS[0], "modules": 2, "of": 3, "failed": {"d2l.x": "ImportError: no"}, "paths": paths},
        {"client": CLIENTS[2], "modules": 1, "of": 1, "failed": {}, "paths": paths[:1]},
    ]
    lines = clients.table(rows).splitlines()
    assert lines[2] == "| d2l 1.0.3 | 2 of 3 | 1 of 2 | `d2l.x`: ImportError: no; two: ValueError: a\\|b |"
    assert lines[3] == "| d2lzh 1.0.0 | 1 of 1 | 1 of 1 | nothing |"
    assert clients.line(rows[0]).splitlines()[0] == "d2l==1.0.3: 2 of 3 modules, 1 of 2 paths"


def test_one_network_of_each_family_is_a_sample():
    names = ["ssd_512_resnet50_v1_voc", "ssd_300_resnet50_v1_coco", "resnet18_v1", "resnet50_v1", "vgg16_int8", "vgg11"]
    assert networks.samples(names) == ["resnet18_v1", "ssd_300_resnet50_v1_coco", "vgg11"]


def test_outputs_are_held_against_each_other():
    one = [networks.looked_at(np.arange(6.0).reshape(2, 3))]
    assert networks.apart(one, one) == 0
    assert networks.apart(one, [networks.looked_at(np.arange(6.0).reshape(3, 2))]) == float("inf")
    assert networks.apart(one, [networks.looked_at(np.arange(6.0).reshape(2, 3) * 2)]) == pytest.approx(0.5)
