"""Which characters the documents' fonts can show, and in which order the fonts serve."""

from collections.abc import Mapping
from functools import cache

from fontTools.ttLib import TTFont

from perenne.billing.documents.compiling import (
    ARABIC,
    FAMILIES,
    FONTS,
    JAPAN,
    LATIN,
    TAIWAN,
    fonts,
)

_REGULAR = {
    LATIN: "NotoSans_400Regular.ttf",
    TAIWAN: "NotoSansTC_400Regular.ttf",
    JAPAN: "NotoSansJP_400Regular.ttf",
    ARABIC: "Vazirmatn_400Regular.ttf",
}


def families_for(country: str) -> tuple[str, ...]:
    """The families in the order in which they are asked: Japan writes its own forms of Han."""
    return (LATIN, JAPAN, TAIWAN, ARABIC) if country == "JP" else FAMILIES


@cache
def characters() -> Mapping[str, frozenset[int]]:
    """The code points that each family can show, regular and bold alike.

    Raises:
        FontsMissingError: if the fonts were not built.
    """
    fonts()
    shown = {}
    for family, file in _REGULAR.items():
        with TTFont(FONTS / file, lazy=True) as font:
            shown[family] = frozenset(font.getBestCmap())
    return shown
