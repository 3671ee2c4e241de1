"""All kinds of holds."""

from bot.holds.agreement import Agreement
from bot.holds.deliverability import AddressQuarantine, CampaignPause, MailboxPause
from bot.holds.flag import FlagOverride
from bot.holds.kind import Kind
from bot.holds.queue_pause import QueuePause
from bot.holds.read_only import ReadOnlyMode
from bot.holds.role import RoleHeld
from bot.holds.sandbox import Sandbox
from bot.holds.setting import SettingHeld
from bot.holds.suspension import Suspension
from bot.holds.tenant_policy import PolicyHeld, TenantSettingHeld
from bot.store.models import Hold, HoldKind

_ALL = (
    QueuePause(),
    RoleHeld(),
    FlagOverride(),
    Suspension(),
    ReadOnlyMode(),
    CampaignPause(),
    MailboxPause(),
    AddressQuarantine(),
    Agreement(),
    PolicyHeld(),
    TenantSettingHeld(),
    Sandbox(),
    SettingHeld(),
)
KINDS: dict[HoldKind, Kind] = {kind.name: kind for kind in _ALL}


def kind_of(hold: Hold) -> Kind:
    return KINDS[HoldKind(hold.kind)]
