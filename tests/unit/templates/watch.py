"""What the message that goes round may say."""

from hypothesis import strategies as st

from bot.drawing.masking import Clearance
from tests.unit.templates.drawn import Drawn, draws, message
from tests.unit.templates.typed import COUNTS, MOMENTS


@draws("watch/canary.j2")
def canary(draw: st.DrawFn) -> Drawn:
    says = ("Self-test of the bot",)
    return message("watch/canary.j2", says, Clearance.CHANNEL, number=draw(COUNTS), sent=draw(MOMENTS))
