"""The events of labeling."""

from django.dispatch import Signal

# Sent in the transaction that stored labels, with `queue_id`, and `labeler_id` and `item_id` of the label.
# Bulk writers send it once, with None for both: then the whole queue has changed.
label_recorded = Signal()

# Sent in the transaction that moves a queue to a policy version, with `adoption_id`: `queue.policy_version` is the new
# one already, and `changed_clauses` of the adoption are the clauses whose meaning differs.
policy_adopted = Signal()
