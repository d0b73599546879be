"""Where the demo's files are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo"
DEMO_CATALOGUE = DEMO / "catalogue.yaml"
DEMO_BOOK = DEMO / "book"
EXPLANATION = ROOT / "docs" / "explanation"
