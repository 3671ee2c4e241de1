"""Where the schema comes from: the official `stripe` library for Python.

Its parameters (`stripe.params.*Params`, typed dictionaries) and its resources (classes with annotations) are generated
by Stripe from its own OpenAPI description, github.com/stripe/openapi, for the API version that the library pins. They
are read as they stand, so that a newer library brings a newer schema.
"""

import builtins
import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

import stripe
from stripe import _object_classes as published
from stripe._api_version import _ApiVersion
from stripe._version import VERSION

SOURCE = f"stripe-python {VERSION}, generated from github.com/stripe/openapi"
API_VERSION: str = _ApiVersion.CURRENT
OPTIONS = frozenset(stripe.RequestOptions.__annotations__)
"""What the typed dictionaries have beside parameters: options of the client, which never go over the wire."""
NOT_ON_THE_WIRE = frozenset({"OBJECT_NAME", "api_key", "stripe_version", "stripe_account", "last_response"})

_MODULES: dict[str, str] = {}
for _module, _name in published.OBJECT_CLASSES.values():
    _MODULES.setdefault(_name, _module)


class _Names(dict[str, Any]):
    """Names as the library's annotations use them: resources, imported there for type checkers alone."""

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            raise KeyError(name)
        plain = name.removesuffix("Resource")  # how some modules call what has the name of something inside them
        try:
            return getattr(stripe, plain)
        except AttributeError:
            if plain not in _MODULES:
                raise KeyError(name) from None
            return getattr(importlib.import_module(_MODULES[plain]), plain)


_NAMES = _Names(Mapping=Mapping)  # which the client's options use


def hints(of: type) -> dict[str, Any]:
    """The annotations of one of the library's classes, evaluated."""
    return get_type_hints(of, localns=_NAMES)


@cache
def resource(kind: str) -> Any:
    """The class of objects whose `object` is this. Raises `KeyError` for a kind that Stripe does not have."""
    module, name = published.OBJECT_CLASSES[kind]
    return getattr(importlib.import_module(module), name)


@cache
def fields(of: Any) -> dict[str, Any]:
    """Field of a resource, or of something inside it → its type."""
    return {name: hint for name, hint in hints(of).items() if not name.startswith("_") and name not in NOT_ON_THE_WIRE}


def optional(hint: Any) -> bool:
    """Whether the field may be null, or not be there."""
    return type(None) in get_args(hint)
