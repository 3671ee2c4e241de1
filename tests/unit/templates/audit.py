"""What may be in the messages about the seals of the audit trail."""

from hypothesis import strategies as st

from bot.drawing.masking import Clearance
from tests.unit.templates.drawn import Drawn, draws, message
from tests.unit.templates.typed import COUNTS, MOMENTS, WORDS


@draws("audit/root.j2")
def root(draw: st.DrawFn) -> Drawn:
    size = draw(COUNTS)
    return message(
        "audit/root.j2", ("Audit trail: ",), Clearance.CHANNEL, size=size, at=draw(MOMENTS), root=f"{size}:{'9f' * 32}"
    )


@draws("audit/witness.j2")
def witness(draw: st.DrawFn) -> Drawn:
    going_on = draw(st.booleans())
    says = "A witness of the audit trail " + ("accepts nothing" if going_on else "works again")
    return message(
        "audit/witness.j2",
        (says,),
        Clearance.CHANNEL,
        going_on=going_on,
        what=draw(WORDS),
        since=draw(MOMENTS),
        error=draw(WORDS),
        told=draw(MOMENTS),
    )
