-- The store of ruaudit, version 5. This file is the only DDL of a new store; older stores come here by
-- the migrations in src/store/sqlite/migrate.rs.
--
-- Reports repeat themselves: a domain's mail shows a few dozen combinations of identities and results. Each
-- combination is kept once (a fingerprint), found by its digest, and a record is a report, an address, a
-- fingerprint and a count. Digests are the first 16 bytes of a SHA-256 over a canonical form (src/model/key.rs).
-- Times are seconds since 1970-01-01 UTC, days are days since then. Lists are JSON.

PRAGMA application_id = 1381319989; -- "RUAu"
PRAGMA user_version = 5;

-- The domains at which DMARC records were found (policy_published/domain).
CREATE TABLE domain (
    id   INTEGER PRIMARY KEY,                -- the number that others know it by
    name TEXT NOT NULL UNIQUE                -- lower case, without a final dot
) STRICT;

-- Who writes reports, and with what.
CREATE TABLE reporter (
    id                 INTEGER PRIMARY KEY,  -- the number that others know it by
    digest             BLOB NOT NULL UNIQUE, -- of all that follows
    org_name           TEXT NOT NULL,        -- who they say they are; the domain of email where that is empty
    email              TEXT NOT NULL,        -- possibly empty
    extra_contact_info TEXT,                 -- a web page or the like
    extra_contact_lang TEXT,                 -- lang attribute of extra_contact_info
    generator          TEXT,                 -- RFC 9990
    version            TEXT,                 -- as written
    namespace          TEXT,                 -- of the root element
    dialect            TEXT NOT NULL         -- rfc7489 or rfc9990
) STRICT;

-- The DMARC records as receivers found them. NULL: the report does not say. Empty: the element was empty.
CREATE TABLE policy (
    id               INTEGER PRIMARY KEY,    -- the number that others know it by
    digest           BLOB NOT NULL UNIQUE,   -- of all that follows
    domain           INTEGER NOT NULL REFERENCES domain (id), -- where the record was found
    p                TEXT,                   -- what is asked for mail that fails
    sp               TEXT,                   -- the same of subdomains
    np               TEXT,                   -- RFC 9990
    adkim            TEXT,                   -- r or s: how DKIM must align
    aspf             TEXT,                   -- r or s: how SPF must align
    fo               TEXT,                   -- when failure reports are asked for
    pct              TEXT,                   -- RFC 7489
    testing          TEXT,                   -- RFC 9990: y or n
    discovery_method TEXT,                   -- RFC 9990: psl or treewalk
    psd              TEXT                    -- in no schema, but written by a reporter
) STRICT;

-- All that a record says but its address and its count, each combination once.
CREATE TABLE fingerprint (
    id            INTEGER PRIMARY KEY,       -- the number that others know it by
    digest        BLOB NOT NULL UNIQUE,      -- of all that follows
    header_from   TEXT NOT NULL,             -- the domain that people see
    envelope_from TEXT,                      -- NULL: not said; empty: the null sender
    envelope_to   TEXT,                      -- domain of the recipients
    disposition   TEXT NOT NULL,             -- none, pass, quarantine, reject, or as written
    dkim          TEXT NOT NULL,             -- aligned: pass, fail, or as written
    spf           TEXT NOT NULL,             -- aligned: pass, fail, or as written
    reasons       TEXT,                      -- [{"type", "comment"?, "lang"?}]
    dkim_auth     TEXT,                      -- [{"domain", "selector"?, "result", "human"?, "lang"?}]
    spf_auth      TEXT                       -- [{"domain", "scope"?, "result", "human"?, "lang"?}]
) STRICT;

-- The reports that were accepted.
CREATE TABLE report (
    id        INTEGER PRIMARY KEY,           -- the number that others know it by
    key       BLOB NOT NULL,                 -- digest of reporter, domain, report id, begin, end
    content   BLOB NOT NULL,                 -- digest of policy and rows
    standing  INTEGER NOT NULL,              -- 0: counted. Out of totals: 1 conflict (same key, other content),
                                             -- 2 foreign (not a domain of the operator's), 3 unverified (see authenticity)
    domain    INTEGER NOT NULL REFERENCES domain (id), -- the policy domain
    day       INTEGER NOT NULL,              -- the day of the middle of the period
    reporter  INTEGER NOT NULL REFERENCES reporter (id), -- who wrote it
    policy    INTEGER NOT NULL REFERENCES policy (id), -- what they found published
    report_id TEXT NOT NULL,                 -- the reporter's own name for it
    begin     INTEGER NOT NULL,              -- start of the period
    end       INTEGER NOT NULL,              -- its end; some mean it inclusive, some not
    received_at INTEGER,                     -- when the input that brought it first arrived, if known
    errors    TEXT,                          -- [{"text", "lang"?}]: report_metadata/error
    authenticity INTEGER NOT NULL DEFAULT 0, -- the best of the mails that brought it. 0: unknown, 1: verified, 2: failed
    by_mail   INTEGER NOT NULL DEFAULT 0     -- 1: nothing but mails brought it
) STRICT;
CREATE UNIQUE INDEX report_key ON report (key, content);
CREATE INDEX report_day ON report (domain, day, standing, reporter, policy); -- all that is counted of a year
CREATE INDEX report_aside ON report (standing, domain, day) WHERE standing <> 0;

-- The rows of counted reports, laid so that one domain's window is one stretch of the file.
CREATE TABLE record (
    domain      INTEGER NOT NULL,            -- of its report
    day         INTEGER NOT NULL,            -- of its report
    report      INTEGER NOT NULL REFERENCES report (id), -- which it stands in
    seq         INTEGER NOT NULL,            -- position in the report, from 0
    source      ANY NOT NULL,                -- BLOB of 4 or 16 bytes; TEXT where it is no address
    fingerprint INTEGER NOT NULL REFERENCES fingerprint (id), -- all else that it says
    count       INTEGER NOT NULL,            -- messages
    PRIMARY KEY (domain, day, report, seq)
) STRICT, WITHOUT ROWID;

-- The rows of reports that are out of totals.
CREATE TABLE record_aside (
    report      INTEGER NOT NULL REFERENCES report (id), -- which it stands in
    seq         INTEGER NOT NULL,            -- as in record
    source      ANY NOT NULL,                -- as in record
    fingerprint INTEGER NOT NULL REFERENCES fingerprint (id), -- as in record
    count       INTEGER NOT NULL,            -- as in record
    PRIMARY KEY (report, seq)
) STRICT, WITHOUT ROWID;

-- What was odd about a report that was accepted all the same.
CREATE TABLE issue (
    report INTEGER NOT NULL REFERENCES report (id), -- which it was met in
    seq    INTEGER NOT NULL,                 -- in the order in which they were met, from 0
    code   TEXT NOT NULL,                    -- stable code
    place  TEXT NOT NULL,                    -- path of element names
    value  TEXT NOT NULL,                    -- what stood there, cut
    more   INTEGER NOT NULL DEFAULT 0,       -- how many more of this code were met after it
    PRIMARY KEY (report, seq)
) STRICT, WITHOUT ROWID;

-- Every input, and what became of it.
CREATE TABLE input (
    id          INTEGER PRIMARY KEY,         -- the number that others know it by
    identity    BLOB NOT NULL UNIQUE,        -- digest of origin and bytes: the same input is noted once
    digest      BLOB NOT NULL,               -- of the input's bytes: the start of what sha256sum prints
    origin      TEXT NOT NULL,               -- the file or mail, and the way inside
    outcome     TEXT NOT NULL,               -- accepted, duplicate, conflict, foreign, unverified, rejected, skipped, deferred
    report      INTEGER REFERENCES report (id), -- the report that it holds, or repeats
    stage       TEXT,                        -- of a rejection: intake, mime, unpack, xml, report
    reason      TEXT,                        -- stable code
    detail      TEXT,                        -- in words
    position    INTEGER,                     -- bytes from the start of what the stage was given
    received_at INTEGER,                     -- when it arrived, if known
    seen_at     INTEGER NOT NULL,            -- when it was first read
    sender      TEXT,                        -- the address in From, if it stood in a mail
    signers     TEXT,                        -- [domain]: who claims to have signed that mail (d= of DKIM-Signature)
    authenticity INTEGER                     -- of that mail, as in report
) STRICT;
CREATE INDEX input_trouble ON input (outcome) WHERE outcome NOT IN ('accepted', 'duplicate');

-- The folders of mailboxes that were read, each in its present life.
CREATE TABLE folder (
    id           INTEGER PRIMARY KEY,        -- the number that others know it by
    mailbox      TEXT NOT NULL,              -- user@host:port
    name         TEXT NOT NULL,              -- of the folder
    uid_validity INTEGER NOT NULL,           -- UIDVALIDITY: with another, the numbers of mails mean others
    UNIQUE (mailbox, name)
) STRICT;

-- The mails in these folders that were looked at. One that is no longer there is forgotten.
CREATE TABLE mail (
    folder   INTEGER NOT NULL REFERENCES folder (id), -- where it lies
    uid      INTEGER NOT NULL,               -- UID
    fate     INTEGER NOT NULL,               -- 0: the server did not hand it over, 1: brought a report, 2: rejected, 3: no report
    tries    INTEGER NOT NULL,               -- in how many runs the server did not hand it over
    progress INTEGER NOT NULL,               -- 0: lies as it was found, 1: flagged, 2: copied to where it is to be moved
    PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

-- The last nightly run, whose digest the next one compares with. One row, or none before the first.
CREATE TABLE noted_run (
    id       INTEGER PRIMARY KEY CHECK (id = 1), -- so that there is only one
    at       INTEGER NOT NULL,               -- when
    input    INTEGER NOT NULL,               -- up to which input its digest told of rejections
    identity BLOB NOT NULL,                  -- of that input
    report   INTEGER NOT NULL,               -- up to which report its digest counted
    first_at INTEGER NOT NULL,               -- when the first of all nightly runs was
    silence_told INTEGER                     -- when a digest last called a person since no reports come; NULL: they come
) STRICT;

-- The domains as its digest left them.
CREATE TABLE noted_domain (
    domain  INTEGER PRIMARY KEY REFERENCES domain (id), -- which
    verdict TEXT NOT NULL,                   -- rollback, fix, review, ready, hold or stay
    thin    INTEGER NOT NULL                 -- 1: too little is known of it to call a person
) STRICT;

-- Their sources that are the owner's, or may be.
CREATE TABLE noted_source (
    domain INTEGER NOT NULL REFERENCES domain (id), -- whose mail it sends
    source TEXT NOT NULL,                    -- its name
    state  INTEGER NOT NULL,                 -- 0: passes, 1: fails, 2: a person must name it, 3: not seen any more
    PRIMARY KEY (domain, source)
) STRICT, WITHOUT ROWID;

-- The reporters that were told to be silent, and still are.
CREATE TABLE noted_reporter (
    name TEXT PRIMARY KEY                    -- org_name
) STRICT, WITHOUT ROWID;

-- What the operator says of sources. By name and not by number: labels are there before the first report, and move
-- from store to store. Case does not matter in the key.
CREATE TABLE label (
    domain TEXT NOT NULL COLLATE NOCASE,     -- the policy domain, or * for every domain
    source TEXT NOT NULL COLLATE NOCASE,     -- the name of a source, an address, or a network in CIDR
    label  TEXT NOT NULL,                    -- ours, theirs, forwarder or list
    note   TEXT NOT NULL,                    -- why, in the operator's words; possibly empty
    set_at INTEGER NOT NULL,                 -- since when it says so
    PRIMARY KEY (domain, source)
) STRICT, WITHOUT ROWID;

-- What the operator says of domains, by name as well. NULL: not said.
CREATE TABLE profile (
    domain         TEXT PRIMARY KEY COLLATE NOCASE, -- the policy domain
    posts_to_lists INTEGER,                  -- 1: its people post to mailing lists, 0: they do not
    sends_mail     INTEGER                   -- 1: it sends mail, 0: it sends none
) STRICT, WITHOUT ROWID;

-- What was looked up of addresses, apart from the reports: one row an address, of its latest look-up.
CREATE TABLE host (
    address      BLOB PRIMARY KEY,           -- 4 or 16 bytes, as in record.source
    status       TEXT NOT NULL,              -- confirmed, unconfirmed, nameless or unknown
    name         TEXT,                       -- by reverse DNS, lower case, without a final dot
    country      TEXT,                       -- of its network, two letters (ISO 3166), from a file of the operator's
    network      INTEGER,                    -- the number of its network (AS number), from such a file
    owner        TEXT,                       -- who owns that network, from such a file
    looked_up_at INTEGER NOT NULL            -- when the DNS was asked
) STRICT, WITHOUT ROWID;

-- The TXT records that were seen or proposed: the way back. What was known in the same way before is not kept twice.
CREATE TABLE kept_record (
    domain   TEXT NOT NULL,                  -- the policy domain, lower case
    name     TEXT NOT NULL,                  -- where it stands, lower case: _dmarc.shop.example
    kind     TEXT NOT NULL,                  -- DMARC, SPF or DKIM
    text     TEXT NOT NULL,                  -- the TXT value
    seen     TEXT NOT NULL,                  -- dns (it stood there), given (by the operator) or proposed (by this program)
    first_at INTEGER NOT NULL,               -- when it was first known so
    last_at  INTEGER NOT NULL,               -- when last
    PRIMARY KEY (domain, name, kind, text, seen)
) STRICT, WITHOUT ROWID;
