"""What the demo's customers own, pay and send: workspaces, domains, campaigns, subscriptions, flags, mail."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.demo.data import (
    AI_COMPOSER,
    CAMPAIGNS,
    FLAGS,
    LATER_STAFF,
    PLANS,
    STAFF,
    SUBJECTS,
    WORKSPACES,
    Customer,
    PlanData,
    Row,
    Tables,
    uid,
)
from bot.platform.models import (
    Campaign,
    Company,
    Domain,
    EmailAccount,
    FeatureFlag,
    FeatureFlagAllowlist,
    Payment,
    Plan,
    Subscription,
    TenantFeatureFlag,
)

MESSAGES = 4_000
SUBSCRIPTION_STATUS = {
    "active": "active",
    "trial": "trialing",
    "paused": "paused",
    "churned": "canceled",
    "sandbox": "active",
}


def property_tables(tenants: list[Customer], now: datetime, rng: random.Random) -> Tables:
    tables: Tables = {Company: [], Domain: [], EmailAccount: [], Campaign: []}
    for tenant in tenants:
        for workspace in rng.sample(WORKSPACES, rng.randint(1, 3)):
            tables[Company].append(
                {
                    "id": uid("company", f"{tenant.slug} {workspace}"),
                    "tenant_id": tenant.id,
                    "name": tenant.name,
                    "workspace_name": workspace,
                    "status": "archived" if tenant.status == "churned" else "active",
                }
            )
        for n in range(rng.randint(1, 3)):
            domain = tenant.domain if n == 0 else f"mail{n}.{tenant.domain}"
            tables[Domain].append(_domain(tenant, domain, rng))
            tables[EmailAccount] += _mailboxes(tenant, domain, now, rng)
        for n, name in enumerate(rng.sample(CAMPAIGNS, rng.randint(1, 6))):
            tables[Campaign].append(
                {
                    "id": uid("campaign", f"{tenant.slug} {n}"),
                    "tenant_id": tenant.id,
                    "name": name,
                    "status": _campaign_status(tenant, rng),
                }
            )
    return tables


def _domain(tenant: Customer, domain: str, rng: random.Random) -> Row:
    status = rng.choices(("verified", "pending", "failed"), weights=(90, 8, 2))[0]
    return {
        "id": uid("domain", domain),
        "tenant_id": tenant.id,
        "domain": domain,
        "verification_status": status,
        "dns_records": {"spf": status != "failed", "dkim": status == "verified", "dmarc": status == "verified"},
    }


def _mailboxes(tenant: Customer, domain: str, now: datetime, rng: random.Random) -> Iterator[Row]:
    for box in rng.sample(("hello", "news", "team", "sales", "info", "events"), rng.randint(1, 4)):
        status = rng.choices(("active", "warming", "paused", "disabled"), weights=(80, 14, 4, 2))[0]
        yield {
            "id": uid("mailbox", f"{box}@{domain}"),
            "tenant_id": tenant.id,
            "domain_id": uid("domain", domain),
            "email": f"{box}@{domain}",
            "status": status if tenant.status in {"active", "trial"} else "paused",
            "daily_count": rng.randint(0, 180),
            "last_warmed": now - timedelta(minutes=rng.randint(1, 900)),
        }


def _campaign_status(tenant: Customer, rng: random.Random) -> str:
    if tenant.status in {"paused", "churned"}:
        return "paused"
    return rng.choices(("draft", "scheduled", "sending", "completed", "paused"), weights=(20, 15, 20, 40, 5))[0]


def billing_tables(tenants: list[Customer], now: datetime, rng: random.Random) -> Tables:
    tables: Tables = {Plan: [_plan(plan) for plan in PLANS], Subscription: [], Payment: []}
    for tenant in tenants:
        status = SUBSCRIPTION_STATUS[tenant.status]
        if status == "active" and tenant.n > 1:
            status = rng.choices(("active", "past_due", "unpaid"), weights=(95, 4, 1))[0]
        start = now - timedelta(days=rng.randint(1, 29), hours=rng.randint(0, 23))
        tables[Subscription].append(_subscription(tenant, status, start))
        if status != "trialing":
            tables[Payment] += _payments(tenant, status, start, rng)
    return tables


def _plan(plan: PlanData) -> Row:
    return {
        "id": uid("plan", plan.slug),
        "name": plan.name,
        "slug": plan.slug,
        "max_users": plan.users,
        "max_domains": plan.domains,
        "max_campaigns_per_month": plan.campaigns,
        "max_emails_per_month": plan.emails,
        "max_storage_gb": plan.storage_gb,
        "price_monthly": plan.monthly,
        "price_yearly": plan.yearly,
        "is_active": plan.is_active,
        "stripe_product_id": f"prod_demo_{plan.slug}",
    }


def _subscription(tenant: Customer, status: str, start: datetime) -> Row:
    return {
        "id": uid("subscription", tenant.slug),
        "tenant_id": tenant.id,
        "plan_id": uid("plan", tenant.plan.slug),
        "status": status,
        "current_period_start": start,
        "current_period_end": start + timedelta(days=30),
        "cancel_at_period_end": tenant.n % 40 == 7,
        "stripe_subscription_id": f"sub_demo{tenant.n:04}",
    }


def _payments(tenant: Customer, status: str, start: datetime, rng: random.Random) -> Iterator[Row]:
    for month in range(6):
        outcome = rng.choices(("succeeded", "failed", "refunded"), weights=(96, 2, 2))[0]
        if month == 0 and status in {"past_due", "unpaid"}:
            outcome = "failed"
        yield {
            "id": uid("payment", f"{tenant.slug} {month}"),
            "subscription_id": uid("subscription", tenant.slug),
            "amount": tenant.plan.monthly,
            "currency": "eur",
            "status": outcome,
            "processed": start - timedelta(days=30 * month),
            "stripe_payment_intent_id": f"pi_demo{tenant.n:04}{month:02}",
        }


def flag_tables(tenants: list[Customer], now: datetime, rng: random.Random) -> Tables:
    operator = STAFF[1].id
    flags = [
        {
            "id": uid("flag", key),
            "key": key,
            "description": description,
            "is_enabled": enabled,
            "rollout_percentage": rollout,
            "updated_by": operator,
            "updated": now - timedelta(days=rng.randint(1, 90)),
        }
        for key, description, enabled, rollout in FLAGS
    ]
    overrides = [
        {
            "tenant_id": tenant.id,
            "flag_key": rng.choice(FLAGS)[0],
            "enabled": rng.random() < 0.7,
            "reason": rng.choice(("Early access", "Requested by the customer", "Until the bug is fixed")),
            "expires": now + timedelta(days=rng.randint(5, 60)) if rng.random() < 0.3 else None,
            "updated_by": operator,
            "updated": now - timedelta(days=rng.randint(0, 30)),
        }
        for tenant in rng.sample(tenants, 25)
    ]
    return {FeatureFlag: flags, TenantFeatureFlag: overrides}


def beta_tables(now: datetime) -> Tables:
    """The flag that is being tried out: its own row, who has it by name, and who for some days."""
    engineer, added = LATER_STAFF[0].id, now - timedelta(days=9)
    flag = {
        "id": uid("flag", AI_COMPOSER.key),
        "key": AI_COMPOSER.key,
        "description": AI_COMPOSER.description,
        "is_enabled": False,
        "rollout_percentage": AI_COMPOSER.rollout,
        "updated_by": engineer,
        "updated": added,
    }
    listed = [
        {"tenant_id": uid("tenant", slug), "flag_key": AI_COMPOSER.key, "added_by": engineer, "added": added}
        for slug in AI_COMPOSER.listed
    ]
    lent = {
        "tenant_id": uid("tenant", AI_COMPOSER.lent),
        "flag_key": AI_COMPOSER.key,
        "enabled": True,
        "reason": "Pilot",
        "expires": now + timedelta(days=AI_COMPOSER.days),
        "updated_by": engineer,
        "updated": added,
    }
    return {FeatureFlag: [flag], TenantFeatureFlag: [lent], FeatureFlagAllowlist: listed}


def messages(campaigns: list[Row], now: datetime, rng: random.Random) -> Iterator[Row]:
    sending = [campaign for campaign in campaigns if campaign["status"] in {"sending", "completed"}]
    for n in range(MESSAGES):
        campaign = rng.choice(sending)
        yield {
            "id": uid("message", n),
            "tenant_id": campaign["tenant_id"],
            "campaign_id": campaign["id"],
            "recipient": f"reader{rng.randint(1, 90_000)}@inbox{rng.randint(1, 40)}.example",
            "subject": rng.choice(SUBJECTS),
            "status": rng.choices(("delivered", "sent", "bounced", "complained"), weights=(940, 40, 18, 2))[0],
            "sent": now - timedelta(seconds=rng.randint(5, 2 * 24 * 3600)),
        }
