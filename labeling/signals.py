"""The events of labeling."""

from django.dispatch import Signal

# Sent in the transaction that stored labels, with `queue_id`, and `labeler_id` and `item_id` of the label.
# Bulk writers send it once, with None for both: then the whole queue has changed.
label_recorded = Signal()

# Sent in the transaction that moves a queue to a policy version, with `adoption_id`: `queue.policy_version` is the new
# one already, and `changed_clauses` of the adoption are the clauses whose meaning differs.
policy_adopted = Signal()

# Sent in the transaction that gives answers of one labeler to another, with `from_id`, `to_id` and `queue_ids`: labels
# and slots say the new labeler already.
labelers_joined = Signal()

# Sent before an answer is changed, in that transaction, with `slot_id`. A receiver that knows a reason against it
# raises `UndoClosed`: the expected answer was shown already, for example.
revision_asked = Signal()

# Sent in the transaction that imported decisions, and in the one that took an import back, with `run_id` and
# `queue_ids`, after all that the file holds was stored or ended.
labels_imported = Signal()
import_undone = Signal()
