//! `completions` and `man`: what a packager asks for. Made from the same definitions as the help.

use clap::{Args, CommandFactory as _};

use crate::error::{Error, Result};

use super::args::Arguments;
use super::{Exit, Streams, written};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit completions bash > /etc/bash_completion.d/ruaudit
  ruaudit completions zsh > ~/.zfunc/_ruaudit")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit man > ruaudit.1
  ruaudit man advise > ruaudit-advise.1
  ruaudit man config check > ruaudit-config-check.1")]
pub(super) struct ManArgs {
    /// The command that the page is about, like `advise`, `config check` or `config-check`; the whole
    /// program unless given
    command: Vec<String>,
}

/// Writes the script. It is made in memory: the generator panics where a pipe is closed.
pub(super) fn completions(args: &CompletionsArgs, streams: &mut Streams<'_>) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "ruaudit", &mut script);
    written(streams.out.write_all(&script))?;
    Ok(Exit::Fine)
}

/// Writes the manual page.
pub(super) fn page(args: &ManArgs, streams: &mut Streams<'_>) -> Result<Exit> {
    let mut program = Arguments::command();
    program.build(); // hands the options of every command on to the commands
    // no command has a hyphen in its name: it stands between two of them, as in names of pages
    let names = args.command.iter().flat_map(|name| name.split('-'));
    let mut command = &program;
    for name in names.filter(|name| !name.is_empty()) {
        command = command.find_subcommand(name).ok_or_else(|| no_such(name, command))?;
    }
    let mut page = Vec::new();
    written(clap_mangen::Man::new(command.clone()).render(&mut page))?;
    let page = with_usage(&String::from_utf8_lossy(&page), command);
    written(streams.out.write_all(page.as_bytes()))?;
    Ok(Exit::Fine)
}

/// The page with the synopsis of `--help`: the generator's own leaves out what an option wants.
fn with_usage(page: &str, command: &clap::Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage: Vec<String> = usage
        .trim_start_matches("Usage:")
        .lines()
        .map(|line| line.trim().replace('\\', "\\e").replace('-', "\\-"))
        .collect();
    let Some((before, rest)) = page.split_once(".SH SYNOPSIS\n") else { return page.to_owned() };
    let after = rest.find(".SH ").map_or("", |at| &rest[at..]);
    format!("{before}.SH SYNOPSIS\n{}\n{after}", usage.join("\n.br\n"))
}

fn no_such(name: &str, above: &clap::Command) -> Error {
    let names: Vec<&str> = above.get_subcommands().map(clap::Command::get_name).collect();
    if names.is_empty() {
        let why = format!("`{}` has no commands below it", above.get_name());
        return Error::new(format!("no manual page about `{name}`"), why, "leave it out");
    }
    Error::new(
        format!("no manual page about `{name}`"),
        "there is no such command",
        format!("there are: {}", names.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page about these words.
    fn about(words: &[&str]) -> Result<String> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams { out: &mut out, err: &mut err, progress: false };
        let command = words.iter().map(|word| (*word).to_owned()).collect();
        page(&ManArgs { command }, &mut streams)?;
        Ok(String::from_utf8(out).unwrap().replace("\\-", "-"))
    }

    /// The pages that a page names: `ruaudit-config-check(1)`.
    fn named(page: &str) -> Vec<String> {
        let words = page.lines().filter_map(|line| line.strip_suffix("(1)"));
        words.filter_map(|word| word.strip_prefix("ruaudit-")).map(str::to_owned).collect()
    }

    #[test]
    fn every_page_that_a_page_names_can_be_made() {
        let mut left = named(&about(&[]).unwrap());
        assert!(left.len() > 10, "{left:?}");
        let mut seen = 0;
        while let Some(name) = left.pop() {
            let page = about(&[&name]).unwrap();
            assert!(page.contains(&format!("ruaudit-{name}")), "{name}: {page}");
            seen += 1;
            assert!(seen < 200, "pages name each other");
            left.extend(named(&page));
        }
        assert_eq!(about(&["config", "check"]).unwrap(), about(&["config-check"]).unwrap());
    }

    #[test]
    fn the_synopsis_is_that_of_the_help() {
        let page = about(&["label"]).unwrap();
        let synopsis = ".SH SYNOPSIS\nruaudit label DOMAIN SOURCE ours|theirs|forwarder|list [--note \
                        TEXT]\n.br\nruaudit label DOMAIN SOURCE --remove\n.SH DESCRIPTION\n";
        assert!(page.contains(synopsis), "{page}");
        let page = about(&["advise"]).unwrap();
        assert!(page.contains("\nruaudit advise [OPTIONS] [DOMAIN]...\n.SH "), "{page}");
    }

    #[test]
    fn what_is_no_command_is_answered_with_those_that_are() {
        let error = about(&["config", "chekc"]).unwrap_err().to_string();
        assert!(error.contains("there are: check, init"), "{error}");
        assert!(about(&["advise", "x"]).unwrap_err().to_string().contains("leave it out"));
        assert!(about(&["advize"]).is_err());
    }
}
