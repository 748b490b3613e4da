//! `redrive accept`: writes a known gap down, beside the template.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use crate::cli::arguments::Accept;
use crate::cli::clock::today;
use crate::cli::judged::{Judged, Judging};
use crate::cli::output::Output;
use crate::cli::problems::Problems;
use crate::cli::saved::{ledger, ledger_path, reports, template_name};
use crate::cli::start::Done;
use crate::cli::values::Reader;
use crate::explore::CheckOptions;
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::report::{CheckReport, Date, Document, entry_for, with_entry};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// Templates that are looked for where none is named.
const USUAL: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// Finds the finding, by a new check or in a saved report, and writes it down.
pub(super) fn accept(arguments: &Accept, models: &Models, problems: Problems) -> Done {
    match accepted(arguments, models, problems) {
        Ok(text) => Done::shown(text),
        Err(wrong) => {
            problems.tell(&wrong);
            Done::unusable()
        }
    }
}

/// What was written, in a sentence; all that is wrong, where it was not told already.
fn accepted(arguments: &Accept, models: &Models, problems: Problems) -> Result<String, Vec<Diagnostic>> {
    let mut reader = Reader::default();
    let system = reader.changes(&arguments.changes, &arguments.faults);
    let seeds = arguments.seeds.as_ref().map(|text| reader.count("--seeds", text));
    let seed = arguments.seed.as_ref().map(|text| reader.number("--seed", text));
    let until = arguments.until.as_ref().and_then(|text| date(&mut reader, text));
    if arguments.reason.trim().is_empty() {
        reader.wrong("`--reason` is empty".to_owned(), "say why this is acceptable: others will read it");
    }
    let paths = paths(arguments, &mut reader);
    let wrong = reader.finish();
    let Some(path) = paths.first().filter(|_| wrong.is_empty()) else { return Err(wrong) };
    ledger(path)?;
    let documents = if let Some(report) = &arguments.report {
        reports(report).map_err(|problem| vec![*problem])?
    } else {
        let options = CheckOptions {
            seeds: seeds.or(seed.map(|_| 1)),
            first_seed: seed.unwrap_or(0),
            families: Families::USUAL,
            guarantees: GuaranteeSet::EVERY,
            threads: available_parallelism().map_or(1, std::num::NonZero::get),
            exhaustive: None,
            input_options: system.options.clone(),
        };
        let judging = Judging { system: &system, options: &options, deadline: None, models, problems };
        // What is wrong with the template has been told.
        let judged = Judged::of(&paths, &judging).map_err(|_| Vec::new())?;
        vec![judged.document(&judging, CheckReport::usually_failing())]
    };
    let name = template_name(path);
    let entry = documents
        .iter()
        .find_map(|document| entry_for(document, &arguments.finding, &name, &arguments.reason, until))
        .ok_or_else(|| vec![unknown(&arguments.finding, &documents)])?;
    let place = ledger_path(path);
    let before = std::fs::read_to_string(&place).unwrap_or_default();
    let written = Output::open(Some(&place)).and_then(|output| output.write(&with_entry(&before, &entry)));
    written.map_err(|problem| vec![problem])?;
    let until = until.map_or_else(String::new, |date| format!(" until {date}"));
    Ok(format!("accepted {}{until}: {}\n  written to {}\n", entry.finding(), entry.title(), place.display()))
}

fn date(reader: &mut Reader, text: &str) -> Option<Date> {
    let date = Date::parse(text);
    if date.is_none() {
        reader.wrong(format!("`--until {text}` is no date"), "write a day as 2027-01-31");
    } else if date < Some(today()) {
        reader.wrong(format!("`--until {text}` is over already"), format!("today is {}", today()));
    }
    date
}

/// The templates that are named, that of the saved report, or the usual one of the folder.
fn paths(arguments: &Accept, reader: &mut Reader) -> Vec<PathBuf> {
    if !arguments.paths.is_empty() {
        return arguments.paths.clone();
    }
    if let Some(report) = &arguments.report
        && let Ok(documents) = reports(report)
        && let Some(document) = documents.iter().find(|one| one.has(&arguments.finding))
    {
        return vec![PathBuf::from(document.input())];
    }
    let usual = USUAL.iter().map(Path::new).find(|path| path.is_file()).map(Path::to_owned);
    if usual.is_none() {
        let message = "no template is named, and the folder has none of the usual names".to_owned();
        reader.wrong(message, format!("name it: redrive accept {} PATH --reason …", arguments.finding));
    }
    usual.into_iter().collect()
}

fn unknown(id: &str, documents: &[Document]) -> Diagnostic {
    let known: Vec<&str> = documents.iter().flat_map(Document::finding_ids).collect();
    let help = match known.as_slice() {
        [] => "nothing was found, so there is nothing to accept".to_owned(),
        known => did_you_mean(id, known),
    };
    Diagnostic::error("accept-unknown", format!("there is no finding `{id}`")).help(help)
}
