"""Imported answers without a date of their own."""

from django.db.models import F, Q

from labeling.enums import SlotOrigin

# Of labels: an import gives an answer without a date its own moment, the same as to the slot. A dated one is older.
UNDATED = Q(slot__origin=SlotOrigin.IMPORTED, created_at__gte=F("slot__created_at"))
