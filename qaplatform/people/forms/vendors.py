"""Forms of vendors and teams."""

from django import forms

from qaplatform.people.models import User


class VendorForm(forms.Form):
    """A new vendor with its first team."""

    name = forms.CharField(max_length=200, label="Vendor")
    team = forms.CharField(max_length=200, label="First team", initial="Team 1")
    is_in_house = forms.BooleanField(required=False, label="In-house")


class RenameVendorForm(forms.Form):
    """Another name for a vendor."""

    name = forms.CharField(max_length=200, label="Name", help_text="Files that use the old name still find it.")
    is_in_house = forms.BooleanField(required=False, label="In-house")


class TeamForm(forms.Form):
    """The name of a team."""

    name = forms.CharField(max_length=200, label="Team")


class LeadForm(forms.Form):
    """Who leads a team."""

    lead = forms.CharField(
        max_length=200,
        label="Team lead",
        help_text="Their user name or e-mail.",
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    instead = forms.BooleanField(required=False, label="Instead of whoever leads the team now")

    def clean_lead(self) -> User:
        """One active account of that user name, e-mail or name."""
        said: str = self.cleaned_data["lead"].strip()
        for field in ("username", "email", "display_name"):
            found = list(User.objects.filter(**{f"{field}__iexact": said}, is_active=True)[:2])
            if len(found) == 1:
                return found[0]
        raise forms.ValidationError(
            f"Nobody who can sign in is called {said}. Write a user name from the list of accounts, or add them first."
        )
