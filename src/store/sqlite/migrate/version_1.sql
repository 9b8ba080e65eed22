-- The tables of version 1, as it made them: where the test of the migrations starts.
PRAGMA application_id = 1381319989;
PRAGMA user_version = 1;
CREATE TABLE domain (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE reporter (
    id                 INTEGER PRIMARY KEY,
    digest             BLOB NOT NULL UNIQUE,
    org_name           TEXT NOT NULL,
    email              TEXT NOT NULL,
    extra_contact_info TEXT,
    extra_contact_lang TEXT,
    generator          TEXT,
    version            TEXT,
    namespace          TEXT,
    dialect            TEXT NOT NULL
) STRICT;
CREATE TABLE policy (
    id               INTEGER PRIMARY KEY,
    digest           BLOB NOT NULL UNIQUE,
    domain           INTEGER NOT NULL REFERENCES domain (id),
    p                TEXT,
    sp               TEXT,
    np               TEXT,
    adkim            TEXT,
    aspf             TEXT,
    fo               TEXT,
    pct              TEXT,
    testing          TEXT,
    discovery_method TEXT,
    psd              TEXT
) STRICT;
CREATE TABLE fingerprint (
    id            INTEGER PRIMARY KEY,
    digest        BLOB NOT NULL UNIQUE,
    header_from   TEXT NOT NULL,
    envelope_from TEXT,
    envelope_to   TEXT,
    disposition   TEXT NOT NULL,
    dkim          TEXT NOT NULL,
    spf           TEXT NOT NULL,
    reasons       TEXT,
    dkim_auth     TEXT,
    spf_auth      TEXT
) STRICT;
CREATE TABLE report (
    id        INTEGER PRIMARY KEY,
    key       BLOB NOT NULL,
    content   BLOB NOT NULL,
    standing  INTEGER NOT NULL,
    domain    INTEGER NOT NULL REFERENCES domain (id),
    day       INTEGER NOT NULL,
    reporter  INTEGER NOT NULL REFERENCES reporter (id),
    policy    INTEGER NOT NULL REFERENCES policy (id),
    report_id TEXT NOT NULL,
    begin     INTEGER NOT NULL,
    end       INTEGER NOT NULL,
    received_at INTEGER,
    errors    TEXT
) STRICT;
CREATE UNIQUE INDEX report_key ON report (key, content);
CREATE INDEX report_day ON report (domain, day);
CREATE TABLE record (
    domain      INTEGER NOT NULL,
    day         INTEGER NOT NULL,
    report      INTEGER NOT NULL REFERENCES report (id),
    seq         INTEGER NOT NULL,
    source      ANY NOT NULL,
    fingerprint INTEGER NOT NULL REFERENCES fingerprint (id),
    count       INTEGER NOT NULL,
    PRIMARY KEY (domain, day, report, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE record_aside (
    report      INTEGER NOT NULL REFERENCES report (id),
    seq         INTEGER NOT NULL,
    source      ANY NOT NULL,
    fingerprint INTEGER NOT NULL REFERENCES fingerprint (id),
    count       INTEGER NOT NULL,
    PRIMARY KEY (report, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE issue (
    report INTEGER NOT NULL REFERENCES report (id),
    seq    INTEGER NOT NULL,
    code   TEXT NOT NULL,
    place  TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (report, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE input (
    id          INTEGER PRIMARY KEY,
    identity    BLOB NOT NULL UNIQUE,
    digest      BLOB NOT NULL,
    origin      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    report      INTEGER REFERENCES report (id),
    stage       TEXT,
    reason      TEXT,
    detail      TEXT,
    position    INTEGER,
    received_at INTEGER,
    seen_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX input_trouble ON input (outcome) WHERE outcome NOT IN ('accepted', 'duplicate');
