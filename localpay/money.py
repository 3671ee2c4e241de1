"""Amounts: whole numbers of a currency's smallest unit. https://docs.stripe.com/currencies"""

from decimal import ROUND_HALF_UP, Decimal

from localpay.errors import Refusal

WHOLE = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
THOUSANDTHS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
MOST = 99_999_999
"""The largest amount of one charge."""


def digits(currency: str) -> int:
    """How many digits stand after the point."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2


def shown(amount: int, currency: str) -> str:
    """For people: 1999, "eur" → "19.99 EUR"."""
    places = digits(currency)
    return f"{Decimal(amount).scaleb(-places):.{places}f} {currency.upper()}"


def share(amount: int, part: int, of: int) -> int:
    """That part of an amount, rounded as money is; 0 of nothing."""
    if of <= 0:
        return 0
    return int((Decimal(amount) * part / of).quantize(Decimal(1), ROUND_HALF_UP))


def positive(amount: int, currency: str, param: str = "amount") -> int:
    """The same amount. Raises `Refusal` for what cannot be moved in this currency."""
    if amount < 1:
        raise Refusal("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param)
    if currency in THOUSANDTHS and amount % 10:
        raise Refusal(
            f"Invalid amount: {currency.upper()} has three decimals, of which the last must be 0.",
            code="invalid_charge_amount",
            param=param,
        )
    return amount
