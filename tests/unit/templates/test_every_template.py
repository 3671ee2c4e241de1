"""Every message and view that any template can produce is one that Slack takes, whatever data it is made of."""

import pytest
from hypothesis import Phase, given, settings

from bot.drawing.render import templates_folder
from tests.unit.templates.drawn import DRAWN, Drawn, load, may_be_published, may_be_sent

load()
FOLDER = templates_folder()
TEMPLATES = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.j2"))
VIEWS = ("home/",)
SIMPLY = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]  # explaining a failure costs minutes


def test_every_template_has_data_to_be_drawn_with() -> None:
    """Whoever adds a template says here what may be in it."""
    assert sorted(DRAWN) == TEMPLATES


@pytest.mark.parametrize("template", sorted(DRAWN))
def test_whatever_it_is_made_of_slack_takes_it(template: str) -> None:
    """Valid, not too much, with words for those who do not see it; what there is no room for is counted."""
    check = may_be_published if template.startswith(VIEWS) else may_be_sent

    @given(drawn=DRAWN[template])
    @settings(max_examples=30, deadline=None, phases=SIMPLY)
    def holds(drawn: Drawn) -> None:
        check(drawn)

    holds()
