"""What a process that only keeps weights runs, in training over several machines."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from typing import Any

from ..base import MXNetError

__all__ = ["KVStoreServer"]


class KVStoreServer:
    """A server beside workers on other machines.

    Parameters
    ----------
    kvstore : KVStore
        the store it serves
    """

    def __init__(self, kvstore: Any) -> None:
        self.kvstore = kvstore
        self.init_logginig = False

    def _controller(self) -> Callable[[int, Any, Any], None]:
        """What is done with a command of a worker: number 0 brings an optimizer, the others are not the server's."""

        def server_controller(cmd_id: int, cmd_body: Any, _: Any) -> None:
            if not self.init_logginig:
                name = f"{self.kvstore.type} server {self.kvstore.rank}"
                logging.basicConfig(level=logging.DEBUG, format=f"%(asctime)-15s {name} %(message)s")
                self.init_logginig = True
            if cmd_id == 0:
                self.kvstore.set_optimizer(pickle.loads(cmd_body))
            else:
                print(f"server {self.kvstore.rank}, unknown command ({cmd_id}, {cmd_body})")

        return server_controller

    def run(self) -> None:
        """Serve workers on other machines.

        Raises
        ------
        MXNetError
            always: a store is of one process
        """
        raise MXNetError(
            f"KVStoreServer.run: a store of the kind {self.kvstore.type!r} is of one process, so there is nobody to "
            "serve; torch.distributed adds up over machines"
        )
