"""What goes wrong between Stripe and an endpoint, on order."""

from dataclasses import dataclass

from localpay.errors import Json


@dataclass(slots=True)
class Trouble:
    """`duplicates`: how often each event comes once more; `delay`: seconds before each; the others are counted down."""

    duplicates: int = 0
    delay: float = 0.0
    held: bool = False
    """Nothing is sent until `release`, which may turn the order round."""
    dropped: int = 0
    """That many events never arrive."""
    forged: int = 0
    """That many attempts are signed with somebody else's secret."""
    stale: int = 0
    """That many attempts are signed `stale_by` seconds ago."""
    stale_by: int = 3_600

    def set(self, values: Json) -> None:
        """Raises `ValueError` for what there is not, or a number below zero."""
        for name, value in values.items():
            if name not in Trouble.__dataclass_fields__:
                raise ValueError(f"no trouble {name!r}; there is {', '.join(Trouble.__dataclass_fields__)}")
            wanted = type(getattr(self, name))
            if not isinstance(value, wanted | int) or value < 0:
                raise ValueError(f"{name} cannot be {value!r}")
            setattr(self, name, wanted(value))

    def drops(self) -> bool:
        """Whether this event is lost for good."""
        if self.dropped:
            self.dropped -= 1
            return True
        return False

    def signed_with(self, secret: str) -> tuple[str, int]:
        """What this attempt is signed with, and how many seconds ago."""
        if self.forged:
            self.forged -= 1
            return "whsec_somebody_else", 0
        if self.stale:
            self.stale -= 1
            return secret, self.stale_by
        return secret, 0
