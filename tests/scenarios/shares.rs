//! **Shares** of whole messages: who sees how many, and how many of them fail.
//!
//! What is left over is carried on, so that the totals of a month are those that a case says.

/// Whole messages of a part, what is left over carried on.
pub(crate) fn part(count: u64, share: f64, carried: &mut f64) -> u64 {
    let exact = count as f64 * share + *carried;
    let whole = ((exact + 1e-9).floor() as u64).min(count);
    *carried = exact - whole as f64;
    whole
}

/// Splits a day's messages among reporters by their shares; the rest goes to who is owed most. Of
/// one that is silent today nobody hears.
pub(crate) fn split(daily: u64, shares: &[(f64, bool)], carried: &mut [f64]) -> Vec<(usize, u64)> {
    let mut counts: Vec<u64> = Vec::new();
    for (at, (share, _)) in shares.iter().enumerate() {
        let exact = daily as f64 * share + carried[at];
        let whole = (exact + 1e-9).floor().max(0.0);
        carried[at] = exact - whole;
        counts.push(whole as u64);
    }
    while counts.iter().sum::<u64>() < daily {
        let owed = |a: &usize, b: &usize| carried[*a].total_cmp(&carried[*b]).then(b.cmp(a));
        let Some(most) = (0..shares.len()).filter(|at| shares[*at].0 > 0.0).max_by(owed) else {
            break;
        };
        counts[most] += 1;
        carried[most] -= 1.0;
    }
    let writes = |at: &usize| shares[*at].1;
    (0..shares.len()).filter(writes).map(|at| (at, counts[at])).filter(|c| c.1 > 0).collect()
}

#[test]
fn every_message_is_seen_by_one_reporter() {
    let (shares, mut carried) = ([(0.5, true), (0.3, true), (0.2, false)], [0.0; 3]);
    let mut seen = [0; 3];
    for _ in 0..10 {
        split(3, &shares, &mut carried).into_iter().for_each(|(at, count)| seen[at] += count);
    }
    assert_eq!([15, 9, 0], seen, "30 messages; the third reporter is silent about its six");
}

#[test]
fn what_is_left_over_of_a_part_is_carried_on() {
    let mut carried = 0.0;
    let parts: Vec<u64> = (0..4).map(|_| part(1, 0.5, &mut carried)).collect();
    assert_eq!(vec![0, 1, 0, 1], parts);
}
