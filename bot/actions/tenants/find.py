"""`tenants where status=trial users>50`: how many there are, and a page of them."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.tenants.where import Page, Where
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import tenant_reads
from bot.platform.tenant_reads import Listed
from bot.policy import Risk
from bot.words import counted

ROWS = 15  # tenants on a page


@register
class FindTenants(Action):
    """Find tenants by status, plan, users, age or paused sending: shows how many there are, and a page of them."""

    name, verb = "tenant.find", "tenants"
    also = ("customers", "accounts", "list tenants", "show tenants")
    offered_as = "list tenants"
    permission, risk = Permission.TENANT_READ, Risk.READ
    target = "tenant:all"
    where: Where | None
    page: Page | None

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("tenant",)

    async def preview(self, session: AsyncSession) -> Impact:
        conditions = self.where.sql if self.where else []
        numbers = await tenant_reads.counts(session, conditions)
        total = sum(numbers.values())
        pages = max(1, -(-total // ROWS))
        page = min(self.page.number if self.page else 1, pages)
        rows = await tenant_reads.listed(session, conditions, limit=ROWS, offset=(page - 1) * ROWS)
        typed = " where ".join(["tenants", *([self.where.dump()] if self.where and self.where.conditions else [])])
        return Impact(
            facts=tuple(map(_row, rows)) or (fact("Tenants", "none match"),),
            context={
                "found": counted(total, "tenant"),
                "counts": ", ".join(f"{number:,} {status}" for status, number in numbers.items()),
                "asked": self.where.dump() if self.where else "",
                "page": page,
                "pages": pages,
                "next": f"/pm {typed} page {page + 1}" if page < pages else "",
            },
        )


def _row(one: Listed) -> Fact:
    paused = " · sending paused" if one.paused else ""
    users = counted(one.users, "user")
    return fact(one.name, f"{one.status} · {one.plan or 'no plan'} · {users}{paused} · since ", Moment.of(one.created))
