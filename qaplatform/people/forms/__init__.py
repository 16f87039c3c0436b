"""Forms of people administration."""

from datetime import timedelta
from typing import Any

from django import forms

from qaplatform.people.enums import Role
from qaplatform.people.models import Team, Vendor
from qaplatform.people.services.tokens import SCOPES


class AccountForm(forms.Form):
    """A new account."""

    username = forms.SlugField(max_length=150, label="User name", help_text="Letters, digits, hyphens and underscores.")
    display_name = forms.CharField(max_length=200, label="Name")
    email = forms.EmailField(required=False, label="E-mail")
    role = forms.ChoiceField(choices=Role.choices)
    vendor = forms.ModelChoiceField(Vendor.objects.all(), required=False, help_text="For labelers and vendor managers.")
    team = forms.ModelChoiceField(
        Team.objects.select_related("vendor"),
        required=False,
        help_text="For team leads, and for labelers who have one.",
    )
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text="12 characters or more. The person changes it after signing in.",
    )

    def clean(self) -> dict[str, Any]:
        """A team belongs to the vendor that was chosen."""
        cleaned = super().clean() or {}
        team, vendor = cleaned.get("team"), cleaned.get("vendor")
        if team and vendor and team.vendor_id != vendor.pk:
            self.add_error("team", f"{team.name} belongs to {team.vendor.name}. Choose a team of {vendor.name}.")
        return cleaned


class VendorForm(forms.Form):
    """A new vendor with its first team."""

    name = forms.CharField(max_length=200, label="Vendor")
    team = forms.CharField(max_length=200, label="First team", initial="Team 1")
    is_in_house = forms.BooleanField(required=False, label="In-house")

    def clean_name(self) -> str:
        """Vendors have one name each."""
        name: str = self.cleaned_data["name"]
        if Vendor.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(f"There is a vendor {name} already. Choose another name.")
        return name


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
