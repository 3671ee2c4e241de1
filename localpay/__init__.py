"""A local Stripe: a server that behaves like Stripe's API, for trying and testing what uses it.

It knows nothing of what it serves: it speaks Stripe's API and its webhooks.
"""

from localpay.local import LocalPay
from localpay.seed import Customer, Price, Product, Subscription, World

__all__ = ["Customer", "LocalPay", "Price", "Product", "Subscription", "World"]
