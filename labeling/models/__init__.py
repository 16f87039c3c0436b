"""Policies, queues, places, items, slots, labels, imports, adoptions and escalations."""

from labeling.models.adoptions import Acknowledgement, Adoption
from labeling.models.escalations import Escalation
from labeling.models.imports import ImportFolder, ImportMapping, ImportRun
from labeling.models.items import Item, Reveal
from labeling.models.labels import IdempotentAnswer, Label, LateAnswer, Skip
from labeling.models.lanes import Lane, OptOut, Rearrangement, Requeue
from labeling.models.places import Place
from labeling.models.policies import Category, Clause, ClauseRevision, Policy, PolicyDraft, PolicyVersion
from labeling.models.queues import LabelSchema, Queue
from labeling.models.slots import EndedAssignment, Slot

__all__ = [
    "Acknowledgement",
    "Adoption",
    "Category",
    "Clause",
    "ClauseRevision",
    "EndedAssignment",
    "Escalation",
    "IdempotentAnswer",
    "ImportFolder",
    "ImportMapping",
    "ImportRun",
    "Item",
    "Label",
    "LabelSchema",
    "Lane",
    "LateAnswer",
    "OptOut",
    "Place",
    "Policy",
    "PolicyDraft",
    "PolicyVersion",
    "Queue",
    "Rearrangement",
    "Requeue",
    "Reveal",
    "Skip",
    "Slot",
]
