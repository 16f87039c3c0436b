"""Serving drawn decisions to auditors: never one's own, never one's own team's, through labeling's own door."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from calibration.models import AuditedLabel
from labeling.enums import QueueKind
from labeling.models import Item, Label, LabelSchema, PolicyVersion, Queue, Skip
from labeling.queries.holds import recall_of_item
from labeling.services.entry import ItemDraft, enter_items
from labeling.services.placement import place_pairs
from qaplatform import clock
from qaplatform.people.enums import LabelerKind, Role, Scope
from qaplatform.people.models import Labeler, User, Vendor
from qaplatform.trail.services import record

IN_HOUSE = "In-house"


@dataclass(frozen=True)
class Served:
    """How many decisions each auditor was given, and how many nobody may judge."""

    by_auditor: Mapping[int, int]
    unserved: int

    @property
    def number(self) -> int:
        """Decisions that somebody will judge."""
        return sum(self.by_auditor.values())


def labelers_of(users: Iterable[User], *, actor: User) -> list[Labeler]:
    """The labelers of auditors, made where somebody has none: in-house, or at the vendor whose auditor they are."""
    return [getattr(user, "labeler", None) or _make_labeler(user, actor=actor) for user in users]


def choose_auditors(decisions: Sequence[AuditedLabel], auditors: Sequence[Labeler]) -> dict[int, Labeler]:
    """Who judges which decision, by its id: in turn, whoever may and has the fewest so far."""
    seen = _seen(decisions, auditors)
    load: Counter[int] = Counter()
    chosen: dict[int, Labeler] = {}
    # Those whom fewer may judge come first, so that one auditor's barrier does not fill up the other's share.
    allowed = {row.pk: [one for one in auditors if may_judge(one, row, seen)] for row in decisions}
    for row in sorted(decisions, key=lambda row: len(allowed[row.pk])):
        if allowed[row.pk]:
            auditor = min(allowed[row.pk], key=lambda one: load[one.pk])
            chosen[row.pk] = auditor
            load[auditor.pk] += 1
    return chosen


def may_judge(auditor: Labeler, decision: AuditedLabel, seen: frozenset[tuple[str, int]]) -> bool:
    """Not one's own, not one's own team's, not one's own vendor's outside the house, not what one answered oneself."""
    labeler = decision.labeler
    if auditor.pk == labeler.pk or (decision.item.content_hash, auditor.pk) in seen:
        return False
    if auditor.team_id is not None and auditor.team_id == labeler.team_id:
        return False
    return auditor.vendor.is_in_house or auditor.vendor_id != labeler.vendor_id


def serve_decisions(decisions: Sequence[AuditedLabel], auditors: Sequence[Labeler]) -> Served:
    """Reserve a copy of each decision's item for somebody who may judge it, and take it back from whoever had it."""
    chosen = choose_auditors(decisions, auditors)
    rows = [row for row in decisions if row.pk in chosen]
    copies = _enter_copies(rows)
    placed = place_pairs([(copies[row.pk], chosen[row.pk]) for row in rows], now=clock.now())
    slots = {slot.item_id: slot for slot in placed.slots}
    served = [row for row in rows if copies[row.pk].pk in slots]
    for row in served:
        if row.slot is not None:
            recall_of_item(row.slot.item_id)
        row.slot, row.auditor, row.answer = slots[copies[row.pk].pk], chosen[row.pk], None
    AuditedLabel.objects.bulk_update(served, ["slot", "auditor", "answer"])
    return Served(dict(Counter(chosen[row.pk].pk for row in served)), len(decisions) - len(served))


def _make_labeler(user: User, *, actor: User) -> Labeler:
    membership = user.memberships.filter(role=Role.AUDITOR, scope__in=[Scope.VENDOR, Scope.TEAM]).first()
    vendor = (membership.vendor if membership else None) or _in_house()
    labeler = Labeler.objects.create(
        user=user,
        vendor=vendor,
        team=membership.team if membership else None,
        kind=LabelerKind.PERSON,
        display_name=str(user),
    )
    record("auditor_desk_made", labeler, actor=actor, detail={"vendor": vendor.name})
    return labeler


def _in_house() -> Vendor:
    found = Vendor.objects.filter(is_in_house=True).order_by("pk").first()
    if found is not None:
        return found
    name = IN_HOUSE if not Vendor.objects.filter(name=IN_HOUSE).exists() else f"{IN_HOUSE} (audits)"
    return Vendor.objects.create(name=name, is_in_house=True)


def _seen(decisions: Sequence[AuditedLabel], auditors: Sequence[Labeler]) -> frozenset[tuple[str, int]]:
    """What auditors answered or skipped themselves, as (content, labeler): it is never theirs to judge."""
    hashes = {row.item.content_hash for row in decisions}
    answered = Label.objects.filter(labeler__in=auditors, item__content_hash__in=hashes)
    skipped = Skip.objects.filter(labeler__in=auditors, item__content_hash__in=hashes)
    found = answered.exclude(queue__kind=QueueKind.AUDIT).values_list("item__content_hash", "labeler_id")
    return frozenset(found) | frozenset(skipped.values_list("item__content_hash", "labeler_id"))


def _enter_copies(rows: Sequence[AuditedLabel]) -> dict[int, Item]:
    """A new copy of the item of each decision, by the decision's id, in the audit queue of its policy version."""
    copies: dict[int, Item] = {}
    by_version: defaultdict[int, list[AuditedLabel]] = defaultdict(list)
    for row in rows:
        by_version[row.label.policy_version_id].append(row)
    for group in by_version.values():
        entered = enter_items(_audit_queue(group), [_draft(row) for row in group], now=clock.now())
        copies |= {row.pk: item for row, item in zip(group, entered, strict=True)}
    return copies


def _draft(row: AuditedLabel) -> ItemDraft:
    item = row.item
    return ItemDraft(
        kind=item.kind,
        content=item.content,
        context=item.context,
        language=item.language,
        is_sensitive=item.is_sensitive,
        priority=0,
        due_at=None,
        answers_needed=0,
    )


def _audit_queue(rows: Sequence[AuditedLabel]) -> Queue:
    """The queue in which decisions of one policy version are judged: auditors read the very clauses that applied."""
    source, version = rows[0].queue, rows[0].label.policy_version
    earlier = AuditedLabel.objects.filter(
        queue=source, slot__queue__kind=QueueKind.AUDIT, slot__queue__policy_version=version
    )
    found = earlier.order_by("pk").values_list("slot__queue", flat=True).first()
    queue = Queue.objects.get(pk=found) if found else _make_audit_queue(source, version)
    newest = max((row.label.schema for row in rows), key=lambda schema: schema.number)
    asked = queue.schemas.order_by("-number").first()
    if asked is None or asked.questions != newest.questions:
        number = asked.number + 1 if asked else 1
        LabelSchema.objects.create(queue=queue, number=number, questions=newest.questions)
    return queue


def _make_audit_queue(source: Queue, version: PolicyVersion) -> Queue:
    ending = f", v{version.number}"
    name = f"Audit: {source.name[: 180 - len(ending)]}{ending}"
    again = Queue.objects.filter(name__startswith=name).count()
    return Queue.objects.create(
        name=f"{name} ({again + 1})" if again else name,
        kind=QueueKind.AUDIT,
        policy=source.policy,
        policy_version=version,
        language=source.language,
        overlap_rate=0,
        lease_seconds=source.lease_seconds,
    )
