"""Workspaces of tenants: by name, and whose they are where several are called alike."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.orm import InstrumentedAttribute

from bot.platform import models
from bot.targets.owned import Owned


@dataclass(frozen=True)
class Workspace(Owned):
    """A workspace of a tenant: `Newsletter of Acme Corp`."""

    kind: ClassVar[str] = "workspace"
    noun: ClassVar[str] = "workspace"
    such_as: ClassVar[str] = "Newsletter of Acme Corp"
    label: ClassVar[str] = "Workspace"
    usage: ClassVar[str] = "workspace"
    example: ClassVar[str] = "Newsletter of Acme Corp"
    explanation: ClassVar[str] = (
        "a workspace by its name; if several have that name, with its tenant's name: Newsletter of Acme Corp"
    )
    hint: ClassVar[str] = "Type the beginning of its name"
    table: ClassVar[Any] = models.Company

    @classmethod
    def called(cls) -> InstrumentedAttribute[str]:
        return models.Company.workspace_name  # type: ignore[return-value]
