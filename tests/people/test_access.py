"""What memberships let somebody reach."""

import pytest

from qaplatform.people.enums import Role, Scope
from qaplatform.people.models import Membership, User
from qaplatform.people.queries.accesses import read_access

pytestmark = pytest.mark.django_db


def test_a_user_without_memberships_reaches_nobody():
    user = User.objects.create_user("nobody")

    access = read_access(user)

    assert access.reach().is_empty
    assert access.roles == frozenset()


def test_a_platform_role_reaches_everything():
    user = User.objects.create_user("quinn")
    Membership.objects.create(user=user, role=Role.QA_MANAGER, scope=Scope.PLATFORM)

    access = read_access(user)

    assert access.reach().everything
