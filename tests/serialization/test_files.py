"""Writing files: what stood there stays until the new one is whole, and errors name the file, not its temporary one."""

import contextlib
import os
import resource
import signal
import stat
import subprocess
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet.serialization import files
from mxnet.serialization.files import remove_leftovers, replacing

pytestmark = pytest.mark.usefixtures("warm")

posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and limits are POSIX's here")


@contextlib.contextmanager
def files_of_at_most(size):
    """A disk that is full after so many bytes of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("mode", ["wb", "w"])
def test_the_old_file_stays_until_the_block_ends_and_where_it_raises(tmp_path, mode):
    target = tmp_path / "a"
    target.write_text("old")
    with pytest.raises(KeyError), replacing(target, mode) as stream:
        stream.write("new" if mode == "w" else b"new")
        stream.flush()
        assert target.read_text() == "old"
        raise KeyError
    assert contents(tmp_path) == {"a": b"old"}
    with replacing(target, mode) as stream:
        stream.write("new" if mode == "w" else b"new")
    assert contents(tmp_path) == {"a": b"new"}


@posix
def test_errors_name_the_file_and_nothing_temporary(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for size in (1 << 10, 1 << 20):  # what a buffer holds back and what it does not
        too_large = pytest.raises(OSError, match=r"\] File too large: 'a.txt'$")
        with too_large, files_of_at_most(100), replacing("a.txt", "w") as stream:
            stream.write("x" * size)
    missing = pytest.raises(FileNotFoundError, match="No such file or directory: 'missing/a.txt'$")
    with missing, replacing("missing/a.txt"):
        pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="Is a directory: 'folder'$"), replacing("folder"):
        pass
    with pytest.raises(OSError, match="'folder'$"), replacing("folder", follow=False):
        pass
    if os.geteuid():  # root may write everywhere
        os.chmod("folder", 0o500)
        with pytest.raises(PermissionError, match="Permission denied: 'folder/a.txt'$"), replacing("folder/a.txt"):
            pass
    assert os.listdir(tmp_path) == ["folder"]


def test_an_error_of_something_else_keeps_its_own_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="'elsewhere'$"), replacing(tmp_path / "a"):
        os.stat("elsewhere")
    with pytest.raises(ConnectionResetError) as caught, replacing(tmp_path / "a"):
        raise ConnectionResetError(104, "Connection reset by peer")
    assert caught.value.filename is None


@posix
def test_a_private_file_is_private_while_it_is_written(tmp_path):
    target = tmp_path / "a"
    target.write_text("old")
    target.chmod(0o640)
    with replacing(target) as stream:
        (beside,) = set(os.listdir(tmp_path)) - {"a"}
        assert stat.S_IMODE(os.stat(tmp_path / beside).st_mode) == 0o600
        stream.write(b"new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    mask = os.umask(0o027)
    try:
        with replacing(tmp_path / "b"):
            pass
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o640


@posix
def test_links_are_followed_or_replaced(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("old")
    link = tmp_path / "link"
    link.symlink_to("outside")
    with replacing(link) as stream:
        stream.write(b"followed")
    assert outside.read_text() == "followed" and link.is_symlink()
    with replacing(link, follow=False) as stream:
        stream.write(b"replaced")
    assert outside.read_text() == "followed"
    assert not link.is_symlink() and link.read_text() == "replaced"
    link.unlink()
    link.symlink_to("dangling")
    with replacing(link, follow=False):
        pass
    assert not (tmp_path / "dangling").exists()


@posix
@pytest.mark.parametrize("length", [200, 238, 239, 255])
@pytest.mark.parametrize("letter", ["a", "ä"])
def test_every_name_that_a_folder_can_have_can_be_written(tmp_path, length, letter):
    name = letter * (length // len(letter.encode()))
    mx.nd.save(str(tmp_path / name), [mx.nd.ones((2,))])
    assert os.listdir(tmp_path) == [name]
    with pytest.raises(OSError, match="File name too long"), replacing(tmp_path / ("a" * 256)):
        pass


KILLED = """
import os, signal, sys
from mxnet.serialization.files import replacing
with replacing(sys.argv[1]) as stream:
    stream.write(b"half")
    stream.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@posix
def test_what_a_killed_process_left_goes_when_the_file_is_written_next(tmp_path):
    target = tmp_path / "a.params"
    target.write_text("old")
    (tmp_path / "a.params.tmp").write_text("of somebody else")
    path = os.pathsep.join(filter(None, sys.path))
    killed = subprocess.run([sys.executable, "-c", KILLED, str(target)], env={**os.environ, "PYTHONPATH": path})
    assert killed.returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 3
    assert target.read_text() == "old"
    mx.nd.save(str(target), [mx.nd.ones((2,))])
    assert sorted(os.listdir(tmp_path)) == ["a.params", "a.params.tmp"]


@posix
def test_what_is_being_written_is_no_leftover(tmp_path):
    target = tmp_path / "a"
    with replacing(target) as slow:
        slow.write(b"slow")
        slow.flush()
        remove_leftovers(target)
        with replacing(target) as quick:
            quick.write(b"quick")
        assert target.read_bytes() == b"quick"
    assert contents(tmp_path) == {"a": b"slow"}


@posix
def test_a_file_taken_for_a_leftover_before_it_was_locked_is_begun_again(tmp_path, monkeypatch):
    real, taken = files.fcntl.flock, []

    def flock(descriptor, operation):
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        return real(descriptor, operation)

    monkeypatch.setattr(files.fcntl, "flock", flock)
    with replacing(tmp_path / "a") as stream:
        stream.write(b"new")
    assert contents(tmp_path) == {"a": b"new"} and len(taken) == 1


@posix
@pytest.mark.parametrize("save", ["export", "save_checkpoint", "Block.save"])
def test_files_that_belong_together_are_replaced_together(tmp_path, save):
    def save_all(units, bound):
        net = mx.gluon.nn.HybridSequential()
        net.add(mx.gluon.nn.Dense(units, flatten=bool(units)))
        net.initialize()
        net.hybridize()
        net(mx.nd.ones((1, 1000)))
        prefix = str(tmp_path / "net")
        with files_of_at_most(bound):
            if save == "export":
                net.export(prefix)
            elif save == "save_checkpoint":
                arrays = {name: value.data() for name, value in net.collect_params().items()}
                mx.model.save_checkpoint(prefix, 0, net(mx.sym.var("data")), arrays, {})
            else:
                net.save(prefix)

    save_all(1, 1 << 20)
    before = contents(tmp_path)
    assert len(before) == 2
    with pytest.raises(mx.MXNetError, match=r"save: cannot write '.*net-\w+.params': File too large"):
        save_all(2, 6000)  # room for the graph and for 1000 weights
    assert contents(tmp_path) == before
    save_all(2, 1 << 20)
    assert all(content != before[name] for name, content in contents(tmp_path).items())


@posix
def test_savez_leaves_what_was_there_on_a_full_disk(tmp_path):
    path = str(tmp_path / "a.npz")
    mx.npx.savez(path, mx.np.ones((3,)))
    with pytest.raises(OSError, match="File too large: '.*a.npz'$"), files_of_at_most(2000):
        mx.npx.savez(path, mx.np.ones((3000,)))
    with np.load(path) as back:
        np.testing.assert_array_equal(back["arr_0"], np.ones(3))
    assert os.listdir(tmp_path) == ["a.npz"]


@posix
def test_devices_are_written_to(tmp_path):
    with replacing("/dev/null") as stream:
        stream.write(b"gone")
    with pytest.raises(OSError, match="No space left on device: '/dev/full'$"), replacing("/dev/full") as stream:
        stream.write(b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
