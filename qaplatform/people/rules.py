"""Permissions as predicates over `Access`; combine them with `&` and `|`."""

from rules import predicate
from rules.predicates import Predicate

from qaplatform.people.access import Access
from qaplatform.people.enums import Role


def _holds(role: Role) -> Predicate:
    def test(access: Access) -> bool:
        return access.has(role)

    return predicate(test, name=f"is_{role}")


is_team_lead = _holds(Role.TEAM_LEAD)
is_vendor_manager = _holds(Role.VENDOR_MANAGER)
is_auditor = _holds(Role.AUDITOR)
is_qa_manager = _holds(Role.QA_MANAGER)
is_trainer = _holds(Role.TRAINER)
is_policy_owner = _holds(Role.POLICY_OWNER)
is_escalation = _holds(Role.ESCALATION)
is_administrator = _holds(Role.ADMINISTRATOR)


@predicate
def is_labeler(access: Access) -> bool:
    """Somebody with an own labeler: only they claim and answer."""
    return access.labeler_id is not None


@predicate
def is_signed_in(access: Access) -> bool:
    """Anybody with an account."""
    return access.is_signed_in


@predicate
def is_anybody(access: Access) -> bool:  # noqa: ARG001  Each predicate takes an access.
    """Public pages: sign-in and health."""
    return True
