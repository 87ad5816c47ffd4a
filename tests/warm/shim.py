"""Stands for an interpreter: has the server beside it fork one, passes signals on, and ends as that one ends."""

import json
import os
import signal
import socket
import sys

PASSED = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]


def main():
    """Run one process."""
    server = socket.socket(socket.AF_UNIX)
    server.connect(os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "s"))
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED)  # until there is somebody to pass them on to
    asked = {"arguments": sys.argv[1:], "environment": dict(os.environ), "directory": os.getcwd()}
    message = json.dumps(asked).encode("ascii")
    socket.send_fds(server, [len(message).to_bytes(8, "little")], [0, 1, 2])
    server.sendall(message)
    answers = server.makefile("r")
    child = int(answers.readline())
    for each in PASSED:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, lambda number, frame: os.killpg(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED)
    status = int(answers.readline() or 9)  # a server that is gone has taken the child along
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
