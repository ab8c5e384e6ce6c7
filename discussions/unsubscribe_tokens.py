"""Signed tokens in e-mails, by which whoever got one ends further ones of its kinds without signing in."""

from collections.abc import Iterable
from typing import NamedTuple

from django.core.signing import BadSignature, Signer

from discussions.models import Kind

SIGNER = Signer(salt="discussions.unsubscribing", sep="~")
BETWEEN = "."


class Subscription(NamedTuple):
    user_id: int
    kinds: list[Kind]


def token_for(user_id: int, kinds: Iterable[str]) -> str:
    """The token of this person's e-mails of these kinds. It doesn't expire, for e-mails are kept for years."""
    return SIGNER.sign(BETWEEN.join([str(user_id), *sorted(set(kinds))]))


def read_token(token: str) -> Subscription | None:
    """What a token is for; None when we didn't sign it."""
    try:
        user_id, *kinds = SIGNER.unsign(token).split(BETWEEN)
    except BadSignature:
        return None
    return Subscription(int(user_id), [Kind(kind) for kind in kinds if kind in Kind.values])
