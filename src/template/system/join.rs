//! The whole system in plain `CloudFormation`: the resources of all its stacks, named so that none is mistaken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::models::Models;
use crate::template::ImportOptions;
use crate::template::declared::{Connection, Declared, Inner};
use crate::template::evaluate::{Company, unknown_parameters};
use crate::template::properties::misspelt;
use crate::template::system::doubles::Doubles;
use crate::template::system::inputs::Root;
use crate::template::system::rounds::{End, Rounds, settle};
use crate::template::system::stack::Stack;
use crate::template::system::{names, nested, qualify, settings};
use crate::template::types::mistaken;
use crate::vocabulary::{Diagnostic, Severity};

/// Everything that is declared together.
#[derive(Debug, Default)]
pub(crate) struct System {
    /// The resources; nothing where no template can be used.
    pub declared: Option<Vec<Declared>>,
    /// What SAM connectors connect.
    pub connections: Vec<Connection>,
    /// What is wrong with the system.
    pub diagnostics: Vec<Diagnostic>,
    /// What is wrong with templates that were left out, so that the others can be judged.
    pub left_out: Vec<Diagnostic>,
    /// The texts of the files, by the names that places use, in the order of the stacks.
    pub sources: Vec<(PathBuf, String)>,
}

/// Reads the templates together. `problems` is what was wrong before there was any template.
pub(crate) fn join(
    roots: &[Root],
    problems: Vec<Diagnostic>,
    options: &ImportOptions,
    models: &Models,
) -> System {
    let first = rounds(roots, options);
    let inner = nested_roots(&first);
    let rounds = if inner.is_empty() {
        first
    } else {
        let kept = roots.iter().enumerate().filter(|(position, _)| !inner.contains(position));
        rounds(&kept.map(|(_, root)| root.clone()).collect::<Vec<_>>(), options)
    };
    gather(rounds, problems, (options, models))
}

fn rounds<'o>(roots: &[Root], options: &'o ImportOptions) -> Rounds<'o> {
    let named: Vec<_> =
        roots.iter().map(|root| (root.given.display_name.as_deref(), root.file.as_path())).collect();
    let paths = names::stack_paths(&named);
    let company = if roots.len() > 1 { Company::Joined } else { Company::Alone };
    let stacks =
        roots.iter().zip(paths).map(|(root, path)| Stack::read(root.clone(), path, &options.read, None));
    settle(stacks.collect(), company, &options.settings)
}

/// The roots that another stack nests or includes: they were named only so that all files are.
fn nested_roots(rounds: &Rounds<'_>) -> BTreeSet<usize> {
    let live: Vec<usize> = rounds.in_order();
    let nested: Vec<_> = live.iter().filter(|position| rounds.stacks[**position].parent.is_some()).collect();
    let is_nested = |position: &usize| {
        nested.iter().any(|inner| rounds.stacks[**inner].identity == rounds.stacks[*position].identity)
    };
    let is_included = |position: &usize| {
        live.iter().any(|other| rounds.stacks[*other].included.contains(&rounds.stacks[*position].identity))
    };
    let is_root = |position: &usize| rounds.stacks[*position].parent.is_none();
    live.iter().copied().filter(is_root).filter(|one| is_nested(one) || is_included(one)).collect()
}

fn gather(mut rounds: Rounds<'_>, problems: Vec<Diagnostic>, told: (&ImportOptions, &Models)) -> System {
    let order = rounds.in_order();
    let usable: Vec<usize> = order.iter().copied().filter(|one| rounds.usable(*one).is_some()).collect();
    let mut system = System { left_out: problems, ..System::default() };
    for position in &order {
        let stack = &rounds.stacks[*position];
        let evaluated = rounds.outcomes[*position].iter().flat_map(|outcome| &outcome.diagnostics);
        let found = stack.problems.iter().chain(evaluated).cloned();
        if usable.contains(position) { &mut system.diagnostics } else { &mut system.left_out }.extend(found);
        system.sources.push((stack.file.clone(), stack.text.clone()));
    }
    let readable = order.iter().any(|position| rounds.outcomes[*position].is_some());
    // One template with errors is shown as far as it goes; of several, the sound ones are judged.
    if usable.is_empty() {
        system.diagnostics.append(&mut system.left_out);
    }
    let taken = if usable.is_empty() { order } else { usable };
    if readable {
        whole(&mut system, &mut rounds, &taken, told);
    }
    system
}

/// Puts the stacks together and checks what concerns more than one of them.
fn whole(
    system: &mut System,
    rounds: &mut Rounds<'_>,
    taken: &[usize],
    (options, models): (&ImportOptions, &Models),
) {
    let mut problems = across(rounds, taken, options, &system.left_out);
    let mut all = Vec::new();
    let mut found = Vec::new();
    for position in taken {
        let inner = inner(rounds, *position);
        let Some(outcome) = rounds.outcomes[*position].as_mut() else { continue };
        let stack = &rounds.stacks[*position];
        problems.extend(misspelt(&outcome.template, &outcome.declared, models));
        problems.extend(mistaken(&outcome.template, models));
        for declared in &mut outcome.declared {
            if let Some(inner) = inner.get(&declared.logical_id) {
                declared.inner = inner.clone();
            }
        }
        qualify::settle(&stack.path, &mut outcome.declared, &mut outcome.connections);
        all.append(&mut outcome.declared);
        system.connections.append(&mut outcome.connections);
        found.push((stack.path.clone(), std::mem::take(&mut outcome.found)));
    }
    distinct(&mut all);
    problems.extend(settings::unclear(&options.settings, &found, &all));
    system.diagnostics.append(&mut problems);
    system.declared = Some(all);
}

fn inner(rounds: &Rounds<'_>, stack: usize) -> BTreeMap<String, Inner> {
    let nested = rounds.nested.range((stack, String::new())..(stack + 1, String::new()));
    let told = nested.map(|((_, id), nested)| {
        let inner = match &nested.stack {
            Ok(position) if rounds.usable(*position).is_some() => Inner::Read,
            Ok(_) => Inner::Unread("its template cannot be read: what it deploys is not judged".to_owned()),
            Err(inner) => inner.clone(),
        };
        (id.clone(), inner)
    });
    told.collect()
}

/// What is wrong between stacks, and with options that concern all of them.
fn across(
    rounds: &Rounds<'_>,
    taken: &[usize],
    options: &ImportOptions,
    left_out: &[Diagnostic],
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for ((parent, id), nested) in &rounds.nested {
        if !taken.contains(parent) {
            continue;
        }
        problems.extend(nested.problem.clone());
        if let (Ok(position), Some(outer)) = (&nested.stack, &rounds.outcomes[*parent])
            && let Some(inner) = rounds.usable(*position)
            && let Some(declared) = outer.declared.iter().find(|one| one.logical_id == *id)
        {
            problems.extend(nested::unknown_parameters(declared, inner, &rounds.stacks[*position].file));
        }
    }
    if left_out.iter().all(|one| one.severity != Severity::Error) {
        let is_root = |position: &&usize| rounds.stacks[**position].parent.is_none();
        let roots = taken.iter().filter(is_root).filter_map(|position| rounds.outcomes[*position].as_ref());
        let declared: Vec<_> = roots.flat_map(|outcome| &outcome.template.parameters).collect();
        problems.extend(unknown_parameters(&options.read, &declared));
    }
    if rounds.end == End::Circle {
        let message = "exports, outputs and parameters of these templates lead in a circle";
        let help = "AWS deploys no such stacks; take one of the values from elsewhere";
        problems.push(Diagnostic::warning("template-cycle", message).help(help));
    }
    let mut doubles = Doubles::default();
    for position in taken {
        if let Some(outcome) = &rounds.outcomes[*position] {
            doubles.stack(*position, outcome, &rounds.stacks[*position].given.environment);
        }
    }
    problems.extend(doubles.finish());
    problems
}

/// Names of two resources that are equal, as two CDK applications may have them, get the logical id instead, and a
/// number where even that is taken.
fn distinct(declared: &mut [Declared]) {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for one in declared {
        let kind = one.type_name.clone();
        let mut name = one.name.clone();
        let mut number = 1_u32;
        while !seen.insert((kind.clone(), name.clone())) {
            name = if number == 1 { one.logical_id.clone() } else { format!("{}-{number}", one.logical_id) };
            number += 1;
        }
        one.name = name;
    }
}
