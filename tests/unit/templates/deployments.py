"""What may be on the card of a deployment, and in the list of them."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.drawing.buttons import button
from bot.drawing.masking import Clearance
from bot.store.models import Deployment, DeploymentState
from tests.unit.templates.answers import listing
from tests.unit.templates.drawn import Drawn, draws, message
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, IDS, MOMENTS, NAMES, SECONDS, WORDS, facts, listed, maybe


def on_deployments(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    context = {"service": draw(WORDS), "version": draw(WORDS)}
    impact = Impact(facts=(fact("Service", draw(NAMES), bound=True), *draw(listed(facts()))), context=context)
    return impact, {"service": draw(WORDS)}


MADE_OF["deployment."] = on_deployments
ENTRY = {
    "number": COUNTS,
    "service": WORDS,
    "version": WORDS,
    "by": maybe(NAMES),
    "state": st.sampled_from(["under way", "rolled back"]),
    "started": SECONDS,
}
listing("actions/deployment.list.j2", "Deployments", deployments=listed(st.fixed_dictionaries(ENTRY)))


@draws("deployments/card.j2")
def card(draw: st.DrawFn) -> Drawn:
    over = draw(st.booleans())
    row = Deployment(
        number=draw(COUNTS),
        service=draw(NAMES),
        version=draw(NAMES),
        by=draw(maybe(NAMES)),
        url=draw(maybe(WORDS)),
        state=DeploymentState.FAILED if over else DeploymentState.STARTED,
        started=draw(MOMENTS),
        finished=draw(MOMENTS) if over else None,
    )
    return message(
        "deployments/card.j2",
        (f"Deployment {row.number}:",),
        Clearance.CHANNEL,
        row=row,
        icon="🚀",
        state="failed",
        took=draw(maybe(st.just(90.0))),
        request=draw(maybe(COUNTS)),
        figures=draw(listed(st.tuples(WORDS, WORDS, WORDS), st.sampled_from([0, 3]))),
        card_buttons=[button("Request: roll it back …", "deployment:back", draw(IDS))],
    )
