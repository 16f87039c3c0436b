"""How big the demo is, and what is planted in it."""

from dataclasses import dataclass

TEAMS_A_QUEUE = 3


@dataclass(frozen=True)
class DemoPlan:
    """Sizes and chances of the demo. Days are working days of the history, counted from 0; shares run from 0 to 1.

    `cusum_h` None leaves the limit of the running check to what the product solves for its false-alarm rate.
    """

    seed: int = 20
    days: int = 30
    people_a_team: int = 6
    labels_a_day: float = 101.8
    gold_share: float = 0.08
    cusum_h: float | None = None
    overlap_rate: float = 0.1
    overlap_size: int = 3
    waiting_items: int = 1500
    pooled_gold: int = 420
    spare_matched_gold: int = 360
    exam_gold: int = 90
    training_gold: int = 60
    proposed_gold: int = 12
    set_items: int = 40
    set_pass_mark: int = 37
    accuracy: float = 0.96
    accuracy_spread: float = 0.008
    drift_day: int = 15
    drift_to: float = 0.75
    one_sided_error: float = 0.15
    shared_items: int = 300
    copied_share: float = 0.8
    speeder_accuracy: float = 0.88
    leak_day: int = 12
    leaked_gold_accuracy: float = 0.5

    @property
    def people_a_queue(self) -> int:
        """People of the three teams of a queue."""
        return TEAMS_A_QUEUE * self.people_a_team


FULL = DemoPlan()

# Everything is there, in seconds: for tests. Errors are coarse, so that few answers show them.
SMALL = DemoPlan(
    days=10,
    labels_a_day=25,
    gold_share=0.35,
    cusum_h=7.0,
    overlap_rate=0.3,
    drift_to=0.4,
    one_sided_error=0.3,
    waiting_items=60,
    pooled_gold=130,
    spare_matched_gold=40,
    exam_gold=45,
    training_gold=10,
    proposed_gold=4,
    drift_day=3,
    shared_items=40,
    leak_day=4,
)
