//! The program: the arguments go in, an exit code comes out. All else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ruaudit::cli::main(std::env::args_os())
}
