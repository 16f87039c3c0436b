"""What a queue's vendor shares mean, in sentences."""

from collections.abc import Mapping

from django.db.models import Q

from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler, Skill, Vendor


def share_words(shares: Mapping[str, float], skill: Skill | None) -> tuple[str, ...]:
    """Whose answers a queue asks for, by vendors' public ids, and which vendor has nobody who may give them.

    Without a skill nothing is said of the latter: nobody is certified for a queue that is only being set up.
    """
    if not shares:
        return ()
    named = [(vendor, shares[str(vendor.public_id)]) for vendor in Vendor.objects.filter(public_id__in=list(shares))]
    told = ", ".join(f"{vendor} {share * 100:g} %" for vendor, share in sorted(named, key=lambda pair: -pair[1]))
    words = f"Of all answers, {told}. An item's answers come from different vendors as far as that allows."
    idle = [(vendor, share) for vendor, share in named if skill is not None and not _can_work(vendor, skill)]
    return (
        f"{words} People of other vendors get nothing here.",
        *(
            f"Nobody of {vendor} is certified for {skill}: {share * 100:g} % of the answers would wait for somebody."
            for vendor, share in idle
        ),
    )


def shares_of(queue: Queue) -> dict[str, float]:
    """The queue's shares by vendors' public ids, without those that have none."""
    return {vendor: float(share) for vendor, share in queue.vendor_shares.items() if share > 0}


def _can_work(vendor: Vendor, skill: Skill) -> bool:
    in_force = Q(skill_grants__expires_at=None) | Q(skill_grants__expires_at__gt=clock.now())
    holders = Labeler.objects.filter(
        in_force,
        vendor=vendor,
        is_active=True,
        skill_grants__skill=skill,
        skill_grants__revoked_at=None,
        skill_grants__suspended_at=None,
    )
    return holders.exists()
