//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;

use clap::Parser as _;

use crate::cli::arguments::{Arguments, Colour, Command};
use crate::cli::exit::Exit;
use crate::cli::output::{Output, unwritable};
use crate::cli::problems::Problems;
use crate::cli::{accept, check, diff, explain, init, input, merge, models, replay, run, topology};
use crate::models::Models;

/// What a command came to.
#[derive(Debug)]
pub(super) struct Done {
    /// What to show; empty where there is nothing.
    pub(super) text: String,
    /// How to end.
    pub(super) exit: Exit,
}

impl Done {
    /// Nothing to show: the problems were told.
    pub(super) const fn unusable() -> Self {
        Self { text: String::new(), exit: Exit::Unusable }
    }

    /// A result that nothing is judged by.
    pub(super) const fn shown(text: String) -> Self {
        Self { text, exit: Exit::Held }
    }
}

/// Does what the arguments say. Never panics on what a user gives.
pub fn start(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    match arguments.show.color {
        Colour::Auto => anstream::ColorChoice::Auto,
        Colour::Always => anstream::ColorChoice::Always,
        Colour::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let problems = Problems::new(if arguments.show.quiet { Loudness::Quiet } else { Loudness::Usual });
    let output = match Output::open(arguments.show.output.as_deref()) {
        Ok(output) => output,
        Err(problem) => return tell(problems, problem),
    };
    let Some(loaded) = input::models(arguments.show.models.as_deref(), problems) else {
        return Exit::Unusable;
    };
    let done = command(arguments.command, arguments.show.output.as_deref(), &loaded, problems);
    match output.write(&done.text) {
        Ok(()) => done.exit,
        Err(problem) => tell(problems, problem),
    }
}

/// How much is said besides results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    /// `--quiet`.
    Quiet,
    /// Without it.
    Usual,
}

fn command(command: Command, output: Option<&Path>, models: &Models, problems: Problems) -> Done {
    match command {
        Command::Check(arguments) => check::check(&arguments, models, problems),
        Command::Run(arguments) => run::run(&arguments, models, problems),
        Command::Replay(arguments) => replay::replay(&arguments, models, problems),
        Command::Init(arguments) => init::init(&arguments, output, models, problems),
        Command::Accept(arguments) => accept::accept(&arguments, models, problems),
        Command::Diff(arguments) => diff::diff(&arguments, models, problems),
        Command::Merge(arguments) => merge::merge(&arguments, models, problems),
        Command::Topology(arguments) => topology::topology(&arguments, models, problems),
        Command::Models(arguments) => models::models(&arguments, models, problems),
        Command::Explain(arguments) => explain::explain(&arguments, models, problems),
    }
}

fn tell(problems: Problems, problem: crate::vocabulary::Diagnostic) -> Exit {
    problems.tell(&[problem]);
    Exit::Unusable
}

/// Help and version are results; everything else is a mistake, which the parser explains.
fn usage(error: &clap::Error) -> Exit {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    match printed {
        Err(problem) => tell(Problems::new(Loudness::Usual), unwritable("standard output", &problem)),
        Ok(()) if error.use_stderr() => Exit::Unusable,
        Ok(()) => Exit::Held,
    }
}
