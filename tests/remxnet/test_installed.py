"""What `remxnet info` finds wrong without importing anything, and what pip is told."""

import base64
import hashlib
import importlib
import shutil
import sys
import warnings
from importlib import metadata
from pathlib import Path

import pytest

import mxnet
from mxnet import _requirements
from remxnet import cli, info, installed, provided
from remxnet.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


def distribution(site, name, version, files, requires=(), installer="pip"):
    """Write a distribution into a directory as pip would."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
    (folder / "INSTALLER").write_text(installer + "\n")
    rows = []
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}\n")
    (folder / "RECORD").write_text("".join(rows))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site-packages of its own, the only one there is, with remxnet in it."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.setattr(sys, "path", [str(place)])
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(place))
    files = {"mxnet/__init__.py": "ours", "mxnet/nd.py": "ours", "remxnet/installed.py": "ours"}
    distribution(
        place, "remxnet", "0.1.0", files, ["torch<2.16,>=2.4", "numpy>=1.26", 'matplotlib>=3.8; extra == "train"']
    )
    distribution(place, "torch", "2.13.0+cpu", {})
    distribution(place, "numpy", "2.0.1", {})
    monkeypatch.setattr(installed, "__file__", str(place / "remxnet" / "installed.py"))
    importlib.invalidate_caches()
    return place


def found():
    importlib.invalidate_caches()
    return [tuple(each) for each in installed.problems()]


def test_nothing_is_wrong(site):
    assert found() == []


def test_mxnet_installed_over_it_and_uninstalled_again(site):
    distribution(site, "mxnet", "1.9.1", {"mxnet/__init__.py": "theirs", "mxnet/libinfo.py": "theirs"})
    again = "pip install --force-reinstall --no-deps remxnet"
    assert found() == [
        (
            "files of remxnet are not as installed: 1 overwritten by mxnet 1.9.1",
            f"pip uninstall -y mxnet; {again}",
        )
    ]
    for path in (
        "mxnet/__init__.py",
        "mxnet/libinfo.py",
        "mxnet-1.9.1.dist-info/RECORD",
        "mxnet-1.9.1.dist-info/METADATA",
    ):
        (site / path).unlink()
    (site / "mxnet-1.9.1.dist-info" / "INSTALLER").unlink()
    (site / "mxnet-1.9.1.dist-info").rmdir()
    assert found() == [("files of remxnet are not as installed: 1 gone", again)]
    text, well = str(info.gathered()), info.gathered().well
    assert not well
    assert f"PROBLEM: files of remxnet are not as installed: 1 gone.\n    {again}" in text


def test_another_package_that_comes_first(site, tmp_path, monkeypatch):
    (tmp_path / "work" / "mxnet").mkdir(parents=True)
    (tmp_path / "work" / "mxnet" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "work"), *sys.path])
    ((what, _),) = found()
    assert what == f"import mxnet finds {tmp_path / 'work' / 'mxnet'}, not {site / 'mxnet'}"


@pytest.mark.parametrize(
    ("name", "version", "needs"),
    [
        ("numpy", "1.23.5", ">=1.26"),
        ("torch", "2.3.1", ">=2.4,<2.16"),
        ("torch", "2.16.0", ">=2.4,<2.16"),
        ("matplotlib", "3.7", ">=3.8"),
    ],
)
def test_a_dependency_out_of_bounds(site, name, version, needs):
    for old in site.glob(f"{name}-*.dist-info/*"):
        old.unlink()
    for old in site.glob(f"{name}-*.dist-info"):
        old.rmdir()
    distribution(site, name, version, {})
    assert found() == [(f"{name} is {version}; remxnet needs {needs}", f"pip install '{name}{needs}'")]


def test_pip_is_told_and_the_telling_taken_back(site, capsys):
    before = sorted(site.rglob("*"))
    assert cli.main(["provide"]) == 0
    importlib.invalidate_caches()
    assert metadata.version("mxnet") == "1.9.1"
    assert metadata.requires("mxnet") == ["remxnet"]
    assert {path.parts[0] for path in metadata.files("mxnet")} == {"mxnet-1.9.1.dist-info"}
    assert found() == []  # it holds no package, so nothing overwrites anything
    assert cli.main(["provide", "--helpers"]) == 0
    assert "mxnet 1.9.1, d2l 1.0.3, d2lzh 1.0.0, gluonbook 0.8.10" in capsys.readouterr().out
    assert (site / "remxnet-d2l.pth").read_text().strip().endswith("modules")
    for file in metadata.files("d2l"):
        assert (site / file).is_file()
    assert cli.main(["provide", "--remove"]) == 0
    assert sorted(site.rglob("*")) == before
    assert cli.main(["provide", "--remove"]) == 0
    assert capsys.readouterr().out.endswith("nothing was provided\n")


def test_the_real_ones_stay(site):
    distribution(site, "mxnet-cu112", "1.9.1", {"mxnet/libmxnet.so": "theirs"})
    before = sorted(site.rglob("*"))
    with pytest.raises(InputError, match=r"mxnet-cu112 1\.9\.1 is installed, and is the real one"):
        provided.provide()
    assert sorted(site.rglob("*")) == before


def test_importing_mxnet_under_an_old_numpy_says_so_in_one_line(monkeypatch):
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert f"numpy>={'.'.join(map(str, _requirements.OLDEST_NUMPY))},<" in " ".join(declared)
    for version, told in (("1.23.5", True), ("1.26.0", False), ("2.4.6", False), ("3.0.0rc1", False)):
        monkeypatch.setattr("numpy.__version__", version)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _requirements.check()
        assert [str(each.message) for each in caught] == [
            f"mxnet: NumPy is {version}, and remxnet needs 1.26 or later; remxnet info says how to repair it"
        ] * told


def test_importing_what_lies_partly_under_mxnet_says_so_in_one_line(tmp_path, monkeypatch):
    ours = Path(mxnet.__file__).parent
    package = tmp_path / "overwritten"
    shutil.copytree(ours / "executor", package / "executor")
    (package / "__init__.py").write_text("from . import executor")
    (package / "base.py").write_text("class MXNetError(RuntimeError): pass")  # of the other's
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"MXNet's own files were written over remxnet's.*remxnet info says which"):
        importlib.import_module("overwritten")
    for name in [name for name in sys.modules if name.partition(".")[0] == "overwritten"]:
        del sys.modules[name]
