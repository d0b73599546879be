"""Money and dates as people read them; Babel's own money would print a bare $ for Taiwan."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_name
from babel.numbers import format_decimal

# Never a bare $: it means another currency on each side of the Pacific. Codes without a symbol of
# their own are written out, with a space.
_SYMBOLS = {
    "TWD": "NT$",
    "USD": "US$",
    "CAD": "CA$",
    "AUD": "A$",
    "HKD": "HK$",
    "SGD": "S$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "JP¥",
    "CNY": "CN¥",
}
# Decimals shown: Taiwan's dollar has two by ISO 4217 and is never written with them.
_DECIMALS_SHOWN = {"TWD": 0, "HUF": 0, "ISK": 0}
_EXPONENTS = {
    "JPY": 0,
    "KRW": 0,
    "CLP": 0,
    "ISK": 0,
    "VND": 0,
    "KWD": 3,
    "BHD": 3,
    "OMR": 3,
    "JOD": 3,
}
_DEFAULT_EXPONENT = 2
_TENTHS_SHOWN_BELOW = 100

_BABEL_LOCALES = {"zh-Hant": "zh_Hant_TW", "zh-hant": "zh_Hant_TW"}
_ZONE_NAMES = {
    "zh_Hant_TW": {
        "Asia/Taipei": "台北時間",
        "Asia/Tokyo": "東京時間",
        "America/Los_Angeles": "洛杉磯時間",
        "Europe/Berlin": "柏林時間",
        "Asia/Kuwait": "科威特時間",
        "UTC": "世界協調時間",
    },
    "en_GB": {
        "Asia/Taipei": "Taipei time",
        "Asia/Tokyo": "Tokyo time",
        "America/Los_Angeles": "Los Angeles time",
        "Europe/Berlin": "Berlin time",
        "Asia/Kuwait": "Kuwait time",
        "UTC": "UTC",
    },
}


def babel_locale(locale: str) -> str:
    """Babel's name of one of our locales; English is written the international way."""
    return _BABEL_LOCALES.get(locale, "en_GB")


def minor_exponent(currency: str) -> int:
    """How many decimals the minor unit of a currency has by ISO 4217."""
    return _EXPONENTS.get(currency, _DEFAULT_EXPONENT)


def money_text(amount_minor: int, currency: str, *, locale: str) -> str:
    """An amount with its currency: ``NT$37,730``, ``US$420.00``, ``KWD 143.370``."""
    exponent = minor_exponent(currency)
    decimals = _DECIMALS_SHOWN.get(currency, exponent)
    value = Decimal(abs(amount_minor)).scaleb(-exponent)
    if value != value.to_integral_value():
        decimals = exponent  # an odd amount is shown whole rather than rounded on the page
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    digits = format_decimal(value, format=pattern, locale=babel_locale(locale))
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{'−' if amount_minor < 0 else ''}{symbol}{digits}"


def short_money_text(amount_minor: int, currency: str, *, locale: str) -> str:
    """An amount for a chart, ``US$4.2k`` or ``NT$13萬``; the table beside it is exact."""
    whole = abs(amount_minor) // 10 ** minor_exponent(currency)
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    steps = (
        ((10**8, "億"), (10**4, "萬")) if locale.startswith("zh") else ((10**6, "M"), (10**3, "k"))
    )
    for size, unit in steps:
        if whole >= size:
            tenths = (whole * 10 + size // 2) // size
            decimal = f".{tenths % 10}" if tenths % 10 and tenths < _TENTHS_SHOWN_BELOW else ""
            return f"{symbol}{tenths // 10}{decimal}{unit}"
    return f"{symbol}{whole:,}"


def percent_digits(share: Fraction, *, places: int) -> str:
    """A share as per cent, rounded half up: ``10.0`` to one place; to more, ``19``."""
    scale: int = 10**places
    units = (share * 100 * scale + Fraction(1, 2)).__floor__()
    whole, decimals = divmod(units, scale)
    written = f"{whole}.{decimals:0{places}d}"
    return written if places == 1 else written.rstrip("0").rstrip(".")


def decimal_text(value: Fraction, *, grouped: bool = False) -> str:
    """An exact number: ``31.5``; as a fraction, ``1/3``, where a decimal would not end."""
    digits = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(digits) != value:
        return str(value)
    return f"{digits.normalize():{',' if grouped else ''}f}"


def date_text(day: date, *, locale: str, weekday: bool = False) -> str:
    """A day: ``7 Feb 2027`` or ``2027年2月7日``; with its weekday ``Sun 7 Feb 2027``."""
    named = babel_locale(locale)
    if named == "zh_Hant_TW":
        pattern = "y年M月d日（ccccc）" if weekday else "y年M月d日"
    else:
        pattern = "EEE d MMM y" if weekday else "d MMM y"
    return str(format_date(day, format=pattern, locale=named))


def moment_text(moment: datetime, zone: ZoneInfo, *, locale: str) -> str:
    """A moment with weekday and zone: ``Mon 7 Dec 2026, 14:00 (Taipei time)``."""
    local = moment.astimezone(zone)
    day = date_text(local.date(), locale=locale, weekday=True)
    where = zone_text(zone, locale=locale)
    if babel_locale(locale) == "zh_Hant_TW":
        return f"{day}{local:%H:%M}（{where}）"
    return f"{day}, {local:%H:%M} ({where})"


def month_text(day: date, *, locale: str, with_year: bool = True) -> str:
    """A month: ``Feb 2027`` or ``2027年2月``; without its year ``Feb`` or ``2月``."""
    named = babel_locale(locale)
    is_chinese = named == "zh_Hant_TW"
    pattern = "M月" if is_chinese else "MMM"
    if with_year:
        pattern = f"y年{pattern}" if is_chinese else f"{pattern} y"
    return str(format_date(day, format=pattern, locale=named))


def region_text(code: str, *, locale: str) -> str:
    """A region by the name of its country or union, ``Taiwan`` or ``歐盟``; or else its code."""
    names: Mapping[str, str] = Locale.parse(babel_locale(locale)).territories
    return names.get(code, code)


def zone_text(zone: ZoneInfo, *, locale: str) -> str:
    """A time zone by its city: ``Taipei time``, ``台北時間``."""
    named = babel_locale(locale)
    known = _ZONE_NAMES[named].get(zone.key)
    return known or str(get_timezone_name(zone, locale=named))
