"""The formulas of the published examples once more, straight from their words, with random inputs.

Nothing of ``perenne.rules`` is used here: the adapters are compared with these.
"""

from tests.rules.references import amounts, days, switches
from tests.rules.references.writing import REFERENCES

__all__ = ["REFERENCES", "amounts", "days", "switches"]
