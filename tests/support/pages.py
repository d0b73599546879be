"""Pages as somebody reads and sends them."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from perenne.accounts.models import Person

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from perenne.accounts.models import Company
    from perenne.subscriptions.models import Subscription


def manager_of(company: Company) -> Person:
    """The company's contract manager."""
    return Person.objects.get(company=company, roles__role="contract_manager")


def html_of(page: HttpResponse) -> str:
    """The page as it was sent."""
    return page.content.decode()


def text_of(page: HttpResponse) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html_of(page))))


def links_of(html: str) -> list[str]:
    """Where the links in a part of a page lead, in their order."""
    return [unescape(one) for one in re.findall(r'<a [^>]*href="([^"]*)"', html)]


def reason_on(page: HttpResponse, code: str) -> str:
    """The part of a page that explains a reason."""
    return re.search(rf'<div class="why" data-code="{code}">(.*?)</div>', html_of(page), re.DOTALL)[
        1
    ]


def action_on(page: HttpResponse, action: str) -> str:
    """The part of a subscription's page about one action: its button, and why it is refused."""
    listed = rf'<li class="act" data-action="{action}" data-state="\w+">(.*?)</li>'
    return re.search(listed, html_of(page), re.DOTALL)[1]


def actions_on(page: HttpResponse) -> dict[str, str]:
    """The actions that a subscription's page lists, with whether each is available."""
    return dict(re.findall(r'data-action="(\w+)" data-state="(\w+)"', html_of(page)))


def ask_about(browser: Client, subscription: Subscription, action: str) -> HttpResponse:
    """Go from a refused action to a person and send the form as it stands; the receipt."""
    page = browser.get(f"/subscriptions/{subscription.pk}/")
    (link,) = (one for one in links_of(action_on(page, action)) if one.startswith("/ask/?"))
    return browser.post("/ask/", fields_of(browser.get(link)), follow=True)


def shown_on(page: HttpResponse) -> str:
    """What the check page of a change showed, as its button sends it back."""
    return re.search(r'name="shown" value="([0-9a-f]{64})"', html_of(page))[1]


def fields_of(page: HttpResponse) -> dict[str, str]:
    """What a browser would send of the form of a contact request, as it stands."""
    html = html_of(page)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    fields |= dict(re.findall(r'name="(\w+)" (?:[^>]*? )?value="([^"]*)"[^>]*? checked', html))
    fields |= dict(re.findall(r'name="(subscription)" value="([^"]*)"', html))
    fields |= {
        name: re.search(r'value="([^"]*)" selected', options)[1]
        for name, options in re.findall(r'<select [^>]*name="(\w+)">(.*?)</select>', html)
    }
    fields["message"] = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[1])
    del fields["csrfmiddlewaretoken"]
    return fields
