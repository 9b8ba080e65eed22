//! How often the statistics of the advisor hold, tried on made-up months.
//!
//! `cargo bench --bench statistics` makes months whose truth is known, asks for bounds, ranges and
//! estimates, and prints how often they were right, as the tables of `docs/statistics.md`. The same
//! seeds every time: the numbers there are the numbers here.

#![allow(clippy::print_stdout, missing_docs, reason = "a benchmark prints its tables")]

mod ahead;
mod bounds;
mod draw;
mod surprise;

fn main() {
    bounds::of_rates();
    bounds::of_bad_days();
    bounds::of_unseen();
    ahead::ranges();
    ahead::cost();
    surprise::run_lengths();
    surprise::faults();
    surprise::mended();
}

/// Prints a row of a table.
fn row<T: AsRef<str>>(cells: &[T]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    println!("| {} |", cells.join(" | "));
}

/// Prints the head of a table.
fn head(title: &str, columns: &[&str]) {
    println!("\n{title}\n");
    row(columns);
    row(&vec!["---"; columns.len()]);
}

/// A share of runs in per cent.
fn share(held: usize, runs: usize) -> String {
    format!("{:.0} %", held as f64 / runs as f64 * 100.0)
}
