"""Forms of lists of people."""

from typing import Any

from django import forms

from qaplatform.people.enums import Role
from qaplatform.people.importing.columns import TITLES, Column, Layout
from qaplatform.people.importing.entries import Defaults
from qaplatform.people.importing.sheets import MOST_BYTES, decode
from qaplatform.people.models import Vendor
from qaplatform.people.services.rosters import Draft, RosterSettings

EXAMPLE = "Ana Souza, ana@example.org, Acme, Team 1, es, labeler, Spam; Scam"
COLUMNS = [(column.value, title) for column, title in TITLES.items()]


class RosterForm(forms.Form):
    """A list of people, pasted or as a file."""

    text = forms.CharField(
        required=False,
        max_length=MOST_BYTES,
        label="Paste a line for each person",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "placeholder": EXAMPLE}),
        help_text=(
            "Cells of a spreadsheet, or lines with commas: name, e-mail or user name, vendor, team, language, role, "
            "queues. In any order, with or without a first line that names the columns."
        ),
    )
    file = forms.FileField(required=False, label="Or choose a CSV file")

    def clean(self) -> dict[str, Any]:
        """One of the two says something."""
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 2 MB. Send it in parts.")
        if not file and not (cleaned.get("text") or "").strip():
            raise forms.ValidationError("Paste a line for each person, or choose a CSV file.")
        return cleaned

    @property
    def said(self) -> str:
        """The list as text; a file goes before what was pasted."""
        file = self.cleaned_data.get("file")
        text: str = decode(file.read()) if file else self.cleaned_data["text"]
        return text

    @property
    def file_name(self) -> str:
        """What the file is called."""
        file = self.cleaned_data.get("file")
        return file.name if file else ""


class RosterSettingsForm(forms.Form):
    """What the columns of a list mean, and what holds where lines are silent."""

    has_header = forms.BooleanField(required=False, label="The first line names the columns")
    role = forms.ChoiceField(choices=Role.choices, label="Role, where a line names none")
    vendor = forms.CharField(
        required=False,
        max_length=200,
        label="Vendor, where a line names none",
        widget=forms.TextInput(attrs={"list": "vendors", "autocomplete": "off"}),
    )
    team = forms.CharField(required=False, max_length=200, label="Team, where a line names none")
    text = forms.CharField(
        max_length=MOST_BYTES,
        label="The list",
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        strip=False,
    )

    def __init__(self, data: Any, *, draft: Draft) -> None:
        settings = draft.settings
        self.draft = draft
        super().__init__(
            data,
            initial={
                "has_header": settings.layout.has_header,
                "role": settings.defaults.role,
                "vendor": settings.defaults.vendor,
                "team": settings.defaults.team,
                "text": draft.roster.text,
            },
        )
        for place, column in enumerate(settings.layout.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                choices=COLUMNS, required=False, initial=column, label=self._title(place)
            )
        vendors = [("", "A new vendor"), *((name, f"The same as {name}") for name in _vendor_names())]
        for place, name in enumerate(self.unknown_vendors):
            self.fields[f"same_{place}"] = forms.ChoiceField(
                choices=vendors, required=False, initial=settings.same_vendors.get(name, ""), label=name
            )

    @property
    def unknown_vendors(self) -> list[str]:
        """Names of vendors that are not here, with those that were said to be others."""
        return list(dict.fromkeys([*self.draft.settings.same_vendors, *self.draft.plan.vendors]))

    def column_fields(self) -> list[forms.BoundField]:
        """One field a column."""
        return [self[name] for name in self.fields if name.startswith("column_")]

    def same_fields(self) -> list[forms.BoundField]:
        """One field for each vendor that is not here."""
        return [self[name] for name in self.fields if name.startswith("same_")]

    def default_fields(self) -> list[forms.BoundField]:
        """What holds where lines are silent."""
        return [self["role"], self["vendor"], self["team"]]

    def clean(self) -> dict[str, Any]:
        """Each meaning is given once."""
        cleaned = super().clean() or {}
        given: dict[str, str] = {}
        for field in self.column_fields():
            meaning = cleaned.get(field.name, "")
            if meaning and meaning in given:
                self.add_error(field.name, f"{TITLES[Column(meaning)]} is given twice. Leave one of the columns out.")
            given[meaning] = field.name
        return cleaned

    def chosen(self) -> RosterSettings:
        """What was decided."""
        cleaned = self.cleaned_data
        columns = tuple(Column(cleaned[field.name]) for field in self.column_fields())
        same = {name: cleaned[f"same_{place}"] for place, name in enumerate(self.unknown_vendors)}
        return RosterSettings(
            Layout(columns, cleaned["has_header"]),
            Defaults(Role(cleaned["role"]), cleaned["vendor"].strip(), cleaned["team"].strip()),
            {name: vendor for name, vendor in same.items() if vendor},
        )

    def _title(self, place: int) -> str:
        lines, has_header = self.draft.lines, self.draft.settings.layout.has_header
        named = lines[0].cells[place] if has_header and place < len(lines[0].cells) else ""
        return named or f"Column {place + 1}"


def _vendor_names() -> list[str]:
    return list(Vendor.objects.values_list("name", flat=True))
