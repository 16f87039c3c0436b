"""Users, labelers, vendors, teams, memberships, skills and tokens."""

from qaplatform.people.models.accounts import ApiToken, User
from qaplatform.people.models.labelers import Labeler, Skill, SkillGrant
from qaplatform.people.models.vendors import Membership, Team, Vendor

__all__ = ["ApiToken", "Labeler", "Membership", "Skill", "SkillGrant", "Team", "User", "Vendor"]
