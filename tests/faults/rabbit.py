"""A RabbitMQ of our own: on the loopback address, on free ports, with its data in a folder that goes afterwards."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from qaplatform.local.children import Child
from qaplatform.local.ports import LOOPBACK, is_listening
from qaplatform.local.waiting import wait_until
from tests.faults.rig import low_ports

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS = 120


def is_installed() -> bool:
    return SERVER.exists() and shutil.which("epmd") is not None


@contextmanager
def rabbit_broker(folder: Path) -> Iterator[str]:
    """Start it and give the address for QA_BROKER_URL. Erlang's port mapper is started too, so that it ends with it."""
    port, mapper_port, distribution_port = low_ports(3)
    password = token_hex(16)
    folder.mkdir()
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = {LOOPBACK}:{port}\ndefault_user = qa\ndefault_pass = {password}\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(mapper_port),
        "RABBITMQ_NODENAME": "scale@localhost",
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{{LOOPBACK.replace('.', ',')}}}",
    }
    commands = {
        "mapper": ["epmd", "-port", str(mapper_port), "-address", LOOPBACK],
        "rabbit": ["/bin/sh", str(SERVER)],
    }
    children = []
    try:
        for name, command in commands.items():
            log = folder / f"{name}.out"
            children.append(Child(name=name, command=command, log=log, environment=environment, folder=folder))
            children[-1].start()
        assert wait_until(lambda: is_listening(port), seconds=START_SECONDS), children[-1].tail()
        yield f"amqp://qa:{password}@{LOOPBACK}:{port}//"
    finally:
        for child in reversed(children):
            child.kill()
