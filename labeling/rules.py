"""Permissions of labeling."""

from rules import predicate

from qaplatform.people.access import Access
from qaplatform.people.enums import Role

# What a token needs to do somebody's work.
LABEL_SCOPE = "label"
# What a token needs to bring in items and labels.
IMPORT_SCOPE = "import"


@predicate
def runs_queues(access: Access) -> bool:
    """A QA manager of the whole platform: what enters a queue concerns every vendor that works in it."""
    return access.reach({Role.QA_MANAGER}).everything


@predicate
def moves_queues(access: Access) -> bool:
    """Whoever lets a queue follow another policy version: it concerns every vendor that works in it."""
    return access.reach({Role.QA_MANAGER, Role.POLICY_OWNER}).everything
