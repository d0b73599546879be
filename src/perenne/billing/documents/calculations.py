"""How each amount of a document was calculated, in words; lines calculated alike are told once."""

from collections import defaultdict
from typing import Any

from perenne.billing.documents.content import DocumentContent, DocumentKind, Settlement
from perenne.billing.documents.literal import literal
from perenne.billing.documents.voice import Voice
from perenne.platform.words import line_steps_text, step_text, tax_steps_text
from perenne.rules.trace import StepCode, step

# So many calculations have a numbered step on each line; of more, each is one paragraph, which
# takes a third of the pages and half of the memory.
_NUMBERED_MAX = 100
_STEP_LENGTH_MAX = 400


def calculations_of(content: DocumentContent) -> dict[str, Any] | None:
    """The page of calculations; None for a document without lines, whose invoice has them.

    Each group is one calculation: the steps to the amount before tax, and those to its tax. The
    totals come last.

    Source: docs/explanation/documents.md, «How calculated».
    """
    if not content.lines:
        return None
    telling = _Telling(content)
    groups = [telling.group(numbers) for numbers in telling.alike()]
    return {
        "heading": telling.say("how"),
        "intro": telling.say("how.intro"),
        "groups": [*groups, telling.totals()],
        "is_compact": len(groups) > _NUMBERED_MAX,
    }


class _Telling(Voice):
    """One document's calculations being put into words."""

    def alike(self) -> list[list[int]]:
        """Numbers of the lines with the same calculation, in the order of the first of each."""
        found: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for number, line in enumerate(self.content.lines, start=1):
            if line.trace or line.tax_trace:
                found[line.product, line.trace, line.tax_trace].append(number)
        return list(found.values())

    def group(self, numbers: list[int]) -> dict[str, Any]:
        """One calculation, with the lines that it stands for."""
        line = self.content.lines[numbers[0] - 1]
        code, locale = self.content.currency, self.language
        parts = []
        if line.trace:
            steps = line_steps_text(line.trace, code, locale=locale)
            parts.append(_part(self.say("how.amount"), steps))
        if line.tax_trace:
            steps = tax_steps_text(line.tax_trace, code, locale=locale)
            parts.append(_part(self.say("how.tax"), steps))
        key = "how.line.one" if len(numbers) == 1 else "how.line.many"
        heading = self.say(key, numbers=self.numbers(numbers))
        return {"heading": heading, "detail": literal(line.product), "parts": parts}

    def totals(self) -> dict[str, Any]:
        """How the totals were made from the lines."""
        content = self.content
        numbered = list(enumerate(content.lines, start=1))
        net = self.summed([number for number, _ in numbered], content.net_minor)
        parts = [_part(self.say("total.net"), [net])]
        for tax in content.taxes:
            taxed = [number for number, line in numbered if line.tax == tax.tax]
            parts.append(_part(self.tax_label(tax), [self.summed(taxed, tax.tax_minor)]))
        parts.append(_part(self.say(f"total.{content.kind.value}"), self.whole()))
        if content.kind is DocumentKind.INVOICE and content.settlements:
            parts.append(_part(self.say("open"), self.still_open()))
        return {"heading": self.say("how.totals"), "detail": "", "parts": parts}

    def summed(self, numbers: list[int], amount_minor: int) -> str:
        """An amount as the sum of lines."""
        key = "how.sum.one" if len(numbers) == 1 else "how.sum.many"
        return self.say(
            key,
            count=len(numbers),
            numbers=self.numbers(numbers),
            amount=self.money(amount_minor),
        )

    def whole(self) -> list[str]:
        """The gross, from net and taxes."""
        content = self.content
        parts = [(self.say("total.net"), content.net_minor)]
        parts += [(self.tax_label(tax), tax.tax_minor) for tax in content.taxes]
        said = [self.say("how.part", what=what, amount=self.money(it)) for what, it in parts]
        return [*said, self.result(content.gross_minor)]

    def still_open(self) -> list[str]:
        """What is left of the gross after what was settled."""
        content = self.content
        total = self.say("total.invoice")
        return [
            self.say("how.part", what=total, amount=self.money(content.gross_minor)),
            *(self.settling(one) for one in content.settlements),
            self.result(content.open_minor),
        ]

    def settling(self, one: Settlement) -> str:
        """What was settled is taken off; what went back is asked for again."""
        key = "how.less" if one.amount_minor > 0 else "how.part"
        return self.say(key, what=self.settlement(one), amount=self.money(abs(one.amount_minor)))

    def result(self, amount_minor: int) -> str:
        """The last step of a calculation."""
        last = step(StepCode.RESULT, amount_minor=amount_minor)
        return step_text(last, self.content.currency, locale=self.language)


def _part(label: str, steps: list[str]) -> dict[str, Any]:
    # Names in the steps are the vendor's: they are texts from outside like any other.
    return {"label": label, "steps": [literal(one, length_max=_STEP_LENGTH_MAX) for one in steps]}
