"""Make the message that goes over the wire: headers that nobody can add lines to, two parts."""

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from perenne.platform.errors import PerenneError

_POLICY = SMTP.clone(cte_type="7bit")
# Enough for a thread; a header must not grow with a company's contracts.
_THREADS_MAX = 20


class UnwritableMailError(PerenneError):
    """An address that no mail can be written to; trying again would not help."""

    code = "mail.unwritable"


def message_of(mail: Mapping[str, Any], *, vendor: str, base_url: str) -> EmailMessage:
    """The mail with its headers. The same mail always gets the same ``Message-ID``.

    Raises:
        UnwritableMailError: if its address is none.
    """
    domain = mail_domain(base_url)
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(_one_line(vendor), "renewals", domain)
    message["To"] = _address(mail["to_name"], mail["to_address"])
    message["Subject"] = _one_line(mail["subject"])
    message["Date"] = format_datetime(mail["created_at"])
    message["Message-ID"] = f"<{mail['id']}@{domain}>"
    # Nothing was ever sent with these ids: mails about one contract find each other by them.
    threads = [f"<{contract}@{domain}>" for contract in (mail["contracts"] or "").split()]
    if threads:
        message["References"] = " ".join(threads[:_THREADS_MAX])
    message["Auto-Submitted"] = "auto-generated"
    # Quoted-printable would make Chinese three times as long.
    encoding = "quoted-printable" if mail["locale"] == "en" else "base64"
    message.set_content(mail["text"], cte=encoding)
    message.add_alternative(mail["html"], subtype="html", cte=encoding)
    # Last: a header that begins with Content- would have moved into the first part.
    message["Content-Language"] = mail["locale"]
    return message


def mail_domain(base_url: str) -> str:
    """The domain of addresses and ids: the host of our pages, where that is a name."""
    host = urlsplit(base_url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else "perenne.example"


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode('ascii')}"
        written.encode("ascii")
        found = Address(_one_line(name), addr_spec=written)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise UnwritableMailError(f"{address!r} is not an address: {error}") from error
    if not (found.username and found.domain) or set(address) & set("\r\n\0"):
        raise UnwritableMailError(f"{address!r} is not an address")
    return found


def _one_line(text: str) -> str:
    """Text without line ends and other controls, which headers cannot hold."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(shown.split())
