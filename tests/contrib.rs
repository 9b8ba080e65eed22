//! What lies in `contrib/` against the program: the unit is one that systemd takes, the line for
//! cron does its work without an environment, and every command line is one that the program knows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program that was built.
const PROGRAM: &str = env!("CARGO_BIN_EXE_ruaudit");
/// The services.
const UNITS: [&str; 2] = ["ruaudit.service", "ruaudit-watch.service"];
/// All that names the program and its places.
const FILES: [&str; 5] =
    ["README.md", "ruaudit.service", "ruaudit-watch.service", "ruaudit.cron", "Containerfile"];
/// Where the files expect it.
const INSTALLED: &str = "/usr/local/bin/ruaudit";

fn contrib(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib").join(name)).unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// The values of a key in a unit.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// The command of the one job in the table, without the five times and the user.
fn cron_command() -> String {
    let table = contrib("ruaudit.cron");
    let is_job = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit() || c == '*');
    let jobs: Vec<_> = table.lines().filter(is_job).collect();
    assert_eq!(1, jobs.len());
    assert!(!jobs[0].contains('%'), "cron takes what follows for standard input");
    let mut words = jobs[0].split_whitespace();
    let user = words.nth(5).unwrap();
    assert_eq!("ruaudit", user);
    words.collect::<Vec<_>>().join(" ")
}

/// What stands in the brackets of an instruction: `CMD ["a", "b"]`.
fn listed(container: &str, instruction: &str) -> Vec<String> {
    let line = container.lines().find_map(|line| line.strip_prefix(instruction)).unwrap();
    serde_json::from_str(line.trim()).unwrap()
}

/// Every command line in these files.
fn command_lines() -> Vec<Vec<String>> {
    let split = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let units = UNITS.map(contrib);
    let mut lines: Vec<_> =
        units.iter().flat_map(|unit| values(unit, "ExecStart")).map(split).collect();
    lines.push(split(&cron_command()));
    let container = contrib("Containerfile");
    lines.push([listed(&container, "ENTRYPOINT"), listed(&container, "CMD")].concat());
    for file in FILES {
        let text = contrib(file);
        for line in text.lines().map(|line| line.trim_start_matches(['#', ' '])) {
            let line = line.strip_prefix("sudo -u ruaudit ").unwrap_or(line);
            let by_systemd = line.strip_prefix("systemd-run ").and_then(|it| it.find(INSTALLED));
            lines.extend(by_systemd.map(|at| split(&line["systemd-run ".len() + at..])));
            let in_image =
                line.strip_prefix("podman run ").and_then(|it| it.split_once(" ruaudit "));
            lines.extend(in_image.map(|(_, line)| split(&format!("ruaudit {line}"))));
            lines.extend(line.starts_with("ruaudit ").then(|| split(line)));
        }
    }
    lines
}

#[test]
fn every_command_line_is_one_that_the_program_knows() {
    let lines = command_lines();
    assert!(lines.len() >= 16, "only {} found: {lines:?}", lines.len());
    for line in lines {
        assert!([INSTALLED, "ruaudit"].contains(&line[0].as_str()), "{line:?}");
        // with --help all that stands before it is checked, and nothing is done
        let output = Command::new(PROGRAM).args(&line[1..]).arg("--help").output().unwrap();
        assert!(output.status.success(), "{line:?}: {}", text(&output));
    }
    let output = Command::new(PROGRAM).args(["run", "--chekc", "--help"]).output().unwrap();
    assert_eq!(Some(2), output.status.code(), "or else this test could not fail");
}

#[test]
fn every_file_names_the_same_places() {
    for file in FILES {
        let text = contrib(file);
        for place in ["/etc/ruaudit/ruaudit.toml", "/var/lib/ruaudit/ruaudit.db"] {
            assert!(text.contains(place), "{file}: {place}");
        }
    }
}

#[test]
fn systemd_takes_the_unit_and_the_timer() {
    let found = Command::new("systemd-analyze").arg("--version").output();
    if found.is_err() {
        assert_ne!(Ok("true".into()), std::env::var("CI"), "systemd-analyze must be there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = contrib("ruaudit.service");
    assert!(unit.contains(INSTALLED));
    let place = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let timer = place("ruaudit.timer", &contrib("ruaudit.timer"));
    let verify = |name: &str, unit: &str| {
        let service = place(name, unit);
        let verify = ["verify", "--man=no"];
        Command::new("systemd-analyze").args(verify).args([service, timer.clone()]).output()
    };
    let unit = unit.replace(INSTALLED, PROGRAM);
    let watch = contrib("ruaudit-watch.service").replace(INSTALLED, PROGRAM);
    for (name, unit) in [("ruaudit.service", &unit), ("ruaudit-watch.service", &watch)] {
        let output = verify(name, unit).unwrap();
        assert_eq!((Some(0), String::new()), (output.status.code(), text(&output)), "{name}");
    }
    let wrong = unit.replace("ProtectHome=", "ProtectHomes=");
    let output = verify("ruaudit.service", &wrong).unwrap();
    assert!(text(&output).contains("ProtectHomes"), "or else this test could not fail");
}

#[test]
fn the_units_are_held_in() {
    let [unit, watch] = UNITS.map(contrib);
    for (unit, key, value) in [
        (&unit, "Type", "oneshot"),
        (&unit, "SuccessExitStatus", "3"),
        (&watch, "Type", "exec"),
        (&watch, "Restart", "on-failure"),
    ] {
        assert_eq!(vec![value], values(unit, key), "{key}");
    }
    for (key, value) in [
        ("User", "ruaudit"),
        ("StateDirectory", "ruaudit"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("NoNewPrivileges", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("SystemCallFilter", "@system-service"),
    ] {
        for unit in [&unit, &watch] {
            assert_eq!(vec![value], values(unit, key), "{key}");
        }
    }
    // from the first of them on, what holds the two in is the same
    let held = |unit: &str| {
        let from = unit.find("NoNewPrivileges=").unwrap();
        unit[from..].lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let (one, other): (Vec<_>, Vec<_>) = (held(&unit), held(&watch));
    assert!(one.len() > 15);
    assert_eq!(one, other);
}

/// A report of a domain that is told at once: its own mail fails.
fn report() -> String {
    let row = |word: &str, count: u32| {
        format!(
            "<record><row><source_ip>192.0.2.1</source_ip><count>{count}</count>\
             <policy_evaluated><disposition>none</disposition><dkim>{word}</dkim>\
             <spf>{word}</spf></policy_evaluated></row><identifiers>\
             <header_from>acme.example</header_from></identifiers><auth_results><dkim>\
             <domain>acme.example</domain><selector>s</selector><result>{word}</result></dkim>\
             <spf><domain>acme.example</domain><result>{word}</result></spf></auth_results>\
             </record>"
        )
    };
    format!(
        "<feedback><report_metadata><org_name>r.example</org_name><email>d@r.example</email>\
         <report_id>1</report_id><date_range><begin>1794182400</begin><end>1794268799</end>\
         </date_range></report_metadata><policy_published><domain>acme.example</domain><p>none</p>\
         </policy_published>{}{}</feedback>",
        row("pass", 100),
        row("fail", 50)
    )
}

/// Runs a command as cron does: by `sh`, from elsewhere, with next to nothing around it.
fn as_cron(command: &str) -> Output {
    Command::new("env")
        .args([
            "-i",
            "HOME=/",
            "SHELL=/bin/sh",
            "PATH=/usr/bin:/bin",
            "SOURCE_DATE_EPOCH=1794355200",
        ])
        .args(["/bin/sh", "-c", command])
        .current_dir("/")
        .output()
        .unwrap()
}

#[test]
fn the_line_for_cron_works_without_an_environment_and_is_silent_when_nobody_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("in")).unwrap();
    let file = |path: PathBuf, text: &str| fs::write(path, text).unwrap();
    file(at("ruaudit.toml"), "paths = ['in']\n");
    file(at("in").join("report.xml"), &report());
    let command = cron_command()
        .replace(INSTALLED, PROGRAM)
        .replace("/etc/ruaudit", &folder.path().display().to_string())
        .replace("/var/lib/ruaudit", &folder.path().display().to_string());
    let first = as_cron(&command);
    assert_eq!(Some(0), first.status.code(), "{}", text(&first));
    assert!(text(&first).starts_with("First run: 1 domain of 1 needs you."), "{}", text(&first));
    assert!(text(&first).contains("acme.example  none         150  FIX: "), "{}", text(&first));
    let second = as_cron(&command);
    assert_eq!((Some(0), String::new()), (second.status.code(), text(&second)));
    file(at("ruaudit.toml"), "nonsense = 1\n");
    let third = as_cron(&command);
    assert_eq!(Some(2), third.status.code());
    assert!(text(&third).starts_with("error: cannot use the configuration "), "{}", text(&third));
}
