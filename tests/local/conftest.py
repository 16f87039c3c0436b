import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def open_folder():
    """A folder that the servers' account can enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="qaplatform-local-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
