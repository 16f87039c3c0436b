"""Forms of audits: drawing, and giving to others."""

from collections.abc import Sequence

from django import forms
from django.db.models import QuerySet

from calibration.enums import AuditDraw
from calibration.queries.audit_populations import AuditPopulation, Source
from calibration.queries.audits import AuditorRow
from calibration.queries.questions import MeasuredQuestion
from calibration.services.audits import MOST_DRAWN, AuditDraft
from labeling.models import Queue
from qaplatform.people.models import Labeler, User, Vendor

USUAL_DRAW = 100
SOURCES = [
    (Source.ALL.value, "All: made here or imported"),
    (Source.OURS.value, "Made here"),
    (Source.IMPORTED.value, "Imported"),
]
NOBODY = "nobody"


class AuditForm(forms.Form):
    """Which decisions of a queue are drawn, how many, and who judges them."""

    name = forms.CharField(label="Name", max_length=180)
    question = forms.ChoiceField(label="Question")
    draw = forms.ChoiceField(label="How they are drawn", choices=AuditDraw.choices)
    n = forms.IntegerField(label="Decisions to draw", min_value=1, max_value=MOST_DRAWN, initial=USUAL_DRAW)
    since = forms.DateField(label="Decided since", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label="Decided until", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="Days are UTC."
    )
    vendor = forms.ModelChoiceField(
        Vendor.objects.none(), label="Vendor", to_field_name="public_id", required=False, empty_label="All vendors"
    )
    source = forms.ChoiceField(label="Where they were made", choices=SOURCES, initial=Source.ALL.value)
    auditors = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="Auditors",
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one auditor."},
        help_text="Nobody is given decisions of their own or of their own team. Several share them evenly.",
    )

    def __init__(
        self,
        *args: object,
        queue: Queue,
        questions: Sequence[MeasuredQuestion],
        auditors: QuerySet[User],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.queue = queue
        self.fields["question"].choices = [(question.key, question.prompt) for question in questions]
        self.fields["vendor"].queryset = Vendor.objects.order_by("name")
        self.fields["auditors"].queryset = auditors

    def clean(self) -> dict[str, object]:
        """The period begins before it ends."""
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "The period ends before it begins. Choose a later day.")
        return cleaned

    @property
    def population(self) -> AuditPopulation:
        """What is drawn from."""
        chosen = self.cleaned_data
        return AuditPopulation(
            queue=self.queue,
            question=chosen["question"],
            draw=AuditDraw(chosen["draw"]),
            since=chosen["since"],
            until=chosen["until"],
            vendor=chosen["vendor"],
            source=Source(chosen["source"]),
        )

    @property
    def draft(self) -> AuditDraft:
        """What is to be drawn."""
        chosen = self.cleaned_data
        return AuditDraft(
            name=chosen["name"], population=self.population, n=chosen["n"], auditors=list(chosen["auditors"])
        )

    @property
    def can_preview(self) -> bool:
        """Whether enough is filled in to say what the draw would mean: neither name nor auditors are needed."""
        self.is_valid()
        return not set(self.errors) - {"name", "auditors"}


class ReassignForm(forms.Form):
    """Whose unfinished decisions go to whom."""

    unfinished = forms.ChoiceField(label="Not judged by")
    to = forms.ModelChoiceField(User.objects.none(), label="Goes to", to_field_name="public_id", empty_label=None)

    def __init__(self, *args: object, rows: Sequence[AuditorRow], auditors: QuerySet[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.rows = [row for row in rows if row.unfinished]
        self.fields["unfinished"].choices = [(_key(row), _unfinished_words(row)) for row in self.rows]
        self.fields["to"].queryset = auditors
        busy = {row.auditor.user_id for row in rows if row.auditor}
        others = [user for user in auditors if user.pk not in busy]
        self.fields["to"].initial = str(others[0].public_id) if others else None

    @property
    def chosen(self) -> Labeler | None:
        """Whose decisions these are; None: nobody's."""
        return next(row.auditor for row in self.rows if _key(row) == self.cleaned_data["unfinished"])


def _key(row: AuditorRow) -> str:
    return str(row.auditor.public_id) if row.auditor else NOBODY


def _unfinished_words(row: AuditorRow) -> str:
    who = str(row.auditor) if row.auditor else "nobody so far"
    return f"{who} ({row.unfinished})"
