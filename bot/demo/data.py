"""Names and numbers the demo's platform is made of. All are invented; addresses are documentation ranges."""

import hashlib
import unicodedata
import uuid
from decimal import Decimal
from typing import Any, NamedTuple

from bot.platform.models import PlatformBase

Row = dict[str, Any]
Tables = dict[type[PlatformBase], list[Row]]

NAMESPACE = uuid.UUID("6f0d1c1e-5b0f-4c55-9f0b-8f6f7f9f2a11")
STAFF_DOMAIN = "penguinmails.example"
SERVICE_TOKEN = "demo-service-token"  # noqa: S105 - of a platform that is made up


def uid(kind: str, name: object) -> uuid.UUID:
    """Return the id of a thing of the demo: the same on every machine."""
    return uuid.uuid5(NAMESPACE, f"{kind}:{name}")


def token_for(local_part: str, n: int) -> str:
    """Return the demo's n-th session token, from 1, of the staff member with that part before the @."""
    return f"demo-session-{local_part}-{n}"


def token_hash(token: str) -> str:
    """Return what the platform stores of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def ascii_slug(name: str) -> str:
    """Return the name as it may stand in an address: "Léa O'Neil" becomes "lea.oneil"."""
    plain = unicodedata.normalize(
        "NFKD", name.replace("ø", "o").replace("ł", "l").replace("ß", "ss").replace("æ", "ae")
    )
    kept = "".join(letter for letter in plain.lower() if letter.isascii() and (letter.isalnum() or letter == " "))
    return ".".join(kept.split())


class Person(NamedTuple):
    """A staff member. `sessions` is how many are in force; `left` says why somebody is no longer active."""

    local_part: str
    given: str
    family: str
    roles: tuple[str, ...]
    sessions: int = 1
    notes: str = ""
    left: str | None = None

    @property
    def id(self) -> uuid.UUID:
        return uid("user", self.email)

    @property
    def email(self) -> str:
        return f"{self.local_part}@{STAFF_DOMAIN}"

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


FIRST_STAFF = (
    Person("root", "Ingrid", "Sørensen", ("super_admin",), 2, "Head of platform"),
    Person("oncall", "Óscar", "Peñalver", ("operations",), 3, "On call this week"),
    Person("security", "Amara", "Okonkwo", ("security",), 2, "Security lead"),
    Person("finance", "Jürgen", "Weiß", ("finance",), 1, "Billing"),
    Person("support", "Léa", "Marchand", ("support",), 1, "First line, days"),
    Person("staffer", "Priya", "Raghunathan", ("admin", "finance"), 4, "Travels with a laptop"),
    Person("nadia", "Nadia", "El-Haddad", ("security",), 2, "Security, second"),
    Person("tomasz", "Tomasz", "Wiśniewski", ("operations",), 1, "Operations, second"),
    Person("maria.costa", "Maria", "Costa", ("user_manager",), 1, "Team lead, accounts"),
    Person("maria.lindgren", "Maria", "Lindgren", ("qa",), 1, "Quality"),
    Person("henrik", "Henrik", "Bjørnstad", ("super_admin",), 0, "Former head of platform", "moved to research"),
    Person("yara", "Yara", "Benítez", ("support",), 0, "First line, nights", "left the company"),
)
# What happened to them is drawn from a generator of its own: whoever joins changes nothing else of the demo.
LATER_STAFF = (
    Person("kofi", "Kofi", "Adjei", ("engineering",), 1, "Sending pipeline"),
    Person("hana", "Hana", "Novák", ("engineering",), 1, "Editor"),
    Person("ines", "Inês", "Teixeira", ("customer_success",), 1, "Larger accounts"),
    Person("dmitri", "Dmitri", "Volkov", ("data_admin",), 1, "Data protection"),
)
STAFF = FIRST_STAFF + LATER_STAFF


class Lent(NamedTuple):
    """A role that somebody holds besides, for as many days from now."""

    local_part: str
    role: str
    days: int


LENT_ROLES = (Lent("maria.costa", "support", 5),)

# The office, and where each person usually is besides: `who` shows what is unusual against this.
OFFICE_IP = "192.0.2.14"
HOME_IPS = {person.local_part: f"198.51.100.{20 + n}" for n, person in enumerate(STAFF)}
HOTEL_IP = "203.0.113.77"

BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1",
)

GIVEN = """Ana Björn Chiara Dmitri Élodie Faisal Grace Hiroshi Inés Jamal Katarzyna Lars Mei Noémie Olu Pablo
Quynh Renée Sofía Tariq Ulla Viktor Wanjiru Ximena Yusuf Zsófia Aïcha Bogdan Camille Diego Eun-ji Frida Goran
Hana Ivo Jasmin Kofi Leïla Mateo Nils""".split()  # noqa: SIM905 -- words read better as words
FAMILY = """Almeida Bergström Castaño Dubois Eriksen Fernández Gupta Haddad Ivanov Jansen Kowalski Lefèvre
Müller Nakamura Öztürk Petrov Quispe Rossi Šimić Tanaka Usman Vargas Wójcik Xu Yılmaz Zieliński Adeyemi
Brück Costa Đorđević Farah Gómez Håkansson Ibrahim Jensen Kim López Moreau Nguyen Okafor""".split()  # noqa: SIM905 -- words read better as words

TENANT_FIRST = """Alder Amber Aurora Basalt Birch Blue Bright Cedar Clear Cobalt Copper Coral Crescent Delta
Ember Fjord Granite Harbor Hazel Indigo Juniper Lark Lumen Maple Meridian Nimbus Northern Onyx Opal Prairie
Quartz River Sable Silver Solstice Summit Tidal Umber Velvet Willow""".split()  # noqa: SIM905 -- words read better as words
TENANT_SECOND = """Analytics Bakery Books Clinics Consulting Design Energy Foods Freight Gardens Health Insights
Labs Logistics Media Mobility Outdoors Robotics Studio Travel""".split()  # noqa: SIM905 -- words read better as words
WORKSPACES = ("Marketing", "Sales", "Customer success", "Newsletter", "Outreach")
CAMPAIGNS = (
    "Spring offer",
    "Product launch",
    "Welcome series",
    "Win-back",
    "Webinar invitation",
    "Quarterly news",
    "Trial follow-up",
    "Event reminder",
)
SUBJECTS = (
    "Your seat is reserved",
    "Three ideas for this quarter",
    "A quick question",
    "What is new this month",
    "Before your trial ends",
    "The recording is here",
)


class PlanData(NamedTuple):
    slug: str
    name: str
    monthly: Decimal
    yearly: Decimal
    users: int | None
    domains: int | None
    campaigns: int | None
    emails: int | None
    storage_gb: int | None
    is_active: bool = True


PLANS = (
    PlanData("starter", "Starter", Decimal("29.00"), Decimal("290.00"), 5, 2, 10, 10_000, 5),
    PlanData("growth", "Growth", Decimal("99.00"), Decimal("990.00"), 25, 10, 50, 100_000, 50),
    PlanData("scale", "Scale", Decimal("299.00"), Decimal("2990.00"), 100, 50, 250, 1_000_000, 500),
    PlanData("enterprise", "Enterprise", Decimal("999.00"), Decimal("9990.00"), None, None, None, 10_000_000, 5_000),
    PlanData("legacy", "Legacy 2023", Decimal("19.00"), Decimal("190.00"), 3, 1, 5, 5_000, 2, is_active=False),
)


class Customer(NamedTuple):
    """A tenant before it becomes rows."""

    n: int
    name: str
    status: str
    plan: PlanData

    @property
    def slug(self) -> str:
        return ascii_slug(self.name).replace(".", "-")

    @property
    def id(self) -> uuid.UUID:
        return uid("tenant", self.slug)

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"


# Where the default is on, the rollout is of no account: everybody has it.
FLAGS = (
    # key, description, default, rollout
    ("new-editor", "The block editor for campaigns", True, 100),
    ("ai-subject-lines", "Suggested subject lines", False, 25),
    ("warmup-v2", "Warm-up that adapts to reputation", False, 50),
    ("bulk-import-v2", "Streaming import of leads", False, 0),
    ("strict-dmarc", "Refuse to send from domains without DMARC", False, 10),
    ("inbox-rotation", "Spread a campaign over mailboxes", True, 100),
    ("usage-billing", "Bill by messages sent", False, 0),
    ("dark-mode", "Dark mode of the dashboard", True, 100),
)


class Beta(NamedTuple):
    """A flag that is being tried out: with half of the tenants (Acme Corp is one), and with some by name."""

    key: str
    description: str
    rollout: int
    listed: tuple[str, ...]
    lent: str
    days: int


AI_COMPOSER = Beta("ai-composer", "Beta: AI Composer", 50, ("coral-freight", "granite-energy"), "quartz-energy", 14)

SERVICES = (
    # service, usual p95 in ms
    ("API server", 140),
    ("SMTP service", 310),
    ("OLTP database", 12),
    ("OLAP database", 420),
    ("Redis", 3),
    ("Queue workers", 95),
    ("Web front end", 180),
    ("Vault", 25),
)

HOSTS = (
    # host, usual shares of CPU, memory and disk, connections, of what its pool may have
    ("api-01", 0.34, 0.52, 0.41, 120, 0.45),
    ("db-01", 0.42, 0.71, 0.58, 160, 0.52),
    ("db-02", 0.22, 0.64, 0.66, 40, 0.2),
    ("worker-01", 0.55, 0.48, 0.37, None, None),
)
BACKUPS = ("OLTP database", "OLAP database", "Vault")

QUEUES = (
    # name, default priority, waiting, completed in the last day
    ("email-sending", 100, 58, 520),
    ("email-sending:high", 25, 4, 160),
    ("email-sending:low", 200, 70, 240),
    ("email:processing", 100, 41, 400),
    ("email:processing:high", 25, 3, 120),
    ("email:processing:low", 200, 66, 180),
    ("analytics:daily-aggregate", 200, 1, 4),
    ("analytics:campaign-aggregate", 150, 8, 90),
    ("analytics:billing-calculate", 100, 2, 24),
    ("warmup:process", 100, 22, 260),
    ("bounce:process", 100, 6, 110),
    ("webhook:process", 50, 2, 140),
)

SETTINGS = (
    # key, value, category, description, sensitive
    ("staff.session_idle_minutes", 30, "security", "A staff session ends after this long without use", False),
    ("staff.lookups_per_minute", 100, "security", "Look-ups of people per staff member", False),
    ("audit.retention_years", 7, "compliance", "How long audit records are kept", False),
    ("logs.retention_days", 90, "compliance", "How long operational logs are kept", False),
    ("sending.daily_limit_per_mailbox", 200, "sending", "Messages a mailbox may send in a day", False),
    ("sending.warmup_step", 5, "sending", "More messages a day while warming up", False),
    ("flags.cache_seconds", 300, "platform", "How long the platform keeps flags", False),
    ("password.minimum_length", 12, "security", "The shortest password that a customer may choose", False),
    ("data.default_classification", "internal", "compliance", "What a record is that nobody has classified", False),
    ("data.encryption_at_rest", True, "compliance", "Whether files and backups are encrypted", False),
    ("maintenance.window", {"day": "sunday", "from": "02:00", "to": "04:00"}, "platform", "Usual window", False),
    ("billing.grace_days", 14, "billing", "Days past due before sending stops", False),
    ("smtp.relay_credentials", {"vault": "smtp/relay"}, "secrets", "Where Vault keeps them", True),
    ("stripe.webhook_secret", {"vault": "stripe/webhook"}, "secrets", "Where Vault keeps it", True),
)
