"""Policies, queues, items, slots, labels and imports."""

from labeling.models.imports import ImportRun
from labeling.models.items import Item, Reveal
from labeling.models.labels import IdempotentAnswer, Label, LateAnswer, Skip
from labeling.models.policies import Category, Clause, ClauseRevision, Policy, PolicyVersion
from labeling.models.queues import LabelSchema, Queue
from labeling.models.slots import EndedAssignment, Slot

__all__ = [
    "Category",
    "Clause",
    "ClauseRevision",
    "EndedAssignment",
    "IdempotentAnswer",
    "ImportRun",
    "Item",
    "Label",
    "LabelSchema",
    "LateAnswer",
    "Policy",
    "PolicyVersion",
    "Queue",
    "Reveal",
    "Skip",
    "Slot",
]
