"""Where the runner keeps things: its own folder, and one that the servers' account must be able to enter."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, EEXIST, ENOSPC, ENOTDIR, EROFS
from pathlib import Path

from qaplatform.local.errors import CannotRun
from qaplatform.local.users import ServerUser, can_use, make_private

SHARED_PLACE = Path("/var/lib/qaplatform")
SPACE_FOR_NEW = 700_000_000
SPACE_FOR_OLD = 200_000_000
LOG_LIMIT = 5_000_000


@dataclass(frozen=True)
class Folders:
    """`data` and `logs` belong to whoever runs this, `servers` to the servers' account."""

    data: Path
    logs: Path
    servers: Path

    @property
    def credentials(self) -> Path:
        """The file with the secrets."""
        return self.data / "credentials.json"

    @property
    def is_split(self) -> bool:
        """Whether the servers' data had to go elsewhere."""
        return self.servers.parent != self.data


def make_folders(data: Path, user: ServerUser | None) -> Folders:
    """Make the folders. Raises CannotRun with what to do when the disk or the rights do not allow it."""
    with disk_errors_in_words(data):
        data.mkdir(parents=True, exist_ok=True, mode=0o700 if user is None else 0o711)
        logs = data / "logs"
        logs.mkdir(exist_ok=True, mode=0o700)
        _set_old_logs_aside(logs)
        folders = Folders(data=data, logs=logs, servers=_servers_folder(data, user))
        make_private(folders.servers, user)
    return folders


def known_folders(data: Path) -> tuple[Path, ...]:
    """Give every folder that may hold something of this data folder."""
    return (data, _place_elsewhere(SHARED_PLACE, data), _place_elsewhere(_temporary_place(), data))


def require_space(folder: Path, *, is_new: bool) -> None:
    """Raise CannotRun when the disk is too full to start."""
    needed = SPACE_FOR_NEW if is_new else SPACE_FOR_OLD
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotRun(
            f"The disk under {folder} has {free // 1_000_000} MB left, and {needed // 1_000_000} MB are needed. "
            "Free some space, or keep the data on another disk: make run QA_DATA_DIR=/another/disk/qa-data"
        )


@contextmanager
def disk_errors_in_words(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into a sentence that says what to do."""
    try:
        yield
    except PermissionError as error:
        raise CannotRun(
            f"{error.filename or folder} may not be read or written by this account. Run as the account that made it, "
            "or choose another folder: make run QA_DATA_DIR=/another/folder"
        ) from error
    except OSError as error:
        if error.errno in {ENOSPC, EDQUOT}:
            raise CannotRun(f"The disk under {folder} is full. Free at least 1 GB, then run it again.") from error
        if error.errno in {EEXIST, ENOTDIR, EROFS}:
            raise CannotRun(
                f"{folder} cannot be a data folder ({error.strerror}). Choose another: "
                "make run QA_DATA_DIR=/another/folder"
            ) from error
        raise


def _servers_folder(data: Path, user: ServerUser | None) -> Path:
    inside = data / "servers"
    if user is None:
        return inside
    make_private(inside, user)
    if can_use(inside, user):
        return inside
    inside.rmdir()
    for place in (SHARED_PLACE, _temporary_place()):
        folder = _place_elsewhere(place, data)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            make_private(folder, user)
        except OSError:
            continue
        if can_use(folder, user):
            return folder
    raise CannotRun(
        f"PostgreSQL refuses root, and the account `{user.name}` can enter neither {data} nor {SHARED_PLACE}. "
        "Run as an ordinary user, or set QA_DATA_DIR to a folder that everybody can enter."
    )


def _place_elsewhere(place: Path, data: Path) -> Path:
    return place / hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def _temporary_place() -> Path:
    return Path(tempfile.gettempdir()) / f"qaplatform-{os.getuid()}"


def _set_old_logs_aside(logs: Path) -> None:
    for log in logs.glob("*.log"):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
