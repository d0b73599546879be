"""Make the message that goes over the wire: headers that nobody can add lines to, two parts.

Written out rather than through ``email.message``, which parses every header that it is given and
takes as long as the server does; the tests read the result back through it.
"""

from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

from perenne.platform.errors import PerenneError

# Enough for a thread; a header must not grow with a company's contracts.
_THREADS_MAX = 20
_PLAIN_HEADER_MAX = 60


class UnwritableMailError(PerenneError):
    """An address that no mail can be written to; trying again would not help."""

    code = "mail.unwritable"


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as it goes over the wire; ``content`` is ASCII with CRLF at its line ends."""

    sender: str
    recipient: str
    content: bytes


def message_of(mail: Mapping[str, Any], *, vendor: str, base_url: str) -> Message:
    """The mail with its headers. The same mail always gets the same ``Message-ID``.

    Raises:
        UnwritableMailError: if its address is none.
    """
    domain = mail_domain(base_url)
    sender, recipient = f"renewals@{domain}", _address(mail["to_address"])
    boundary = f"=_{mail['id']}"
    headers = {
        "From": _named(vendor, sender),
        "To": _named(mail["to_name"], recipient),
        "Subject": _words(mail["subject"]),
        "Date": format_datetime(mail["created_at"]),
        "Message-ID": f"<{mail['id']}@{domain}>",
        # Nothing was ever sent with these ids: mails about one thing find each other by them.
        "References": _references(mail["threads"] or "", domain),
        "Auto-Submitted": "auto-generated",
        "Content-Language": mail["locale"],
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{boundary}"',
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    edge = f"--{boundary}".encode("ascii")
    content = b"\r\n".join(
        (
            head.encode("ascii"),
            edge,
            _part("plain", mail["text"], locale=mail["locale"]),
            edge,
            _part("html", mail["html"], locale=mail["locale"]),
            edge + b"--\r\n",
        )
    )
    return Message(sender, recipient, content)


def mail_domain(base_url: str) -> str:
    """The domain of addresses and ids: the host of our pages, where that is a name."""
    host = urlsplit(base_url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else "perenne.example"


def _part(kind: str, text: str, *, locale: str) -> bytes:
    # Quoted-printable would make Chinese three times as long; English stays legible in it.
    is_english = locale == "en"
    encoding = "quoted-printable" if is_english else "base64"
    data = text.replace("\r", "").encode()
    encoded = b2a_qp(data, istext=True) if is_english else encodebytes(data)
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}"
    return head.encode("ascii") + b"\r\n\r\n" + encoded.replace(b"\n", b"\r\n")


def _references(threads: str, domain: str) -> str:
    return "\r\n ".join(f"<{thread}@{domain}>" for thread in threads.split()[:_THREADS_MAX])


def _address(address: str) -> str:
    """The address in ASCII.

    Raises:
        UnwritableMailError: if it is none, or several, or its left side is not ASCII.
    """
    local, _, domain = address.rpartition("@")
    try:
        found = Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
        found.addr_spec.encode("ascii")
    except (ValueError, IndexError, HeaderParseError) as error:
        raise UnwritableMailError(f"{address!r} is not an address: {error}") from error
    if not (found.username and found.domain and address.isprintable()):
        raise UnwritableMailError(f"{address!r} is not an address")
    return found.addr_spec


def _named(name: str, address: str) -> str:
    shown = _one_line(name)
    if _is_plain(shown):
        return formataddr((shown, address))
    return f"{_encoded(shown)}\r\n <{address}>"


def _words(text: str) -> str:
    shown = _one_line(text)
    return shown if _is_plain(shown) else _encoded(shown)


def _is_plain(shown: str) -> bool:
    """Whether a header can hold it as it is; what looks encoded would be read as something else."""
    return shown.isascii() and len(shown) <= _PLAIN_HEADER_MAX and "=?" not in shown


def _encoded(shown: str) -> str:
    return Header(shown, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _one_line(text: str) -> str:
    """Text without line ends and other controls, which headers cannot hold."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(shown.split())
