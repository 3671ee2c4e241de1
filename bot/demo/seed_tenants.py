"""The demo's customers: tenants on their plans, their people, and what they own, pay and send."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product

from bot.demo.data import (
    BROWSERS,
    FAMILY,
    GIVEN,
    PLANS,
    STAFF,
    TENANT_FIRST,
    TENANT_SECOND,
    Customer,
    PlanData,
    Row,
    Tables,
    ascii_slug,
    token_hash,
    uid,
)
from bot.demo.seed_business import billing_tables, flag_tables, messages, property_tables
from bot.platform.models import (
    Campaign,
    LoginEvent,
    LoginSession,
    OutboundMessage,
    Tenant,
    TenantConfig,
    TenantOverride,
    TenantPolicy,
    TenantUser,
    User,
)

TENANTS = 200
CUSTOMERS = 5_000
WAITING = 2  # tenants on trial that nobody has approved yet
STATUSES = ("active",) * 150 + ("trial",) * 24 + ("paused",) * 7 + ("churned",) * 14 + ("sandbox",) * 5


def customers(rng: random.Random) -> list[Customer]:
    """All tenants; the two Acmes, on different plans, come first."""
    plans = {plan.slug: plan for plan in PLANS}
    acme = [
        Customer(0, "Acme Corp", "active", plans["scale"]),
        Customer(1, "Acme Labs", "active", plans["starter"]),
    ]
    names = rng.sample([f"{first} {second}" for first, second in product(TENANT_FIRST, TENANT_SECOND)], TENANTS - 2)
    statuses = rng.sample(STATUSES[2:], TENANTS - 2)
    drawn = rng.choices(PLANS, weights=(45, 30, 15, 4, 6), k=TENANTS - 2)
    return acme + [
        Customer(n, f"{name} Sandbox" if status == "sandbox" else name, status, plan)
        for n, (name, status, plan) in enumerate(zip(names, statuses, drawn, strict=True), start=2)
    ]


def tenant_tables(now: datetime, rng: random.Random) -> Tables:
    """Rows of all tables about customers."""
    tenants = customers(rng)
    tables = _organisations(tenants, now, rng)
    tables |= _people(tenants, now, rng)
    tables |= property_tables(tenants, now, rng)
    tables |= billing_tables(tenants, now, rng)
    tables |= flag_tables(tenants, now, rng)
    tables[OutboundMessage] = list(messages(tables[Campaign], now, rng))
    return tables


def _organisations(tenants: list[Customer], now: datetime, rng: random.Random) -> Tables:
    waiting = {tenant.id for tenant in [one for one in tenants if one.status == "trial"][-WAITING:]}
    return {
        Tenant: [
            {
                "id": tenant.id,
                "name": tenant.name,
                "created": now
                - timedelta(days=rng.randint(8, 20) if tenant.status == "trial" else rng.randint(60, 900)),
                "updated": now - timedelta(days=rng.randint(0, 7)),
                "status": tenant.status,
                "approval": "pending" if tenant.id in waiting else "approved",
            }
            for tenant in tenants
        ],
        TenantConfig: [
            {
                "tenant_id": tenant.id,
                "stripe_customer_id": f"cus_demo{tenant.n:04}",
                "billing_email": f"billing@{tenant.domain}",
                "notify_on_security_alerts": rng.random() < 0.9,
            }
            for tenant in tenants
        ],
        TenantPolicy: [
            {
                "tenant_id": tenant.id,
                "session_timeout_hours": rng.choice((8, 24, 24, 72)),
                "max_login_attempts": rng.choice((3, 5, 5, 10)),
                "two_factor_required": tenant.plan.slug in {"scale", "enterprise"},
                "password_min_length": 14 if tenant.plan.slug == "enterprise" else 12,
            }
            for tenant in tenants
        ],
        TenantOverride: _overrides(tenants, now),
    }


def _overrides(tenants: list[Customer], now: datetime) -> list[Row]:
    return [
        {
            "tenant_id": tenant.id,
            "max_domains": 60,
            "price_monthly": tenant.plan.monthly * Decimal("0.8"),
            "reason": "Annual contract",
            "updated_by": STAFF[3].id,
            "updated": now - timedelta(days=30),
        }
        for tenant in tenants
        if tenant.plan.slug == "enterprise" or tenant.n == 0
    ]


def _people(tenants: list[Customer], now: datetime, rng: random.Random) -> Tables:
    """Everybody gets one tenant: the first ones an owner each, the rest by the size of the plan."""
    weights = [plan_weight(tenant.plan) for tenant in tenants]
    homes = tenants + rng.choices(tenants, weights=weights, k=CUSTOMERS - len(tenants))
    tables: Tables = {User: [], TenantUser: [], LoginSession: [], LoginEvent: []}
    for n, tenant in enumerate(homes):
        user = _person(n, tenant, now, rng)
        tables[User].append(user)
        roles = ["owner"] if n < len(tenants) else [rng.choices(("member", "admin"), weights=(9, 1))[0]]
        tables[TenantUser].append(
            {"tenant_id": tenant.id, "user_id": user["id"], "roles": roles, "email": user["email"]}
        )
        if user["status"] == "active" and n % 8 == 0:
            tables[LoginSession].append(_session(user, now, rng))
        if n % 4 == 0:
            tables[LoginEvent].append(_login(user, now, rng))
    return tables


def plan_weight(plan: PlanData) -> int:
    return min(plan.users or 150, 150)


def _person(n: int, tenant: Customer, now: datetime, rng: random.Random) -> Row:
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    status = rng.choices(("active", "suspended", "deleted"), weights=(970, 20, 10))[0]
    apart = f".{n}" if n else ""  # the first is the one that examples name (bot/targets/user.py)
    email = f"{ascii_slug(given)}.{ascii_slug(family)}{apart}@{tenant.domain}"
    return {
        "id": uid("user", email),
        "created": now - timedelta(days=rng.randint(8, 800), minutes=n),
        "updated": now - timedelta(hours=rng.randint(1, 500)),
        "deleted": now - timedelta(days=rng.randint(1, 60)) if status == "deleted" else None,
        "name": f"{given} {family}",
        "given_name": given,
        "family_name": family,
        "email": email,
        "email_verified": rng.random() < 0.95,
        "status": status,
        "status_reason": "Too many complaints about what they send" if status == "suspended" else None,
    }


def _session(user: Row, now: datetime, rng: random.Random) -> Row:
    started = now - timedelta(minutes=rng.randint(5, 20 * 60))
    return {
        "id": uid("session", user["email"]),
        "user_id": user["id"],
        "kind": "tenant",
        "token_hash": token_hash(f"demo-session-{user['email']}"),
        "ip": _customer_ip(rng),
        "user_agent": rng.choice(BROWSERS),
        "created": started,
        "last_seen": started + (now - started) * rng.random(),
        "expires": now + timedelta(days=7),
        "revoked": None,
        "revoked_by": None,
    }


def _login(user: Row, now: datetime, rng: random.Random) -> Row:
    return {
        "id": uid("login", user["email"]),
        "user_id": user["id"],
        "email": user["email"],
        "succeeded": user["status"] == "active" and rng.random() < 0.96,
        "ip": _customer_ip(rng),
        "user_agent": rng.choice(BROWSERS),
        "at": now - timedelta(minutes=rng.randint(6, 4 * 24 * 60)),
    }


def _customer_ip(rng: random.Random) -> str:
    return f"{rng.choice(('203.0.113', '198.51.100'))}.{rng.randint(100, 250)}"
