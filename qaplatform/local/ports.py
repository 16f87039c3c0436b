"""TCP ports on the loopback address."""

import socket

from qaplatform.local.errors import CannotRun

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Give a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free_port(port: int) -> None:
    """Raise CannotRun when somebody listens on the port, or when it may not be opened."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError:
            raise CannotRun(
                f"Port {port} may only be opened by the administrator of this machine. "
                "Choose a port above 1023, for example: make run QA_PORT=8001"
            ) from None
        except OSError:
            raise CannotRun(
                f"Port {port} is in use by another program. Stop that program, or choose another port: "
                f"make run QA_PORT={port + 1}"
            ) from None


def is_listening(port: int) -> bool:
    """Say whether somebody accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
