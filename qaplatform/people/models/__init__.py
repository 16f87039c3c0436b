"""Users, labelers, vendors, teams, memberships, skills, lists of people, invitations and tokens."""

from qaplatform.people.models.accounts import ApiToken, Invitation, User
from qaplatform.people.models.labelers import Labeler, LabelerJoin, Skill, SkillGrant
from qaplatform.people.models.rosters import Roster
from qaplatform.people.models.vendors import Membership, Team, Vendor, VendorAlias

__all__ = [
    "ApiToken",
    "Invitation",
    "Labeler",
    "LabelerJoin",
    "Membership",
    "Roster",
    "Skill",
    "SkillGrant",
    "Team",
    "User",
    "Vendor",
    "VendorAlias",
]
