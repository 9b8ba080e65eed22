//! Fuzzes `record::check` with texts, as every kind of record.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ruaudit_fuzz::record;

fuzz_target!(|data: &[u8]| record::holds(&String::from_utf8_lossy(data)));
