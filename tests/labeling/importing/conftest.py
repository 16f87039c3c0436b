"""Uploads of these tests lie in a folder of their own."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Settings) -> Path:
    settings.UPLOAD_DIR = tmp_path
    return tmp_path
