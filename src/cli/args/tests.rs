use clap::CommandFactory as _;

use super::*;

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(line.split(' '))
}

#[test]
fn the_definitions_hold_together() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_has_examples_and_the_options_of_every_command() {
    let mut program = Arguments::command();
    program.build();
    for command in program.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let help = command.render_long_help().to_string();
        let name = command.get_name().to_owned();
        let long = help.lines().find(|line| line.chars().count() > 80);
        assert_eq!(None, long, "{name}");
        assert!(help.contains("Examples:\n  ruaudit"), "{name}: {help}");
        assert!(help.contains("Options of every command:"), "{name}: {help}");
        for option in
            ["--db <PATH>", "--config <PATH>", "--format <FORMAT>", "--quiet", "--verbose"]
        {
            assert!(help.contains(option), "{name}: {option}");
        }
    }
}

#[test]
fn options_of_every_command_stand_before_and_behind_the_command() {
    for line in ["ruaudit --db a.db summary", "ruaudit summary --db a.db"] {
        assert_eq!(Some(PathBuf::from("a.db")), parse(line).unwrap().global.db);
    }
    let global = parse("ruaudit -q export --format ndjson").unwrap().global;
    assert!(global.quiet && !global.verbose);
    assert_eq!(Some(Format::Ndjson), global.format);
}

#[test]
fn windows_are_read_where_days_matter() {
    for command in ["audit .", "summary", "sources a.example", "advise", "reports", "export"] {
        let arguments = parse(&format!("ruaudit {command} --window 7d")).unwrap();
        assert_eq!(Some(WindowSpec::Last(7)), arguments.command.unwrap().window(), "{command}");
        let wrong = parse(&format!("ruaudit {command} --window 7w")).unwrap_err().to_string();
        assert!(wrong.contains("write 31d"), "{wrong}");
    }
    for command in ["ingest .", "rejected", "report 1"] {
        assert!(parse(&format!("ruaudit {command} --window 7d")).is_err(), "{command}");
    }
}

#[test]
fn what_is_wrong_is_refused() {
    for line in [
        "ruaudit audit",
        "ruaudit ingest",
        "ruaudit sources",
        "ruaudit summary a.example b.example",
        "ruaudit export --what reports",
        "ruaudit report",
        "ruaudit reports a.example b.example",
        "ruaudit --format yaml summary",
        "ruaudit -q -v summary",
        "ruaudit completions cmd",
        "ruaudit audti .",
    ] {
        assert_eq!(2, parse(line).unwrap_err().exit_code(), "{line}");
    }
}

#[test]
fn help_and_version_are_no_failure() {
    for line in ["ruaudit --help", "ruaudit help audit", "ruaudit --version"] {
        assert_eq!(0, parse(line).unwrap_err().exit_code(), "{line}");
    }
}

#[test]
fn alone_it_asks_for_nothing() {
    assert!(parse("ruaudit").unwrap().command.is_none());
}
