import pytest

from remxnet.installs import without_provided_installs


@pytest.mark.parametrize(
    ("source", "changed", "names"),
    [
        ("!pip install d2l", "pass", ["d2l"]),
        ("%pip install d2l==0.17.6", "pass", ["d2l==0.17.6"]),
        ("pip install -U mxnet", "pass", ["mxnet"]),
        ("!pip3 install -q --upgrade 'mxnet-cu101>=1.6' -f https://dist.mxnet.io/python", "pass", ["mxnet-cu101>=1.6"]),
        ("!{sys.executable} -m pip install mxnet_mkl", "pass", ["mxnet_mkl"]),
        ("!python3.7 -m pip install gluonbook d2lzh > /dev/null 2>&1", "pass", ["gluonbook", "d2lzh"]),
        ("!sudo pip install MXNet  # the framework", "pass", ["MXNet"]),
        ("!uv pip install d2l", "pass", ["d2l"]),
        ("log = !pip install d2l\nx", "pass\nx", ["d2l"]),
        ("import os\nif True:\n    !pip install d2l\nos", "import os\nif True:\n    pass\nos", ["d2l"]),
        ("%%bash\npip install d2l\nls", "%%bash\n:\nls", ["d2l"]),
        ("!pip install \\\n    d2l\nx = 1", "pass\n\nx = 1", ["d2l"]),
        (
            "!pip install git+https://github.com/d2l-ai/d2l-en",
            "pass",
            ["git+https://github.com/d2l-ai/d2l-en"],
        ),
        ("!pip install 'd2l @ git+https://example.org/x.git@v1'", "pass", ["d2l @ git+https://example.org/x.git@v1"]),
        ("!pip install d2l && ls", "!true            && ls", ["d2l"]),
        ("!cd /; pip install d2l", "!cd /; true           ", ["d2l"]),
        ("!pip install mxnet pandas", "!pip install       pandas", ["mxnet"]),
        ("!pip install pandas mxnet==1.7 scipy", "!pip install pandas            scipy", ["mxnet==1.7"]),
        ("!pip install -r requirements.txt d2l", "!pip install -r requirements.txt    ", ["d2l"]),
    ],
)
def test_what_is_provided_is_not_installed(source, changed, names):
    assert without_provided_installs(source) == (changed, names)


@pytest.mark.parametrize(
    "source",
    [
        "!pip install pandas",
        "!pip install mxnet-model-server gluoncv autogluon.mxnet",
        "!pip download d2l",
        "!pip uninstall -y mxnet",
        "!pip install --proxy mxnet pandas",
        "!pip install -e d2l-en-checkout",
        "!echo pip install d2l",
        "!pip",
        "!pip install",
        "!pip install 'd2l",
        "x = 1",
        "text = '''\n!pip install d2l\n'''",
        "# !pip install d2l\nx = 1",
        "%%time\nprint('pip install d2l')",
        "!ls\npipeline = d2l",
    ],
)
def test_everything_else_runs_as_it_is_written(source):
    assert without_provided_installs(source) == (source, [])
