"""What the writing of one queue needs."""

from dataclasses import dataclass

import numpy as np

from calibration.demo.queues import QueueRows
from calibration.demo.timelines import Timeline
from calibration.demo.uuids import Uuids
from calibration.demo.worlds import QueueWorld
from qaplatform.people.models import Labeler, User


@dataclass(frozen=True)
class Scene:
    """A drawn queue, the rows that it hangs on, when it was, and who: `authors` write and approve gold by turns."""

    world: QueueWorld
    rows: QueueRows
    timeline: Timeline
    labelers: tuple[Labeler, ...]
    authors: tuple[User, User]
    uuids: Uuids
    rng: np.random.Generator

    @property
    def labeler_ids(self) -> list[str]:
        """Ids of the people, by their number."""
        return [str(labeler.pk) for labeler in self.labelers]


@dataclass(frozen=True)
class StoredItems:
    """Ids and public ids of the items, by their number."""

    ids: range
    keys: list[str]
