"""Who the servers run as. PostgreSQL refuses root, so root hands them to an account without rights."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from qaplatform.local.errors import CannotRun

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class ServerUser:
    """An account of the machine."""

    name: str
    uid: int
    gid: int


class AccountArguments(TypedDict):
    """The arguments of `subprocess` that name an account."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def server_user() -> ServerUser | None:
    """Give the account that the servers run as; None means whoever runs this."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CannotRun(
            f"This is root, and the machine has no account `{UNPRIVILEGED}` for PostgreSQL, which refuses root. "
            "Run the command as an ordinary user."
        ) from None
    return ServerUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def can_use(path: Path, user: ServerUser | None) -> bool:
    """Say whether the account can reach and execute the file, or enter the folder."""
    if user is None:
        return os.access(path, os.X_OK)
    answer = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$0" && test -x "$0"', str(path)],
        cwd="/",
        **as_user(user),
        check=False,
    )
    return answer.returncode == 0


def as_user(user: ServerUser | None) -> AccountArguments:
    """Give what `subprocess` takes to start a program as that account."""
    if user is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def make_private(folder: Path, user: ServerUser | None) -> None:
    """Make the folder, for that account alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is not None:
        os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)
