"""The one event of people."""

from django.dispatch import Signal

# Sent with `user_id` in the transaction that takes somebody off the work.
account_deactivated = Signal()
