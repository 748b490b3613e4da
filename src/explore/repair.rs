//! Repairs: a small catalogue of changes, each tried in simulation before it is proposed.
//!
//! Absent: changes nobody tried. A proposal is told only with the verdict of a search over the changed topology, and
//! only if that search finds no gating guarantee violated that held before.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::explore::check::{All, CheckOptions, TrialSearch, search_part};
use crate::explore::edit::{Edit, apply};
use crate::explore::edit_generated::declared;
use crate::explore::{Change, Opened, Part, Repair, Standing, Verdict, repair_pushed, repair_read};
use crate::guarantee::{Gates, GuaranteeName};
use crate::models::{ModelError, Models};
use crate::program::{DeadLetter, Program, compile};
use crate::scenario::HandlerPreset;
use crate::topology::{ResponseType, Topology};
use crate::vocabulary::{Duration, EntityName};

/// How many seeds a changed system is tried with.
const TRIAL: u64 = 512;
/// How many records all trials of a check may have; findings after that are told without a repair.
const RECORDS: u64 = 100_000_000;

/// A change that may help.
pub(super) struct Proposal {
    pub(super) says: String,
    pub(super) edits: Vec<Edit>,
    pub(super) handler: Option<String>,
}

/// What a search over a changed topology found.
struct TrialResult {
    /// Whether the guarantee holds at the place.
    holds: bool,
    /// Over how many seeds.
    seeds: u64,
    /// Records of its runs.
    records: u64,
    /// Gating guarantees that are violated and were not before.
    opens: Vec<Opened>,
}

/// For each violated verdict the first change of the catalogue after which the guarantee holds at the place.
///
/// Verdicts are seen to side by side. The records that all trials may have are spent in the order of the verdicts
/// nevertheless: a trial that would not have been made is not counted afterwards.
pub(crate) fn repairs(violated: &[(&Part, &Verdict)], all: &All<'_>) -> Vec<Option<Repair>> {
    let spent: Vec<AtomicU64> = violated.iter().map(|_| AtomicU64::new(0)).collect();
    let tried = all.crew.map(
        violated.iter().enumerate(),
        &mut Vec::new(),
        || (),
        |(), (index, (part, verdict))| {
            let trial = Trial { part, verdict, all };
            trial.tried(&spent[..=index])
        },
    );
    let mut spent = 0;
    tried.into_iter().map(|tried| first_that_helps(tried, &mut spent)).collect()
}

/// A change that was tried.
struct Tried {
    repair: Repair,
    holds: bool,
    records: u64,
}

impl Tried {
    const fn is_enough(&self) -> bool {
        self.holds && self.repair.leaves.is_empty()
    }
}

/// The first change that mends all, else the first that mends something, of those for which there were records left.
fn first_that_helps(tried: Vec<Tried>, spent: &mut u64) -> Option<Repair> {
    let mut second_best = None;
    for one in tried {
        if *spent > RECORDS {
            break;
        }
        *spent += one.records;
        if one.is_enough() {
            return Some(one.repair);
        }
        second_best = second_best.or(one.holds.then_some(one.repair));
    }
    second_best
}

/// A violated verdict and what a search for its repair needs.
struct Trial<'a> {
    part: &'a Part,
    verdict: &'a Verdict,
    all: &'a All<'a>,
}

impl Trial<'_> {
    /// The changes that were tried, up to the first that mends all.
    ///
    /// `spent` counts the records of the trials for the verdicts up to this one. Others may be counted later, so more
    /// may be tried than there are records for, but nothing less.
    fn tried(&self, spent: &[AtomicU64]) -> Vec<Tried> {
        let All { topology, models, .. } = *self.all;
        let mut tried: Vec<Tried> = Vec::new();
        for proposal in proposals(self.part, self.verdict, models).unwrap_or_default() {
            let known: u64 = spent.iter().map(|spent| spent.load(Ordering::Relaxed)).sum();
            if known > RECORDS || tried.last().is_some_and(Tried::is_enough) {
                break;
            }
            let mut repaired = topology.clone();
            let changes: Option<Vec<Vec<Change>>> =
                proposal.edits.iter().map(|edit| apply(edit, &mut repaired, models)).collect();
            let Some(changes) = changes else { continue };
            let TrialResult { holds, seeds, records, opens } = self.result(&repaired);
            spent[spent.len() - 1].fetch_add(records, Ordering::Relaxed);
            let changes = changes.concat().into_iter();
            let changes: Vec<Change> =
                changes.filter(|change| change.before.as_ref() != Some(&change.after)).collect();
            let repair = Repair {
                says: proposal.says,
                changes: declared(topology, &changes),
                holds_over: seeds,
                leaves: opens,
                handler: proposal.handler,
            };
            tried.push(Tried { repair, holds, records });
        }
        tried
    }

    fn result(&self, changed: &Topology) -> TrialResult {
        let all = self.all;
        let failed = TrialResult { holds: false, seeds: 0, records: 0, opens: Vec::new() };
        let queue = self.part.program.name(self.part.program.queues[self.verdict.at.queue].entity);
        let Ok(programs) = compile(changed, all.models, all.scenario) else { return failed };
        let Some(program) = programs.into_iter().find(|program| program.entities.contains(queue)) else {
            return failed;
        };
        let options = CheckOptions { seeds: Some(TRIAL), ..all.options.clone() };
        let place = |queue: usize| program.name(program.queues[queue].entity);
        let Some(position) = (0..program.queues.len()).find(|index| place(*index) == queue) else {
            return failed;
        };
        let mended = (self.verdict.guarantee, position);
        let matters = |guarantee, queue| self.would_be_new(guarantee, place(queue));
        let search = search_part(&program, all, &options, (mended, &matters));
        let TrialSearch { broken, seeds, records } = search;
        let opens = broken.iter().filter(|one| **one != mended);
        let opens =
            opens.map(|(guarantee, at)| Opened { guarantee: *guarantee, at: place(*at).as_str().to_owned() });
        TrialResult { holds: !broken.contains(&mended), seeds, records, opens: opens.collect() }
    }

    /// Whether a violation would fail a check and was none before the change.
    fn would_be_new(&self, guarantee: GuaranteeName, place: &EntityName) -> bool {
        let program = &self.part.program;
        let was_violated = self.part.verdicts.iter().any(|before| {
            before.guarantee == guarantee
                && before.standing == Standing::Violated
                && program.name(program.queues[before.at.queue].entity) == place
        });
        guarantee.gates() == Gates::Yes && !was_violated
    }
}

/// The catalogue for one verdict, the smallest change first.
fn proposals(part: &Part, verdict: &Verdict, models: &Models) -> Result<Vec<Proposal>, ModelError> {
    if let Some(push) = part.program.push(verdict.at.queue) {
        return repair_pushed::against(&part.program, push, verdict, models);
    }
    if let Some(log) = part.program.log(verdict.at.queue) {
        return repair_read::against(&part.program, log, verdict.guarantee, models);
    }
    let catalogue = Catalogue { program: &part.program, queue: verdict.at.queue, models };
    let mut proposals = match verdict.guarantee {
        GuaranteeName::NoLoss | GuaranteeName::DeadLetterDelivery => catalogue.against_loss()?,
        GuaranteeName::NoCollateral => catalogue.against_collateral()?,
        GuaranteeName::Ordering => catalogue.against_disorder()?,
        GuaranteeName::Progress => catalogue.against_blocking()?,
        GuaranteeName::SingleFlight => vec![catalogue.longer_visibility()?],
        GuaranteeName::NoNeedlessRedelivery => catalogue.against_repetition()?,
        GuaranteeName::Drains => catalogue.against_backlog()?,
        GuaranteeName::BoundedDelay
        | GuaranteeName::BoundedCost
        | GuaranteeName::BoundedAttempts
        | GuaranteeName::Permitted
        | GuaranteeName::Deployable
        | GuaranteeName::NoLoop => Vec::new(),
    };
    proposals.retain(|proposal| !proposal.edits.is_empty());
    Ok(proposals)
}

struct Catalogue<'a> {
    program: &'a Program,
    queue: usize,
    models: &'a Models,
}

impl Catalogue<'_> {
    fn name(&self) -> String {
        self.program.name(self.program.queues[self.queue].entity).to_string()
    }

    fn mappings(&self) -> impl Iterator<Item = &crate::program::MappingTable> {
        self.program.queues[self.queue].consumers().map(|index| &self.program.mappings[index])
    }

    fn mapping_name(&self, mapping: &crate::program::MappingTable) -> String {
        self.program.name(mapping.entity).to_string()
    }

    fn function_name(&self, mapping: &crate::program::MappingTable) -> String {
        self.program.name(self.program.functions[usize::from(mapping.function)].entity).to_string()
    }

    fn against_loss(&self) -> Result<Vec<Proposal>, ModelError> {
        let mut proposals = self.against_standing();
        let swallowing = self.mappings().any(|mapping| {
            let handler = self.program.functions[usize::from(mapping.function)].handler;
            mapping.response_type == ResponseType::WholeBatch && handler == HandlerPreset::Partial
        });
        if swallowing {
            proposals.push(self.partial_responses());
        }
        match self.program.queues[self.queue].dead_letter {
            DeadLetter::None => proposals.extend(self.dead_letter_queues()?),
            DeadLetter::Queue(target) => {
                let target = self.program.name(self.program.queues[usize::from(target)].entity).to_string();
                proposals.push(Proposal {
                    says: format!("let {target} keep messages as long as a queue can: their age counts from the first send"),
                    edits: vec![Edit::LongestRetention { queue: target.clone() }],
                    handler: None,
                });
                proposals.push(Proposal {
                    says: format!(
                        "let both {} and {target} keep messages as long as a queue can",
                        self.name()
                    ),
                    edits: vec![
                        Edit::LongestRetention { queue: target },
                        Edit::LongestRetention { queue: self.name() },
                    ],
                    handler: None,
                });
            }
            DeadLetter::Outside => {}
        }
        Ok(proposals)
    }

    /// A dead-letter queue alone, and with what keeps healthy messages out of it.
    fn dead_letter_queues(&self) -> Result<Vec<Proposal>, ModelError> {
        let name = self.name();
        let roomy = format!(
            "give {name} a dead-letter queue, and its function room of its own, so that only what fails goes there"
        );
        let whole = format!(
            "give {name} a dead-letter queue, and see to it that only what fails goes there: room of its own for the \
             function, and a list of what failed in a batch"
        );
        Ok(vec![
            self.dead_letter_queue()?,
            join(&roomy, [self.dead_letter_queue()?, self.own_room()?]),
            join(&whole, [self.dead_letter_queue()?, self.own_room()?, self.partial_responses()]),
        ])
    }

    fn dead_letter_queue(&self) -> Result<Proposal, ModelError> {
        let receives = self.models.count("queue_poll.recommended_receive_count", "minimum")?;
        Ok(Proposal {
            says: format!(
                "give {} a dead-letter queue that keeps messages as long as a queue can",
                self.name()
            ),
            edits: vec![Edit::AddDeadLetterQueue { queue: self.name(), receives }],
            handler: None,
        })
    }

    fn against_collateral(&self) -> Result<Vec<Proposal>, ModelError> {
        let (two, three, four) = (
            "let the mapping read which messages failed, and give it room of its own",
            "let the mapping read which messages failed, give it room of its own, and allow more receives",
            "let the mapping read which messages failed, give it room of its own, and allow longer and more receives",
        );
        let mut proposals = self.against_standing();
        proposals.extend([
            self.partial_responses(),
            self.own_room()?,
            self.more_receives()?,
            join(two, [self.partial_responses(), self.own_room()?]),
            join(three, [self.partial_responses(), self.own_room()?, self.more_receives()?]),
            join(
                four,
                [
                    self.partial_responses(),
                    self.own_room()?,
                    self.more_receives()?,
                    self.longer_visibility()?,
                ],
            ),
            self.single_messages(),
        ]);
        if self.program.queues[self.queue].is_fifo() {
            // What a list of failures names with the first one is received as often as that one.
            let both = "give the function one message at a time, and room of its own";
            proposals.push(join(both, [self.single_messages(), self.own_room()?]));
        }
        Ok(proposals)
    }

    fn against_repetition(&self) -> Result<Vec<Proposal>, ModelError> {
        let partial = self.partial_responses();
        let longer = self.longer_visibility()?;
        Ok(vec![
            self.partial_responses(),
            self.longer_visibility()?,
            join(
                "let the mapping read which messages failed, and hide messages for longer",
                [partial, longer],
            ),
            self.single_messages(),
        ])
    }

    fn against_backlog(&self) -> Result<Vec<Proposal>, ModelError> {
        let mut proposals = self.against_standing();
        if self.program.queues[self.queue].dead_letter == DeadLetter::None {
            proposals.extend(self.dead_letter_queues()?);
        }
        Ok(proposals)
    }

    /// A message overtakes another where a batch goes on without it, or where one is handed out too early.
    fn against_disorder(&self) -> Result<Vec<Proposal>, ModelError> {
        let both = "give the function one message at a time, and hide messages for longer";
        Ok(vec![
            self.single_messages(),
            self.longer_visibility()?,
            join(both, [self.single_messages(), self.longer_visibility()?]),
        ])
    }

    /// A message group also stands still behind a message that keeps failing.
    fn against_blocking(&self) -> Result<Vec<Proposal>, ModelError> {
        let mut proposals = self.against_standing();
        let table = &self.program.queues[self.queue];
        if !table.is_fifo() {
            return Ok(proposals);
        }
        match table.dead_letter {
            DeadLetter::None => proposals.extend(self.dead_letter_queues()?),
            DeadLetter::Queue(_) | DeadLetter::Outside => {
                let both = "hide messages for less long, and give each up after fewer receives";
                proposals.push(self.shorter_visibility()?);
                proposals.push(self.fewer_receives()?);
                proposals.push(join(both, [self.shorter_visibility()?, self.fewer_receives()?]));
            }
        }
        Ok(proposals)
    }

    /// What stands still is switched off, or has no room at all.
    fn against_standing(&self) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for mapping in self.mappings() {
            if !mapping.enabled {
                proposals.push(Proposal {
                    says: format!("enable the mapping {}", self.mapping_name(mapping)),
                    edits: vec![Edit::Enable { mapping: self.mapping_name(mapping) }],
                    handler: None,
                });
            }
            if self.program.functions[usize::from(mapping.function)].reserved == 0 {
                proposals.push(Proposal {
                    says: format!("let {} run: nothing is reserved for it", self.function_name(mapping)),
                    edits: vec![Edit::Unreserve { function: self.function_name(mapping) }],
                    handler: None,
                });
            }
        }
        proposals
    }

    fn partial_responses(&self) -> Proposal {
        let silent: Vec<_> =
            self.mappings().filter(|mapping| mapping.response_type == ResponseType::WholeBatch).collect();
        let functions: Vec<String> = silent.iter().map(|mapping| self.function_name(mapping)).collect();
        let code = format!("{} has to return the failed messages in batchItemFailures", functions.join(", "));
        Proposal {
            says: "let the mapping read which messages of a batch failed".to_owned(),
            edits: silent
                .iter()
                .map(|mapping| Edit::ReportFailures { mapping: self.mapping_name(mapping) })
                .collect(),
            handler: (!silent.is_empty()).then_some(code),
        }
    }

    fn single_messages(&self) -> Proposal {
        let batches = self.mappings().filter(|mapping| mapping.batch_size > 1);
        Proposal {
            says: "give the function one message at a time".to_owned(),
            edits: batches
                .map(|mapping| Edit::SingleMessages { mapping: self.mapping_name(mapping) })
                .collect(),
            handler: None,
        }
    }

    /// As many places reserved as the mapping uses at most: nothing it receives can be throttled.
    fn own_room(&self) -> Result<Proposal, ModelError> {
        let fewest = self.models.count("queue_poll.recommended_reserved", "minimum")?;
        let mut edits = Vec::new();
        for mapping in self.mappings() {
            let function = &self.program.functions[usize::from(mapping.function)];
            let reserved = if function.is_reserved() { u64::from(function.reserved) } else { 0 };
            let maximum =
                if mapping.maximum_concurrency == u32::MAX { 0 } else { mapping.maximum_concurrency.into() };
            let pollers = mapping.provisioned.map_or(0, |provisioned| u64::from(provisioned.most()));
            let room = reserved.max(maximum).max(pollers).max(fewest);
            if reserved != room {
                edits.push(Edit::Reserve { function: self.function_name(mapping), places: room });
            }
            if maximum != room && mapping.provisioned.is_none() {
                edits.push(Edit::LimitConcurrency { mapping: self.mapping_name(mapping), most: room });
            }
        }
        let says =
            "reserve as much concurrency as the mapping uses at most, so that neighbours cannot throttle it";
        Ok(Proposal { says: says.to_owned(), edits, handler: None })
    }

    fn more_receives(&self) -> Result<Proposal, ModelError> {
        let receives = self.models.count("queue_poll.recommended_receive_count", "minimum")?;
        let table = &self.program.queues[self.queue];
        let is_low = table.dead_letter != DeadLetter::None && u64::from(table.max_receive_count) < receives;
        Ok(Proposal {
            says: format!("allow {receives} receives before a message is given up"),
            edits: is_low.then(|| Edit::Receives { queue: self.name(), receives }).into_iter().collect(),
            handler: None,
        })
    }

    fn fewer_receives(&self) -> Result<Proposal, ModelError> {
        let receives = self.models.count("queue_poll.recommended_receive_count", "minimum")?;
        let is_high = u64::from(self.program.queues[self.queue].max_receive_count) > receives;
        Ok(Proposal {
            says: format!("give a message up after {receives} receives"),
            edits: is_high.then(|| Edit::Receives { queue: self.name(), receives }).into_iter().collect(),
            handler: None,
        })
    }

    fn shorter_visibility(&self) -> Result<Proposal, ModelError> {
        let (wanted, factor) = self.recommended_visibility()?;
        let is_long = self.program.queues[self.queue].visibility > wanted;
        Ok(Proposal {
            says: format!("hide a received message for no longer than {wanted}: {factor} time-outs"),
            edits: is_long
                .then(|| Edit::Visibility { queue: self.name(), length: wanted })
                .into_iter()
                .collect(),
            handler: None,
        })
    }

    /// What AWS recommends: six time-outs and the window.
    fn longer_visibility(&self) -> Result<Proposal, ModelError> {
        let (wanted, factor) = self.recommended_visibility()?;
        let is_short = self.program.queues[self.queue].visibility < wanted;
        Ok(Proposal {
            says: format!("hide a received message for {wanted}: {factor} time-outs and the batching window"),
            edits: is_short
                .then(|| Edit::Visibility { queue: self.name(), length: wanted })
                .into_iter()
                .collect(),
            handler: None,
        })
    }

    fn recommended_visibility(&self) -> Result<(Duration, u64), ModelError> {
        let factor = self.models.count("queue_poll.recommended_visibility", "factor")?;
        let wanted = self
            .mappings()
            .map(|mapping| {
                self.program.functions[usize::from(mapping.function)].timeout * factor + mapping.window
            })
            .max()
            .unwrap_or(Duration::ZERO);
        Ok((wanted, factor))
    }
}

/// Several proposals as one; nothing where only one of them would change anything, since that one stands for itself.
fn join<const N: usize>(says: &str, proposals: [Proposal; N]) -> Proposal {
    let changing = proposals.iter().filter(|proposal| !proposal.edits.is_empty()).count();
    let mut joined = Proposal { says: says.to_owned(), edits: Vec::new(), handler: None };
    for proposal in proposals.into_iter().filter(|_| changing > 1) {
        joined.edits.extend(proposal.edits);
        joined.handler = joined.handler.or(proposal.handler);
    }
    joined
}
