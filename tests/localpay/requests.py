"""Requests made from the library's typed dictionaries by reading those, not by the server's own reading of them."""

from decimal import Decimal
from types import UnionType
from typing import Literal, Union, get_args, get_origin

from typing_extensions import is_typeddict

from localpay.schema.library import OPTIONS, hints


def own(published):
    """Its parameters, with their types."""
    return {name: hint for name, hint in hints(published).items() if name not in OPTIONS}


def required(published):
    return sorted(published.__required_keys__ & own(published).keys())


def sample(hint):
    """A value that the type allows, with nothing that could be missing from it."""
    if get_origin(hint) in (Union, UnionType):
        choices = get_args(hint)
        return sample(next((one for one in choices if words(one)), None) or next(c for c in choices if not empty(c)))
    if get_origin(hint) is Literal:
        return next(word for word in get_args(hint) if word)
    if get_origin(hint) is list:
        return [sample(get_args(hint)[0])]
    if is_typeddict(hint):
        return complete(hint) or some(hint)
    plain = {str: "x", int: 1, bool: True, float: 1.5, Decimal: Decimal("1.5")}
    return plain.get(hint, {"key": "value"})


def words(hint):
    return [word for word in get_args(hint) if word] if get_origin(hint) is Literal else []


def empty(hint):
    return get_origin(hint) is Literal and not words(hint)


def complete(published):
    return {name: sample(own(published)[name]) for name in required(published)}


def some(published, but=None):
    """One optional parameter: an object without any would not be sent at all. Empty where there is none."""
    return next(({name: sample(hint)} for name, hint in scalars(published) if name != but), {})


def inside(hint):
    """The typed dictionaries directly within a type, each with what wraps a value of it."""
    if is_typeddict(hint):
        yield hint, lambda value: value
    elif get_origin(hint) is list:
        for published, wrap in inside(get_args(hint)[0]):
            yield published, lambda value, wrap=wrap: [wrap(value)]
    elif get_origin(hint) in (Union, UnionType):
        for choice in get_args(hint):
            yield from inside(choice)


def objects(published, path="", around=lambda value: value):
    """Every object within a method's parameters: its path, its type, and the whole request around a value of it."""
    yield path, published, around
    for name, hint in own(published).items():
        for inner, wrap in inside(hint):
            yield from objects(
                inner,
                f"{path}.{name}",
                lambda value, name=name, wrap=wrap: around({**complete(published), name: wrap(value)}),
            )


def scalars(published):
    """(name, type) of parameters that are no objects or arrays."""
    return [(name, hint) for name, hint in own(published).items() if not list(inside(hint))]
