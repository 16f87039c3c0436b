"""Forms of tokens."""

from datetime import timedelta

from django import forms

from qaplatform.people.services.tokens import SCOPES


class TokenForm(forms.Form):
    """A new token of one's own."""

    name = forms.CharField(max_length=100, help_text="What uses it, for example nightly import.")
    scopes = forms.MultipleChoiceField(
        choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple, label="It may"
    )
    days = forms.TypedChoiceField(
        coerce=int, choices=[(30, "30 days"), (90, "90 days"), (365, "a year")], initial=90, label="It works for"
    )

    @property
    def lasts(self) -> timedelta:
        """How long the token works."""
        return timedelta(days=self.cleaned_data["days"])
