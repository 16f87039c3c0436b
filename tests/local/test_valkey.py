import os
import signal

import pytest
import redis

from tests.local.servers import plan


@pytest.fixture(scope="module")
def valkey(open_folder):
    server = plan(open_folder / "servers").valkey
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(valkey):
    with redis.Redis.from_url(valkey.url) as connection:
        yield connection


@pytest.mark.parametrize(
    ("setting", "value"),
    [("maxmemory-policy", "noeviction"), ("appendonly", "yes"), ("bind", "127.0.0.1"), ("databases", "64")],
)
def test_broker_keeps_what_it_is_given(client, setting, value):
    assert client.config_get(setting) == {setting: value}


def test_nobody_gets_in_without_the_password(valkey):
    with (
        redis.Redis(host="127.0.0.1", port=valkey.port) as stranger,
        pytest.raises(redis.AuthenticationError, match="already authenticated"),
    ):
        stranger.ping()


def test_message_survives_a_restart(valkey, client):
    client.rpush("kept", "message")

    valkey.stop()
    valkey.start()

    assert client.lrange("kept", 0, -1) == [b"message"]


def test_server_that_was_killed_starts_again_on_its_port(valkey):
    port = valkey.port
    os.kill(valkey.child.pid, signal.SIGKILL)
    valkey.child.process.wait()

    valkey.start()

    assert (valkey.port, valkey.is_ready()) == (port, True)
