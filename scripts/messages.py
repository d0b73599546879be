"""The pages' messages: extract them, compile them, and check that none lacks its translation.

No gettext programs are needed: Django turns templates into something that Babel reads.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCES = Path(__file__).resolve().parents[1] / "src" / "perenne" / "web"
LOCALES = SOURCES / "locale"
KEYWORDS = {
    "gettext": None,
    "ngettext": (1, 2),
    "gettext_lazy": None,
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "_": None,
}


def extracted() -> Catalog:
    """Every message in code and templates."""
    import django
    from django.conf import settings
    from django.utils.translation import templatize

    if not settings.configured:
        settings.configure(USE_I18N=True)
        django.setup()
    found = Catalog(project="Perenne", charset="utf-8")
    files = [*SOURCES.rglob("*.py"), *SOURCES.rglob("*.html"), *SOURCES.rglob("*.txt")]
    for path in sorted(files):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = templatize(text, origin=str(path))
        place = path.relative_to(SOURCES).as_posix()
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(text.encode()), keywords=KEYWORDS
        ):
            found.add(message, locations=[(place, 1)], context=context, flags=_flags(message))
    return found


def _flags(message: object) -> list[str]:
    texts = message if isinstance(message, tuple) else (message,)
    return ["python-format"] if any("%(" in str(text) for text in texts) else []


def catalogues() -> list[tuple[Path, Catalog]]:
    """Each language's catalogue."""
    found = []
    for path in sorted(LOCALES.rglob("*.po")):
        with path.open("rb") as file:
            found.append((path, read_po(file, locale=path.parents[1].name)))
    return found


def update() -> None:
    """Bring each catalogue up to what is in the sources; new messages wait for a translation."""
    template = extracted()
    for path, catalogue in catalogues():
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, sort_output=True, no_location=True)


def compile_all() -> None:
    """Write the binary catalogues that Django reads."""
    for path, catalogue in catalogues():
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


def problems() -> list[str]:
    """Messages without a sound translation, and translations of nothing."""
    template = extracted()
    wrong = []
    for path, catalogue in catalogues():
        for message in template:
            if not message.id:
                continue
            known = catalogue.get(message.id, context=message.context)
            texts = [] if known is None else known.string
            texts = texts if isinstance(texts, tuple | list) else [texts]
            if known is None or not texts or not all(texts):
                wrong.append(f"{path.name}: no translation of {message.id!r}")
            elif known.fuzzy:
                wrong.append(f"{path.name}: fuzzy translation of {message.id!r}")
            else:
                wrong += [f"{path.name}: {error}" for error in known.check(catalogue)]
        used = {message.id for message in template}
        wrong += [
            f"{path.name}: {message.id!r} is used nowhere"
            for message in catalogue
            if message.id and message.id not in used
        ]
    return wrong


def main() -> None:
    """Run one of extract, compile and check."""
    match sys.argv[1:]:
        case ["extract"]:
            update()
        case ["compile"]:
            compile_all()
        case ["check"]:
            found = problems()
            print("\n".join(found) or "every message is translated")
            sys.exit(bool(found))
        case _:
            sys.exit("usage: messages.py extract | compile | check")


if __name__ == "__main__":
    main()
