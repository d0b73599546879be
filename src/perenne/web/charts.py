"""Charts as SVG made here: shapes and classes only, colours are the style sheet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from perenne.platform.display import month_text, short_money_text

_GAP = 4
_HEIGHT = 56
_LEVELS = 4


@dataclass(frozen=True, slots=True)
class MonthCell:
    """A month of the strip: where it stands, how full it is, and what it says."""

    x: int
    y: int
    width: int
    level: int
    label: str
    short_label: str
    amount: str
    first_day: date
    amount_minor: int
    count: int
    height: int = _HEIGHT

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.x + self.width // 2

    @property
    def label_y(self) -> int:
        """Base line of the month's name."""
        return self.y + 24

    @property
    def amount_y(self) -> int:
        """Base line of the amount."""
        return self.y + 42


@dataclass(frozen=True, slots=True)
class MonthStrip:
    """Months beside and below each other, in a shape that stays legible: ``wide`` or ``narrow``."""

    name: str
    width: int
    height: int
    cells: tuple[MonthCell, ...]


def month_strips(
    months: Sequence[tuple[date, int, int]], *, currency: str, locale: str
) -> list[MonthStrip]:
    """The strip of (first day, amount in minor units, subscriptions) for desk and for phone.

    The fullest month is darkest.
    """
    return [
        _strip("wide", months, per_row=6, width=100, currency=currency, locale=locale),
        _strip("narrow", months, per_row=3, width=110, currency=currency, locale=locale),
    ]


def _strip(
    name: str,
    months: Sequence[tuple[date, int, int]],
    *,
    per_row: int,
    width: int,
    currency: str,
    locale: str,
) -> MonthStrip:
    most = max((amount for _, amount, _ in months), default=0)
    cells = []
    for index, (first_day, amount, count) in enumerate(months):
        cells.append(
            MonthCell(
                x=index % per_row * (width + _GAP),
                y=index // per_row * (_HEIGHT + _GAP),
                width=width,
                level=0 if not amount else max(1, -(-amount * _LEVELS // most)),
                label=month_text(first_day, locale=locale),
                short_label=month_text(first_day, locale=locale, with_year=first_day.month == 1),
                amount=short_money_text(amount, currency, locale=locale) if amount else "",
                first_day=first_day,
                amount_minor=amount,
                count=count,
            )
        )
    rows = -(-len(months) // per_row)
    return MonthStrip(
        name,
        width=per_row * (width + _GAP) - _GAP,
        height=rows * (_HEIGHT + _GAP) - _GAP,
        cells=tuple(cells),
    )
