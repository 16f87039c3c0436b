"""Who may decide a dispute, and who had a part in it."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from calibration.enums import FlagDecision
from calibration.models import Dispute, FlagEvent, GoldAnswer
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Membership, User


def excluded_deciders(disputes: Sequence[Dispute]) -> dict[int, frozenset[int]]:
    """By dispute: users who filed it, decided its flag, wrote or approved any answer of the gold, or are flagged.

    Two queries for any number of disputes, whose evidence, score and flag are read already.
    """
    decided = _deciders_of_flags({dispute.evidence.flag_id for dispute in disputes})
    wrote = _makers_of_gold({dispute.evidence.score.item_id for dispute in disputes})
    return {dispute.pk: _excluded(dispute, decided, wrote) for dispute in disputes}


def qa_managers_of(labeler: Labeler) -> QuerySet[User]:
    """Users who decide on flags of this person, leaving out the person."""
    reaches = Q(vendor=None) | Q(vendor=labeler.vendor_id, team=None) | Q(team=labeler.team_id, team__isnull=False)
    managing = Membership.objects.filter(reaches, role=Role.QA_MANAGER)
    return User.objects.filter(is_active=True, pk__in=managing.values("user")).exclude(labeler=labeler)


def _excluded(
    dispute: Dispute, decided: defaultdict[int, set[int]], wrote: defaultdict[tuple[int, str], set[int]]
) -> frozenset[int]:
    flag, score = dispute.evidence.flag, dispute.evidence.score
    people = {dispute.filed_by_id, flag.decided_by_id, flag.labeler.user_id}
    people |= decided[flag.pk] | wrote[score.item_id, score.question]
    return frozenset(person for person in people if person is not None)


def _deciders_of_flags(flag_ids: set[int]) -> defaultdict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    events = FlagEvent.objects.filter(flag__in=flag_ids, action__in=FlagDecision.values, actor__isnull=False)
    for flag_id, actor_id in events.values_list("flag_id", "actor_id"):
        found[flag_id].add(actor_id)
    return found


def _makers_of_gold(item_ids: set[int]) -> defaultdict[tuple[int, str], set[int]]:
    """By item and question; a correction that never came into force makes nobody a part of it."""
    found: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    answers = GoldAnswer.objects.filter(gold__item__in=item_ids, approved_at__isnull=False)
    for item_id, question, author, approver in answers.values_list(
        "gold__item_id", "question", "author_id", "approver_id"
    ):
        found[item_id, question] |= {author} if approver is None else {author, approver}
    return found
