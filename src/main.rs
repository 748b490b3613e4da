//! The `redrive` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    redrive::cli::start(std::env::args_os()).into()
}
