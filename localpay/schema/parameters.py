"""What a method takes: one of the library's typed dictionaries, read into something that can be checked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, reduce
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, is_typeddict

from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict as is_older_typeddict

from localpay.schema.library import OPTIONS, hints


@dataclass(frozen=True, slots=True)
class Kind:
    """What one parameter may be: any of what is set here."""

    text: bool = False
    words: tuple[str, ...] = ()
    """The only words. The library adds `str` to them for those that Stripe may have later; today's Stripe refuses."""
    whole: bool = False
    number: bool = False
    truth: bool = False
    unset: bool = False
    """An empty string, which unsets."""
    mapping: bool = False
    """Metadata: any keys, with texts."""
    each: "Kind | None" = None
    inside: "Fields | None" = None

    def either(self, other: "Kind") -> "Kind":
        """What one of both takes."""
        return Kind(
            text=self.text or other.text,
            words=self.words + other.words,
            whole=self.whole or other.whole,
            number=self.number or other.number,
            truth=self.truth or other.truth,
            unset=self.unset or other.unset,
            mapping=self.mapping or other.mapping,
            each=self.each or other.each,
            inside=self.inside or other.inside,
        )


@dataclass(frozen=True, slots=True)
class Fields:
    """The parameters of a method, or of one that is an object."""

    kinds: Mapping[str, Kind]
    required: frozenset[str]


@cache
def fields_of(published: type) -> Fields:
    """What a typed dictionary of `stripe.params` says."""
    named = {name: kind_of(hint) for name, hint in hints(published).items() if name not in OPTIONS}
    required: frozenset[str] = published.__required_keys__  # type: ignore[attr-defined] # a typed dictionary has them
    return Fields(named, required & named.keys())


def kind_of(hint: Any) -> Kind:
    """What an annotation says."""
    if get_origin(hint) in (Union, UnionType):
        kind = reduce(Kind.either, map(kind_of, get_args(hint)))
        return replace(kind, text=False) if kind.words else kind
    if get_origin(hint) is Literal:
        words = get_args(hint)
        return Kind(words=tuple(word for word in words if word), unset="" in words)
    return _plain(hint)


PLAIN = {
    str: Kind(text=True),
    bool: Kind(truth=True),
    int: Kind(whole=True),
    float: Kind(number=True),
    Decimal: Kind(number=True),
}


def _plain(hint: Any) -> Kind:
    origin = get_origin(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is list:
        return Kind(each=kind_of(get_args(hint)[0]))
    if origin in (dict, UntypedStripeObject):
        return Kind(mapping=True)
    if is_typeddict(hint) or is_older_typeddict(hint):
        return Kind(inside=fields_of(hint))
    raise TypeError(f"the schema has a kind of parameter that is not known here: {hint}")
