//! A **bench** for people: how fast mailboxes are read, and with how much memory.
//!
//! `cargo test --release --test mailbox -- --ignored --nocapture bench` puts mails into Dovecot,
//! pulls them into a store, moving each, and reads the same mails from the disk with `ingest` in the
//! same run: the ratio of the two means the same on any machine. `MAILS=500,5000` says how many.

#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::fs;
use std::path::Path;

use crate::account::Account;
use crate::dovecot::shared;
use crate::mails::{Mail, reports, truth};
use crate::program::{Desk, Ended};

/// The most memory that a pull may use, whatever the mailbox.
const MOST: u64 = 100 << 20;

#[test]
#[ignore = "a bench, for people"]
fn bench() {
    let sizes = std::env::var("MAILS").unwrap_or_else(|_| "500,5000,20000".into());
    println!(
        "{:>8} {:>24} {:>24} {:>7}",
        "mails", "pull, mails/s and MB", "ingest, mails/s and MB", "ratio"
    );
    for size in sizes.split(',') {
        let size: usize = size.trim().parse().expect("numbers with commas between them");
        measure(&reports(0..size));
    }
}

fn measure(mails: &[Mail]) {
    let account = Account::holding(shared(), &format!("bench-{}", mails.len()), mails);
    let pulling = Desk::reading(&account, "processed = \"move\"\n");
    let reading = Desk::new("");
    lay_out(&reading.path().join("Maildir"), mails);

    let read = reading.run("ingest Maildir --quiet");
    let pulled = pulling.run("pull --quiet");
    assert_eq!((Some(0), Some(0)), (read.code, pulled.code), "{}{}", read.err, pulled.err);
    assert_eq!(truth(mails), pulling.stored());
    assert_eq!(mails.len(), account.count("processed"));
    assert_eq!(reading.stored(), pulling.stored());
    assert!(pulled.peak < MOST, "it used {} MB", pulled.peak >> 20);
    let ratio = pulled.took.as_secs_f64() / read.took.as_secs_f64();
    let [pulled, read] = [&pulled, &read].map(|ended| speed(ended, mails.len()));
    println!("{:>8} {pulled:>24} {read:>24} {ratio:>7.1}", mails.len());
}

fn speed(ended: &Ended, mails: usize) -> String {
    format!("{:.0} {:>5}", mails as f64 / ended.took.as_secs_f64(), ended.peak >> 20)
}

/// Writes mails as a Maildir that no server looks after.
fn lay_out(maildir: &Path, mails: &[Mail]) {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(part)).unwrap();
    }
    for mail in mails {
        fs::write(maildir.join("cur").join(format!("{}:2,", mail.id)), &mail.raw).unwrap();
    }
}
