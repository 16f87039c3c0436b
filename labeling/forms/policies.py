"""Pasting the first version of a policy."""

from django import forms

from labeling.engine.clauses import ClauseText
from labeling.services.policies import CategoryText, read_categories, read_clauses
from qaplatform.errors import DomainError

CLAUSES_HELP = "Paste the text. A line that begins with a number opens a clause: “1.1 Unasked advertising”."
CATEGORIES_HELP = (
    "One a line: code | name | severity 0 to 4 | clause | marks. Marks are no violation (exactly one category has it), "
    "critical, never sample (illegal content)."
)


class PolicyForm(forms.Form):
    """A policy with its first version."""

    name = forms.CharField(max_length=200)
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    clauses = forms.CharField(widget=forms.Textarea(attrs={"rows": 12}), help_text=CLAUSES_HELP)
    categories = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono"}),
        help_text=CATEGORIES_HELP,
        initial="no_violation | No violation | 0 | | no violation\n",
    )

    def clean_clauses(self) -> tuple[ClauseText, ...]:
        """The clauses, read."""
        try:
            return read_clauses(self.cleaned_data["clauses"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def clean_categories(self) -> tuple[CategoryText, ...]:
        """The categories, read."""
        try:
            return read_categories(self.cleaned_data["categories"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
