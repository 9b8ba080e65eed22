//! The **command** that writes a password: run, and ended in time with all that it has started.
//!
//! In: a command. Out: what it wrote. Refuses one that fails, writes too much or does not end, and
//! ends it when somebody wishes to stop.

use std::io::{self, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::intake::Stop;

use super::MOST;

/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(10);
/// How long its output is read on when it has ended, but something that it started keeps the output
/// open.
const GRACE: Duration = Duration::from_secs(1);

/// Why there is no password.
type Why = String;

/// Runs a command and hands over all that it writes, once it has ended well.
///
/// # Errors
/// When it cannot be run, fails, writes too much, does not end in time, or somebody wishes to stop.
/// What it has started ends with it then.
pub(super) fn run(command: &mut Command, patience: Duration, stop: &Stop) -> Result<Vec<u8>, Why> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    lead(command);
    let mut child = command.spawn().map_err(in_words)?;
    let result = output(&mut child, patience, stop);
    if result.is_err() && matches!(child.try_wait(), Ok(None)) {
        end(&mut child);
    }
    result
}

fn output(child: &mut Child, patience: Duration, stop: &Stop) -> Result<Vec<u8>, Why> {
    let mut stdout = child.stdout.take().ok_or("its output cannot be read")?;
    unblock(&stdout).map_err(in_words)?;
    let (started, mut ended) = (Instant::now(), None);
    let mut bytes = Vec::new();
    loop {
        let is_whole = drain(&mut stdout, &mut bytes)?;
        if ended.is_none() && has_ended(child)? {
            // what it wrote last has still to be read
            ended = Some(Instant::now());
        } else if ended.is_some_and(|ended| is_whole || ended.elapsed() >= GRACE) {
            return Ok(bytes);
        } else if stop.is_asked() {
            return Err("it was stopped".into());
        } else if started.elapsed() >= patience {
            return Err(format!("it did not end within {} s", patience.as_secs()));
        } else {
            std::thread::sleep(GLANCE);
        }
    }
}

/// Whether it has ended well.
fn has_ended(child: &mut Child) -> Result<bool, Why> {
    match child.try_wait().map_err(in_words)? {
        Some(status) if !status.success() => Err(format!("it failed ({status})")),
        status => Ok(status.is_some()),
    }
}

/// Reads what there is. True: there will be no more.
fn drain(stdout: &mut ChildStdout, bytes: &mut Vec<u8>) -> Result<bool, Why> {
    let mut part = [0; 4096];
    while bytes.len() as u64 <= MOST {
        match stdout.read(&mut part) {
            Ok(0) => return Ok(true),
            Ok(length) => bytes.extend_from_slice(part.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("its output cannot be read: {error}")),
        }
    }
    Err("it wrote more than 64 KiB".into())
}

fn in_words(error: io::Error) -> Why {
    error.to_string()
}

/// Gives the command a process group of its own, so that it can be ended with all that it starts.
#[cfg(unix)]
fn lead(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Lets a read of the output end though there is nothing to read.
#[cfg(unix)]
fn unblock(stdout: &ChildStdout) -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    Ok(fcntl_setfl(stdout, fcntl_getfl(stdout)? | OFlags::NONBLOCK)?)
}

/// Ends a command that has not been waited for, so that the number of its group is still its own.
#[cfg(unix)]
fn end(child: &mut Child) {
    let group = rustix::process::Pid::from_child(child);
    // it may have ended by itself meanwhile, and then there is nothing to end
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    let _ = child.wait();
}

#[cfg(not(unix))]
fn lead(_: &mut Command) {}

/// Elsewhere a command that says nothing is waited for.
#[cfg(not(unix))]
fn unblock(_: &ChildStdout) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
