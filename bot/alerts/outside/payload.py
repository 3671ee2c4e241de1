"""What Alertmanager posts (its webhook, version 4), and Grafana, which says the same and more: a group of alerts."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import Malformed

LONG, LABELS = 300, 40  # characters of a value, and labels of an alert, that are kept
MOST = 200  # alerts of a group that are kept by name; all are counted


def _some(value: object) -> object:
    return {} if value is None else value


Labels = Annotated[dict[str, str], BeforeValidator(_some)]
SAID = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Member(BaseModel):
    """One alert of a group."""

    model_config = SAID

    status: Literal["firing", "resolved"]
    labels: Labels = {}
    annotations: Labels = {}
    since: AwareDatetime = Field(alias="startsAt")
    url: str = Field(default="", alias="generatorURL")

    @property
    def firing(self) -> bool:
        return self.status == "firing"


class Said(BaseModel):
    """A notification: all of a group that its sender would tell of now, whether it is news or not."""

    model_config = SAID

    group: str = Field(alias="groupKey", min_length=1, max_length=20_000)
    receiver: str = Field(min_length=1, max_length=500)
    grouped_by: Labels = Field(default={}, alias="groupLabels")
    labels: Labels = Field(default={}, alias="commonLabels")
    annotations: Labels = Field(default={}, alias="commonAnnotations")
    url: str = Field(default="", alias="externalURL")
    alerts: list[Member]
    left_out: int = Field(default=0, alias="truncatedAlerts", ge=0, le=1_000_000)
    """Firing ones that it did not send, by its own limit."""
    organisation: int | None = Field(default=None, alias="orgId")

    @property
    def system(self) -> str:
        return "Alertmanager" if self.organisation is None else "Grafana"

    @property
    def firing(self) -> list[Member]:
        return [one for one in self.alerts if one.firing]

    @property
    def name(self) -> str:
        """What the group is called, always the same: `HighErrorRate, cluster eu`."""
        labels = dict(self.grouped_by)
        first = labels.pop("alertname", None)
        others = [f"{label} {value}" for label, value in sorted(labels.items())]
        return ", ".join([*([first] if first else []), *others])[:LONG] or f"Alerts for {self.receiver}"[:LONG]


def read(body: bytes) -> Said:
    """Raises `Malformed`, saying what is wrong."""
    try:
        return Said.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Malformed(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None


def stored(document: dict[str, Any]) -> Said:
    """What was read before, cut to what people read: the door has no time for that. The group's key stays whole."""
    return Said.model_validate({**_cut(document), "group": document["group"]}, by_name=True, by_alias=False)


def _cut(value: Any) -> Any:
    """Whatever its sender put into it: texts as long as a line and on one line, and not too many labels."""
    if isinstance(value, str):
        return " ".join(value[: 4 * LONG].split())[:LONG]
    if isinstance(value, list):
        return [_cut(one) for one in value]
    if isinstance(value, dict):
        return {_cut(name): _cut(one) for name, one in sorted(value.items())[:LABELS]}
    return value


def name_of(one: Member, said: Said) -> str:
    """What tells an alert from the others of its group."""
    labels = {label: value for label, value in one.labels.items() if said.labels.get(label) != value}
    named = ", ".join(f"{label} {value}" for label, value in sorted(labels.items()) if label != "severity")
    return named[:LONG] or one.labels.get("alertname") or said.name
