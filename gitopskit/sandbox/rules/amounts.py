"""Quantities in expressions: ``quantity("1Gi").isGreaterThan(quantity("500M"))``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from celpy import celtypes

from gitopskit.schema import quantity

_Int, _Truth = celtypes.IntType, celtypes.BoolType


class Amount:
    """An amount, as Kubernetes writes amounts."""

    def __init__(self, amount: Decimal) -> None:
        self.amount = amount

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Amount) and self.amount == other.amount

    def __hash__(self) -> int:
        return hash(self.amount)


def _quantity(text: str) -> Amount:
    return Amount(quantity.parse(str(text)))


def _is_quantity(text: str) -> Any:
    try:
        quantity.parse(str(text))
    except ValueError:
        return _Truth(False)
    return _Truth(True)


def _other(value: Any) -> Decimal:
    return value.amount if isinstance(value, Amount) else Decimal(int(value))


def _compare(left: Amount, right: Amount) -> Any:
    return _Int((left.amount > right.amount) - (left.amount < right.amount))


FUNCTIONS: dict[str, Any] = {
    "quantity": _quantity,
    "isQuantity": _is_quantity,
    "compareTo": _compare,
    "isGreaterThan": lambda left, right: _Truth(left.amount > right.amount),
    "isLessThan": lambda left, right: _Truth(left.amount < right.amount),
    "add": lambda left, right: Amount(left.amount + _other(right)),
    "sub": lambda left, right: Amount(left.amount - _other(right)),
    "sign": lambda value: _Int((value.amount > 0) - (value.amount < 0)),
    "isInteger": lambda value: _Truth(value.amount == int(value.amount)),
    "asInteger": lambda value: _Int(int(value.amount)),
    "asApproximateFloat": lambda value: celtypes.DoubleType(float(value.amount)),
}
