//! The layer rule: which room may use which.
//!
//! `model` is used by all and uses none; the rooms beside each other never mention each other; only
//! the pipeline and the command line join them. The test reads the source for `crate::` paths, and
//! for `super::` paths that lead out of a room.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may use.
const RULES: &[(&str, &[&str])] = &[
    ("model", &["model"]),
    ("error", &["error"]),
    ("decode", &["decode", "model"]),
    ("analyze", &["analyze", "model"]),
    ("intake", &["intake", "model", "error"]),
    ("store", &["store", "model", "error"]),
    ("record", &["record", "model"]),
    ("lookup", &["lookup", "model", "error"]),
    ("render", &["render", "model", "error"]),
    ("pipeline", &["pipeline", "decode", "intake", "store", "model", "error"]),
    (
        "cli",
        &[
            "cli", "pipeline", "decode", "analyze", "intake", "lookup", "record", "store",
            "render", "model", "error",
        ],
    ),
    ("lib", &[]),
    ("main", &[]),
];

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

/// The rooms that a file names in `crate::room` or `crate::{room, ...}`.
fn rooms_used(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => rooms.push(word(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut item = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => rooms.push(word(std::mem::take(&mut item).trim())),
                        _ if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                rooms.push(word(item.trim()));
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

/// The words that a file, so many modules below the crate, names by way of the crate's root: after
/// as many `super::` as lead there, or more.
fn words_outside(text: &str, depth: usize) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("super::") {
        rest = &rest[at..];
        let mut steps = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, steps) = (after, steps + 1);
        }
        if steps >= depth {
            words
                .extend(rooms_used(&format!("crate::{}", rest.lines().next().unwrap_or_default())));
        }
    }
    words
}

/// How many modules below the crate a file is: `a/mod.rs` and `a.rs` are one, `a/b.rs` is two.
fn depth(relative: &Path) -> usize {
    relative.components().count() - usize::from(relative.ends_with("mod.rs"))
}

#[test]
fn no_room_leads_out_of_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let words = words_outside(&fs::read_to_string(&file).unwrap(), depth(relative));
        let room = words.iter().find(|word| RULES.iter().any(|(room, _)| room == word));
        assert_eq!(None, room, "{} names it without `crate::`", relative.display());
    }
}

#[test]
fn no_room_uses_another_that_it_may_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    assert!(files.len() > 20, "only {} files found", files.len());
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
        let room = first.trim_end_matches(".rs");
        let allowed = RULES.iter().find(|(name, _)| *name == room);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("no rule for the room `{room}`"));
        for used in rooms_used(&fs::read_to_string(&file).unwrap()) {
            assert!(
                allowed.contains(&used.as_str()),
                "{} uses `{used}`; `{room}` may use {allowed:?}",
                relative.display()
            );
        }
    }
}

#[test]
fn the_reader_of_paths_sees_lists_and_nesting() {
    let text =
        "use crate::model::{A, B};\nuse crate::{store, decode::{x, y}, cli};\n// crate::no\n";
    assert_eq!(vec!["model", "store", "decode", "cli"], rooms_used(text));
}

#[test]
fn the_reader_of_steps_knows_where_the_crate_begins() {
    let text = "use super::super::{store, cli};\nuse super::near;\n";
    assert_eq!(vec!["store", "cli"], words_outside(text, 2));
    assert_eq!(Vec::<String>::new(), words_outside(text, 3));
    assert_eq!(
        (1, 1, 2),
        (depth("a/mod.rs".as_ref()), depth("a.rs".as_ref()), depth("a/b.rs".as_ref()))
    );
}
