"""What an item shows, and to whom: the content of a withdrawn item is withheld from all but the escalation role."""

from dataclasses import dataclass

from labeling.models import Item
from qaplatform.people.access import Access
from qaplatform.people.enums import Role


@dataclass(frozen=True)
class ShownContent:
    """Content to show; where `withheld` says why, there is none."""

    kind: str
    content: dict[str, object]
    context: dict[str, object]
    withheld: str = ""


def shown_content(item: Item, access: Access) -> ShownContent:
    """The content of the item, if this asker may see it. Whether the item itself may be seen is decided before."""
    if item.purged_at is not None:
        return ShownContent(item.kind, {}, {}, withheld="The content was removed.")
    if item.withdrawn_at is not None and not access.has(Role.ESCALATION):
        return ShownContent(item.kind, {}, {}, withheld="The item was taken out of work; its content is withheld.")
    return ShownContent(item.kind, item.content, item.context)
