"""Watching a folder."""

from collections.abc import Iterable

from django import forms

from labeling.models import ImportMapping


class FolderForm(forms.Form):
    """A folder and the columns that its files have."""

    path = forms.ChoiceField(label="Folder", help_text="Folders below the one that the operator opened for imports.")
    mapping = forms.ModelChoiceField(
        ImportMapping.objects.all(),
        to_field_name="public_id",
        empty_label=None,
        label="Its files have the columns of",
        help_text="A file with other columns is not imported; this page and Imports say so.",
    )

    def __init__(self, *args: object, folders: Iterable[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["path"].choices = [(path, path) for path in folders]
