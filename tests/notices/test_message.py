"""The message that goes over the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from perenne.notices.message import UnwritableMailError, mail_domain, message_of

MAIL = {
    "id": "mail_01kc",
    "to_name": "Ana Diaz",
    "to_address": "ana@atelier-nord.example",
    "subject": "You can now renew Draft LT (3 seats)",
    "text": "Dear Ana Diaz,\n",
    "html": "<p>Dear Ana Diaz,</p>",
    "locale": "en",
    "created_at": datetime(2026, 12, 1, 12, tzinfo=UTC),
    "threads": "ctr_1 ctr_2",
}


def sent(**given):
    """The message as the other side reads it."""
    message = message_of(
        MAIL | given, vendor="Fjord Software", base_url="https://renew.fjord.example"
    )
    return message_from_bytes(message.content, policy=default)


def part(message, kind):
    """A part with line ends as in a file, not as on the wire."""
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_headers_say_who_when_and_that_no_person_wrote_it():
    message = sent()

    assert dict(message.items()) | {"Content-Type": ""} == {
        "From": "Fjord Software <renewals@renew.fjord.example>",
        "To": "Ana Diaz <ana@atelier-nord.example>",
        "Subject": "You can now renew Draft LT (3 seats)",
        "Date": "Tue, 01 Dec 2026 12:00:00 +0000",
        "Message-ID": "<mail_01kc@renew.fjord.example>",
        "References": "<ctr_1@renew.fjord.example> <ctr_2@renew.fjord.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }


def test_the_text_part_comes_first_and_both_are_whole():
    message = sent(locale="zh-Hant", text="黃淑芬 您好：\n" * 50, html="<p>黃淑芬 您好：</p>" * 50)

    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert part(message, "plain") == "黃淑芬 您好：\n" * 50
    assert part(message, "html").strip() == "<p>黃淑芬 您好：</p>" * 50


def test_every_line_fits_smtp_and_is_ascii():
    raw = message_of(
        MAIL | {"html": "x" * 5000, "subject": "繪圖 LT（3 套）現在可以續約" * 9},
        vendor="峽灣軟體股份有限公司",
        base_url="",
    ).content

    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@pytest.mark.parametrize("name", ["黃淑芬", "أحمد الصباح", 'Ana "Bo" <x@y>, Diaz', "Søren Ødegård"])
def test_names_arrive_as_they_are(name):
    assert sent(to_name=name)["To"].addresses[0].display_name == name


@pytest.mark.parametrize("field", ["to_name", "subject"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x00", "\x85"])
def test_nobody_can_add_a_header(field, line_end):
    message = sent(**{field: f"Ana{line_end}Bcc: eve@evil.example{line_end}{line_end}<b>"})

    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "ana@atelier-nord.example"
    assert part(message, "plain") == "Dear Ana Diaz,\n"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "@atelier-nord.example",
        "ana@",
        "ana@atelier-nord.example\r\nBcc: eve@evil.example",
        "ana@atelier-nord.example, eve@evil.example",
        "ana@x@atelier-nord.example",
        "安娜@atelier-nord.example",
        "ana@" + "a" * 70 + ".example",
        "ana@atelier..example",
    ],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UnwritableMailError):
        sent(to_address=address)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ana+renewals@atelier-nord.example", "ana+renewals@atelier-nord.example"),
        ('"ana diaz"@atelier-nord.example', '"ana diaz"@atelier-nord.example'),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
    ],
)
def test_unusual_addresses_are_written_to(address, written):
    assert sent(to_address=address)["To"].addresses[0].addr_spec == written


def test_a_company_of_many_contracts_does_not_grow_the_header():
    contracts = " ".join(f"ctr_{n}" for n in range(300))

    assert len(sent(threads=contracts)["References"].split()) == 20
    assert sent(threads=None)["References"] is None


@pytest.mark.parametrize(
    ("base_url", "domain"),
    [
        ("https://renew.fjord.example:8443/", "renew.fjord.example"),
        ("http://127.0.0.1:8000", "perenne.example"),
        ("http://localhost:8000", "perenne.example"),
        ("", "perenne.example"),
    ],
)
def test_ids_are_of_the_domain_of_our_pages(base_url, domain):
    assert mail_domain(base_url) == domain
