"""Put the secret into the link of a mail that is about to leave."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from perenne.accounts.links import SECRET, secret_for
from perenne.notices.message import UnwritableMailError


def unsealed(mail: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mail as its recipient gets it; one without a seal as it is.

    Raises:
        UnwritableMailError: if what the link was for is gone.
    """
    if not mail["seal"]:
        return mail
    try:
        secret = secret_for(mail["seal"])
    except ObjectDoesNotExist as error:
        raise UnwritableMailError(f"{mail['seal']} is gone: {error}") from error
    return {
        **mail,
        "text": mail["text"].replace(SECRET, secret),
        "html": mail["html"].replace(SECRET, secret),
    }
