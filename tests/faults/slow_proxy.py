"""A TCP proxy before the database: it can delay what the database says, and cut every connection."""

import socket
import threading
import time
from contextlib import suppress

from qaplatform.local.ports import LOOPBACK

CHUNK = 65_536


class SlowProxy:
    """Forwards from a port of its own to another one until it is closed."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0
        self.is_cut = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and refuse new ones until `mend`."""
        self.is_cut = True
        for pair in self._pairs:
            _end(*pair)
        self._pairs.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.is_cut = False

    def close(self) -> None:
        """End everything."""
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_cut:
                    client.close()
                    continue
                server = socket.create_connection((LOOPBACK, self.target))
                self._pairs.append((client, server))
                threading.Thread(target=self._forward, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, is_delayed: bool) -> None:  # noqa: FBT001
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                if is_delayed:
                    time.sleep(self.delay)
                target.sendall(chunk)
        _end(source, target)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
