"""A small workspace to begin with, when none is configured."""

from localslack.workspace.model import Channel, Person, Workspace


def sample_workspace() -> Workspace:
    return Workspace(
        people=[
            _person("U0ONCALL", "oncall", "Oncall Name", "Operations"),
            _person("U0SECURITY", "security", "Security Name", "Security"),
            _person("U0FINANCE", "finance", "Finance Name", "Finance"),
            _person("U0STAFF", "staffer", "Staffer Name", "Support"),
            _person("U0ROOT", "root", "Root Name", "Super admin"),
        ],
        channels=[
            Channel("C0OPS", "operations"),
            Channel("C0SEC", "security", private=True, members=["U0SECURITY", "U0ROOT", "U0BOT"]),
            Channel("C0FIN", "finance"),
        ],
    )


def _person(user_id: str, name: str, real_name: str, title: str) -> Person:
    return Person(user_id, name, real_name, f"{name}@penguinmails.example", title)
