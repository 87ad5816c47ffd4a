"""Imports everything, starts no thread, and forks a process for each connection: ``server.py SOCKET EXECUTABLE``.

It ends when its standard input does, and takes what it has forked along. A process whose shim is gone is killed.
"""

import atexit
import contextlib
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
import warnings


def prepare():
    """Import what programs of the tests begin with, and have torch import what it puts off."""
    import torch

    import mxnet
    import mxnet.contrib
    import mxnet.io
    import mxnet.model
    import mxnet.module
    import mxnet.test_utils
    import remxnet.book
    import remxnet.cli  # noqa: F401

    mxnet.init.Zero(), mxnet.kv.create("local")
    torch.empty((2, 3), device="meta").add(1.0).sum()


class Server:
    """The processes that run, each with its connection."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        self.selector = selectors.DefaultSelector()
        self.wakes, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self.wakes, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self.pipe = self.wakes, wake
        self.running = {}
        for each in (0, self.wakes, self.listener):
            self.selector.register(each, selectors.EVENT_READ)

    def serve(self):
        """Fork until standard input ends; returns in a forked process, with what was asked of it."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj == 0:
                    self.leave()
                elif key.fileobj == self.wakes:
                    os.read(self.wakes, 1024)
                    self.bury()
                elif key.fileobj is self.listener:
                    asked = self.fork(self.listener.accept()[0])
                    if asked is not None:
                        return asked
                else:  # a shim is gone
                    self.selector.unregister(key.fileobj)
                    for process, connection in self.running.items():
                        if connection is key.fileobj:
                            os.killpg(process, signal.SIGKILL)

    def fork(self, connection):
        """A process for a connection: in it, what was asked; else None."""
        size, streams, _, _ = socket.recv_fds(connection, 8, 3)
        length, message = int.from_bytes(size, "little"), b""
        while len(message) < length:
            message += connection.recv(length - len(message))
        process = os.fork()
        if process:
            for each in streams:
                os.close(each)
            self.running[process] = connection
            self.selector.register(connection, selectors.EVENT_READ)
            connection.sendall(b"%d\n" % process)
            return None
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        self.listener.close()
        for each in (connection, *self.running.values()):
            each.close()
        for each in self.pipe:
            os.close(each)
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)
        return json.loads(message)

    def bury(self):
        """Tell the shims of processes that have ended."""
        while self.running:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            connection = self.running.pop(process)
            if connection in [key.fileobj for key in self.selector.get_map().values()]:
                self.selector.unregister(connection)
                connection.sendall(b"%d\n" % status)
            connection.close()

    def leave(self):
        """End, and all that was forked."""
        for process in self.running:
            os.killpg(process, signal.SIGKILL)
        sys.exit()


def become(asked, executable):
    """Be the interpreter that was asked for: its environment, directory and arguments; returns what is to be run."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["directory"])
    if os.environ.get("JPY_PARENT_PID"):  # whose end a kernel watches for
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
    sys.executable, tempfile.tempdir = executable, None
    arguments, filters = list(asked["arguments"]), []
    while arguments and arguments[0][:2] in ("-W", "-B", "-u"):
        option = arguments.pop(0)
        if option.startswith("-W"):
            filters.append(option[2:] or arguments.pop(0))
    for each in filters:
        warnings._setoption(each)
    own = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.path[:] = [*own, *(each for each in sys.path if each not in own)]
    kind = arguments.pop(0)
    if kind in ("-c", "-m"):
        what = arguments.pop(0)
        sys.path.insert(0, "" if kind == "-c" else os.getcwd())
    else:
        kind, what = "", kind
        sys.path.insert(0, os.path.dirname(os.path.abspath(what)))
    sys.argv = [kind or what, *arguments]
    return kind, what


def run(kind, what):
    """Run it as the interpreter would."""
    if kind == "-c":
        main = sys.modules["__main__"].__dict__
        del main["__file__"]
        exec(compile(what, "<string>", "exec"), main)
    elif kind == "-m":
        sys.modules.pop(what, None)  # runpy warns of what is imported already
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(what, run_name="__main__")


def ended(kind, what):
    """Run it, and end as the interpreter would, but for what undoing its modules does and the half second it takes."""
    code = 0
    try:
        run(kind, what)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        if code and stop.code is not code:
            print(stop.code, file=sys.stderr)
    except BaseException as error:  # noqa: BLE001 - it is told as the interpreter tells it
        sys.excepthook(type(error), error, error.__traceback__)
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more
            stream.flush()
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 255)


if __name__ == "__main__":
    del sys.path[0]  # this folder
    prepare()
    gc.collect()
    gc.freeze()  # nothing of it is looked at again, in the processes neither
    server = Server(sys.argv[1])
    print("ready", flush=True)
    program = become(server.serve(), sys.argv[2])
    ended(*program)
