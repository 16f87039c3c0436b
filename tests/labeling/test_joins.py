"""People known from files are joined to accounts, and parted again without a trace in the answers."""

import pytest

from labeling.models import Label, Slot
from labeling.queries.joins import external_rows, externals
from labeling.services.joins import join_certain, join_labeler, part_labeler
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, LabelerJoin
from tests.builders import (
    client_for,
    make_external_labeler,
    make_items,
    make_labeler,
    make_queue,
    make_user,
    make_vendor,
)
from tests.calibration.builders import add_label, revise

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user("ada", roles=[Role.ADMINISTRATOR])


def owners() -> list[tuple[int, int, int, int]]:
    """Whose each slot and each of its labels is."""
    rows = Label.objects.order_by("pk").values_list("pk", "labeler_id", "slot_id", "slot__labeler_id")
    return list(rows)


def test_joining_moves_answers_with_their_revisions_and_parting_gives_back_exactly(ada):
    vendor, queue = make_vendor(), make_queue()
    lena, external = make_labeler("lena", vendor=vendor), make_external_labeler("lena", vendor=vendor)
    both, alone, own = make_items(queue, 3)
    add_label(own, lena, "spam")
    add_label(both, lena, "spam")
    add_label(both, external, "scam")
    label = add_label(alone, external, "spam")
    revise(label, "scam", at=label.created_at)
    before = owners()

    join = join_labeler(external, lena.user, actor=ada)
    moved = Label.objects.filter(slot=label.slot).values_list("labeler_id", flat=True)

    assert set(moved) == {lena.pk}
    assert (join.moved, join.kept) == (1, 1)
    assert Slot.objects.get(pk=label.slot_id).imported_as == external
    part_labeler(join, actor=ada)
    assert owners() == before


def test_what_arrives_in_the_externals_name_while_joined_goes_back_too(ada):
    vendor, queue = make_vendor(), make_queue()
    lena, external = make_labeler(vendor=vendor), make_external_labeler(vendor=vendor)
    join = join_labeler(external, lena.user, actor=ada)
    label = add_label(make_items(queue)[0], lena, "spam")
    Slot.objects.filter(pk=label.slot_id).update(imported_as=external)

    part_labeler(join, actor=ada)

    assert Slot.objects.get(pk=label.slot_id).labeler == external


def test_answers_of_two_people_from_files_go_back_to_the_right_one(ada):
    vendor, queue = make_vendor(), make_queue()
    lena = make_labeler(vendor=vendor)
    one, two = make_external_labeler(vendor=vendor), make_external_labeler(vendor=vendor)
    first, second = make_items(queue, 2)
    add_label(first, one, "spam")
    add_label(second, two, "spam")
    before = owners()
    joins = [join_labeler(external, lena.user, actor=ada) for external in (one, two)]

    part_labeler(joins[0], actor=ada)

    assert Slot.objects.get(item=first, state="done").labeler == one
    assert Slot.objects.get(item=second, state="done").labeler == lena
    part_labeler(joins[1], actor=ada)
    assert owners() == before


def test_joining_again_takes_along_what_came_in_between(ada):
    vendor, queue = make_vendor(), make_queue()
    lena, external = make_labeler(vendor=vendor), make_external_labeler(vendor=vendor)
    first, second = make_items(queue, 2)
    add_label(first, external, "spam")
    join_labeler(external, lena.user, actor=ada)
    add_label(second, external, "spam")

    join = join_labeler(external, lena.user, actor=ada)

    assert join.moved == 2
    assert LabelerJoin.objects.count() == 1


def test_an_account_without_a_labeler_gets_one_at_the_externals_vendor(ada):
    external, user = make_external_labeler("E7"), make_user("bo")

    join_labeler(external, user, actor=ada)

    labeler = Labeler.objects.get(user=user)
    assert labeler.vendor == external.vendor
    assert user.memberships.get().role == Role.LABELER


def test_people_of_two_vendors_and_two_accounts_are_not_joined(ada):
    external, lena = make_external_labeler(), make_labeler()

    with pytest.raises(Refused, match="Move the person first"):
        join_labeler(external, lena.user, actor=ada)
    with pytest.raises(InvalidInput, match="has an account of their own"):
        join_labeler(lena, make_user(), actor=ada)


def test_somebody_is_joined_to_one_account_and_parted_once(ada):
    external = make_external_labeler()
    join = join_labeler(external, make_user("bo"), actor=ada)

    with pytest.raises(Refused, match="is joined to bo already"):
        join_labeler(external, make_labeler(vendor=external.vendor).user, actor=ada)
    part_labeler(join, actor=ada)
    with pytest.raises(Refused, match="taken back already"):
        part_labeler(join, actor=ada)


def test_accounts_are_proposed_by_id_address_and_name_inside_the_vendor(ada):
    vendor = make_vendor()
    make_external_labeler("Lena", vendor=vendor)
    by_name = make_external_labeler("E8", vendor=vendor)
    Labeler.objects.filter(pk=by_name.pk).update(display_name="LENA")
    lena = make_labeler("lena", vendor=vendor)
    lena.user.display_name = "Lena"
    lena.user.save()
    make_labeler("e8")

    rows = {row.labeler.external_id: row.proposals for row in external_rows(externals())}

    assert [(p.user, p.is_certain) for p in rows["Lena"]] == [(lena.user, True)]
    assert [(p.user, p.is_certain) for p in rows["E8"]] == [(lena.user, False)]


def test_all_whose_id_says_who_they_are_are_joined_at_once(ada):
    vendor = make_vendor()
    for name in ("lena", "bo"):
        make_labeler(name, vendor=vendor)
        make_external_labeler(name, vendor=vendor)
    make_external_labeler("unknown", vendor=vendor)

    assert join_certain(actor=ada) == 2
    assert join_certain(actor=ada) == 0


def test_the_pages_join_and_take_back(ada):
    vendor, queue, client = make_vendor(), make_queue(), client_for(ada)
    lena, external = make_labeler("lena", vendor=vendor), make_external_labeler("lena", vendor=vendor)
    add_label(make_items(queue)[0], external, "spam")

    listed = client.get("/imported-people/").content.decode()
    client.post(f"/imported-people/{external.public_id}/join/", {"account": "lena"})
    page = client.get(f"/imported-people/of/{lena.user.public_id}/").content.decode()
    join = LabelerJoin.objects.get()
    client.post(f"/imported-people/joins/{join.public_id}/undo/", {"back": "lena"})

    assert "is their user name or e-mail" in listed
    assert "Take back" in page
    assert Slot.objects.get(origin="imported").labeler == external


def test_an_account_that_is_not_there_is_said(ada):
    external, client = make_external_labeler(), client_for(ada)

    page = client.post(f"/imported-people/{external.public_id}/join/", {"account": "nobody"}, follow=True)

    assert "Nobody who can sign in has the user name or e-mail nobody" in page.content.decode()


def test_names_with_nul_characters_are_nobodys(ada):
    external = make_external_labeler()
    join = join_labeler(external, make_labeler(vendor=external.vendor).user, actor=ada)
    client = client_for(ada)

    named = client.post(f"/imported-people/{external.public_id}/join/", {"account": "le\0na"})
    back = client.post(f"/imported-people/joins/{join.public_id}/undo/", {"back": "le\0na"})

    assert (named.status_code, back.status_code) == (302, 404)
