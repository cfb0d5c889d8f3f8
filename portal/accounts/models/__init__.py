from portal.accounts.models.audit import AuditEvent, AuditHead
from portal.accounts.models.identity import ExternalIdentity
from portal.accounts.models.second_factor import RecoveryCode
from portal.accounts.models.sign_in import SignIn
from portal.accounts.models.team import Namespace, Team, TeamMembership
from portal.accounts.models.token import ApiToken
from portal.accounts.models.user import User

__all__ = [
    "ApiToken",
    "AuditEvent",
    "AuditHead",
    "ExternalIdentity",
    "Namespace",
    "RecoveryCode",
    "SignIn",
    "Team",
    "TeamMembership",
    "User",
]
