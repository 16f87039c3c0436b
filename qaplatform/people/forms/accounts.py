"""Forms of accounts."""

from typing import Any

from django import forms

from qaplatform.people.enums import Role
from qaplatform.people.importing.words import USERNAME, languages_of, problem_of_languages
from qaplatform.people.models import Skill, Team, Vendor

LONGEST_REASON = 500


class LanguagesField(forms.CharField):
    """Languages by their codes or English names."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = (
            "Of a labeler: codes such as en or pt-br, with commas between them. Empty: given work in any language."
        )
        super().__init__(required=False, max_length=300, label="Languages", help_text=help_text, **kwargs)

    def clean(self, value: Any) -> str:
        """The codes. Raises ValidationError where something names no language."""
        text = super().clean(value)
        if problem := problem_of_languages(text):
            raise forms.ValidationError(problem)
        return ", ".join(languages_of(text)[0])


class PlaceForm(forms.Form):
    """A vendor and a team of it."""

    vendor = forms.ModelChoiceField(Vendor.objects.all(), required=False)
    team = forms.ModelChoiceField(Team.objects.select_related("vendor"), required=False)

    def clean(self) -> dict[str, Any]:
        """A team belongs to the vendor that was chosen."""
        cleaned = super().clean() or {}
        team, vendor = cleaned.get("team"), cleaned.get("vendor")
        if team and vendor and team.vendor_id != vendor.pk:
            self.add_error("team", f"{team.name} belongs to {team.vendor.name}. Choose a team of {vendor.name}.")
        return cleaned


class AccountForm(PlaceForm):
    """A new account."""

    username = forms.RegexField(
        USERNAME, max_length=150, label="User name", help_text="Letters, digits and . - _ + @ without spaces."
    )
    display_name = forms.CharField(max_length=200, label="Name")
    email = forms.EmailField(required=False, label="E-mail")
    role = forms.ChoiceField(choices=Role.choices)
    language = LanguagesField()
    field_order = ("username", "display_name", "email", "role", "vendor", "team", "language")


class DetailsForm(forms.Form):
    """What is corrected about somebody."""

    display_name = forms.CharField(max_length=200, label="Name")
    email = forms.EmailField(required=False, label="E-mail")
    language = LanguagesField()


class RoleForm(PlaceForm):
    """One more role."""

    role = forms.ChoiceField(choices=Role.choices)
    field_order = ("role", "vendor", "team")


class MoveForm(PlaceForm):
    """Where a labeler goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vendor"].required = True


class CertifyForm(forms.Form):
    """A certification given by hand."""

    skill = forms.ModelChoiceField(Skill.objects.all(), label="Certified for")
    reason = forms.CharField(max_length=LONGEST_REASON, label="Why")


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(max_length=LONGEST_REASON, label="Why")


class PasswordForm(forms.Form):
    """A password of one's own choice, twice."""

    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text="12 characters or more, and not one that everybody uses.",
    )
    again = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False, label="The same password again"
    )

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "The passwords differ. Write the same one twice.")
        return cleaned
