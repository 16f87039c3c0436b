"""Editing what a queue asks: the policy's categories first, then a few questions of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import slugify

from labeling.engine.schemas import QuestionKind

FIRST_KEY = "category"
EMPTY_ROWS = 2
KINDS = [
    (QuestionKind.YES_NO.value, "Yes or no"),
    (QuestionKind.SINGLE.value, "One of several"),
    (QuestionKind.MULTI.value, "Several of several"),
    (QuestionKind.ORDINAL.value, "A scale, in order"),
]


class CategoryQuestionForm(forms.Form):
    """The question that the policy's categories answer."""

    prompt = forms.CharField(max_length=500, label="Question")
    kind = forms.ChoiceField(
        choices=[(QuestionKind.SINGLE.value, "One category"), (QuestionKind.MULTI.value, "Several categories")],
        label="Answer",
    )
    cannot_tell = forms.BooleanField(required=False, label="“Cannot tell” is allowed", initial=True)


class QuestionForm(forms.Form):
    """A further question; an empty prompt leaves it out."""

    key = forms.SlugField(required=False, widget=forms.HiddenInput)
    prompt = forms.CharField(max_length=500, required=False, label="Question")
    kind = forms.ChoiceField(choices=KINDS, label="Answer")
    options = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        label="Options",
        help_text="One a line: code | name. Not for yes or no.",
    )
    cannot_tell = forms.BooleanField(required=False, label="“Cannot tell” is allowed")
    required = forms.BooleanField(required=False, label="Must be answered", initial=True)
    show_if = forms.CharField(
        required=False, label="Asked only if", help_text="Empty for always, or: category: spam, scam"
    )

    def clean_show_if(self) -> dict[str, object] | None:
        """The condition, read."""
        text = self.cleaned_data["show_if"].strip()
        if not text:
            return None
        question, colon, codes = text.partition(":")
        any_of = [code.strip() for code in codes.split(",") if code.strip()]
        if not colon or not any_of:
            raise forms.ValidationError("Write the question's key, a colon and its codes: category: spam, scam.")
        return {"question": question.strip(), "any_of": any_of}


QuestionFormSet = forms.formset_factory(QuestionForm, extra=EMPTY_ROWS, max_num=29)


def questions_of(
    first: CategoryQuestionForm, others: Any, *, key: str, options: Sequence[Mapping[str, object]]
) -> list[dict[str, object]]:
    """The questions that the forms describe, as schemas store them."""
    asked: list[dict[str, object]] = [
        {
            "key": key,
            "kind": first.cleaned_data["kind"],
            "prompt": first.cleaned_data["prompt"],
            "options": [dict(option) for option in options],
            "taxonomy": True,
            "cannot_tell": first.cleaned_data["cannot_tell"],
            "required": True,
            "show_if": None,
        }
    ]
    return asked + [_question(form.cleaned_data) for form in others if form.cleaned_data.get("prompt")]


def initial_of_question(question: Mapping[str, Any]) -> dict[str, Any]:
    """A question as the form shows it."""
    condition = question.get("show_if")
    options = question.get("options") or []
    return {
        "key": question["key"],
        "prompt": question["prompt"],
        "kind": question["kind"],
        "options": "\n".join(f"{option['code']} | {option.get('name', option['code'])}" for option in options),
        "cannot_tell": question.get("cannot_tell", False),
        "required": question.get("required", True),
        "show_if": f"{condition['question']}: {', '.join(condition['any_of'])}" if condition else "",
    }


def _question(chosen: Mapping[str, Any]) -> dict[str, object]:
    is_choice = chosen["kind"] != QuestionKind.YES_NO
    return {
        "key": chosen["key"] or slugify(chosen["prompt"]).replace("-", "_")[:60].strip("_"),
        "kind": chosen["kind"],
        "prompt": chosen["prompt"],
        "options": [_option(line) for line in chosen["options"].splitlines() if line.strip()] if is_choice else [],
        "taxonomy": False,
        "cannot_tell": chosen["cannot_tell"],
        "required": chosen["required"],
        "show_if": chosen["show_if"],
    }


def _option(line: str) -> dict[str, object]:
    code, _, name = (part.strip() for part in line.partition("|"))
    return {"code": code, "name": name or code, "parent": None, "severity": None}
