"""Both servers together, in one folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from qaplatform.local.binaries import binaries_for
from qaplatform.local.credentials import Credentials
from qaplatform.local.errors import CannotRun
from qaplatform.local.postgres import Postgres
from qaplatform.local.users import ServerUser, make_private
from qaplatform.local.valkey import Valkey


@dataclass(frozen=True)
class Servers:
    """PostgreSQL and Valkey; started and stopped by whoever holds them."""

    postgres: Postgres
    valkey: Valkey

    @property
    def environment(self) -> dict[str, str]:
        """What the product needs to reach them."""
        return {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url}

    def stop(self) -> None:
        """Stop both, the one that holds the truth last."""
        self.valkey.stop()
        self.postgres.stop()


def plan_servers(
    folder: Path, *, logs: Path, user: ServerUser | None, credentials: Credentials, is_durable: bool
) -> Servers:
    """Lay both servers out under `folder`, which belongs to `user`; nothing is started."""
    binaries = binaries_for(user, copies=folder)
    valkey_folder = folder / "valkey"
    make_private(valkey_folder, user)
    return Servers(
        postgres=Postgres(
            programs=binaries.postgres,
            folder=folder / "postgres",
            log=logs / "postgres.log",
            user=user,
            credentials=credentials,
            is_durable=is_durable,
        ),
        valkey=Valkey(
            program=binaries.valkey_server,
            folder=valkey_folder,
            log=logs / "valkey.log",
            user=user,
            password=credentials.valkey_password,
            is_durable=is_durable,
        ),
    )


def servers_are_elsewhere() -> bool:
    """Say whether DATABASE_URL and REDIS_URL name servers, so that none of ours is needed. One alone is refused."""
    named = [name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)]
    if len(named) == 1:
        raise CannotRun(f"Only {named[0]} is set. Set both DATABASE_URL and REDIS_URL, or neither.")
    return bool(named)
