from django.urls import path

from portal.accounts.api import (
    audit,
    joining,
    people,
    second_factor,
    session,
    sign_ins,
    teams,
    tokens,
)

urlpatterns = [
    path("audit", audit.Audit.as_view()),
    path("audit/chain", audit.AuditChain.as_view()),
    path("session", session.Session.as_view()),
    path("sign-up", joining.SignUp.as_view()),
    path("password-resets", joining.PasswordReset.as_view()),
    path("setup", session.Setup.as_view()),
    path("me", session.Me.as_view()),
    path("me/password", session.Password.as_view()),
    path("me/second-factor", second_factor.MySecondFactor.as_view()),
    path("me/second-factor/confirmation", second_factor.SecondFactorConfirmation.as_view()),
    path("me/second-factor/recovery-codes", second_factor.SecondFactorRecoveryCodes.as_view()),
    path("me/second-factor/removal", second_factor.SecondFactorRemoval.as_view()),
    path("people", people.People.as_view()),
    path("people/<str:username>", people.Person.as_view()),
    path("people/<str:username>/password", people.PersonPassword.as_view()),
    path("people/<str:username>/second-factor", people.PersonSecondFactor.as_view()),
    path("people/<str:username>/tokens", people.PersonTokens.as_view()),
    path("sessions", sign_ins.SignInList.as_view()),
    path("sessions/<int:session_id>", sign_ins.SignInDetail.as_view()),
    path("teams", teams.Teams.as_view()),
    path("teams/<str:team>", teams.TeamDetail.as_view()),
    path("teams/<str:team>/members/<str:username>", teams.TeamMember.as_view()),
    path("tokens", tokens.TokenList.as_view()),
    path("tokens/<int:token_id>", tokens.TokenDetail.as_view()),
]
