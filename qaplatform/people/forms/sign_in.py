"""Signing in, in the words of the printed links."""

from typing import Any

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    """Who somebody is, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "User name or e-mail"
        self.fields["login"].widget.attrs.pop("placeholder", None)
        self.fields["password"].widget.attrs.pop("placeholder", None)
