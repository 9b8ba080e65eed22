//! Fuzzes `decode` with inputs of the shape `mail`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ruaudit_fuzz::{invariants, shapes};

fuzz_target!(|data: &[u8]| invariants::check(shapes::mail(data)));
