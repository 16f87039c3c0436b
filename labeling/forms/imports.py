"""Choosing a file, and saying what its columns mean."""

from collections.abc import Mapping, Sequence

from django import forms

from labeling.enums import ImportKind
from labeling.importing.columns import Field
from labeling.models import Queue

NOT_IN_FILE = [("", "Not in this file")]


class UploadForm(forms.Form):
    """A file on its way in."""

    kind = forms.ChoiceField(label="The file holds", widget=forms.RadioSelect, initial=ImportKind.ITEMS)
    queue = forms.ModelChoiceField(Queue.objects.none(), to_field_name="public_id", empty_label=None)
    file = forms.FileField(
        help_text="CSV with a header, or JSON lines; UTF-8; 200 MB at most.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson"}),
    )

    def __init__(self, *args: object, queues: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].queryset = queues
        self.fields["kind"].choices = [(kind, ImportKind(kind).label) for kind in _forms]


class ColumnsForm(forms.Form):
    """Which column means what: one choice a field."""

    def __init__(
        self,
        *args: object,
        meanings: Sequence[Field],
        columns: Sequence[str],
        guess: Mapping[str, str],
        queue: Queue,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.queue = queue
        choices = [*NOT_IN_FILE, *((column, column) for column in columns)]
        self.meanings = tuple(meanings)
        for meaning in meanings:
            self.fields[meaning.name] = forms.ChoiceField(
                choices=choices[1:] if meaning.is_required and guess.get(meaning.name) else choices,
                label=meaning.title,
                help_text=meaning.explanation,
                required=meaning.is_required,
                initial=guess.get(meaning.name, ""),
            )

    def chosen(self) -> dict[str, str]:
        """Field names with their columns."""
        named = ((meaning.name, self.cleaned_data[meaning.name]) for meaning in self.meanings)
        return {name: column for name, column in named if column}

    def options(self) -> dict[str, object]:
        """Further choices of the import."""
        return {}


class LabelColumnsForm(ColumnsForm):
    """The columns of a file of labels, and what to do about what is not known yet."""

    vendor_else = forms.CharField(
        max_length=200,
        initial="Imported",
        label="Vendor of labelers without one",
        help_text="Used where the file names no vendor and the labeler is no user name here.",
    )
    make_items = forms.BooleanField(
        initial=True,
        required=False,
        label="Make items that the queue does not have",
        help_text="They ask for no further answers. Off: such lines are refused.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(meaning.name for meaning in self.meanings), "vendor_else", "make_items"])

    def options(self) -> dict[str, object]:
        """The vendor of labelers without one, and whether items may be made."""
        return {"vendor": self.cleaned_data["vendor_else"], "make_items": self.cleaned_data["make_items"]}


def register_columns_form(kind: ImportKind, form: type[ColumnsForm]) -> None:
    """Ask for the columns of a kind of file with this form."""
    _forms[kind] = form


def columns_form_of(kind: str) -> type[ColumnsForm]:
    """The form that asks for the columns of a kind of file."""
    return _forms[kind]


_forms: dict[str, type[ColumnsForm]] = {ImportKind.ITEMS: ColumnsForm, ImportKind.LABELS: LabelColumnsForm}
