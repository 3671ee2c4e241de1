"""`Stripe-Signature`: https://docs.stripe.com/webhooks#verify-manually"""

import hashlib
import hmac


def signature(body: bytes, secret: str, moment: int) -> str:
    """The header: when it was signed, and the HMAC of that and the body."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"
