"""The secrets that the runner makes once and keeps beside the data, in a file for its owner alone."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from qaplatform.local.errors import CannotRun


@dataclass(frozen=True)
class Credentials:
    """Passwords of the embedded servers, and Django's secret key."""

    secret_key: str
    superuser_password: str
    database_password: str
    valkey_password: str


def make_credentials() -> Credentials:
    """Make new ones. They hold only letters, digits, - and _, so they need no quoting in an address."""
    return Credentials(**{field.name: secrets.token_urlsafe(36) for field in fields(Credentials)})


def keep_credentials(path: Path) -> Credentials:
    """Read the file, or make it. Raises CannotRun when it is there and holds something else."""
    if not path.exists():
        return _write(path, make_credentials())
    try:
        return Credentials(**json.loads(path.read_text()))
    except (TypeError, ValueError):
        raise CannotRun(
            f"{path} holds no readable passwords. Put the original file back, "
            "or start over without its data: make demo-reset"
        ) from None


def _write(path: Path, credentials: Credentials) -> Credentials:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(credentials), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return credentials
