//! Reading **ahead**: some files at a time, by several threads, so that a disk or a file server has
//! more than one question to answer.
//!
//! In: spots. Out: the first of them, opened, in order; at least one, and no more than a bound of
//! bytes wants.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::file::{self, Opened, Spot, open};

/// How many files are opened at the same time.
const READERS: usize = 4;

/// Bytes after which no further file is opened.
const BYTES: u64 = 1 << 20;

/// Opens files, one after another as long as there is room. What is not opened is not touched.
pub(super) fn open_some(spots: &[Spot], max_bytes: u64) -> Vec<Opened> {
    let (next, bytes) = (AtomicUsize::new(0), AtomicU64::new(0));
    let read = || {
        let mut opened = Vec::new();
        while bytes.load(Ordering::Relaxed) < BYTES {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(spot) = spots.get(at) else { break };
            let file = open(spot, max_bytes);
            bytes.fetch_add(size(&file), Ordering::Relaxed);
            opened.push((at, file));
        }
        opened
    };
    let mut opened: Vec<(usize, Opened)> = std::thread::scope(|threads| {
        let others: Vec<_> = (1..READERS.min(spots.len())).map(|_| threads.spawn(read)).collect();
        let mut all = read();
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    opened.sort_unstable_by_key(|(at, _)| *at);
    opened.into_iter().map(|(_, file)| file).collect()
}

fn size(file: &Opened) -> u64 {
    match file {
        Opened::Input(input) => file::size(input),
        // the mails of an mbox are read when their turn comes
        Opened::Mails(_) | Opened::Gone => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_order_and_no_more_than_there_is_room_for() {
        let folder = tempfile::tempdir().unwrap();
        let spot = |n: usize| Spot { path: folder.path().join(format!("{n:03}")), found: true };
        let spots: Vec<_> = (0..100).map(spot).collect();
        for (n, spot) in spots.iter().enumerate() {
            std::fs::write(&spot.path, vec![b'x'; 100 * n]).unwrap();
        }
        let opened = open_some(&spots, 1 << 20);
        assert_eq!(100, opened.len());
        let sizes: Vec<u64> = opened.iter().map(size).collect();
        assert_eq!((0..100).map(|n| 100 * n).collect::<Vec<u64>>(), sizes);
        for spot in &spots[..10] {
            std::fs::write(&spot.path, vec![b'x'; 1 << 20]).unwrap();
        }
        assert!((1..=READERS).contains(&open_some(&spots, 2 << 20).len()));
    }
}
