//! What can be written on the command line. Values are read in `values`, so that all that is wrong is told at once.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::exit::TABLE;

/// Checks event-driven systems on AWS Lambda by deterministic simulation.
#[derive(Debug, Parser)]
#[command(name = "redrive", version, about, after_help = TABLE, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
    /// How to show it.
    #[command(flatten)]
    pub(super) show: Show,
}

/// One command, one file beside this one.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Searches for violated guarantees: says which hold, and tells the smallest story of each that does not
    #[command(after_help = TABLE)]
    Check(Check),
    /// Shows one run, or what becomes of one event in it
    Run(Run),
    /// Runs a counterexample again: says whether it still applies
    Replay(Replay),
    /// Records a finding as a known gap, in redrive.accept.toml beside the template
    Accept(Accept),
    /// Says what changed between two templates or reports, or where two runs part
    #[command(after_help = TABLE)]
    Diff(Diff),
    /// Joins JSON reports of shares of the same search
    Merge(Merge),
    /// Shows what was understood of a template, each setting with its origin
    Topology(Topology),
    /// Writes a commented scenario beside a template: load, handlers, changes, faults, bounds and expectations
    Init(Init),
    /// Lists the models, or shows the rules of one
    Models(Models),
    /// Explains a guarantee, fault family, rule or setting, and when a finding of it is a false alarm
    Explain(Explain),
}

/// How and where results are shown.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Writes the result to a file, whole or not at all
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Colour,
    /// Says only what matters: no progress, no warnings, short results
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// A folder with models that replace or add to the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) models: Option<PathBuf>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal that takes them, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs; see docs/report-json.md
    Json,
}

/// What the report of a check is for; docs/formats.md shows each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people
    Text,
    /// For programs; see docs/report-json.md
    Json,
    /// Annotations of a pull request, by workflow commands of GitHub Actions
    Github,
    /// Test cases, for test reports of any build system
    Junit,
    /// A comment on a pull request, or the summary of a job
    Markdown,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
}

/// How a topology is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TopologyFormat {
    /// For people
    Text,
    /// For programs; see docs/report-json.md
    Json,
    /// A flowchart of Mermaid
    Mermaid,
    /// A graph of Graphviz
    Dot,
}

/// What changes the system before anything looks at it.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Changes {
    /// Sets a property, such as Orders.VisibilityTimeout=180
    #[arg(long = "set", value_name = "RESOURCE.PROPERTY=VALUE", allow_hyphen_values = true)]
    pub(super) settings: Vec<String>,
    /// Gives a parameter of the template a value
    #[arg(long = "parameter", value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(super) parameters: Vec<String>,
    /// A file with values for parameters: a list as CloudFormation takes it, a map of names, or samconfig.toml
    #[arg(long = "parameters", value_name = "FILE")]
    pub(super) parameter_files: Vec<PathBuf>,
    /// Says what a handler does: 'Fulfil*=partial,40ms..2s'; presets: throws, partial, swallows, stops-and-reports-one, parallel, stops-and-lists-rest
    #[arg(long = "handler", value_name = "FUNCTION=PRESET,DURATION")]
    pub(super) handlers: Vec<String>,
    /// Answers what a template leaves open: 'Fulfil sends Shipping'
    #[arg(long = "assume", value_name = "FUNCTION sends RESOURCE")]
    pub(super) assumptions: Vec<String>,
    /// One fault in every run: outage:Fulfil@02:10+47m, throttle@1h+20m, poison:Orders.3
    #[arg(long = "fault", value_name = "FAULT")]
    pub(super) planned: Vec<String>,
    /// A fixed load for every source or one: 20/1s (20 messages, one a second), Orders=20/1s, 'Orders=10/s for 5m'
    #[arg(long = "load", value_name = "[QUEUE=]EVENTS/GAP")]
    pub(super) loads: Vec<String>,
    /// A scenario for the template: load, handlers, changes, faults, bounds, expectations; see docs/scenario.md
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<PathBuf>,
}

/// `redrive check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Templates in YAML or JSON, folders that `cdk synth` has written, scenarios in TOML; several are one system
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// How many seeds; without it the search ends when nothing new is found
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) seeds: Option<String>,
    /// The first seed; without --seeds the only one
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub(super) seed: Option<String>,
    /// Takes all combinations of a small scope as well, 2 of each unless said otherwise
    #[arg(
        long,
        value_name = "events=N,faults=N,concurrency=N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    pub(super) exhaustive: Option<String>,
    /// Fault families: all, none, names, +name, -name; with odds: poison=1/10
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(super) faults: Vec<String>,
    /// Guarantees to ask for: all, names, +name, -name
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(super) guarantees: Vec<String>,
    /// Guarantees whose violation fails the check: all, none, names, +name, -name
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(super) fail_on: Vec<String>,
    /// Ends with 3 where a guarantee that fails the check was never put to the test
    #[arg(long)]
    pub(super) require_exercised: bool,
    /// What to compare with, a template or a JSON report: only what is worse than there fails the check
    #[arg(long, value_name = "OTHER")]
    pub(super) against: Option<PathBuf>,
    /// Takes one of N equal shares of --seeds: K/N, or `auto` in an array job of Kubernetes, AWS Batch or Slurm
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<String>,
    /// Ends each search after this time, such as 10m; what is found then depends on the machine
    #[arg(long = "for", value_name = "DURATION")]
    pub(super) time: Option<String>,
    /// Tells everything in full
    #[arg(long)]
    pub(super) all: bool,
    /// For people, for programs or for other tools
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: CheckFormat,
}

/// `redrive accept`.
#[derive(Debug, Args)]
pub(super) struct Accept {
    /// The id of the finding, as reports name it
    #[arg(value_name = "FINDING")]
    pub(super) finding: String,
    /// The template, or several as one system, written down beside the first; otherwise that of the report, or
    /// template.yaml, .yml or .json of this folder
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Why it is acceptable
    #[arg(long, value_name = "R")]
    pub(super) reason: String,
    /// The last day on which it is, such as 2027-01-31
    #[arg(long, value_name = "DATE")]
    pub(super) until: Option<String>,
    /// Takes the finding from a JSON report instead of checking again
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// How many seeds; without it the search ends when nothing new is found
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) seeds: Option<String>,
    /// The first seed; without --seeds the only one
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub(super) seed: Option<String>,
    /// Fault families: all, none, names, +name, -name
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(super) faults: Vec<String>,
}

/// `redrive diff`.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// Two of these: a template, a JSON report, a run as TEMPLATE@SEED, or a saved run. With `--` those before it: one, or
    /// several templates as one system
    #[arg(required = true, value_name = "A")]
    pub(super) before: Vec<String>,
    /// What to compare them with: one, or several templates as one system
    #[arg(last = true, value_name = "B")]
    pub(super) after: Vec<String>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// How many seeds; without it each search ends when nothing new is found
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) seeds: Option<String>,
    /// Fault families: all, none, names, +name, -name
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(super) faults: Vec<String>,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// `redrive merge`.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// What `check --format json` wrote, for different seeds of the same input
    #[arg(required = true, value_name = "REPORT")]
    pub(super) reports: Vec<PathBuf>,
    /// For people, for programs or for other tools
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(super) format: CheckFormat,
}

/// `redrive run`.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Templates in YAML or JSON, folders that `cdk synth` has written, scenarios in TOML; several are one system
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Which run
    #[arg(long, value_name = "S", default_value = "0", allow_hyphen_values = true)]
    pub(super) seed: String,
    /// Shows only what becomes of this event, such as Orders.3
    #[arg(long, value_name = "ID")]
    pub(super) event: Option<String>,
    /// Fault families: all, none, names, +name, -name; with odds: poison=1/10
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(super) faults: Vec<String>,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// `redrive replay`.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// What a finding printed, or a file that holds it
    #[arg(value_name = "CAPSULE")]
    pub(super) capsule: String,
    /// A template, where it is not the one that the capsule names; give all where the system has several
    #[arg(long, value_name = "PATH")]
    pub(super) against: Vec<PathBuf>,
    /// Shows the whole run, not only what becomes of the event that shows the violation
    #[arg(long)]
    pub(super) all: bool,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// `redrive topology`.
#[derive(Debug, Args)]
pub(super) struct Topology {
    /// Templates in YAML or JSON, folders that `cdk synth` has written, scenarios in TOML; several are one system
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// For people, for programs, or as a graph
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: TopologyFormat,
}

/// `redrive init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Templates in YAML or JSON and folders that `cdk synth` has written; several are one system
    #[arg(required_unless_present = "schema", value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Writes the schema of scenarios for editors instead
    #[arg(long, conflicts_with = "paths")]
    pub(super) schema: bool,
}

/// `redrive models`.
#[derive(Debug, Args)]
pub(super) struct Models {
    /// A model, such as `queue_poll`
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,
}

/// `redrive explain`.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Such as no-loss, poison, `queue.redrive_on_receive` or `VisibilityTimeout`
    #[arg(value_name = "NAME")]
    pub(super) name: String,
}
