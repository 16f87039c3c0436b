"""Locks on one subject of a queue, held until the transaction ends, and room to compute under them."""

from enum import IntEnum

from django.db import connection


class QueueLock(IntEnum):
    """What is locked: the first half of a two-part advisory lock; the second is the queue's id."""

    FIGURES = 7301
    GOLD_STOCKS = 7302
    SUSPICIONS = 7304
    JOINT_ANSWERS = 7305
    ATTRIBUTION = 7306


def lock(subject: QueueLock, queue_id: int) -> None:
    """Take it, waiting for whoever has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [subject.value, queue_id])


def try_lock(subject: QueueLock, queue_id: int) -> bool:
    """Take it, or say that somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [subject.value, queue_id])
        row = cursor.fetchone()
    return bool(row[0])


def try_lock_for_long(subject: QueueLock, queue_id: int) -> bool:
    """Take it for a job that computes for long between two statements, or say that somebody else has it."""
    allow_long_pauses()
    return try_lock(subject, queue_id)


def allow_long_pauses() -> None:
    """Let this transaction be idle while Python computes, for as long as a job may run: then its process hangs."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '15min'")
