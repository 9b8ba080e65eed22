#!/usr/bin/env python3
"""Writes the sample reports, their README.md, and truth.json beside this file.

Everything is invented. Addresses come from the ranges set aside for documentation and
benchmarks, domains end in .example; only the sending services that a company may really use
(Amazon SES, Mailchimp, SendGrid) carry their own names. The habits of the reporters are those
of real ones. Run it again and every byte is the same:

    python3 tests/samples/make.py

In order of this file: bytes and containers, XML, the reporters, the mail of five weeks, the
files of it, report mails, single oddities, broken and hostile files, README and truth.
"""

import base64
import hashlib
import io
import json
import random
import re
import shutil
import struct
import zipfile
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "sample-reports"
TRUTH = Path(__file__).resolve().with_name("truth.json")
FOLDERS = ["acme", "acme-mail", "shop", "parked", "mail", "quirks", "broken"]
FIRST_DAY = date(2026, 9, 20)  # a Sunday
DAYS = 35
DAY = 86_400
EPOCH = int(datetime(2026, 9, 20, tzinfo=timezone.utc).timestamp())
# Never written out in this file: it is audited too, and must not look like a report.
ROOT = "feedback"

# ---------------------------------------------------------------- bytes and containers


def digest(*parts):
    """A number that depends on its arguments alone: ids that no run changes."""
    return int(hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest(), 16)


def gzip_member(data):
    """One gzip member without name or time. zlib's own header would name the system."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    body = squeeze.compress(data) + squeeze.flush()
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return head + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def zip_file(members, method=zipfile.ZIP_DEFLATED):
    """A zip with a fixed time in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name, (2026, 10, 25, 0, 0, 0))
            entry.compress_type, entry.create_system = method, 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data, compresslevel=9)
    return out.getvalue()


# ---------------------------------------------------------------- XML


def escape(text):
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def xml(node, indent="  ", eol="\n", depth=0):
    """Text of a tree of (tag with attributes, text or list of children)."""
    tag, body = node
    pad, name = indent * depth, tag.split()[0]
    if not isinstance(body, list):
        return f"{pad}<{tag}>{escape(body)}</{name}>{eol}"
    inside = "".join(xml(child, indent, eol, depth + 1) for child in body)
    return f"{pad}<{tag}>{eol}{inside}{pad}</{name}>{eol}"


# ---------------------------------------------------------------- reports


@dataclass(frozen=True)
class Traffic:
    """What a receiver learns of some messages, but their number and the recipient."""

    ip: str
    header_from: str
    envelope_from: str
    aligned: tuple  # (DKIM, SPF)
    dkim: tuple  # of (domain, selector, result)
    spf: tuple  # (domain, result)
    reason: tuple = ()  # (type, comment)


@dataclass
class Report:
    """One report before a reporter has written it in its own way."""

    reporter: "Reporter"
    domain: str
    day: int
    rows: Counter = field(default_factory=Counter)  # (Traffic, recipient domain) -> messages

    @property
    def period(self):
        return self.reporter.period(EPOCH + self.day * DAY)

    @property
    def id(self):
        return self.reporter.id_of(self.domain, self.period[0])

    @property
    def stem(self):
        begin, end = self.period
        unique = "!" + self.id.split("@")[0] if self.reporter.names_id else ""
        return f"{self.reporter.domain}!{self.domain}!{begin}!{end}{unique}"

    def tally(self):
        total = Tally(reports=1)
        for (traffic, _), count in self.rows.items():
            total.add_row(count, *traffic.aligned)
        return total


@dataclass
class Tally:
    """Totals as `ruaudit summary` prints them."""

    reports: int = 0
    records: int = 0
    messages: int = 0
    dkim_aligned: int = 0
    spf_aligned: int = 0
    dmarc_pass: int = 0
    dmarc_fail: int = 0

    def add_row(self, count, dkim, spf):
        self.records += 1
        self.messages += count
        self.dkim_aligned += count * dkim
        self.spf_aligned += count * spf
        self.dmarc_pass += count * (dkim or spf)
        self.dmarc_fail += count * (not (dkim or spf))

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


POLICIES = {
    "acme.example": {"p": "none", "sp": "none", "pct": "100"},
    "shop.example": {"p": "none", "sp": "none", "pct": "100"},
    "parked.example": {"p": "none", "sp": "none", "pct": "100"},
    "acme-mail.example": {"p": "quarantine", "sp": "quarantine", "pct": "100"},
}


def word(passed):
    return "pass" if passed else "fail"


class Reporter:
    """A reporter of the commonest habits; the others override what they do differently."""

    org = email = domain = ""
    inboxes = ("",)
    names_id = False
    declaration = '<?xml version="1.0" encoding="UTF-8" ?>\n'
    root = ROOT
    indent, eol = "  ", "\n"

    def period(self, midnight):
        return midnight, midnight + DAY - 1

    def id_of(self, domain, begin):
        return str(digest(self.domain, domain, begin) % 10**20)

    def head(self, report):
        return []

    def contact(self, report):
        return [("org_name", self.org), ("email", self.email)]

    def metadata(self, report):
        begin, end = report.period
        return [
            *self.contact(report),
            ("report_id", report.id),
            ("date_range", [("begin", begin), ("end", end)]),
        ]

    def policy(self, report):
        published = POLICIES[report.domain]
        modes = [("adkim", "r"), ("aspf", "r")]
        return [("domain", report.domain), *modes, *published.items()]

    def disposition(self, report, passed):
        return "none" if passed else POLICIES[report.domain]["p"]

    def identifiers(self, traffic, recipient):
        return [("header_from", traffic.header_from)]

    def dkim(self, domain, selector, result):
        return [("domain", domain), ("selector", selector), ("result", result)]

    def spf(self, domain, result):
        return [("domain", domain), ("result", result)]

    def auth_results(self, traffic):
        signatures = [("dkim", self.dkim(*signature)) for signature in traffic.dkim]
        return [*signatures, ("spf", self.spf(*traffic.spf))]

    def evaluated(self, report, traffic):
        dkim, spf = traffic.aligned
        body = [
            ("disposition", self.disposition(report, dkim or spf)),
            ("dkim", word(dkim)),
            ("spf", word(spf)),
        ]
        if traffic.reason:
            kind, comment = traffic.reason
            body.append(("reason", [("type", kind), ("comment", comment)]))
        return body

    def record(self, report, traffic, recipient, count):
        row = [
            ("source_ip", traffic.ip),
            ("count", count),
            ("policy_evaluated", self.evaluated(report, traffic)),
        ]
        return [
            ("row", row),
            ("identifiers", self.identifiers(traffic, recipient)),
            ("auth_results", self.auth_results(traffic)),
        ]

    def tail(self, report):
        return []

    def document(self, report):
        """The report's XML, as bytes."""
        tree = [
            *self.head(report),
            ("report_metadata", self.metadata(report)),
            ("policy_published", self.policy(report)),
            *self.tail(report),
        ]
        for (traffic, recipient), count in sorted(report.rows.items(), key=repr):
            tree.append(("record", self.record(report, traffic, recipient, count)))
        return (self.declaration + xml((self.root, tree), self.indent, self.eol)).encode()

    def pack(self, report):
        """The report's file: ending and bytes."""
        return ".xml.gz", gzip_member(self.document(report))


class Searchmail(Reporter):
    """Zip files, numeric ids, `np` without a namespace, the selector after the result."""

    org = domain = "searchmail.example"
    email = "noreply-dmarc@searchmail.example"

    def contact(self, report):
        where = ("extra_contact_info", "https://help.searchmail.example/postmaster/9001")
        return [*super().contact(report), where]

    def id_of(self, domain, begin):
        return str(10**18 + digest(self.domain, domain, begin) % (17 * 10**18))

    def policy(self, report):
        return [*super().policy(report), ("np", POLICIES[report.domain]["sp"])]

    def dkim(self, domain, selector, result):
        return [("domain", domain), ("result", result), ("selector", selector)]

    def pack(self, report):
        return ".zip", zip_file([(report.stem + ".xml", self.document(report))])


class Mailcloud(Reporter):
    """Schema namespaces without use, recipients named, the period's end exclusive."""

    org, domain = "Enterprise Mailcloud", "mailcloud.example"
    email = "dmarc-report@mailcloud.example"
    inboxes = ("mailcloud.example", "hotpost.example")
    declaration = '<?xml version="1.0"?>\n'
    root = (
        ROOT + ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )

    def period(self, midnight):
        return midnight, midnight + DAY

    def id_of(self, domain, begin):
        return f"{digest(self.domain, domain, begin):064x}"[:32]

    def head(self, report):
        return [("version", "1.0")]

    def policy(self, report):
        return [*super().policy(report), ("fo", "0")]

    def identifiers(self, traffic, recipient):
        return [
            ("envelope_to", recipient),
            ("envelope_from", traffic.envelope_from),
            ("header_from", traffic.header_from),
        ]

    def spf(self, domain, result):
        return [("domain", domain), ("scope", "mfrom"), ("result", result)]


class PurpleMail(Reporter):
    """A tab at the end of every line and inside padded values; never `sp`."""

    org, domain = "Purple Mail", "purplemail.example"
    email = "dmarc-desk@purplemail.example"
    declaration = '<?xml version="1.0"?>\t\n'
    eol = "\t\n"

    def id_of(self, domain, begin):
        number = digest(self.domain, domain, begin)
        return f"{begin + DAY + number % 9000}.{number % 1_000_000:06}"

    def policy(self, report):
        kept = [pair for pair in super().policy(report) if pair[0] != "sp"]
        return [(tag, text + "\t" if tag == "pct" else text) for tag, text in kept]


class Pochta(Reporter):
    """One line, single quotes in the declaration, the period's end exclusive."""

    org, domain = "Pochta.Example", "pochta.example"
    email = "dmarc@corp.pochta.example"
    declaration = "<?xml version='1.0' encoding='utf-8'?>"
    indent = eol = ""

    def period(self, midnight):
        return midnight, midnight + DAY

    def contact(self, report):
        where = ("extra_contact_info", "http://help.pochta.example/")
        return [*super().contact(report), where]

    def id_of(self, domain, begin):
        return f"{digest(self.domain, domain, begin) % 10**20:020}{begin}"

    def spf(self, domain, result):
        return [("domain", domain), ("scope", "mfrom"), ("result", result)]


class NewMta(Reporter):
    """RFC 9990: namespace, generator, testing, discovery method, `pass`, both extensions."""

    org = domain = "new-mta.example"
    email = "postmaster@new-mta.example"
    names_id = True
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    root = (
        ROOT + ' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"'
        ' xmlns:nm="https://new-mta.example/ns/report"'
    )
    indent = "   "

    def id_of(self, domain, begin):
        return f"{digest(self.domain, domain, begin) % 16**12:012x}@new-mta.example"

    def head(self, report):
        return [("version", "1.0")]

    def metadata(self, report):
        return [*super().metadata(report), ("generator", "New MTA 4.2.0")]

    def policy(self, report):
        published = POLICIES[report.domain]
        return [
            ("domain", report.domain),
            ("discovery_method", "treewalk"),
            ("p", published["p"]),
            ("sp", published["sp"]),
            ("np", published["sp"]),
            ("adkim", "r"),
            ("aspf", "r"),
            ("fo", "0"),
            ("testing", "n"),
        ]

    def tail(self, report):
        rules = ("nm:rules", [("nm:revision", "2026-09"), ("nm:engine", "walk")])
        return [("extension", [rules])]

    def disposition(self, report, passed):
        enforcing = POLICIES[report.domain]["p"] != "none"
        return "pass" if passed and enforcing else super().disposition(report, passed)

    def identifiers(self, traffic, recipient):
        return [
            ("header_from", traffic.header_from),
            ("envelope_from", traffic.envelope_from),
        ]

    def spf(self, domain, result):
        return [("domain", domain), ("scope", "mfrom"), ("result", result)]

    def record(self, report, traffic, recipient, count):
        body = super().record(report, traffic, recipient, count)
        return [*body, ("nm:transport", "tls")]


class NorthUniversity(Reporter):
    """A university's filter: plain XML, `domain:epoch` as id, no alignment modes."""

    org = domain = "mx.north-uni.example"
    email = "postmaster@north-uni.example"

    def period(self, midnight):
        return midnight, midnight + DAY - 1

    def id_of(self, domain, begin):
        return f"{domain}:{begin + DAY + 73}"

    def policy(self, report):
        return [pair for pair in super().policy(report) if pair[0] not in ("adkim", "aspf")]

    def spf(self, domain, result):
        return [("domain", domain), ("scope", "mfrom"), ("result", result)]

    def pack(self, report):
        return ".xml", self.document(report)


class HarbourBank(Reporter):
    """A mail gateway: SPF before DKIM, an empty `sp`, a period that begins when it likes."""

    org = domain = "esa2.harbour-bank.example"
    email = "MAILER-DAEMON@esa2.harbour-bank.example"

    def period(self, midnight):
        begin = midnight + 1_203 + midnight // DAY % 29
        return begin, begin + DAY + 17

    def id_of(self, domain, begin):
        number = f"{digest(self.domain, domain, begin):064x}"
        return f"{number[:6]}${number[6:13]}={number[13:29]}@{self.domain}"

    def head(self, report):
        return [("version", "1.0")]

    def contact(self, report):
        return [*super().contact(report), ("extra_contact_info", "")]

    def policy(self, report):
        return [(tag, "" if tag == "sp" else text) for tag, text in super().policy(report)]

    def identifiers(self, traffic, recipient):
        return [
            ("header_from", traffic.header_from),
            ("envelope_from", traffic.envelope_from),
        ]

    def auth_results(self, traffic):
        *signatures, spf = super().auth_results(traffic)
        return [spf, *signatures]

    def spf(self, domain, result):
        return [("domain", domain), ("scope", "mfrom"), ("result", result)]


SEARCHMAIL, MAILCLOUD, PURPLE = Searchmail(), Mailcloud(), PurpleMail()
POCHTA, NEW_MTA, NORTH, HARBOUR = Pochta(), NewMta(), NorthUniversity(), HarbourBank()

# How a domain's mail spreads over the reporters; of those that write that day.
SHARES = {
    SEARCHMAIL: 46,
    MAILCLOUD: 30,
    PURPLE: 11,
    NEW_MTA: 7,
    POCHTA: 4,
    HARBOUR: 2,
    NORTH: 2,
}


# ---------------------------------------------------------------- the mail of five weeks


def split(total, weights):
    """Cuts a whole number by weights, losing nothing (largest remainder)."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def weekday(day):
    """0 is Monday."""
    return (FIRST_DAY + timedelta(days=day)).weekday()


def aligned_both(ip, domain, selector, envelope=None):
    envelope = envelope or domain
    signature = (domain, selector, "pass")
    return Traffic(ip, domain, envelope, (True, True), (signature,), (envelope, "pass"))


ACME_SELECTOR = ("acme.example", "mx2026", "pass")
ACME_SERVERS = [aligned_both(f"203.0.113.{n}", "acme.example", "mx2026") for n in (10, 11)]
SES_DKIM = (("acme.example", "ses7k2q", "pass"), ("amazonses.com", "ug7nbtf4gccmlpwj", "pass"))
SES_BOUNCE = "eu-west-1.amazonses.com"
ACME_SES = [
    Traffic(f"198.51.100.{n}", "acme.example", SES_BOUNCE, (True, False), SES_DKIM, (SES_BOUNCE, "pass"))
    for n in (21, 22, 23)
]


def forwarded(ip, bounce, reason=()):
    """Acme's mail that somebody's old mailbox sends on: the signature survives, SPF does not."""
    spf = (bounce, "pass")
    return Traffic(ip, "acme.example", bounce, (True, False), (ACME_SELECTOR,), spf, reason)


FORWARDERS = [
    forwarded("192.0.2.40", "alumni.north-uni.example"),
    forwarded("192.0.2.41", "alumni.north-uni.example"),
    forwarded("2001:db8:f00d::25", "forward.mailpal.example"),
    forwarded("198.19.250.8", "club.rowing.example"),
]
BROKEN_FORWARD = Traffic(
    "2001:db8:f00d::25",
    "acme.example",
    "forward.mailpal.example",
    (False, False),
    (("acme.example", "mx2026", "fail"),),
    ("forward.mailpal.example", "pass"),
    ("local_policy", "arc=pass as.1.forward.mailpal.example=pass"),
)
GARDEN_LIST = Traffic(
    "198.19.251.30",
    "acme.example",
    "lists.garden-club.example",
    (False, False),
    (("acme.example", "mx2026", "fail"), ("garden-club.example", "list", "pass")),
    ("lists.garden-club.example", "pass"),
    ("mailing_list", ""),
)
SHOP_SERVER = aligned_both("192.0.2.25", "shop.example", "web1")
INVOICE_MACHINE = Traffic(
    "203.0.113.77", "shop.example", "shop.example", (False, False), (), ("shop.example", "softfail")
)
INVOICES = {4: 1, 9: 2, 11: 1, 17: 3, 23: 2, 30: 1}  # day -> mails: ten in all
NEWSLETTER = "news.acme-mail.example"
SENDGRID = Traffic(
    "198.51.100.201",
    NEWSLETTER,
    "em4471.news.acme-mail.example",
    (True, True),
    (("acme-mail.example", "s1", "pass"), ("sendgrid.net", "smtpapi", "pass")),
    ("em4471.news.acme-mail.example", "pass"),
)
ACME_MAIL_SERVER = aligned_both("203.0.113.10", "acme-mail.example", "mx2026")


def mailchimp(n):
    bounce = f"mail{130 + n}.atl61.mcsv.net"
    signature = ("mcsv.net", "k2", "pass")
    ip = f"198.51.100.{130 + n}"
    return Traffic(ip, "shop.example", bounce, (False, False), (signature,), (bounce, "pass"))


class Mailbag:
    """Hands messages to the reporters that write about a domain on a day."""

    def __init__(self, rng):
        self.rng = rng
        self.reports = {}
        self.told = Counter()  # (domain, story) -> messages

    def schedule(self, domain, day, reporters):
        for reporter in reporters:
            self.reports[reporter, domain, day] = Report(reporter, domain, day)

    def writers(self, domain, day):
        return [r for r in SHARES if (r, domain, day) in self.reports]

    def put(self, reporter, domain, day, traffic, count):
        inboxes = reporter.inboxes
        for recipient, part in zip(inboxes, split(count, [2, 1][: len(inboxes)])):
            if part:
                self.reports[reporter, domain, day].rows[traffic, recipient] += part

    def spread(self, story, domain, day, traffic, count):
        """A steady sender's mail: every writer sees its share."""
        writers = self.writers(domain, day)
        for reporter, part in zip(writers, split(count, [SHARES[r] for r in writers])):
            if part:
                self.put(reporter, domain, day, traffic, part)
        self.told[domain, story] += count

    def burst(self, story, domain, day, traffic, count):
        """A few messages that only one writer sees."""
        writers = self.writers(domain, day)
        reporter = self.rng.choices(writers, [SHARES[r] for r in writers])[0]
        self.put(reporter, domain, day, traffic, count)
        self.told[domain, story] += count


def networks(rng):
    """Every /24 and /48 that no honest sender here uses, in no order."""
    v4 = [f"198.{18 + n // 256}.{n % 256}." for n in range(512 - 16)]  # 198.19.240.0 on: kept free
    v6 = [f"2001:db8:{n:x}:" for n in rng.sample(range(0x1000, 0xEFFF), 330)]
    pool = v4 + v6
    rng.shuffle(pool)
    return pool


def address_in(rng, network):
    if network.endswith(":"):
        return f"{network}:{rng.randrange(1, 0xFFFF):x}"
    return f"{network}{rng.randrange(1, 255)}"


def forgery(rng, domain, ip, results, number):
    """What strangers' mail in a domain's name looks like: unsigned, and SPF says no."""
    result = rng.choices(list(results), list(results.values()))[0]
    header_from = envelope = domain
    if result == "own-pass":  # a throw-away machine with a throw-away domain
        envelope, result = f"vps{100 + number}.example", "pass"
    elif result == "none" and domain == "acme.example":  # a subdomain that does not exist
        header_from = envelope = rng.choice(["billing", "payroll", "secure"]) + ".acme.example"
    return Traffic(ip, header_from, envelope, (False, False), (), (envelope, result))


def forge(bag, domain, pool, results, days, most):
    """One or two bursts from each network, on different days: never three."""
    rng = bag.rng
    for number, network in enumerate(pool):
        traffic = forgery(rng, domain, address_in(rng, network), results, number)
        for day in rng.sample(days, rng.choice([1, 2, 2, 2])):
            bag.burst("forged", domain, day, traffic, rng.randrange(1, most + 1))


def acme(bag):
    domain = "acme.example"
    for day in range(DAYS):
        own = (302 if weekday(day) > 4 else 348) + bag.rng.randrange(0, 24)
        servers = [*ACME_SERVERS, *ACME_SES]
        for traffic, count in zip(servers, split(own, [48, 33, 9, 6, 4])):
            bag.spread("own", domain, day, traffic, count)
        for traffic, share in zip(FORWARDERS, (5, 3, 3, 1)):
            count = bag.rng.randrange(share, share + 2) - (weekday(day) > 4 and share > 1)
            bag.spread("forwarded", domain, day, traffic, count)
    for day in (3, 8, 12, 15, 19, 22, 26, 29, 33):
        bag.burst("forwarded", domain, day, BROKEN_FORWARD, 1)
    for day, count in ((10, 2), (18, 1), (25, 2)):
        bag.burst("list", domain, day, GARDEN_LIST, count)
    results = {"softfail": 48, "fail": 20, "none": 12, "own-pass": 17, "temperror": 3}
    forge(bag, domain, networks(bag.rng), results, range(DAYS), 5)


def shop(bag):
    domain = "shop.example"
    for day in range(DAYS):
        own = (170 if weekday(day) > 4 else 196) + bag.rng.randrange(0, 18)
        bag.spread("own", domain, day, SHOP_SERVER, own)
        if weekday(day) == 1:
            campaign = 244 + bag.rng.randrange(0, 30)
            for n, count in enumerate(split(campaign, [4, 3, 2, 1])):
                bag.spread("mailchimp", domain, day, mailchimp(n), count)
        if day in INVOICES:
            bag.burst("invoices", domain, day, INVOICE_MACHINE, INVOICES[day])
    pool = networks(bag.rng)[:26]
    forge(bag, domain, pool, {"softfail": 3, "own-pass": 1}, range(DAYS), 2)


def parked(bag):
    domain = "parked.example"
    days = [day for day in range(DAYS) if bag.writers(domain, day)]
    forge(bag, domain, networks(bag.rng)[:90], {"fail": 6, "none": 2, "own-pass": 2}, days, 3)


def acme_mail(bag):
    domain = "acme-mail.example"
    for day in range(DAYS):
        news = (62 if weekday(day) == 3 else 36) + bag.rng.randrange(0, 9)
        bag.spread("own", domain, day, SENDGRID, news)
        bag.spread("own", domain, day, ACME_MAIL_SERVER, 9 + bag.rng.randrange(0, 5))
    forge(bag, domain, networks(bag.rng)[:9], {"softfail": 3, "own-pass": 1}, range(DAYS), 2)


def schedule(bag):
    """Who writes about which domain on which day."""
    for day in range(DAYS):
        every = lambda n, at=0: day % n == at
        writers = {
            "acme.example": [
                SEARCHMAIL, MAILCLOUD, NEW_MTA,
                *[PURPLE] * every(2), *[POCHTA] * (day % 7 in (1, 3, 5)),
                *[NORTH] * every(7, 4), *[HARBOUR] * every(5, 2),
            ],
            "shop.example": [
                SEARCHMAIL, MAILCLOUD, PURPLE,
                *[NEW_MTA] * every(3), *[POCHTA] * every(7, 2), *[HARBOUR] * every(10, 6),
            ],
            "parked.example": [
                SEARCHMAIL, *[MAILCLOUD] * (not every(3)), PURPLE, *[POCHTA] * every(4, 1),
            ],
            "acme-mail.example": [
                SEARCHMAIL, NEW_MTA, *[MAILCLOUD] * every(2), *[PURPLE] * every(4, 3),
            ],
        }  # fmt: skip
        for domain, reporters in writers.items():
            bag.schedule(domain, day, reporters)


# ---------------------------------------------------------------- what is written down


class Ledger:
    """Writes files, and keeps what must become of each."""

    def __init__(self):
        self.domains = defaultdict(Tally)
        self.outcomes = Counter()
        self.inputs = 0
        self.special = {}  # path -> outcome
        self.told = []  # (folder, path, sentence, outcome)

    def file(self, path, data):
        target = HERE / path
        target.parent.mkdir(exist_ok=True)
        assert not target.exists(), path
        target.write_bytes(data)
        self.inputs += 1

    def count(self, domain, tally):
        self.domains[domain].add(tally)
        self.outcomes["reports"] += tally.reports

    def tell(self, path, sentence, outcome, shown=None):
        self.special[path] = outcome
        self.told.append((path.split("/")[0], path.split("/")[1], sentence, shown or outcome))

    def other(self, path, data, sentence, outcome):
        """A file that adds nothing to the totals of any domain."""
        self.file(path, data)
        kind = outcome.split()[0]
        self.outcomes[{"duplicate": "duplicates", "conflict": "conflicts"}.get(kind, kind)] += 1
        self.tell(path, sentence, outcome)


FOLDER_OF = {
    "acme.example": "acme",
    "shop.example": "shop",
    "parked.example": "parked",
    "acme-mail.example": "acme-mail",
}
# Reporters whose reports a gateway gathered into one zip a week.
WEEKLY = {
    ("acme.example", NEW_MTA),
    ("shop.example", PURPLE),
    ("parked.example", PURPLE),
    ("acme-mail.example", NEW_MTA),
}


def write_weeks(ledger, bag, mailed):
    weeks = defaultdict(list)
    for (reporter, domain, day), report in bag.reports.items():
        if not report.rows:
            continue
        ledger.count(domain, report.tally())
        if (reporter, domain, day) in mailed:
            continue
        if (domain, reporter) in WEEKLY:
            weeks[domain, reporter, day // 7].append(report)
            continue
        ending, data = reporter.pack(report)
        ledger.file(f"{FOLDER_OF[domain]}/{report.stem}{ending}", data)
    for (domain, reporter, week), reports in weeks.items():
        members = [(r.stem + ".xml", reporter.document(r)) for r in reports]
        name = f"{reporter.domain}-{FIRST_DAY + timedelta(days=7 * week)}-week.zip"
        ledger.file(f"{FOLDER_OF[domain]}/{name}", zip_file(members))


# ---------------------------------------------------------------- report mails


def base64_lines(data):
    text = base64.b64encode(data).decode()
    return "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76)) + "\r\n"


def quoted_printable(data):
    """RFC 2045 section 6.7 for a UTF-8 text with line feeds."""
    lines = []
    for line in data.decode().split("\n"):
        coded = "".join(c if " " <= c <= "~" and c != "=" else "".join(f"={b:02X}" for b in c.encode()) for c in line)
        while len(coded) > 75:
            cut = 75 - (2 if coded[74] == "=" else 1 if coded[73] == "=" else 0)
            cut = cut - 1 if coded[cut - 1] == "=" else cut
            lines.append(coded[:cut] + "=")
            coded = coded[cut:]
        lines.append(coded[:-1] + f"={ord(coded[-1]):02X}" if coded.endswith((" ", "\t")) else coded)
    return "\r\n".join(lines)


def mail(headers, body):
    """A message: header lines, an empty line, the body."""
    return "\r\n".join(headers) + "\r\n\r\n" + body


def part(headers, body):
    return mail(headers, body)


def multipart(kind, boundary, parts, extra=()):
    """A multipart entity, its own headers first."""
    headers = [*extra, f'Content-Type: multipart/{kind}; boundary="{boundary}"']
    body = "".join(f"--{boundary}\r\n{text}\r\n" for text in parts)
    return mail(headers, body + f"--{boundary}--\r\n")


def envelope(reporter, report, subject):
    """The headers that carry a report to its readers, as a mail server leaves them."""
    when = datetime.fromtimestamp(report.period[1] + 9_000, timezone.utc)
    stamp = when.strftime("%a, %d %b %Y %H:%M:%S +0000")
    host = f"out7.{reporter.domain}"
    return [
        f"Return-Path: <{reporter.email}>",
        "Delivered-To: dmarc-reports@acme.example",
        "Authentication-Results: mx1.acme.example;",
        f"\tdkim=pass header.d={reporter.email.split('@')[1]} header.s=rep; spf=pass smtp.mailfrom={reporter.email}",
        f"Received: from {host} ({host} [192.0.2.150])",
        f"\tby mx1.acme.example (Postfix) with ESMTPS id {digest(report.stem) % 16**10:010X}",
        f"\tfor <dmarc-reports@acme.example>; {stamp}",
        f"Date: {stamp}",
        f"From: {reporter.email}",
        "To: dmarc-reports@acme.example",
        f"Subject: {subject}",
        f"Message-ID: <{digest('mail', report.stem) % 10**16}@{reporter.domain}>",
        "MIME-Version: 1.0",
    ]


def subject_of(report, keyword="Domain"):
    return f"Report {keyword}: {report.domain} Submitter: {report.reporter.domain} Report-ID: {report.id}"


def attachment(name, data, media="application/gzip"):
    headers = [
        f'Content-Type: {media}; name="{name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
    ]
    return part(headers, base64_lines(data))


def plain(text, coding="7bit"):
    body = base64_lines(text.encode()) if coding == "base64" else text + "\r\n"
    return part(["Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {coding}"], body)


def single_zip(report):
    name, data = report.stem + ".zip", report.reporter.pack(report)[1]
    headers = envelope(report.reporter, report, subject_of(report, "domain"))
    return "\r\n".join(headers) + "\r\n" + attachment(name, data, "application/zip")


def mixed(report, parts, subject=None, kind="mixed"):
    headers = envelope(report.reporter, report, subject or subject_of(report))
    return multipart(kind, f"=-{digest(report.stem, 'b') % 16**16:016x}", parts, headers)


def gzipped(report):
    return gzip_member(report.reporter.document(report))


def nested(report):
    words = base64.b64encode(subject_of(report).encode()).decode()
    html = "<div>A report on mail in the name of your domain is attached.</div>\r\n"
    page = part(["Content-Type: text/html; charset=us-ascii"], html)
    alternative = multipart("alternative", "alt-0001", [plain("See the attached report."), page])
    related = multipart("related", "rel-0001", [alternative])
    encoded = "=?utf-8?B?" + words[:48] + "?=\r\n =?utf-8?B?" + words[48:] + "?="
    return mixed(report, [related, attachment(report.stem + ".xml.gz", gzipped(report))], encoded)


def octet_stream(report):
    name = report.stem + ".xml.gz"
    headers = [
        "Content-Type: application/octet-stream;",
        f"\tname={name}",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment;",
        f'\tfilename*0="{name[:40]}";',
        f'\tfilename*1="{name[40:]}"',
    ]
    return mixed(report, [plain("Sent by a program."), part(headers, base64_lines(gzipped(report)))])


def inline_xml(report, coding):
    data = report.reporter.document(report)
    body = quoted_printable(data) if coding == "quoted-printable" else data.decode().replace("\n", "\r\n")
    headers = [
        f'Content-Type: text/xml; charset=utf-8; name="{report.stem}.xml"',
        f"Content-Transfer-Encoding: {coding}",
        f'Content-Disposition: attachment; filename="{report.stem}.xml"',
    ]
    return part(headers, body)


def forward(report):
    inner = mixed(report, [plain("Your report."), attachment(report.stem + ".xml.gz", gzipped(report))])
    attached = part(["Content-Type: message/rfc822", "Content-Disposition: attachment"], inner)
    headers = [
        "Return-Path: <mail-desk@acme.example>",
        "Date: Mon, 12 Oct 2026 09:30:00 +0000",
        "From: Mail Desk <mail-desk@acme.example>",
        "To: dmarc-reports@acme.example",
        "Subject: Fwd: " + subject_of(report),
        "Message-ID: <20261012093000.1@acme.example>",
        "MIME-Version: 1.0",
    ]
    return multipart("mixed", "forwarded-0001", [plain("Is this one of ours?"), attached], headers)


def two_reports(report, other):
    parts = [attachment(r.stem + ".xml.gz", gzipped(r)) for r in (report, other)]
    return mixed(report, [plain("Two reports."), *parts], "Daily reports")


# file name -> how it is written, the report, what it shows
MAILS = [
    ("single-part-zip", single_zip, (SEARCHMAIL, "acme.example", 5), "the mail itself is the zip; subject with `Report domain`"),
    ("single-part-zip-shop", single_zip, (SEARCHMAIL, "shop.example", 6), "the same for another domain"),
    ("nested-multiparts", nested, (MAILCLOUD, "acme.example", 7), "base64 subject; related and alternative parts beside the gzip"),
    ("nested-multiparts-shop", nested, (MAILCLOUD, "shop.example", 8), "the same for another domain"),
    ("base64-text-then-gzip", lambda r: mixed(r, [plain("A report from Pochta.", "base64"), attachment(r.stem + ".xml.gz", gzipped(r))], subject_of(r).replace(" Submitter", "; Submitter")), (POCHTA, "acme.example", 10), "subject with semicolons; the text is base64 too"),
    ("x-gzip", lambda r: mixed(r, [plain("A report."), attachment(r.stem + ".xml.gz", gzipped(r), "application/x-gzip")]), (PURPLE, "acme.example", 12), "an unregistered media type"),
    ("octet-stream-split-name", octet_stream, (MAILCLOUD, "acme.example", 13), "media type says nothing; file name split by RFC 2231"),
    ("quoted-printable-xml", lambda r: mixed(r, [inline_xml(r, "quoted-printable")]), (POCHTA, "acme.example", 15), "one long line of XML in quoted-printable"),
    ("7bit-xml", lambda r: mixed(r, [plain("A report."), inline_xml(r, "7bit")]), (NORTH, "acme.example", 11), "XML as it is, with CRLF line ends"),
    ("alternative-xml", lambda r: mixed(r, [plain("A report."), inline_xml(r, "7bit")], kind="alternative"), (HARBOUR, "acme.example", 17), "the report stands inside multipart/alternative"),
    ("forwarded-mail", forward, (PURPLE, "acme.example", 18), "the report's mail is attached to another mail"),
    ("gzip-named-zip", lambda r: mixed(r, [attachment(r.stem + ".zip", gzipped(r), "application/zip")]), (MAILCLOUD, "shop.example", 20), "name and media type say zip, the bytes are gzip"),
    ("report-of-an-enforced-domain", lambda r: mixed(r, [plain("A report."), attachment(r.stem + ".xml.gz", gzipped(r))]), (MAILCLOUD, "acme-mail.example", 14), "an ordinary mail: text, then gzip"),
]  # fmt: skip
TWO_IN_ONE = ((NEW_MTA, "shop.example", 12), (NEW_MTA, "shop.example", 15))


def write_mails(ledger, bag):
    for name, write, key, sentence in MAILS:
        path = f"mail/{name}.eml"
        ledger.file(path, write(bag.reports[key]).encode())
        ledger.tell(path, sentence, "accepted")
    path = "mail/two-attachments.eml"
    ledger.file(path, two_reports(*(bag.reports[key] for key in TWO_IN_ONE)).encode())
    ledger.tell(path, "two reports in one mail", "accepted", "accepted (both)")
    again = bag.reports[MAILCLOUD, "shop.example", 9]
    text = mixed(again, [attachment(again.stem + ".xml.gz", gzipped(again))])
    sentence = "a mail with a report that lies in `shop/` already"
    ledger.other("mail/delivered-again.eml", text.encode(), sentence, "duplicate")
    again = bag.reports[SEARCHMAIL, "acme.example", 9]
    ending, data = SEARCHMAIL.pack(again)
    sentence = "a second copy under another name"
    ledger.other(f"acme/{again.stem} (1){ending}", data, sentence, "duplicate")


# ---------------------------------------------------------------- single oddities

QUIRK_DAYS = [EPOCH + day * DAY for day in range(22, 27)]  # 12 to 16 October
GOOD = (1, 2, True, True)  # records, messages, DKIM aligned, SPF aligned
BAD = (1, 1, False, False)
NONE = (0, 0, False, False)


def quirk_base(name, sentence, passing=True):
    """An ordinary report on quirks.example: (text, begin of its period)."""
    number = digest("quirk", name)
    begin = QUIRK_DAYS[number % len(QUIRK_DAYS)]
    ip = "192.0.2.99" if passing else f"198.18.{number % 250}.{number % 199 + 1}"
    result = word(passing)
    dkim = """
      <dkim>
        <domain>quirks.example</domain>
        <selector>q1</selector>
        <result>pass</result>
      </dkim>""" if passing else ""  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{ROOT}>
  <!-- {sentence} -->
  <version>1.0</version>
  <report_metadata>
    <org_name>oddities.example</org_name>
    <email>dmarc@oddities.example</email>
    <report_id>{name}</report_id>
    <date_range>
      <begin>{begin}</begin>
      <end>{begin + DAY - 1}</end>
    </date_range>
  </report_metadata>
  <policy_published>
    <domain>quirks.example</domain>
    <adkim>r</adkim>
    <aspf>r</aspf>
    <p>none</p>
    <sp>none</sp>
    <pct>100</pct>
  </policy_published>
  <record>
    <row>
      <source_ip>{ip}</source_ip>
      <count>{2 if passing else 1}</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>{result}</dkim>
        <spf>{result}</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_from>quirks.example</envelope_from>
      <header_from>quirks.example</header_from>
    </identifiers>
    <auth_results>{dkim}
      <spf>
        <domain>quirks.example</domain>
        <scope>mfrom</scope>
        <result>{result}</result>
      </spf>
    </auth_results>
  </record>
</{ROOT}>
"""


def swap(old, new):
    """An edit of the ordinary report. What it replaces must stand there once."""

    def edit(text):
        assert text.count(old) == 1, (old, text.count(old))
        return text.replace(old, new)

    return edit


def cut(pattern, new=""):
    def edit(text):
        text, times = re.subn(pattern, new, text, flags=re.S)
        assert times == 1, (pattern, times)
        return text

    return edit


def evaluated(name, value):
    """Replaces DKIM's or SPF's aligned result, which stands first."""
    return cut(rf"(?<=</disposition>\n)(.*?<{name}>)\w+(</{name}>.*)", rf"\g<1>{value}\g<2>")


def times(begin=None, end=None):
    """Moves the period by seconds."""

    def edit(text):
        first, last = (int(n) for n in re.search(r"<begin>(\d+)<.*<end>(\d+)<", text, re.S).groups())
        text = text.replace(f"<begin>{first}<", f"<begin>{first + (begin or 0)}<")
        return text.replace(f"<end>{last}<", f"<end>{last + (end or 0)}<")

    return edit


def reason(kind, comment):
    inside = f"<type>{kind}</type><comment>{comment}</comment>"
    return swap("      </policy_evaluated>", f"        <reason>{inside}</reason>\n      </policy_evaluated>")


def spf_result(value):
    return cut(r"(<scope>mfrom</scope>\s*<result>)\w+", rf"\g<1>{value}")


def add_row(copies):
    """Repeats the record."""
    return cut(r"  <record>.*</record>\n", lambda found: found.group(0) * copies)


def prefixed(text):
    text = re.sub(r"<(/?)(\w)", r"<\1d:\2", text)
    return text.replace(f"<d:{ROOT}>", f'<d:{ROOT} xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0">', 1)


HALF_GZIP = lambda data: gzip_member(data[: len(data) // 2]) + gzip_member(data[len(data) // 2 :])
ISSUES = "accepted with issues"
DMARC2 = swap(f"<{ROOT}>", f'<{ROOT} xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')
UNSIGNED = cut(r"\n      <dkim>.*?</dkim>(?=\n      <spf>)")
SECOND_SPF = "<spf><domain>{0}</domain><scope>mfrom</scope><result>{1}</result></spf>"

# name, what it shows, edits of the text, outcome, then what differs: base, tally, coding, ending
QUIRKS = [
    ("d02-zip", "A zip where a gzip is expected.", [], "accepted", {"pack": lambda d: zip_file([("report.xml", d)]), "ending": ".zip"}),
    ("d09-gzip-named-zip", "The name says zip, the bytes are gzip.", [], "accepted", {"pack": gzip_member, "ending": ".zip"}),
    ("d10-line-end-after-gzip", "A line end follows the gzip trailer.", [], ISSUES + " (trailing_bytes)", {"pack": lambda d: gzip_member(d) + b"\r\n", "ending": ".xml.gz"}),
    ("d11-gzip-in-gzip", "Compressed twice.", [], "accepted", {"pack": lambda d: gzip_member(gzip_member(d)), "ending": ".xml.gz.gz"}),
    ("h12-several-in-a-zip", "A zip with two reports; the second differs in its id and address.", [], "accepted (both)", {"pack": None, "ending": ".zip"}),
    ("d18-schema-before-root", "An unclosed schema element stands before the report.", [swap(f"<{ROOT}>", f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://dmarc.org/dmarc-xml/0.1">\n<{ROOT}>')], ISSUES + " (wrapped_document)", {}),
    ("d20-stray-byte", "Byte 0x91, a Windows quotation mark, in a document that says UTF-8.", [swap("oddities.example</org", "\x91oddities.example</org")], ISSUES + " (misencoded)", {"coding": "latin-1"}),
    ("d21-one-line", "No line end anywhere.", [lambda t: re.sub(r">\s+<", "><", t).strip()], "accepted", {}),
    ("d22-no-declaration", "No XML declaration.", [cut(r"^<\?xml.*?\?>\n")], "accepted", {}),
    ("d23-cut-last-tag", "The last end tag is not finished; no record is open.", [cut(rf"</{ROOT}>\n$", f"</{ROOT}")], ISSUES + " (unclosed_document)", {}),
    ("d24-stray-text", "Text between two elements.", [swap("<sp>none</sp>", "<sp>none</sp>11")], ISSUES + " (stray_text)", {}),
    ("d25-padded-values", "Blanks and tabs round domain, policy, count and end.", [swap("<p>none</p>", "<p> none</p>"), swap("<count>2<", "<count> 2 <"), cut(r"</end>", " </end>"), swap("<domain>quirks.example</domain>\n    <adkim>", "<domain>quirks.example \t</domain>\n    <adkim>")], "accepted", {}),
    ("d26-schema-location", "Namespaces of the schema on the root, unused.", [swap(f"<{ROOT}>", f'<{ROOT} xmlns:ns1="http://dmarc.org/dmarc-xml/0.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://dmarc.org/dmarc-xml/0.1 rua.xsd">')], "accepted", {}),
    ("d27-rfc9990-with-pct", "RFC 9990's namespace and words, yet `pct`, which it removed.", [DMARC2, swap("<p>none</p>", "<discovery_method>psl</discovery_method><testing>n</testing><p>none</p>")], "accepted", {}),
    ("d28-version-0.1", "A version that no RFC has.", [swap("<version>1.0<", "<version>0.1<")], "accepted", {}),
    ("d29-empty-org-name", "The org_name is empty; the domain of the address stands in.", [swap("<org_name>oddities.example<", "<org_name><")], ISSUES + " (missing_element)", {}),
    ("d30-quoted-org-name", "A quotation mark before and a blank after the org_name.", [swap("<org_name>oddities.example<", "<org_name>&quot;Oddities.EXAMPLE <")], "accepted", {}),
    ("d31-display-name", "The org_name is a name for people.", [swap("<org_name>oddities.example<", "<org_name>Oddities &amp; Sons, DMARC desk<")], "accepted", {}),
    ("d32-colon-in-id", "The report id is domain, colon, time.", [swap("d32-colon-in-id</report_id", "quirks.example:1792454400</report_id")], "accepted", {}),
    ("d33-domain-in-id", "The report id holds the domain that it reports on.", [swap("d33-domain-in-id</report_id", "quirks.example-20261012-a81</report_id")], "accepted", {}),
    ("d34-same-id-one-day", "One id for two periods: the first.", [cut(r"<report_id>.*</report_id>", "<report_id>d34</report_id>")], "accepted", {"day": 0}),
    ("d34-same-id-next-day", "One id for two periods: the second.", [cut(r"<report_id>.*</report_id>", "<report_id>d34</report_id>")], "accepted", {"day": 1}),
    ("d35-same-id-one-reporter", "One id from two reporters: the first.", [cut(r"<report_id>.*</report_id>", "<report_id>d35</report_id>")], "accepted", {"day": 2}),
    ("d35-same-id-other-reporter", "One id from two reporters: the second.", [cut(r"<report_id>.*</report_id>", "<report_id>d35</report_id>"), swap("<org_name>oddities.example<", "<org_name>curios.example<")], "accepted", {"day": 2}),
    ("d36-conflict-first", "One key with two contents: the first counts.", [cut(r"<report_id>.*</report_id>", "<report_id>d36</report_id>")], "accepted", {"day": 3}),
    ("d36-conflict-second", "One key with two contents: the second does not.", [cut(r"<report_id>.*</report_id>", "<report_id>d36</report_id>"), swap("192.0.2.99", "192.0.2.98")], "conflict", {"day": 3}),
    ("d37-delivered", "A report that a gateway delivers again with other line ends: as it was.", [cut(r"<report_id>.*</report_id>", "<report_id>d37</report_id>"), cut(r"  <!--.*?-->\n")], "accepted", {"day": 4}),
    ("d37-delivered-again", "The same report with other line ends.", [cut(r"<report_id>.*</report_id>", "<report_id>d37</report_id>"), lambda t: t.replace("\n", "\r\n")], "duplicate", {"day": 4}),
    ("d38-end-exclusive", "The period ends where the next begins.", [times(end=1)], "accepted", {}),
    ("d39-odd-seconds", "A period of 86,417 seconds from 37 seconds past the hour.", [times(37, 37 + 18)], "accepted", {}),
    ("d40-no-length", "Begin and end are the same.", [times(43_200, 43_200 + 1 - DAY)], "accepted", {}),
    ("d41-six-hours", "A quarter of a day.", [times(end=-64_800)], "accepted", {}),
    ("d42-three-weeks", "Three weeks in one report.", [times(-10 * DAY, 10 * DAY)], ISSUES + " (odd_period)", {"day": 2}),
    ("d43-local-midnight", "The day begins at 22:00 UTC.", [times(-7_200, -7_200)], "accepted", {}),
    ("d44-fractions", "Times with a fraction of a second.", [cut(r"</begin>", ".0</begin>"), cut(r"</end>", ".375</end>")], ISSUES + " (other_form)", {}),
    ("d45-t-and-psd", "RFC 9990's namespace, but `t` for testing, and `psd`.", [DMARC2, swap("<sp>none</sp>", "<sp>none</sp><t>n</t><psd>n</psd>"), cut(r"\s*<pct>100</pct>")], ISSUES + " (alias_element)", {}),
    ("d46-no-sp", "No `sp`, which RFC 7489 required.", [cut(r"\s*<sp>none</sp>")], "accepted", {}),
    ("d47-empty-sp", "An empty `sp`.", [swap("<sp>none</sp>", "<sp/>")], "accepted", {}),
    ("d48-sp-nil", "A word for `sp` that no RFC knows.", [swap("<sp>none</sp>", "<sp>nil</sp>")], ISSUES + " (unknown_word)", {}),
    ("d49-no-alignment-modes", "No `adkim`, no `aspf`.", [cut(r"\s*<adkim>.*</aspf>")], "accepted", {}),
    ("d50-fo", "An `fo` with two letters.", [swap("<pct>100</pct>", "<pct>100</pct><fo>1:d</fo>")], "accepted", {}),
    ("d51-rf-and-ri", "Two tags of the record that no schema has.", [swap("<pct>100</pct>", "<pct>100</pct><rf>afrf</rf><ri>86400</ri>")], "accepted", {}),
    ("d52-np-without-namespace", "RFC 9990's `np` in a report of RFC 7489.", [swap("<pct>100</pct>", "<pct>100</pct><np>none</np>")], "accepted", {}),
    ("d53-two-policies", "policy_published stands twice; the first counts.", [swap("  <record>", "  <policy_published><domain>quirks.example</domain><p>reject</p></policy_published>\n  <record>")], ISSUES + " (repeated_element)", {}),
    ("d54-no-record", "A report without rows.", [cut(r"  <record>.*</record>\n")], ISSUES + " (no_records)", {"tally": NONE}),
    ("d55-null-record", "A row of no messages from nowhere.", [swap("<source_ip>192.0.2.99<", "<source_ip><"), swap("<count>2<", "<count>0<"), cut(r"<auth_results>.*</auth_results>", "<auth_results/>")], ISSUES + " (null_record)", {"tally": NONE}),
    ("d56-identities", "`identities` for identifiers.", [swap("<identifiers>", "<identities>"), swap("</identifiers>", "</identities>")], ISSUES + " (alias_element)", {}),
    ("d57-no-envelope-from", "No envelope_from.", [cut(r"\s*<envelope_from>.*</envelope_from>")], "accepted", {}),
    ("d58-null-sender", "An empty envelope_from: a bounce.", [swap("<envelope_from>quirks.example<", "<envelope_from><")], "accepted", {}),
    ("d59-no-spf", "No SPF result.", [cut(r"\n      <spf>.*?</spf>(?=\n    </auth)"), evaluated("spf", "fail")], "accepted", {"tally": (1, 2, True, False)}),
    ("d59-empty-auth-results", "No result at all.", [cut(r"<auth_results>.*</auth_results>", "<auth_results></auth_results>")], "accepted", {"passing": False}),
    ("d60-helo-without-domain", "SPF checked for HELO, the domain left out.", [cut(r"<domain>quirks.example</domain>(\s*)<scope>mfrom", r"<domain></domain>\1<scope>helo")], "accepted", {"passing": False}),
    ("d61-three-spf", "Three SPF results in one record.", [swap("    </auth_results>", "      " + SECOND_SPF.format("mail.quirks.example", "none") + SECOND_SPF.format("relay.example", "neutral") + "\n    </auth_results>")], "accepted", {}),
    ("d62-no-selector", "A signature without its selector.", [cut(r"\s*<selector>q1</selector>")], "accepted", {}),
    ("d63-empty-signature", "A signature with neither domain nor result, beside a good one.", [swap("    <auth_results>", "    <auth_results>\n      <dkim><domain/><result/></dkim>")], "accepted", {}),
    ("d64-spf-before-dkim", "SPF stands before DKIM.", [cut(r"(\n      <dkim>\n.*?</dkim>)(\n      <spf>\n.*?</spf>)(?=\n    </auth)", r"\2\1")], "accepted", {}),
    ("d65-hardfail", "SPF `hardfail`, which means fail.", [spf_result("hardfail")], ISSUES + " (other_form)", {"passing": False}),
    ("d66-spf-unknown", "SPF `unknown`, which means temperror.", [spf_result("unknown")], ISSUES + " (other_form)", {"passing": False}),
    ("d66-spf-error", "SPF `error`, which means permerror.", [spf_result("error")], ISSUES + " (other_form)", {"passing": False}),
    ("d67-dkim-invalid", "A DKIM result that no RFC knows.", [swap("    <auth_results>", "    <auth_results>\n      <dkim><domain>elsewhere.example</domain><selector>e</selector><result>invalid</result></dkim>")], ISSUES + " (unknown_word)", {"passing": False}),
    ("d68-evaluated-none", "Evaluated as `none`: not a pass.", [evaluated("dkim", "none")], ISSUES + " (unknown_word)", {"passing": False}),
    ("d68-evaluated-softfail", "Evaluated as `softfail`: not a pass.", [evaluated("spf", "softfail")], ISSUES + " (unknown_word)", {"passing": False}),
    ("d69-pass-without-namespace", "RFC 9990's disposition `pass` in a report of RFC 7489.", [swap("<disposition>none<", "<disposition>pass<")], "accepted", {}),
    ("d70-disposition-softfail", "A disposition that no RFC knows.", [swap("<disposition>none<", "<disposition>softfail<")], ISSUES + " (unknown_word)", {"passing": False}),
    ("d71-capitals", "Words in capitals.", [swap("<disposition>none<", "<disposition>None<"), evaluated("dkim", "Pass"), evaluated("spf", "PASS"), swap("<p>none</p>", "<p>None</p>")], "accepted", {}),
    ("d72-reason-as-text", "The reason is text, not an element.", [swap("      </policy_evaluated>", "        <reason>sampled_out</reason>\n      </policy_evaluated>")], "accepted", {"passing": False}),
    ("d73-empty-reason", "A reason that says nothing.", [reason("", "")], "accepted", {}),
    ("d74-arc-on-a-pass", "A reason with ARC results on mail that needed none.", [reason("local_policy", "arc=pass as.1.relay.example=pass")], "accepted", {}),
    ("d75-forwarded", "RFC 7489's reason `forwarded`, gone from RFC 9990.", [reason("forwarded", "")], "accepted", {"passing": False}),
    ("d76-passed-yet-quarantined", "Mail that passes, yet was quarantined.", [swap("<disposition>none<", "<disposition>quarantine<")], ISSUES + " (inconsistent)", {}),
    ("d77-pass-without-signature", "DKIM passes in alignment, yet no signature is shown.", [UNSIGNED], ISSUES + " (inconsistent)", {}),
    ("d78-row-for-each-message", "The same row twice, one message each.", [swap("<count>2<", "<count>1<"), add_row(2)], "accepted", {"tally": (2, 2, True, True)}),
    ("d79-empty-human-result", "An empty human_result.", [swap("<selector>q1</selector>\n", "<selector>q1</selector>\n        <human_result/>\n")], "accepted", {}),
    ("h13-two-gzip-members", "One document in two gzip members.", [], "accepted", {"pack": HALF_GZIP, "ending": ".xml.gz"}),
    ("h22-prefixed-names", "Every element carries a namespace prefix.", [prefixed], "accepted", {}),
    ("h22-trailing-element", "Something else follows the report.", [lambda t: t + "<note>passed on by a gateway</note>\n"], ISSUES + " (trailing_content)", {}),
    ("h24-byte-order-mark", "UTF-8 with a byte order mark.", [], "accepted", {"coding": "utf-8-sig"}),
    ("h24-utf-16", "UTF-16, little end first, as declared.", [swap('encoding="UTF-8"', 'encoding="UTF-16"'), swap("<org_name>oddities.example<", "<org_name>Curiosités<")], "accepted", {"coding": "utf-16"}),
    ("h24-windows-1252", "Windows-1252, as declared.", [swap('encoding="UTF-8"', 'encoding="windows-1252"'), swap("<org_name>oddities.example<", "<org_name>Café Courrier – Genève<")], "accepted", {"coding": "cp1252"}),
    ("h26-unknown-entity", "An entity that XML does not know.", [swap("<org_name>oddities.example<", "<org_name>Caf&eacute; Oddities<")], ISSUES + " (bad_reference)", {}),
    ("h33-count-many", "A count in words: that row stays out of the totals, the other counts.", [add_row(2), lambda t: t.replace("<count>2<", "<count>many<", 1)], ISSUES + " (bad_count)", {}),
    ("h34-ends-before-it-begins", "Begin and end are the wrong way round.", [times(DAY - 1, 1 - DAY)], ISSUES + " (odd_period)", {}),
    ("h37-address-unknown", "The address is the word `unknown`; the row counts.", [cut(r"<source_ip>.*?<", "<source_ip>unknown<")], ISSUES + " (bad_address)", {"passing": False}),
    ("h37-mapped-address", "An IPv4 address written as IPv6.", [swap("<source_ip>192", "<source_ip>::ffff:192")], ISSUES + " (other_form)", {}),
    ("h38-capital-domain", "Domains in capitals, with a final dot.", [swap("<domain>quirks.example</domain>\n    <adkim>", "<domain>Quirks.EXAMPLE.</domain>\n    <adkim>"), swap("<header_from>quirks.example<", "<header_from>QUIRKS.example.<")], "accepted", {}),
]  # fmt: skip


def quirk_tally(records, messages, dkim, spf):
    total = Tally(reports=1)
    for count in split(messages, [1] * records) if records else []:
        total.add_row(count, dkim, spf)
    return total


def quirk_text(name, sentence, edits, options):
    text = quirk_base(name, sentence, options.get("passing", True))
    if "day" in options:  # the reports of a pair must agree on it
        begin = QUIRK_DAYS[options["day"]]
        text = re.sub(r"<begin>\d+", f"<begin>{begin}", text)
        text = re.sub(r"<end>\d+", f"<end>{begin + DAY - 1}", text)
    for edit in edits:
        text = edit(text)
    return text


def two_members(data):
    second = data.replace(b"several-in-a-zip</", b"several-in-a-zip-2</").replace(b"192.0.2.99", b"192.0.2.98")
    assert second != data
    return zip_file([("one.xml", data), ("folder/two.xml", second)])


def utf16(text):
    return b"\xff\xfe" + text.encode("utf-16-le")


def write_quirk(ledger, name, sentence, edits, outcome, options):
    text = quirk_text(name, sentence, edits, options)
    coding = options.get("coding", "utf-8")
    data = utf16(text) if coding == "utf-16" else text.encode(coding)
    if "pack" in options:
        data = (options["pack"] or two_members)(data)
    path = f"quirks/{name}{options.get('ending', '.xml')}"
    if outcome in ("duplicate", "conflict"):
        ledger.other(path, data, sentence, outcome)
        return
    ledger.file(path, data)
    ledger.tell(path, sentence, outcome)
    tally = quirk_tally(*options.get("tally", GOOD if options.get("passing", True) else BAD))
    for _ in range(2 if "both" in outcome else 1):
        ledger.count("quirks.example", tally)


def unused_placeholder():
    headers = [
        "Return-Path: <dmarc-desk@purplemail.example>",
        "Date: Tue, 13 Oct 2026 09:12:00 +0000",
        "From: dmarc-desk@purplemail.example",
        "To: dmarc-reports@acme.example",
        "Subject: Report Domain: quirks.example Submitter: purplemail.example",
        "MIME-Version: 1.0",
    ]
    name = "!quirks.example!1791763200!1791849599.xml.gz"
    text = attachment(name, b"unused")
    return multipart("mixed", "empty-0001", [plain("A report."), text], headers).encode()


def write_quirks(ledger):
    for quirk in QUIRKS:
        write_quirk(ledger, *quirk)
    sentence = "The attachment is the word `unused`: nothing to report."
    ledger.other("quirks/d17-placeholder.eml", unused_placeholder(), sentence, "skipped empty")


# ---------------------------------------------------------------- broken and hostile


def entity_bomb():
    rows = "".join(f'  <!ENTITY l{n} "{f"&l{n - 1};" * 10}">\n' for n in range(1, 10))
    document = quirk_base("entity-bomb", "Ten entities of ten entities, nine times.")
    dtd = f'<!DOCTYPE {ROOT} [\n  <!ENTITY l0 "ha">\n{rows}]>\n<{ROOT}>'
    return document.replace(f"<{ROOT}>", dtd).replace("<org_name>oddities.example", "<org_name>&l9;")


def external_entity():
    document = quirk_base("external-entity", "An entity that names a file of the reader's.")
    dtd = f'<!DOCTYPE {ROOT} [<!ENTITY file SYSTEM "file:///etc/hostname">]>\n<{ROOT}>'
    return document.replace(f"<{ROOT}>", dtd).replace("<org_name>oddities.example", "<org_name>&file;")


def gzip_bomb():
    """Seventy million bytes of blanks round a report, in seventy thousand."""
    document = quirk_base("gzip-bomb", "Blanks without end.").encode()
    head, tail = document.split(b"  <policy_published>", 1)
    blanks = b" " * (70_000_000 - len(document))
    return gzip_member(head + blanks + b"  <policy_published>" + tail)


def encrypted_zip():
    """The flag is set in both headers; what it covers is nothing but noise."""
    noise = b"".join(digest("noise", n).to_bytes(32, "big") for n in range(12))
    data = bytearray(zip_file([("report.xml", noise)], zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def broken_base(name, sentence, *edits):
    text = quirk_base(name, sentence)
    for edit in edits:
        text = edit(text)
    return text.encode()


def auto_reply():
    headers = [
        "Return-Path: <>",
        "Date: Mon, 12 Oct 2026 08:00:04 +0000",
        "From: Front Desk <desk@bakery.example>",
        "To: dmarc-reports@acme.example",
        "Subject: Out of office: Report Domain: acme.example",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return mail(headers, "Thank you for your message. We bake again on Thursday.\r\n").encode()


LETTER = """Dear postmaster,

the reports of last week are late. We changed our servers and shall send them on Friday.

Yours faithfully,
North University, postmaster's desk
"""
PAGE = """<html>
<head><title>Sign in</title></head>
<body>
<h1>You have been signed out</h1>
<p>Sign in again to download this report.</p>
</body>
</html>
"""
FORMULA = swap("<org_name>oddities.example<", '<org_name>=HYPERLINK("http://evil.example","x")<')
MARKUP = swap(
    "<org_name>oddities.example<",
    '<org_name>&lt;script&gt;alert("x")&lt;/script&gt; \u009b31m\u202eelpmaxe.seitiddo\u202c<',
)


def broken_files():
    """(name, bytes, what it shows, outcome) of the files that are no report."""
    whole = gzip_member(broken_base("cut-gzip", "Half a gzip file."))
    bad_sum = bytearray(gzip_member(broken_base("bad-checksum", "A checksum that is wrong.")))
    bad_sum[-8] ^= 0xFF
    record = broken_base("cut-record", "The file ends inside a record.")
    noise = b"".join(digest("zip", n).to_bytes(32, "big") for n in range(20))
    lzma_like = zip_file([("report.xml", broken_base("bzip2", "Compressed with bzip2."))], zipfile.ZIP_BZIP2)
    future = cut(r"<begin>\d+</begin>\s*<end>\d+</end>", "<begin>3786912000</begin><end>3786998399</end>")
    words = cut(r"<begin>\d+<", "<begin>yesterday<")
    nameless = cut(r"\s*<domain>quirks.example</domain>(?=\s*<adkim>)")
    return [
        ("cut-gzip.xml.gz", whole[: len(whole) // 2], "half a gzip file", "rejected corrupt"),
        ("bad-checksum.xml.gz", bytes(bad_sum), "the gzip checksum is wrong", "rejected corrupt"),
        ("noise.zip", b"PK\x03\x04" + noise, "noise with a zip's first four bytes", "rejected corrupt"),
        ("encrypted.zip", encrypted_zip(), "an encrypted member", "rejected encrypted"),
        ("bzip2.zip", lzma_like, "a member compressed with bzip2", "rejected unsupported_compression"),
        ("gzip-bomb.xml.gz", gzip_bomb(), "68 kB that unpack to 70 MB", "rejected too_large"),
        ("cut-record.xml", record[: record.index(b"</policy_evaluated>")], "the file ends inside a record", "rejected truncated"),
        ("entity-bomb.xml", entity_bomb().encode(), "a billion laughs in a DOCTYPE", "rejected dtd_not_allowed"),
        ("external-entity.xml", external_entity().encode(), "an entity that names a local file", "rejected dtd_not_allowed"),
        ("no-policy-domain.xml", broken_base("no-domain", "policy_published names no domain.", nameless), "policy_published names no domain", "rejected missing_domain"),
        ("begins-yesterday.xml", broken_base("yesterday", "The period begins `yesterday`.", words), "the period begins `yesterday`", "rejected bad_date_range"),
        ("year-2090.xml", broken_base("year-2090", "A day in the year 2090.", future), "a day in the year 2090", "rejected date_in_future"),
        ("saved-page.xml", PAGE.encode(), "a web page saved as XML", "skipped not_a_report"),
        ("letter.txt", LETTER.encode(), "a letter", "skipped not_a_report"),
        ("auto-reply.eml", auto_reply(), "an out-of-office mail", "skipped not_a_report"),
        ("empty.xml", b"", "a file without a byte", "skipped empty"),
    ]  # fmt: skip


def write_broken(ledger):
    for name, data, sentence, outcome in broken_files():
        ledger.other(f"broken/{name}", data, sentence, outcome)
    lost_bracket = swap("<email>dmarc@oddities.example<", "<email><dmarc@oddities.example><")
    name, sentence = "d19-address-in-brackets.xml", "an address in brackets that are not escaped"
    ledger.file(f"broken/{name}", broken_base("d19", "An address in brackets that are not escaped.", lost_bracket))
    ledger.tell(f"broken/{name}", sentence, ISSUES + " (recovered)")
    ledger.count("quirks.example", quirk_tally(*GOOD))
    hostile = [
        ("formula-in-names.xml", "a spreadsheet formula as reporter and as comment", [FORMULA, reason("other", "+1+cmd|' /c calc'!A0")]),
        ("markup-in-names.xml", "markup, a terminal's control character (U+009B) and a right-to-left override as reporter, markup as comment", [MARKUP, reason("other", "&lt;img src=x onerror=alert(1)&gt;")]),
    ]  # fmt: skip
    for name, sentence, edits in hostile:
        path = f"broken/{name}"
        ledger.file(path, broken_base(name.removesuffix(".xml"), f"Text to be escaped: {sentence}.", *edits))
        ledger.tell(path, sentence, "accepted", "accepted; must be escaped wherever it is shown")
        ledger.count("quirks.example", quirk_tally(*GOOD))


# ---------------------------------------------------------------- README and truth

INTRO = """# Sample reports

Five weeks of reports (20 September to 24 October 2026) on the domains of a company that does
not exist. Try them first:

    ruaudit audit sample-reports

Everything is invented: addresses are from the ranges for documentation and benchmarks, domains
end in `.example`. The habits of the reporters are real: the containers, the order of elements,
what they leave out. `tests/samples/make.py` writes all of it, this page too; run again, it gives
the same bytes (the compressed ones, with the same zlib).

## The stories

| folder | domain | what goes on | what should be concluded |
|---|---|---|---|
| `acme/` | acme.example, p=none | Two own servers and Amazon SES never fail. Alumni and others forward some of the mail, which breaks SPF; nine messages lose their signature on the way. Five went through a mailing list. Strangers forge a quarter of the volume, a few messages from each of 826 networks. | ready for quarantine |
| `shop/` | shop.example, p=none | The own server is fine. The newsletter goes out through Mailchimp every Tuesday without the domain's signature. One invoicing machine at 203.0.113.77 sends ten mails that nothing vouches for. | mend Mailchimp first; ask about the machine |
| `parked/` | parked.example, p=none | Sends nothing; all of it is forged. | ready for reject |
| `acme-mail/` | acme-mail.example, p=quarantine | A newsletter through SendGrid and a server, all signed and aligned. A few forgeries. | ready for reject |
| `mail/` | as above | Reports in the mails that brought them; these reports lie nowhere else. | as above |
| `quirks/` | quirks.example, p=none | One oddity a file. | hold: not enough evidence |
| `broken/` | - | What cannot be read, and what means harm. | see below |

Reporters: searchmail.example (zip), Enterprise Mailcloud (gzip, names recipients), Purple Mail
(padded with tabs), Pochta.Example (one line), new-mta.example (RFC 9990), mx.north-uni.example
(plain XML), esa2.harbour-bank.example (a gateway with its own hours). Files named `-week.zip`
hold one report a day.

This page lies in the folder that is audited, so it is one of the inputs that are skipped.
`tests/samples/truth.json` holds the totals as `make.py` counted them while it wrote, over all
days; no parser was asked.

## Special files
"""


def readme(ledger):
    lines = [INTRO]
    for folder in FOLDERS:
        told = sorted(entry for entry in ledger.told if entry[0] == folder)
        if not told:
            continue
        lines.append(f"\n### {folder}/\n\n| file | what it shows | what must become of it |\n|---|---|---|\n")
        for _, name, sentence, outcome in told:
            code = re.sub(r"(?<=[ (])([a-z]+(?:_[a-z]+)+|corrupt|encrypted|malformed|truncated|empty|misencoded|inconsistent|recovered)\b", r"`\1`", outcome)
            lines.append(f"| `{name}` | {sentence} | {code} |\n")
    return "".join(lines)


def truth(ledger, bag):
    domains = {name: vars(tally) for name, tally in sorted(ledger.domains.items())}
    total = {key: sum(tally[key] for tally in domains.values()) for key in ("records", "messages")}
    kinds = ("reports", "duplicates", "conflicts", "rejected", "skipped")
    ingest = {"inputs": ledger.inputs, **{kind: ledger.outcomes[kind] for kind in kinds}, **total}
    stories = defaultdict(dict)
    for (domain, story), count in sorted(bag.told.items()):
        stories[domain][story] = count
    return {
        "from": str(FIRST_DAY),
        "to": str(FIRST_DAY + timedelta(days=DAYS - 1)),
        "ingest": ingest,
        "domains": domains,
        "stories": stories,
        "files": dict(sorted(ledger.special.items())),
    }


def main():
    for folder in FOLDERS:
        shutil.rmtree(HERE / folder, ignore_errors=True)
    bag, ledger = Mailbag(random.Random(20260920)), Ledger()
    schedule(bag)
    for story in (acme, shop, parked, acme_mail):
        story(bag)
    mailed = {key for _, _, key, _ in MAILS} | set(TWO_IN_ONE)
    write_weeks(ledger, bag, mailed)
    write_mails(ledger, bag)
    write_quirks(ledger)
    write_broken(ledger)
    for own in ("README.md",):
        ledger.inputs += 1
        ledger.outcomes["skipped"] += 1
        ledger.special[own] = "skipped not_a_report"
    (HERE / "README.md").write_text(readme(ledger))
    TRUTH.write_text(json.dumps(truth(ledger, bag), indent=2) + "\n")


if __name__ == "__main__":
    main()
