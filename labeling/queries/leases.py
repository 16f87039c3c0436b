"""Leases that ran out."""

from django.db import connection

# Reads the index of leases alone: as many entries as leases are out.
COUNT_EXPIRED = "SELECT count(lease_until) FROM labeling_slot WHERE state = 'leased' AND lease_until < qa_now()"


def expired_leases() -> float:
    """How many leases ran out and were not taken over yet: items wait, or nobody works."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_EXPIRED)
        return float(cursor.fetchone()[0])
