"""What the flagged person, or their team lead, says to a flag."""

from django.db import transaction

from calibration.models import Flag, FlagEvent, FlagReply
from calibration.rules import is_finished
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import User

LONGEST_REPLY = 5000


@transaction.atomic
def reply_to_flag(flag: Flag, *, author: User, text: str) -> FlagReply:
    """Add a reply; it stays as it is."""
    words = text.strip()
    if is_finished(Flag.objects.select_for_update().get(pk=flag.pk).state):
        raise Refused("This flag is decided and closed. Speak to your team lead if something is left to say.")
    if not words:
        raise InvalidInput("Write your reply, then send it.", detail={"field": "text"})
    if len(words) > LONGEST_REPLY:
        raise InvalidInput(f"Keep the reply under {LONGEST_REPLY} characters.", detail={"field": "text"})
    reply = FlagReply.objects.create(flag=flag, author=author, text=words)
    FlagEvent.objects.create(flag=flag, actor=author, action="replied")
    return reply
