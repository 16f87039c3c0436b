"""Writing a next version, changing the taxonomy, and letting a queue adopt a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django import forms

from labeling.engine.clauses import Change, ClauseChange, ClauseText, cut_clauses, find_problems
from labeling.enums import Unfinished
from labeling.models import Policy, PolicyVersion, Queue
from labeling.queries.policies import clauses_of, latest_version
from labeling.services.policies import CODE, CategoryText

LONGEST_POLICY = 600_000
AT_ONCE, LATER = "now", "later"
BRIEF = {
    Change.SAME: "unchanged",
    Change.TYPOGRAPHY: "typography only",
    Change.CHANGED: "words changed",
    Change.ADDED: "new",
    Change.DROPPED: "goes",
}


class VersionTextForm(forms.Form):
    """The whole text of the next version, pasted; `base` is the version that it was made from."""

    base = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        max_length=LONGEST_POLICY,
        label="The whole text",
        widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "true"}),
        help_text="Paste it as it is. A line such as “2.3 Scam” opens a clause; nothing is published yet.",
    )

    def clauses(self, known: Sequence[str]) -> tuple[ClauseText, ...]:
        """The clauses that the text was cut into; what is wrong becomes errors of the field."""
        cut = cut_clauses(self.cleaned_data["text"], known=known)
        for problem in cut.problems:
            self.add_error("text", problem)
        return cut.clauses


@dataclass(frozen=True)
class ReviewedClause:
    """A clause on the page of comparison, with the fields that edit it."""

    change: ClauseChange
    mark: forms.BoundField | None
    title: forms.BoundField | None
    text: forms.BoundField | None

    @property
    def brief(self) -> str:
        """What became of it, in a word."""
        return BRIEF[self.change.change]


class ReviewForm(forms.Form):
    """A draft, clause by clause: its words, whether its meaning changes, and the note to those who read it."""

    base = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Labelers read it above the changed clauses: what changes for them, and why.",
    )

    def __init__(self, *args: object, changes: Sequence[ClauseChange], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.changes = changes
        for place, change in enumerate(changes):
            if change.after is not None:
                self._add_fields(place, change)

    def clauses(self) -> tuple[ClauseText, ...]:
        """The clauses as edited."""
        return tuple(
            ClauseText(
                change.code, self.cleaned_data[f"title_{place}"].strip(), _tidy(self.cleaned_data[f"text_{place}"])
            )
            for place, change in enumerate(self.changes)
            if change.after is not None
        )

    def marked(self) -> list[str]:
        """Numbers of the clauses that change in meaning, as far as that is the author's to say."""
        return [change.code for place, change in enumerate(self.changes) if self.cleaned_data.get(f"changed_{place}")]

    def rows(self) -> list[ReviewedClause]:
        """The clauses with their fields, in the order of the page."""
        return [
            ReviewedClause(
                change, self._bound("changed", place), self._bound("title", place), self._bound("text", place)
            )
            for place, change in enumerate(self.changes)
        ]

    def clean(self) -> dict[str, object]:
        """Say what is wrong with the clauses."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            for problem in find_problems(self.clauses()):
                self.add_error(None, problem)
        return cleaned

    def _bound(self, name: str, place: int) -> forms.BoundField | None:
        return self[f"{name}_{place}"] if f"{name}_{place}" in self.fields else None

    def _add_fields(self, place: int, change: ClauseChange) -> None:
        code = change.code
        self.fields[f"title_{place}"] = forms.CharField(
            label=f"Title of {code}", required=False, initial=change.after.title
        )
        self.fields[f"text_{place}"] = forms.CharField(
            label=f"Text of {code}", required=False, initial=change.after.text, widget=forms.Textarea(attrs={"rows": 8})
        )
        if not change.must_mark:
            self.fields[f"changed_{place}"] = forms.BooleanField(label=f"{code} changes in meaning", required=False)


class CategoryForm(forms.Form):
    """A further category."""

    name = forms.CharField(max_length=200, label="Title", help_text="What labelers read.")
    code = forms.CharField(
        max_length=60, help_text="Small letters, digits, - and _. Answers and gold name it; it never changes."
    )
    clause = forms.ChoiceField(required=False, help_text="The clause that it stands for.")
    severity = forms.TypedChoiceField(
        coerce=int,
        choices=[(0, "0, none"), (1, "1, low"), (2, "2, middle"), (3, "3, high"), (4, "4, gravest")],
        initial=2,
    )
    is_critical = forms.BooleanField(required=False, label="Critical: an exam with one of these wrong is failed")
    never_sample = forms.BooleanField(
        required=False, label="Never sampled: an item that is answered with it is withdrawn at once (illegal content)"
    )

    def __init__(self, *args: object, policy: Policy, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        latest = latest_version(policy)
        clauses = clauses_of(latest) if latest else ()
        self.fields["clause"].choices = [("", "none"), *((each.code, f"{each.code} {each.title}") for each in clauses)]

    def clean_code(self) -> str:
        """The code, if it is one."""
        code = self.cleaned_data["code"].strip()
        if not CODE.fullmatch(code):
            raise forms.ValidationError("Use small letters, digits, - and _, beginning with a letter or digit.")
        return code

    def category(self) -> CategoryText:
        """The category that was described."""
        chosen = self.cleaned_data
        marks = {"critical"} if chosen["is_critical"] else set()
        marks |= {"never sample"} if chosen["never_sample"] else set()
        return CategoryText(
            code=chosen["code"],
            name=chosen["name"],
            severity=chosen["severity"],
            clause=chosen["clause"],
            marks=frozenset(marks),
        )


class RenameForm(forms.Form):
    """Another title for a category."""

    name = forms.CharField(max_length=200, label="Title")


class AdoptionForm(forms.Form):
    """When and how a queue moves to a version. The time is that of the zone that stands beside it."""

    version = forms.ModelChoiceField(
        queryset=PolicyVersion.objects.none(), empty_label=None, to_field_name="number", label="Version"
    )
    when = forms.ChoiceField(
        choices=[(AT_ONCE, "At once"), (LATER, "At this time:")],
        widget=forms.RadioSelect,
        initial=AT_ONCE,
        label="When",
    )
    day = forms.DateField(
        required=False, label="Date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    clock_time = forms.TimeField(
        required=False, label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    zone = forms.CharField(
        required=False,
        max_length=60,
        initial="UTC",
        label="Time zone",
        widget=forms.TextInput(attrs={"data-own-zone": "", "autocomplete": "off"}),
        help_text="Your own, unless you change it, for example Europe/Dublin or UTC.",
    )
    unfinished = forms.ChoiceField(
        choices=Unfinished.choices, widget=forms.RadioSelect, initial=Unfinished.FINISH, label="Items that are begun"
    )
    grace_hours = forms.FloatField(
        min_value=0,
        max_value=336,
        initial=24,
        label="Grace period, in hours",
        help_text="For so long, answers to gold of changed clauses are kept and not scored: people get used to it.",
    )

    def __init__(self, *args: object, queue: Queue, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        versions = queue.policy.versions.filter(published_at__isnull=False).exclude(pk=queue.policy_version_id)
        if self.is_bound:
            del self.fields["zone"].widget.attrs["data-own-zone"]
        field = self.fields["version"]
        field.queryset = versions.select_related("policy").order_by("-number")
        field.label_from_instance = _version_words(queue)
        if not self.initial.get("version") and (latest := field.queryset.first()):
            self.initial["version"] = latest.number

    def clean_zone(self) -> str:
        """A zone that is known."""
        zone = self.cleaned_data["zone"].strip() or "UTC"
        if zone not in available_timezones():
            raise forms.ValidationError(f"There is no time zone {zone}. Write one as Europe/Dublin, or UTC.")
        return zone

    def clean(self) -> dict[str, object]:
        """Put day and time together."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("when") == LATER and "zone" in cleaned:
            self._clean_time(cleaned.get("day"), cleaned.get("clock_time"))
        return cleaned

    def at(self, *, now: datetime) -> datetime:
        """The moment, in UTC."""
        return now if self.cleaned_data["when"] == AT_ONCE else self._moment().astimezone(UTC)

    def grace(self) -> timedelta:
        """The grace period."""
        return timedelta(hours=self.cleaned_data["grace_hours"])

    def local_words(self) -> str:
        """The moment as it was written, with its zone."""
        return f"{self._moment():%A, %-d %B %Y, %H:%M} {self.cleaned_data['zone']}"

    def is_utc(self) -> bool:
        """Whether the moment was written in UTC, so that it need not be said again."""
        return self.cleaned_data["zone"] in {"UTC", "Etc/UTC"} or self.cleaned_data["when"] == AT_ONCE

    def _clean_time(self, day: date | None, clock_time: time | None) -> None:
        if day is None and "day" not in self.errors:
            self.add_error("day", "Choose the date on which the queue moves.")
        if clock_time is None and "clock_time" not in self.errors:
            self.add_error("clock_time", "Choose the time at which the queue moves.")
        if day is None or clock_time is None:
            return
        moment = self._moment()
        if moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None):
            message = f"Clocks in {self.cleaned_data['zone']} go forward over this time that day. Choose another."
            self.add_error("clock_time", message)

    def _moment(self) -> datetime:
        cleaned = self.cleaned_data
        return datetime.combine(cleaned["day"], cleaned["clock_time"], tzinfo=ZoneInfo(cleaned["zone"]))


def _version_words(queue: Queue) -> object:
    def words(version: object) -> str:
        older = " (older than the one in force)" if version.number < queue.policy_version.number else ""
        return f"Version {version.number}, published {version.published_at:%-d %b %Y}{older}"

    return words


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
