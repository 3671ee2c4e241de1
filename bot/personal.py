"""Pieces of text that not everybody may read; what a reader sees of them is decided where they are drawn."""

import datetime as dt
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

PersonalKind = Literal["person", "email", "address", "amount", "customer"]
"""A colleague's name, an address of mail, one of the network, money, and the address of a customer's account."""


class Personal(BaseModel):
    """A piece of personal data inside a text, or an amount of money; what a viewer sees depends on their role."""

    model_config = ConfigDict(frozen=True)

    personal: PersonalKind
    value: str


class Moment(BaseModel):
    """A point in time inside a text: each reader sees it by their own clock."""

    model_config = ConfigDict(frozen=True)

    moment: dt.datetime

    @classmethod
    def of(cls, at: dt.datetime) -> Self:
        return cls(moment=at)

    @property
    def value(self) -> str:
        return self.moment.astimezone(dt.UTC).isoformat()


Part = str | Personal | Moment
