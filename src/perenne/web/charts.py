"""Charts as SVG made here: shapes and classes only, colours are the style sheet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from perenne.platform.display import month_text, short_money_text


@dataclass(frozen=True, slots=True)
class MonthCell:
    """A month of the strip: where it stands, how full it is, and what it says."""

    x: int
    y: int
    level: int
    label: str
    short_label: str
    amount: str
    first_day: date
    amount_minor: int
    count: int

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.x + CELL_WIDTH // 2

    @property
    def label_y(self) -> int:
        """Base line of the month's name."""
        return self.y + 24

    @property
    def amount_y(self) -> int:
        """Base line of the amount."""
        return self.y + 42


CELL_WIDTH = 88
CELL_HEIGHT = 56
GAP = 4
PER_ROW = 6
_LEVELS = 4


def month_strip(
    months: Sequence[tuple[date, int, int]], *, currency: str, locale: str
) -> list[MonthCell]:
    """Cells of (first day, amount in minor units, subscriptions); the fullest month is darkest."""
    most = max((amount for _, amount, _ in months), default=0)
    cells = []
    for index, (first_day, amount, count) in enumerate(months):
        level = 0 if not amount else max(1, -(-amount * _LEVELS // most))
        cells.append(
            MonthCell(
                x=index % PER_ROW * (CELL_WIDTH + GAP),
                y=index // PER_ROW * (CELL_HEIGHT + GAP),
                level=level,
                label=month_text(first_day, locale=locale),
                short_label=month_text(first_day, locale=locale, with_year=first_day.month == 1),
                amount=short_money_text(amount, currency, locale=locale) if amount else "",
                first_day=first_day,
                amount_minor=amount,
                count=count,
            )
        )
    return cells
