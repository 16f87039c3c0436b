"""The folders and files that are watched: where they may lie, when a file is ready, and where it ends."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from os import stat_result
from pathlib import Path, PurePath

from django.conf import settings

from labeling.models import ImportRun
from qaplatform.errors import InvalidInput

DONE, FAILED = "done", "failed"
UNTOUCHED = timedelta(seconds=60)
DEEPEST = 3
MOST_CHOICES = 200
UNFINISHED_NAMES = (".part", ".partial", ".tmp", ".crdownload", ".filepart")


def import_root() -> Path | None:
    """The folder below which folders may be watched, or None where the operator set none."""
    return Path(settings.IMPORT_DIR).resolve() if settings.IMPORT_DIR else None


def folder_choices() -> tuple[str, ...]:
    """Folders that can be watched, as paths below the root."""
    root = import_root()
    if root is None or not root.is_dir():
        return ()
    found = (str(path.relative_to(root)) for path in _folders_in(root, depth=1))
    return tuple(sorted(path for path, _ in zip(found, range(MOST_CHOICES), strict=False)))


def safe_path(path: str) -> Path:
    """The real folder of a path below the root. Raises InvalidInput where it leaves it, or goes through a link."""
    root = import_root()
    if root is None:
        raise InvalidInput("The operator has to set QA_IMPORT_DIR before folders can be watched.")
    parts = PurePath(path.strip()).parts
    if (
        not parts
        or PurePath(path).is_absolute()
        or any(part in {"..", DONE, FAILED} or part[0] == "." for part in parts)
    ):
        raise InvalidInput(
            f"{path} is no folder below the import folder. Choose one of them.", detail={"field": "path"}
        )
    real = root
    for part in parts:
        real /= part
        if real.is_symlink():
            raise InvalidInput(f"{path} goes through a link, which is not followed. Use the real folder.")
    if not real.is_dir():
        raise InvalidInput(f"There is no folder {path}. Make it, or choose another.", detail={"field": "path"})
    return real


def ready_files(here: Path, *, now: datetime) -> Iterator[Path]:
    """Files that nobody has touched for a minute, the oldest first; hidden and unfinished ones are left alone."""
    found = []
    for path in here.iterdir():
        is_named = not path.name.startswith(".") and not path.name.lower().endswith(UNFINISHED_NAMES)
        if is_named and (path.is_symlink() or path.is_file()):
            touched = path.lstat()
            at = datetime.fromtimestamp(max(touched.st_mtime, touched.st_ctime), UTC)
            if at < now - UNTOUCHED:
                found.append((touched.st_mtime, path.name, path))
    return (path for _, _, path in sorted(found))


def is_text(name: str) -> bool:
    """Whether a file name is text: on disk it may be any bytes."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def state_of(found: stat_result) -> list[int]:
    """What changes when a file is written to or replaced, as JSON keeps it."""
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def put_away(run: ImportRun, where: str) -> None:
    """Move the file of a run out of the way of the next look, and note that with the run.

    A file that has taken its place since stays: it is the next one.
    """
    name = run.options.get("source")
    if not name or not run.folder:
        return
    here = safe_path(run.folder.path)
    source = here / name
    is_there = source.is_file() and not source.is_symlink()
    if is_there and run.options.get("source_state") in (None, state_of(source.stat())):
        there = here / where
        there.mkdir(exist_ok=True)
        if there.is_symlink():
            raise InvalidInput(f"{run.folder.path}/{where} is a link, which is not followed. Make it a folder.")
        source.rename(free_name(there / name))
    run.options = {**run.options, "put_away": where}
    run.save(update_fields=["options"])


def free_name(path: Path) -> Path:
    """A name that is not taken."""
    number, free = 2, path
    while free.exists():
        free, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return free


def _folders_in(here: Path, *, depth: int) -> Iterator[Path]:
    with suppress(OSError):
        for path in sorted(here.iterdir()):
            if path.is_dir() and not path.is_symlink() and path.name[0] != "." and path.name not in {DONE, FAILED}:
                yield path
                if depth < DEEPEST:
                    yield from _folders_in(path, depth=depth + 1)
