"""Every environment variable that the project reads, with its meaning; a bad value is refused by name.

`VARIABLES` is what `docs/operator.md` documents; a test compares the two.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from qaplatform.errors import DomainError

VARIABLES: Mapping[str, str] = {
    "DATABASE_URL": (
        "PostgreSQL to use, postgres://user:password@host:port/name. "
        "Set together with REDIS_URL, no embedded server starts."
    ),
    "REDIS_URL": "Valkey or Redis to use as broker and cache, redis://:password@host:port/0.",
    "QA_BROKER_URL": (
        "Broker of the jobs where it is not the cache's server: redis://... or RabbitMQ, "
        "amqp://user:password@host:5672//. Default: REDIS_URL."
    ),
    "QA_SECRET_KEY": (
        "Django's secret key, 32 characters or more. `make run` makes one and keeps it in the data folder."
    ),
    "QA_PORT": "Port of the web server of `make run`; default 8000.",
    "QA_DATA_DIR": "Folder of the embedded servers' data, logs and secrets; default .data.",
    "QA_DEMO": "1 shows the demo accounts on the sign-in page; only on a loopback address.",
    "QA_DEBUG": "1 turns Django's debug pages on; refused with a public host.",
    "QA_ALLOWED_HOSTS": "Host names that the web server answers to, with commas; default localhost,127.0.0.1,[::1].",
    "QA_PUBLIC_URL": (
        "Address under which users reach the site, for example https://qa.example.org; "
        "default http://127.0.0.1:QA_PORT."
    ),
    "QA_DB_POOL": (
        "Most database connections that one web process keeps; 0 opens plain connections (workers). Default 0."
    ),
    "QA_REQUIRE_MFA": "1 asks managers and administrators for a second factor at sign-in.",
    "QA_SUPPORT_CONTACT": "Whom a labeler can turn to; shown under 'I need help' in the workspace.",
    "QA_METRICS_FROM": (
        "Addresses or networks that may read /metrics directly, with commas; default 127.0.0.0/8,::1/128. "
        "`unix` among them lets those read who come by a unix socket. What comes through a proxy never may."
    ),
    "QA_IMPORT_DIR": "Folder below which folders may be watched for files to import by themselves; none if not set.",
    "QA_LABELER_ROLE": (
        "Database role under which labelers' requests are served; empty serves them under the application's own. "
        "`manage.py grant_roles` makes it. Default qaplatform_labeler."
    ),
    "QA_ADMIN_USERNAME": "First administrator of `make run EMPTY=1` where there is no terminal to ask.",
    "QA_ADMIN_PASSWORD": "Password of that administrator, 12 characters or more.",
}

SOCKET = "unix"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})


class BadSetting(DomainError):
    """An environment variable has a value that cannot work."""

    code = "bad_setting"


@dataclass(frozen=True)
class Environment:
    """The environment, read and checked."""

    database_url: str
    redis_url: str
    broker_url: str
    secret_key: str
    port: int
    data_dir: Path
    demo: bool
    debug: bool
    allowed_hosts: tuple[str, ...]
    public_url: str
    db_pool: int
    require_mfa: bool
    support_contact: str
    import_dir: Path | None
    labeler_role: str
    metrics_from: tuple[IPv4Network | IPv6Network, ...]
    metrics_from_socket: bool


def read(environ: Mapping[str, str] = os.environ) -> Environment:
    """Read and check the environment. Raises BadSetting with the name of the variable."""
    port = _whole_number(environ, "QA_PORT", default=8000, lowest=1, highest=65535)
    named = environ.get("QA_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
    hosts = tuple(host.strip() for host in named if host.strip())
    environment = Environment(
        database_url=_url(environ, "DATABASE_URL", ("postgres", "postgresql")),
        redis_url=_url(environ, "REDIS_URL", ("redis", "rediss", "unix")),
        broker_url=_url(environ, "QA_BROKER_URL", ("redis", "rediss", "unix", "amqp", "amqps")),
        secret_key=environ.get("QA_SECRET_KEY", ""),
        port=port,
        data_dir=Path(environ.get("QA_DATA_DIR") or ".data"),
        demo=_switch(environ, "QA_DEMO"),
        debug=_switch(environ, "QA_DEBUG"),
        allowed_hosts=hosts,
        public_url=environ.get("QA_PUBLIC_URL") or f"http://127.0.0.1:{port}",
        db_pool=_whole_number(environ, "QA_DB_POOL", default=0, lowest=0, highest=200),
        require_mfa=_switch(environ, "QA_REQUIRE_MFA"),
        support_contact=environ.get("QA_SUPPORT_CONTACT", "your team lead"),
        import_dir=_folder(environ, "QA_IMPORT_DIR"),
        labeler_role=_name(environ, "QA_LABELER_ROLE", default="qaplatform_labeler"),
        metrics_from=_networks(environ, "QA_METRICS_FROM", default="127.0.0.0/8,::1/128"),
        metrics_from_socket=SOCKET in _parts(environ, "QA_METRICS_FROM"),
    )
    _refuse_public_debug(environment)
    return environment


def _refuse_public_debug(environment: Environment) -> None:
    is_public = not set(environment.allowed_hosts) <= LOOPBACK
    if environment.debug and is_public:
        raise BadSetting("QA_DEBUG is 1 and QA_ALLOWED_HOSTS names a public host: turn QA_DEBUG off.")
    if environment.demo and is_public:
        raise BadSetting(
            "QA_DEMO is 1 and QA_ALLOWED_HOSTS names a public host: the demo's passwords are public. Turn QA_DEMO off."
        )


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    if value and not Path(value).is_dir():
        raise BadSetting(f"{name} is {value!r}: there is no such folder. Make it, or take the variable away.")
    return Path(value) if value else None


def _networks(environ: Mapping[str, str], name: str, *, default: str) -> tuple[IPv4Network | IPv6Network, ...]:
    parts = _parts(environ, name) or tuple(default.split(","))
    try:
        return tuple(ip_network(part) for part in parts if part != SOCKET)
    except ValueError:
        message = f"{name} is {environ[name]!r}: write addresses or networks, like 10.0.0.5,10.1.0.0/16, or {SOCKET}."
        raise BadSetting(message) from None


def _parts(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in environ.get(name, "").split(",") if part.strip())


def _name(environ: Mapping[str, str], name: str, *, default: str) -> str:
    value = environ.get(name, default)
    if value and not (value.isidentifier() and value.islower() and value.isascii()):
        raise BadSetting(f"{name} is {value!r}: write lower case letters, digits and underlines, a letter first.")
    return value


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "0") or "0"
    if value not in {"0", "1"}:
        raise BadSetting(f"{name} is {value!r}: write 1 for on or 0 for off.")
    return value == "1"


def _whole_number(environ: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        raise BadSetting(f"{name} is {value!r}: write a whole number from {lowest} to {highest}.")
    return int(value)


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    value = environ.get(name, "")
    if value and urlsplit(value).scheme not in schemes:
        raise BadSetting(f"{name} does not start with {schemes[0]}://; {VARIABLES[name]}")
    return value
