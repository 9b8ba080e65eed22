//! What each stage of an ingest costs, as a ratio to the bare work, on corpora of two sizes.
//!
//! `cargo bench` writes reports into a temporary folder and times, on one core: reading the files;
//! inflating them; walking their XML with nothing kept; decoding them to reports; and on all cores:
//! the whole ingest into a store. The bare work is reading, inflating and walking, done in the same
//! run on the same files, so the ratios mean the same on any machine.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot go on must fail")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use ruaudit::decode::{Admission, Limits, decode};
use ruaudit::intake::Intake;
use ruaudit::intake::paths::Paths;
use ruaudit::model::{Digest, RawInput};
use ruaudit::pipeline::{Progress, Terms, ingest};
use ruaudit::store::sqlite::SqliteStore;

const NOW: i64 = 1_795_310_000;
const BEGIN: i64 = 1_794_182_400;
const SIZES: [usize; 2] = [4_000, 20_000];
const RUNS: usize = 3;

struct Silent;

impl Progress for Silent {
    fn expect(&self, _inputs: u64) {}
    fn stored(&self, _inputs: u64) {}
}

/// A number that looks random and is the same in every run.
fn scatter(n: usize) -> usize {
    usize::from_le_bytes(Digest::of(&n.to_le_bytes()).0[..8].try_into().unwrap())
}

fn report(n: usize) -> String {
    let domain = format!("domain{}.example", n % 50);
    let begin = BEGIN - 86_400 * (n / 600) as i64;
    let rows: String = (0..8).map(|row| record(n * 8 + row, &domain)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>\n  <version>1.0</version>\n  \
         <report_metadata>\n    <org_name>receiver{}.example</org_name>\n    \
         <email>dmarc@receiver.example</email>\n    <report_id>{:016x}</report_id>\n    \
         <date_range>\n      <begin>{begin}</begin>\n      <end>{}</end>\n    </date_range>\n  \
         </report_metadata>\n  <policy_published>\n    <domain>{domain}</domain>\n    \
         <adkim>r</adkim>\n    <aspf>r</aspf>\n    <p>none</p>\n    <sp>none</sp>\n    \
         <pct>100</pct>\n  </policy_published>\n{rows}</feedback>\n",
        n % 12,
        scatter(n),
        begin + 86_399,
    )
}

/// Three records in four are a few own hosts, the fourth is a stranger's.
fn record(n: usize, domain: &str) -> String {
    let random = scatter(n);
    let (address, dkim, spf) = if n.is_multiple_of(4) {
        let [a, b, c, ..] = random.to_le_bytes();
        (format!("{}.{a}.{b}.{c}", 11 + random % 200), "fail", "softfail")
    } else {
        (format!("192.0.2.{}", random % 8), "pass", "pass")
    };
    let aligned = if spf == "pass" { "pass" } else { "fail" };
    format!(
        "  <record>\n    <row>\n      <source_ip>{address}</source_ip>\n      \
         <count>{}</count>\n      <policy_evaluated>\n        <disposition>none</disposition>\n        \
         <dkim>{dkim}</dkim>\n        <spf>{aligned}</spf>\n      </policy_evaluated>\n    \
         </row>\n    <identifiers>\n      <header_from>{domain}</header_from>\n    \
         </identifiers>\n    <auth_results>\n      <dkim>\n        <domain>{domain}</domain>\n        \
         <result>{dkim}</result>\n        <selector>s{}</selector>\n      </dkim>\n      <spf>\n        \
         <domain>{domain}</domain>\n        <result>{spf}</result>\n      </spf>\n    \
         </auth_results>\n  </record>\n",
        1 + random % 40,
        random % 3,
    )
}

fn write_corpus(folder: &Path, reports: usize) -> usize {
    let mut bytes = 0;
    for n in 0..reports {
        let xml = report(n);
        bytes += xml.len();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(xml.as_bytes()).unwrap();
        let sub = folder.join(format!("{:03}", n / 2_500));
        std::fs::create_dir_all(&sub).unwrap();
        std::fs::write(sub.join(format!("{n:06}.xml.gz")), gzip.finish().unwrap()).unwrap();
    }
    bytes
}

fn inputs(folder: &Path) -> Vec<RawInput> {
    let mut paths = Paths::new(&[folder.to_owned()], 25 << 20).unwrap();
    std::iter::from_fn(|| paths.next().unwrap()).collect()
}

fn inflated(inputs: &[RawInput]) -> Vec<Vec<u8>> {
    let inflate = |input: &RawInput| {
        let mut xml = Vec::new();
        let bytes = input.bytes.as_ref().unwrap();
        GzDecoder::new(&bytes[..]).read_to_end(&mut xml).unwrap();
        xml
    };
    inputs.iter().map(inflate).collect()
}

fn walk(documents: &[Vec<u8>]) -> usize {
    let mut events = 0;
    for document in documents {
        let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(document).unwrap());
        while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {
            events += 1;
        }
    }
    events
}

/// The best of some runs, in seconds.
fn best<T>(mut work: impl FnMut() -> T) -> f64 {
    let run = |_| {
        let started = Instant::now();
        std::hint::black_box(work());
        started.elapsed().as_secs_f64()
    };
    (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
}

fn ingest_all(folder: &Path, database: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(PathBuf::from(format!("{}{end}", database.display())));
    }
    let mut store = SqliteStore::open(database).unwrap();
    let mut paths = Paths::new(&[folder.to_owned()], 25 << 20).unwrap();
    let (limits, admission) = (Limits::default(), Admission::default());
    let terms = Terms { now: NOW, limits: &limits, admission: &admission };
    ingest(&mut paths, &mut store, terms, &Silent).unwrap();
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!(
        "{:>8} {:>10} {:<28} {:>8} {:>7}",
        "reports", "XML bytes", "stage", "seconds", "ratio"
    );
    for reports in SIZES {
        let corpus = folder.path().join(reports.to_string());
        let bytes = write_corpus(&corpus, reports);
        let raw = inputs(&corpus);
        let documents = inflated(&raw);
        let read = best(|| inputs(&corpus));
        let inflate = best(|| inflated(&raw));
        let walked = best(|| walk(&documents));
        let bare = read + inflate + walked;
        let decoded = best(|| {
            let traces = raw.iter().cloned().map(|input| decode(input, NOW, &Limits::default()));
            traces.map(|traces| traces.len()).sum::<usize>()
        });
        let database = folder.path().join("bench.db");
        let whole = best(|| ingest_all(&corpus, &database));
        let stages = [
            ("read", read),
            ("inflate", inflate),
            ("walk the XML", walked),
            ("bare work, one core", bare),
            ("decode, one core", decoded),
            ("ingest, all cores", whole),
        ];
        for (stage, seconds) in stages {
            let ratio = seconds / bare;
            println!("{reports:>8} {bytes:>10} {stage:<28} {seconds:>8.3} {ratio:>7.2}");
        }
        let size = std::fs::metadata(&database).unwrap().len();
        println!(
            "{reports:>8} {bytes:>10} store: {size} bytes, {} a report",
            size / reports as u64
        );
    }
}
