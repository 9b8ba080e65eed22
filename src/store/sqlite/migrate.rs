//! How a file becomes a store of the present layout.
//!
//! A new file gets `schema.sql`. An older store gets, in order, the migrations after its
//! `user_version`, all in one transaction. Two rules: an entry is never changed or removed once
//! released, and `schema.sql` always says the same as all of them together.

use rusqlite::{Connection, TransactionBehavior};

use super::problem::Problem;

/// The layout of a new store.
const SCHEMA: &str = include_str!("../../../schema.sql");

/// `application_id` of a store ("RUAu").
const APPLICATION_ID: i64 = 1_381_319_989;

/// From version 1 to 2, from 2 to 3, and so on.
const MIGRATIONS: &[&str] = &[
    // 2: the provenance of a mail, and how many issues are not kept
    "ALTER TABLE report ADD COLUMN authenticity INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE report ADD COLUMN by_mail INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE issue ADD COLUMN more INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE input ADD COLUMN sender TEXT;
     ALTER TABLE input ADD COLUMN signers TEXT;
     ALTER TABLE input ADD COLUMN authenticity INTEGER;
     CREATE INDEX report_aside ON report (standing, domain, day) WHERE standing <> 0;",
    // 3: the mails of mailboxes, and what the nightly run noted
    "CREATE TABLE folder (
         id           INTEGER PRIMARY KEY,
         mailbox      TEXT NOT NULL,
         name         TEXT NOT NULL,
         uid_validity INTEGER NOT NULL,
         UNIQUE (mailbox, name)
     ) STRICT;
     CREATE TABLE mail (
         folder   INTEGER NOT NULL REFERENCES folder (id),
         uid      INTEGER NOT NULL,
         fate     INTEGER NOT NULL,
         tries    INTEGER NOT NULL,
         progress INTEGER NOT NULL,
         PRIMARY KEY (folder, uid)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE noted_run (
         id           INTEGER PRIMARY KEY CHECK (id = 1),
         at           INTEGER NOT NULL,
         input        INTEGER NOT NULL,
         identity     BLOB NOT NULL,
         report       INTEGER NOT NULL,
         first_at     INTEGER NOT NULL,
         silence_told INTEGER
     ) STRICT;
     CREATE TABLE noted_domain (
         domain  INTEGER PRIMARY KEY REFERENCES domain (id),
         verdict TEXT NOT NULL,
         thin    INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE noted_source (
         domain INTEGER NOT NULL REFERENCES domain (id),
         source TEXT NOT NULL,
         state  INTEGER NOT NULL,
         PRIMARY KEY (domain, source)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE noted_reporter (
         name TEXT PRIMARY KEY
     ) STRICT, WITHOUT ROWID;",
    // 4: what the operator says of sources and domains; a year of reports is counted from the index
    "DROP INDEX report_day;
     CREATE INDEX report_day ON report (domain, day, standing, reporter, policy);
     CREATE TABLE label (
         domain TEXT NOT NULL COLLATE NOCASE,
         source TEXT NOT NULL COLLATE NOCASE,
         label  TEXT NOT NULL,
         note   TEXT NOT NULL,
         set_at INTEGER NOT NULL,
         PRIMARY KEY (domain, source)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE profile (
         domain         TEXT PRIMARY KEY COLLATE NOCASE,
         posts_to_lists INTEGER,
         sends_mail     INTEGER
     ) STRICT, WITHOUT ROWID;",
    // 5: what is known of addresses beyond the reports, and the records that were seen or proposed
    "CREATE TABLE host (
         address      BLOB PRIMARY KEY,
         status       TEXT NOT NULL,
         name         TEXT,
         country      TEXT,
         network      INTEGER,
         owner        TEXT,
         looked_up_at INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE kept_record (
         domain   TEXT NOT NULL,
         name     TEXT NOT NULL,
         kind     TEXT NOT NULL,
         text     TEXT NOT NULL,
         seen     TEXT NOT NULL,
         first_at INTEGER NOT NULL,
         last_at  INTEGER NOT NULL,
         PRIMARY KEY (domain, name, kind, text, seen)
     ) STRICT, WITHOUT ROWID;",
];

/// The layout that this program writes.
const VERSION: i64 = 1 + MIGRATIONS.len() as i64;

/// Refuses a database of another program, or a newer one, before anything is changed in it.
pub(super) fn check(connection: &Connection) -> Result<(), Problem> {
    match state(connection)? {
        State::Foreign => Err(Problem::Foreign),
        State::Store(found) if found > VERSION => Err(Problem::Newer { found, known: VERSION }),
        State::Empty | State::Store(_) => Ok(()),
    }
}

/// Brings the file to the present layout.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Problem> {
    if matches!(state(connection)?, State::Store(VERSION)) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    // another process may have been faster
    match state(&transaction)? {
        State::Empty => transaction.execute_batch(SCHEMA)?,
        State::Store(version) => {
            let done = usize::try_from(version - 1).unwrap_or(0);
            for migration in MIGRATIONS.iter().skip(done) {
                transaction.execute_batch(migration)?;
            }
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        State::Foreign => return Err(Problem::Foreign),
    }
    Ok(transaction.commit()?)
}

enum State {
    Empty,
    Store(i64),
    Foreign,
}

/// What the file is. Its tables are counted first: where another process is just making the store,
/// in one transaction, tables without our number were never there.
fn state(connection: &Connection) -> rusqlite::Result<State> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let id = pragma("application_id")?;
    if id == APPLICATION_ID {
        return Ok(State::Store(pragma("user_version")?));
    }
    Ok(if id == 0 && tables == 0 { State::Empty } else { State::Foreign })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_store_has_the_present_version_and_migrating_again_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let version: i64 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(VERSION, version);
        let changes = connection.total_changes();
        migrate(&mut connection).unwrap();
        assert_eq!(changes, connection.total_changes());
    }

    /// The tables as version 1 made them.
    const VERSION_1: &str = include_str!("migrate/version_1.sql");

    /// Every column of every table: name, type, whether it may be empty, default, place in the key.
    fn columns(connection: &Connection) -> Vec<String> {
        let mut query = connection
            .prepare(
                "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' '
                        || coalesce(c.dflt_value, '-') || ' ' || c.pk
                 FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                 WHERE m.type IN ('table', 'index') ORDER BY 1",
            )
            .unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Every index: name, table, and the statement that made it; none for that of a UNIQUE column.
    fn indexes(connection: &Connection) -> Vec<(String, String, Option<String>)> {
        let mut query = connection
            .prepare(
                "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY 1",
            )
            .unwrap();
        let plain = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let rows = query.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?.map(plain)))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn an_old_store_becomes_what_a_new_one_is_and_keeps_its_rows() {
        let mut old = Connection::open_in_memory().unwrap();
        old.execute_batch(VERSION_1).unwrap();
        old.pragma_update(None, "foreign_keys", false).unwrap();
        old.execute_batch(
            "INSERT INTO report VALUES (7, x'01', x'02', 1, 1, 20000, 1, 1, 'id', 0, 1, NULL, NULL);
             INSERT INTO issue VALUES (7, 0, 'bad_count', 'record[1]/row/count', '-5');",
        )
        .unwrap();
        migrate(&mut old).unwrap();
        let mut new = Connection::open_in_memory().unwrap();
        migrate(&mut new).unwrap();
        assert_eq!(columns(&new), columns(&old));
        assert_eq!(indexes(&new), indexes(&old));
        assert!(indexes(&new).iter().any(|(name, ..)| name == "report_aside"));
        let kept: (i64, i64, i64) = old
            .query_row(
                "SELECT standing, authenticity, more FROM report JOIN issue ON report = id",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!((1, 0, 0), kept);
    }

    /// The statement that made each table that version 4 or 5 brought, on one line and without comments.
    fn later_tables(connection: &Connection) -> Vec<String> {
        let mut query = connection
            .prepare(
                "SELECT sql FROM sqlite_schema
                 WHERE name IN ('label', 'profile', 'host', 'kept_record') ORDER BY name",
            )
            .unwrap();
        let rows = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let code = |line: &str| line.split(" --").next().unwrap_or_default().to_owned();
        rows.map(|sql| sql.unwrap().lines().map(code).collect::<Vec<_>>().join(" "))
            .map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn labels_are_compared_without_case_in_old_stores_too() {
        let (mut old, mut new) =
            (Connection::open_in_memory().unwrap(), Connection::open_in_memory().unwrap());
        old.execute_batch(VERSION_1).unwrap();
        migrate(&mut old).unwrap();
        migrate(&mut new).unwrap();
        assert_eq!(4, later_tables(&new).len());
        assert_eq!(later_tables(&new), later_tables(&old));
        let label = "INSERT INTO label VALUES (?1, ?2, 'ours', '', 0)";
        old.execute(label, ["acme.example", "Mailchimp"]).unwrap();
        old.execute(label, ["ACME.example", "MAILCHIMP"]).unwrap_err();
    }

    #[test]
    fn databases_of_others_and_of_the_future_are_refused() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE mine (x)").unwrap();
        assert!(matches!(check(&connection), Err(Problem::Foreign)));
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(check(&connection), Err(Problem::Newer { .. })));
    }

    #[test]
    fn every_table_and_every_column_has_a_comment() {
        let tables: Vec<&str> = SCHEMA.split("CREATE TABLE ").collect();
        for pair in tables.windows(2) {
            let name = pair[1].split(' ').next().unwrap();
            let before = pair[0].trim_end().lines().last().unwrap();
            assert!(before.starts_with("-- "), "{name} has no comment");
            let body = pair[1].split("\n)").next().unwrap();
            let columns = body.lines().skip(1).filter(|line| {
                !["PRIMARY", "UNIQUE"].iter().any(|key| line.trim().starts_with(key))
            });
            for column in columns {
                assert!(column.contains(" -- "), "{name}: no comment in `{}`", column.trim());
            }
        }
        assert!(tables.len() > 8, "only {} tables found", tables.len() - 1);
    }
}
