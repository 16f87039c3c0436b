"""The one event of labeling."""

from django.dispatch import Signal

# Sent in the transaction that stored labels, with `queue_id`, and `labeler_id` and `item_id` of the label.
# Bulk writers send it once, with None for both: then the whole queue has changed.
label_recorded = Signal()
