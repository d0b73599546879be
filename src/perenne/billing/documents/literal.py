"""Text from outside, made fit to be printed: it stands there as itself and disturbs nothing else.

The renderer takes text as data, so markup in it is only text. What is left is what Unicode can do:
turn the reading direction, hide characters, pile up marks over other lines, overflow a column, or
ask for a glyph that no font has, which an archivable file may not contain.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby

from perenne.billing.documents.typefaces import characters

# What an import takes; longer text is cut, visibly.
LENGTH_MAX = 200
_MARKS_MAX = 3
_ELLIPSIS = "…"
# The longest word that stays whole: an IBAN has at most 34 characters, most e-mail addresses fewer.
_WORD_MAX = 34
_PIECE_MAX = 20
_BREAK = "\u200b"
_BREAK_AFTER = frozenset("@./\\_-+,;:=&?#%|")
_JOINERS = frozenset("\u200c\u200d")
_ARABIC_LETTERS = range(0x0600, 0x0700)
# Spaces that would be changed, and words that may have to break.
_NEEDS_CARE = re.compile(r"^ | $|  |[^\s\u2e80-\uffef]{35}")


def literal(text: str, *, length_max: int = LENGTH_MAX) -> str:
    """The text as it will be printed.

    White space becomes single spaces. Controls, marks that turn the direction, and what is
    invisible are left out. At most three marks stand on a letter. A character that no font has
    is named, ``[U+1F600]``. Long words may break. What is longer than ``length_max`` characters
    ends in ``…``.

    Source: docs/explanation/documents.md, «Text from outside».
    """
    if _is_plain(text, length_max):
        return text
    # Far more than can be printed: the rest is not looked at.
    looked_at = text[: length_max * (_MARKS_MAX + 1)]
    shown: list[str] = []
    length = 0
    is_cut = len(looked_at) < len(text)
    for cluster in _clusters(looked_at):
        if length + len(cluster) > length_max:
            is_cut = True
            break
        shown.append(cluster)
        length += len(cluster)
    if is_cut:
        shown.append(_ELLIPSIS)
    return "".join(_breakable(shown))


def _is_plain(text: str, length_max: int) -> bool:
    """Whether nothing needs to be done, as for most texts; a large document has thousands."""
    return (
        len(text) <= length_max
        and _plain_characters().issuperset(text)
        and _NEEDS_CARE.search(text) is None
    )


@cache
def _plain_characters() -> frozenset[str]:
    """What has a glyph and stands for itself: letters, digits, signs and the plain space."""
    shown = frozenset[int]().union(*characters().values())
    return frozenset(
        char for char in map(chr, shown) if unicodedata.category(char)[0] in "LNPS"
    ) | {" "}


def _clusters(text: str) -> Iterator[str]:
    """Letters with the marks that they can carry, and single spaces between them."""
    is_first = True
    base, marks = " ", ""
    for index, char in enumerate(text):
        category = unicodedata.category(char)
        if char.isspace():
            char, category = " ", "Zs"  # noqa: PLW2901 - white space is one thing
        if category[0] == "M":
            marks += char if base != " " else ""
        elif category in ("Cc", "Cf") and not _is_arabic_joiner(text, index):
            continue
        elif (base, char) != (" ", " "):
            if not is_first:
                yield _shown(base, marks)
            is_first = False
            base, marks = char, ""
    if base != " ":
        yield _shown(base, marks)


def _is_arabic_joiner(text: str, index: int) -> bool:
    """Whether it is a (non-)joiner between Arabic letters, where Persian and Urdu need it."""
    if text[index] not in _JOINERS or not 0 < index < len(text) - 1:
        return False
    return all(ord(text[beside]) in _ARABIC_LETTERS for beside in (index - 1, index + 1))


def _shown(base: str, marks: str) -> str:
    """A letter with the marks that one font has for it, or the names of what no font has."""
    composed = unicodedata.normalize("NFC", base + marks[:_MARKS_MAX]) if marks else base
    base, marks = composed[0], composed[1:]
    carried = [
        "".join(mark for mark in marks if ord(mark) in points)
        for points in characters().values()
        if ord(base) in points
    ]
    if not carried or unicodedata.category(base) == "Co":
        return f"[U+{ord(base):04X}]"
    return base + max(carried, key=len)


def _breakable(clusters: list[str]) -> Iterator[str]:
    """Let words break that are longer than a column is wide; Han breaks anywhere anyway.

    Shorter ones stay whole: who copies an account number must not copy an invisible character.
    """
    for breaks_anyway, word in groupby(clusters, key=_breaks_anyway):
        letters = list(word)
        is_short = sum(map(len, letters)) <= _WORD_MAX
        yield from letters if breaks_anyway or is_short else _broken(letters)


def _breaks_anyway(cluster: str) -> bool:
    return cluster == " " or unicodedata.east_asian_width(cluster[0]) in "WF"


def _broken(word: list[str]) -> Iterator[str]:
    """A long word with places to break, after punctuation where there is some."""
    since = 0
    for cluster in word[:-1]:
        yield cluster
        since += len(cluster)
        if since >= _PIECE_MAX or (since > _PIECE_MAX // 2 and cluster in _BREAK_AFTER):
            yield _BREAK
            since = 0
    yield word[-1]
