"""Single values of a row, checked."""

from datetime import UTC, datetime, timedelta

from labeling.importing.problems import RowRefused

LONGEST_ID = 200
YES = frozenset({"1", "true", "yes", "y", "x"})
NO = frozenset({"", "0", "false", "no", "n"})
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def text_of(value: object, name: str) -> str:
    """A value as text: numbers as they read, nothing as the empty text. Raises RowRefused for lists and objects."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise RowRefused(f"{name} is a list or an object. Write it as text.")


def id_of(value: object, name: str) -> str:
    """An id: text without spaces around it, neither empty nor longer than 200 characters."""
    text = text_of(value, name).strip()
    if not text:
        raise RowRefused(f"{name} is empty. Give each row one.")
    if len(text) > LONGEST_ID:
        raise RowRefused(f"{name} has {len(text)} characters; {LONGEST_ID} are the most.")
    return checked(text, name)


def checked(text: str, name: str) -> str:
    """The text, if it can be stored. Raises RowRefused where it holds a NUL character."""
    if "\0" in text:
        raise RowRefused(f"{name} holds a NUL character (\\u0000). Take it out.")
    return text


def switch_of(value: object, name: str) -> bool:
    """Yes or no. Raises RowRefused for anything else."""
    word = text_of(value, name).strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise RowRefused(f"{name} is {shown(word)}. Write yes or no.")


def whole_number_of(value: object, name: str, *, lowest: int, highest: int) -> int:
    """A whole number inside the limits; nothing is 0."""
    text = text_of(value, name).strip()
    try:
        number = int(text or "0")
    except ValueError:
        raise RowRefused(f"{name} is {shown(text)}. Write a whole number.") from None
    if not lowest <= number <= highest:
        raise RowRefused(f"{name} is {number}. Write a whole number from {lowest} to {highest}.")
    return number


def moment_of(value: object, name: str) -> datetime | None:
    """A date with or without a time, in UTC where no zone is named; nothing is None."""
    text = text_of(value, name).strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RowRefused(f"{name} is {shown(text)}. Write dates as 2026-01-31 or 2026-01-31T14:05:00Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment < EARLIEST:
        raise RowRefused(f"{name} is {shown(text)}, before 1990. Check the year.")
    return moment


def past_moment_of(value: object, name: str, *, now: datetime) -> datetime | None:
    """A date that has been; clocks may differ by an hour."""
    moment = moment_of(value, name)
    if moment is not None and moment > now + timedelta(hours=1):
        raise RowRefused(f"{name} is {shown(moment.isoformat())}, in the future. Check the date and its zone.")
    return moment


def shown(text: str) -> str:
    """A value as a message repeats it: in quotes, cut after 60 characters, control characters escaped."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
