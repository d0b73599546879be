"""The words about lists of people and products: what is wrong with a file, what became of a row."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from perenne.seats import sheets as wrong
from perenne.seats.operations.listing import RowOutcome, RowState
from perenne.seats.sheets import SheetMistake
from perenne.seats.wording import SeatNaming, seat_reason_text

_COLUMNS = ", ".join(wrong.COLUMNS)


def sheet_mistake_text(mistake: SheetMistake, naming: SeatNaming) -> str:
    """Say what is wrong with the file, and what to do instead."""
    return naming.pick(*_mistake_texts(mistake))


def _mistake_texts(mistake: SheetMistake) -> tuple[str, str]:
    match mistake:
        case wrong.NotText():
            return (
                "The file is not UTF-8 text: save it as “CSV UTF-8”.",
                "檔案不是 UTF-8 文字：請另存為「CSV UTF-8」。",
            )
        case wrong.NotTable(line=line):
            return (
                f"Line {line} cannot be read: every line has two cells, separated by a comma.",
                f"無法讀取第 {line} 行：每行應有兩格，以逗號分隔。",
            )
        case wrong.WrongHeader(header=header):
            return (
                f"The first line must be “{_COLUMNS}”; it is “{header}”.",
                f"第一行應為「{_COLUMNS}」，目前為「{header}」。",
            )
        case wrong.NoRows():
            return (
                "The file names nobody: write one person and product a line.",
                "檔案中沒有任何人員：請每行填寫一位人員與一項產品。",
            )
        case wrong.TooManyRows(rows_max=rows_max):
            return (
                f"The file has more than {rows_max} lines: split it.",
                f"檔案超過 {rows_max} 行：請分成多個檔案。",
            )
        case _ as unknown:
            assert_never(unknown)


_STATES: Mapping[RowState, tuple[str, str]] = {
    RowState.GIVEN: ("gets a seat", "取得指派"),
    RowState.COVERED: ("has it already", "已可使用"),
    RowState.WAITS: ("waits for a seat", "列入候補"),
    RowState.TAKEN: ("gives the seat back", "取消指派"),
    RowState.HAS_NONE: ("has no seat of it", "沒有指派"),
}


def row_text(outcome: RowOutcome, naming: SeatNaming) -> str:
    """What becomes of a row, or why nothing does."""
    if outcome.refusal is not None:
        # Who is not known by their address is called by it.
        address = outcome.row.email
        naming = replace(naming, people={**naming.people, address: address})
        return seat_reason_text(outcome.refusal, naming)
    return naming.pick(*_STATES[outcome.state])
