"""What others are told about people."""

from django.dispatch import Signal

# Sent with `user_id` in the transaction that takes somebody off the work.
account_deactivated = Signal()

# Sent with `labeler_id` in the transaction that moves somebody to another vendor.
labeler_moved = Signal()
