"""The shape of what items show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.engine.contents import check_content, content_hash
from labeling.engine.errors import ContentError


def test_content_in_its_shape_is_given_back():
    turns = {"turns": [{"role": "user", "text": "Hi"}, {"role": "seller", "text": "Send money"}]}

    assert check_content("text", {"text": "Hi"}) == {"text": "Hi"}
    assert check_content("conversation", turns) == turns


@pytest.mark.parametrize(
    ("kind", "content", "field"),
    [
        ("painting", {}, "kind"),
        ("text", "Hi", "content"),
        ("text", {}, "text"),
        ("text", {"text": " "}, "text"),
        ("text", {"text": 3}, "text"),
        ("text", {"text": "a\0b"}, "text"),
        ("text", {"text": "\ud800"}, "text"),
        ("text", {"text": "x" * 100_001}, "text"),
        ("text", {"text": "Hi", "html": "<b>"}, "content"),
        ("conversation", {"turns": []}, "turns"),
        ("conversation", {"turns": ["Hi"]}, "turns.1"),
        ("conversation", {"turns": [{"role": "user"}]}, "turns.1.text"),
        ("conversation", {"turns": [{"role": "r" * 61, "text": "Hi"}]}, "turns.1.role"),
        ("conversation", {"turns": [{"role": "user", "text": "Hi"}] * 501}, "turns"),
    ],
)
def test_content_out_of_shape_is_refused_with_its_place(kind, content, field):
    with pytest.raises(ContentError) as refused:
        check_content(kind, content)

    assert refused.value.field == field


@given(st.dictionaries(st.text("abcß", max_size=5), st.text("abcß", max_size=5)), st.randoms())
def test_the_hash_does_not_depend_on_the_order_of_keys(content, random):
    keys = list(content)
    random.shuffle(keys)

    assert content_hash("text", content) == content_hash("text", {key: content[key] for key in keys})


def test_the_hash_tells_kinds_and_contents_apart():
    hashes = {
        content_hash("text", {"text": "a"}),
        content_hash("text", {"text": "b"}),
        content_hash("x", {"text": "a"}),
    }

    assert len(hashes) == 3
