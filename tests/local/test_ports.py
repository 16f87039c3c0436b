import socket

import pytest

from qaplatform.local.errors import CannotRun
from qaplatform.local.ports import free_port, is_listening, require_free_port


def test_port_in_use_is_told_with_another_to_try():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CannotRun, match=rf"Port {port} is in use .*make run QA_PORT={port + 1}"):
            require_free_port(port)


def test_free_port_is_free():
    port = free_port()

    require_free_port(port)
    assert not is_listening(port)
