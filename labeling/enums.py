"""States and kinds of labeling."""

from django.db.models import TextChoices


class QueueKind(TextChoices):
    """What a queue is for; training queues are entered by reservation, not by skill."""

    ORDINARY = "ordinary", "Work"
    TRAINING = "training", "Training"


class QueueState(TextChoices):
    """Whether a queue hands out work."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


class SlotState(TextChoices):
    """Where a slot stands."""

    OPEN = "open", "Open"
    LEASED = "leased", "Being worked on"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class SlotOrigin(TextChoices):
    """Which of the four doors made a slot. Placed slots do not count for agreement unless calibration says so."""

    ENTRY = "entry", "At the item's entry"
    PLACED = "placed", "Placed"
    REQUEUE = "requeue", "Asked again"
    IMPORTED = "imported", "Imported"


class EndReason(TextChoices):
    """Why an assignment ended without its answer."""

    TAKEN_OVER = "taken_over", "The lease ran out and somebody else took over"
    SKIPPED = "skipped", "Given back with a reason"
    GIVEN_BACK = "given_back", "Given back at a pause"
    WITHDRAWN = "withdrawn", "The item was withdrawn"


class ContentKind(TextChoices):
    """What an item shows."""

    TEXT = "text", "Text"
    CONVERSATION = "conversation", "Conversation"


class SkipReason(TextChoices):
    """Why somebody gave a slot back."""

    UNCLEAR = "unclear", "I cannot judge this"
    LANGUAGE = "language", "Not my language"
    BROKEN = "broken", "The item does not show"
    WELLBEING = "wellbeing", "I would rather not see this"
    EDGE_CASE = "edge_case", "The policy does not settle it"
    ILLEGAL = "illegal", "Escalate: illegal"
    IMMINENT_HARM = "imminent_harm", "Escalate: somebody may be in danger"
    OTHER_ESCALATION = "escalate", "Escalate: something else"

    @property
    def withdraws(self) -> bool:
        """Whether the item is withdrawn at once."""
        return self in {SkipReason.ILLEGAL, SkipReason.IMMINENT_HARM}


class ImportKind(TextChoices):
    """What a file holds."""

    ITEMS = "items", "Items"
    LABELS = "labels", "Labels made elsewhere"
    GOLD = "gold", "Gold"


class ImportState(TextChoices):
    """How far an import is."""

    UPLOADED = "uploaded", "Columns to be confirmed"
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused: nothing was imported"
