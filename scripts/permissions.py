"""The reference page of permissions, made from the matrix that the product reads.

Usage: permissions.py write | check
"""

import sys
from pathlib import Path

from perenne.rules.matrix import ACTIONS, COLUMNS, NOTES
from perenne.rules.permissions import matrix

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "permissions.md"

HEAD = """# Permissions

Who may do what.
This page is made by `scripts/permissions.py write` from `src/perenne/rules/matrix.py`, which pages and queries read; a test compares the two.
Roles add up, and what is blank is denied.
Every route names its row in `src/perenne/web/permissions.py`; a route that is not listed is denied, and a test fails.

- `✓` the own company; for the vendor's staff, everything
- `a` only what is assigned to, owned by or addressed to oneself
- `p` a partner: companies that consent and what the partner sold them; specialist and sales: their own contracts and requests
- `g` on behalf of a customer, granted for the case (denied until that is built; what was asked of support is granted by asking)
- `2` two people (denied until that is built; handing over the contract manager's role is)
- `!` confirmed within the last five minutes

Of what anybody may do without signing in, only signing in is built.

"""


def page() -> str:
    """The whole page."""
    roles = "".join(f"- **{short}** {role.replace('_', ' ')}\n" for short, role in COLUMNS.items())
    lines = [
        f"| Action | code | {' | '.join(COLUMNS)} |",
        f"| --- | --- |{' --- |' * len(COLUMNS)}",
    ]
    for action, cells in matrix().items():
        shown = []
        for role in COLUMNS.values():
            cell = cells.get(role)
            mark = "!" if cell and cell.needs_confirmation else ""
            shown.append(f"{cell.scope.value}{mark}{cell.note}" if cell else "")
        lines.append(f"| {ACTIONS[action]} | `{action}` | {' | '.join(shown)} |")
    notes = "".join(f"\n{sign} {text}" for sign, text in NOTES.items())
    return f"{HEAD}{roles}\n" + "\n".join(lines) + f"\n{notes}\n"


def main() -> None:
    """Write the page, or say whether it is what the matrix says."""
    match sys.argv[1:]:
        case ["write"]:
            PAGE.write_text(page(), encoding="utf-8")
        case ["check"]:
            if PAGE.read_text(encoding="utf-8") != page():
                sys.exit("docs/reference/permissions.md is old: run scripts/permissions.py write")
        case _:
            sys.exit("usage: permissions.py write | check")


if __name__ == "__main__":
    main()
