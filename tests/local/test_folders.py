import errno
import os
import shutil
from typing import NamedTuple

import pytest

from qaplatform.local.errors import CannotRun
from qaplatform.local.folders import disk_errors_in_words, make_folders, require_space
from qaplatform.local.users import can_use, server_user


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_full_disk_is_told_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 5_000_000))

    with pytest.raises(CannotRun, match=r"has 5 MB left, and 700 MB are needed. Free some space, or .*QA_DATA_DIR="):
        require_space(tmp_path, is_new=True)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "is full. Free at least 1 GB"),
        (errno.EDQUOT, "is full. Free at least 1 GB"),
        (errno.EACCES, "may not be read or written by this account"),
        (errno.EROFS, "cannot be a data folder"),
    ],
)
def test_what_the_disk_refuses_is_told_in_words(tmp_path, number, sentence):
    with pytest.raises(CannotRun, match=sentence), disk_errors_in_words(tmp_path):
        raise OSError(number, os.strerror(number))


def test_file_in_place_of_the_folder_is_told(tmp_path):
    path = tmp_path / "data"
    path.write_text("mine")

    with pytest.raises(CannotRun, match="cannot be a data folder"):
        make_folders(path, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the servers to another account")
def test_servers_go_elsewhere_when_their_account_cannot_enter(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    folders = make_folders(closed / "data", server_user())

    assert folders.is_split
    assert can_use(folders.servers, server_user())
    assert not (closed / "data" / "servers").exists()
    shutil.rmtree(folders.servers)
