"""Bearer tokens tell who calls, in which roles and within which scopes. Only tokens of the one issuer are believed."""

from gateway.auth.caller import Caller, IssuerAwayError, TokenError
from gateway.auth.development import DevelopmentIssuer
from gateway.auth.settings import TokenSettings
from gateway.auth.verifier import TokenVerifier

__all__ = ["Caller", "DevelopmentIssuer", "IssuerAwayError", "TokenError", "TokenSettings", "TokenVerifier"]
