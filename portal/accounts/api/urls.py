from django.urls import path

from portal.accounts.api import session, tokens

urlpatterns = [
    path("session", session.Session.as_view()),
    path("setup", session.Setup.as_view()),
    path("me", session.Me.as_view()),
    path("tokens", tokens.TokenList.as_view()),
    path("tokens/<int:token_id>", tokens.TokenDetail.as_view()),
]
