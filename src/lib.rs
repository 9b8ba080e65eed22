//! `ruaudit` reads DMARC aggregate reports and says whether a domain may move to `p=quarantine`
//! or `p=reject` without losing its own mail, and what to mend first.
//!
//! # The tour
//!
//! ```text
//! intake -> RawInput -> decode -> Trace -> admission -> store -> Traffic -> analyze -> Judgement -> render
//! ```
//!
//! [`intake`] hands over files and mails, whole. [`decode`] opens them and reads the reports
//! inside: pure, bounded, on every core. The [admission](decode::Admission) says which of them
//! count, by the operator's terms: whose domain it is, and who sent the mail. [`store`] keeps them and counts. [`analyze`] judges the
//! counts: pure. [`record`] reads and checks the TXT records that a domain publishes, and [`lookup`]
//! asks the DNS for them. [`render`] writes what was concluded. [`pipeline`] joins the first three, [`cli`]
//! all of them. [`model`] holds the nouns that cross from one room to another; rooms beside each
//! other never use each other (`tests/layers.rs`).
//!
//! # The ledger of words
//!
//! | word | means only | never |
//! |---|---|---|
//! | source | the sending side: `row/source_ip`, and what it is grouped into | where reports come from: that is an **intake** |
//! | report | one parsed aggregate report (`feedback`) | our own output |
//! | record, row | the XML's `record` and its `row` | a line of the database |
//! | policy | `policy_published` | our **thresholds** |
//! | disposition | what the receiver did with the mail | our **verdict** |
//! | aligned | `policy_evaluated` says `pass` | a raw pass, an **auth result** |
//! | override reason | `policy_evaluated/reason` | our own reasons |
//! | issue | an oddity in an accepted report | a **rejection** (not accepted), a **skip** (no report inside), a **deferral** (look again later) |
//! | account | a mailbox, as the configuration names it | who reads the reports |
//! | fate | what became of a mail, by what was in it: processed, rejected, other, or unfetched | what was done with the mail |
//! | settle | to leave, flag, move or delete a mail whose fate is stored | to store what was in it |
//! | trace | what became of one thing in an input, with where it stood | a log line |
//! | standing | whether a stored report counts: counted, conflict, foreign or unverified | a **verdict**; an **outcome** |
//! | aside | kept whole, but out of every total, for its standing | a **rejection** (of which no report is kept) |
//! | conflict | a report with the key of one that counts and other content | a **duplicate** (the same content) |
//! | foreign | about a domain that is not the operator's | a row about another domain (`foreign_from`) |
//! | provenance | who sent the mail that carried a report, as the mail says | the **reporter**, as the report says |
//! | authenticity | whether a server that the operator trusts vouches for that mail | whether the report is true |
//! | finding | what is wrong, doubtful or worth knowing in a TXT record | an **issue** of a report; evidence |
//! | kept record | a TXT record that was seen or proposed once | the XML's `record` |
//! | admission | the operator's terms by which a report gets its standing | what the store alone can tell: conflicts |

pub mod analyze;
pub mod cli;
pub mod decode;
pub mod error;
pub mod intake;
pub mod lookup;
pub mod model;
pub mod pipeline;
pub mod record;
pub mod render;
pub mod store;
