//! The layer rule: which room may use which.
//!
//! `model` is used by all and uses none; the rooms beside each other never mention each other; only
//! the pipeline and the command line join them. The test reads the source for `crate::` paths.

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
    ("render", &["render", "model", "error"]),
    ("pipeline", &["pipeline", "decode", "intake", "store", "model", "error"]),
    (
        "cli",
        &["cli", "pipeline", "decode", "analyze", "intake", "store", "render", "model", "error"],
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
