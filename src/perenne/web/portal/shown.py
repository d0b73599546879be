"""A change prepared for templates: its lines, dates and amounts in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from perenne.accounts.queries import Member
from perenne.billing.sales import SaleLine
from perenne.catalog.queries import current_catalogue, offer_key
from perenne.platform.words import access_text, line_steps_text, tax_steps_text, term_text
from perenne.renewals.changes.preview import ItemPreview, Preview, Snapshot, WarningCode
from perenne.renewals.changes.queries import ChangeView
from perenne.rules.actions import Action
from perenne.rules.trace import from_json
from perenne.web.portal.losing import ShownSeat, losing_by
from perenne.web.words import action_text, warning_text


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line to pay now; amounts in minor units."""

    product: str
    seats: int
    covers_from: date
    covers_until: date
    net_minor: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownSide:
    """A subscription before or after, in words."""

    product: str
    term: str
    snapshot: Snapshot
    planned_product: str
    planned_term: str


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One subscription's part."""

    subscription: str
    code: str
    lines: tuple[ShownLine, ...]
    before: ShownSide | None
    after: ShownSide
    # Who would lose a seat by it.
    losing: tuple[ShownSeat, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownChange:
    """The whole change in words."""

    title: str
    items: tuple[ShownItem, ...]
    warnings: tuple[str, ...]


def shown_change(view: ChangeView, locale: str, *, member: Member) -> ShownChange:
    """Put a change into words, with the people who would lose a seat by it."""
    turned_on = view.preview.items[0].after.automatic
    warnings = tuple(warning_text(WarningCode(one)) for one in view.preview.warnings)
    title = action_text(Action(view.kind), not turned_on)
    losing = losing_by(view, member=member)
    items = tuple(
        replace(item, losing=losing.get(item.subscription, ()))
        for item in shown_items(view.preview, locale)
    )
    return ShownChange(title, items, warnings)


def shown_items(preview: Preview, locale: str) -> tuple[ShownItem, ...]:
    """Put each subscription's part into words."""
    words = _Words(locale, current_catalogue().product_names)
    return tuple(words.item(one, preview.currency) for one in preview.items)


@dataclass(frozen=True, slots=True)
class _Words:
    """Puts parts into a language; the catalogue's names are read once for all of them."""

    locale: str
    names: Mapping[str, Mapping[str, str]]

    def item(self, item: ItemPreview, currency: str) -> ShownItem:
        """One subscription's part."""
        return ShownItem(
            subscription=item.subscription,
            code=item.code,
            lines=tuple(self._line(line, currency) for line in item.lines),
            before=None if item.before is None else self._side(item.before),
            after=self._side(item.after),
        )

    def _line(self, line: SaleLine, currency: str) -> ShownLine:
        return ShownLine(
            product=self._product(line.offer),
            seats=line.seats,
            covers_from=line.covers_from,
            covers_until=line.covers_until,
            net_minor=line.net_minor,
            steps=(
                *line_steps_text(from_json(line.trace), currency, locale=self.locale),
                *tax_steps_text(from_json(line.tax_trace), currency, locale=self.locale),
            ),
        )

    def _side(self, snapshot: Snapshot) -> ShownSide:
        return ShownSide(
            product=self._product(snapshot.offer),
            term=term_text(offer_key(snapshot.offer).months, locale=self.locale),
            snapshot=snapshot,
            planned_product=self._product(snapshot.planned_offer),
            planned_term=term_text(offer_key(snapshot.planned_offer).months, locale=self.locale),
        )

    def _product(self, offer: str) -> str:
        key = offer_key(offer)
        name = self.names[key.product].get(self.locale, key.product)
        if key.access == "named_user":
            return name
        return f"{name} ({access_text(key.access, locale=self.locale)})"
