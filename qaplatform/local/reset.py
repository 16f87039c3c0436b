"""`make demo-reset`: throw the demo's data away, so that the next start makes it anew."""

import shutil

from qaplatform.local.errors import CannotRun
from qaplatform.local.folders import disk_errors_in_words, known_folders
from qaplatform.local.lock import hold
from qaplatform.local.progress import say
from qaplatform.local.runner import KIND_FILE, data_folder


def reset() -> None:
    """Remove the data folder. Raises CannotRun while it is in use, or when it does not look like one of ours."""
    data = data_folder(is_empty=False)
    if not data.exists():
        say(f"There is nothing to remove: {data} does not exist. `make run` makes the demo.")
        return
    if any(data.iterdir()) and not (data / KIND_FILE).exists() and not (data / "credentials.json").exists():
        raise CannotRun(f"{data} was not made by `make run`, so nothing is removed. Check QA_DATA_DIR.")
    with disk_errors_in_words(data), hold(data, what="`make demo-reset`"):
        for folder in reversed(known_folders(data)):
            if folder.exists():
                shutil.rmtree(folder)
    say(f"Removed {data}. `make run` makes the demo anew.")
