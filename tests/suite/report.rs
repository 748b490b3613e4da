//! What reports say, as snapshots of reports of values built by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redrive::explore::{
    At, Change, Checked, Counterexample, Finding, Harm, Opened, Part, Repair, Runner, Standing, Step, Stop,
    Told, Verdict,
};
use redrive::guarantee::{GuaranteeName, GuaranteeSet, Loops, Quantities, deployable};
use redrive::kernel::{Families, Family};
use redrive::models::Models;
use redrive::program::{Program, QueueTable, compile};
use redrive::report::{
    CheckReport, Conclusion, Detail, Excuses, RunReport, Sources, check_json, check_text, conclusion,
    diagnostics_count, diagnostics_text, run_json, run_text,
};
use redrive::scenario::{Scenario, Workload};
use redrive::template::{ImportOptions, Imported, import_text};
use redrive::topology::{Refusal, Topology};
use redrive::trace::{Digest, EntityId, Record, RecordKind};
use redrive::vocabulary::{Diagnostic, Duration, Instant, Place};

/// Two queues of one function each: the first without dead-letter queue, the second with a hasty one.
const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Patience:
    Type: Number
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
  Payments:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !Ref Patience
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt PaymentsDlq.Arn
        maxReceiveCount: 1
  PaymentsDlq:
    Type: AWS::SQS::Queue
  News:
    Type: AWS::SNS::Topic
  Fulfil:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Events:
        Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}
        News: {Type: SNS, Properties: {Topic: !Ref News}}
  Pay:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Events:
        Payments: {Type: SQS, Properties: {Queue: !GetAtt Payments.Arn}}
";

/// A system and a search of it, as the search itself would have left it.
pub(crate) struct Case {
    pub(crate) models: Models,
    imported: Imported,
    checked: Checked,
    refusals: Vec<Refusal>,
    loops: Loops,
    scenario: Scenario,
    excuses: Excuses,
}

impl Case {
    fn new() -> Self {
        let models = Models::embedded().expect("the embedded models load");
        let imported =
            import_text(Path::new("template.yaml"), TEMPLATE, &ImportOptions::with_stand_ins(), &models);
        let topology = imported.topology.clone().expect("it is a template");
        let programs = compile(&topology, &models, &Scenario::default()).expect("the models are complete");
        let parts = programs.into_iter().map(|program| held(program, &models)).collect();
        let refusals = deployable(&topology, &models);
        Self {
            models,
            imported,
            checked: Checked { parts, findings: Vec::new() },
            refusals,
            loops: Loops::default(),
            scenario: Scenario::default(),
            excuses: Excuses::default(),
        }
    }

    fn topology(&self) -> &Topology {
        self.imported.topology.as_ref().expect("it is a template")
    }

    pub(crate) fn report(&self, detail: Detail) -> CheckReport<'_> {
        CheckReport {
            topology: self.topology(),
            scenario: &self.scenario,
            models: &self.models,
            checked: &self.checked,
            refusals: &self.refusals,
            rights: &[],
            loops: &self.loops,
            diagnostics: &self.imported.diagnostics,
            fail_on: CheckReport::usually_failing(),
            excuses: &self.excuses,
            comparison: None,
            detail,
        }
    }

    /// Puts a violation in the place of what held.
    fn violate(
        &mut self,
        part: usize,
        guarantee: GuaranteeName,
        families: &[&[Family]],
        told: &[Line],
    ) -> (usize, usize) {
        let position = self.checked.parts[part].verdicts.iter().position(|one| one.guarantee == guarantee);
        let position = position.expect("every guarantee has a verdict");
        let story = story(&self.checked.parts[part].program, &self.models, told);
        let verdict = &mut self.checked.parts[part].verdicts[position];
        verdict.standing = Standing::Violated;
        verdict.broken_by = families.iter().map(|set| set.iter().copied().collect()).collect();
        verdict.counterexample = Some(story);
        (part, position)
    }
}

/// One line of a story: seconds, kind, entity, rule, value, event and its receive count.
type Line<'a> = (u64, RecordKind, &'a str, &'a str, u64, Option<(&'a str, u32)>);

const OMITTED: Line<'static> = (0, RecordKind::RunEnded, "", "", 1_917, None);

fn story(program: &Program, models: &Models, lines: &[Line<'_>]) -> Counterexample {
    let culprit = lines.iter().find_map(|line| line.5).map(|(name, _)| name.to_owned());
    let steps: Vec<Told> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let (seconds, kind, entity, rule, value, event) = *line;
            if entity.is_empty() {
                return Told::Omitted(value as usize);
            }
            Told::Step(Step {
                at: Instant::START + Duration::from_secs(seconds),
                kind,
                entity: named(program, entity),
                rule: models.rule_id(rule).expect("the rule exists"),
                value,
                subject: if kind == RecordKind::SpanBegan { Family::Throttle as u32 } else { 0 },
                events: event.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
                culprit: event.is_some(),
                violates: index + 1 == lines.len(),
            })
        })
        .collect();
    let Some(Told::Step(last)) = steps.last().cloned() else { panic!("a story ends with a step") };
    Counterexample {
        families: Families::NONE,
        seed: Some(7),
        capsule: "redrive/1 models=0 at=no-loss@Orders template.yaml | poison@Orders/Orders.0=1".to_owned(),
        digest: Digest(0xfeed),
        events: 1,
        culprit,
        says: None,
        at: last.at,
        rule: last.rule,
        needs: Vec::new(),
        steps,
    }
}

fn named(program: &Program, name: &str) -> EntityId {
    let position = program.entities.iter().position(|entity| entity.as_str() == name);
    EntityId(position.unwrap_or_else(|| panic!("{name} is no entity")) as u16)
}

/// A part in which everything holds.
fn held(program: Program, _models: &Models) -> Part {
    let polled = (0..program.queues.len()).filter(|queue| program.queues[*queue].is_polled());
    let verdicts = polled
        .flat_map(|queue| GuaranteeName::ALL.into_iter().map(move |guarantee| (queue, guarantee)))
        .map(|(queue, guarantee)| Verdict {
            guarantee,
            at: At { queue, function: Some(0) },
            standing: match guarantee {
                GuaranteeName::DeadLetterDelivery if program.queues[queue].max_receive_count == u32::MAX => {
                    Standing::NotApplicable("the queue has no redrive policy")
                }
                GuaranteeName::Ordering => Standing::NotApplicable("a standard queue promises no order"),
                GuaranteeName::Drains => Standing::NotExercised,
                _ => Standing::Held,
            },
            survived: vec![(Family::Poison, 1_204), (Family::Outage, 633), (Family::Redeploy, 36)],
            broken_by: Vec::new(),
            beyond_platform: match guarantee {
                GuaranteeName::SingleFlight => Families::NONE.with(Family::Duplicate),
                _ => Families::NONE,
            },
            counterexample: None,
        })
        .collect();
    let numbers = Quantities {
        longest_to_process: Duration::from_secs(4_000),
        longest_to_dead_letter: Duration::from_secs(181),
        least_margin: Some(Duration::from_secs(345_000)),
        longest_drain: Duration::from_secs(400),
        ..Quantities::default()
    };
    let attempts = |table: &QueueTable| table.max_receive_count.min(1_920);
    let quantities = program
        .queues
        .iter()
        .map(|table| Quantities { worst_attempts: attempts(table), ..numbers })
        .collect();
    Part {
        program,
        first_seed: 0,
        seeds: 4_096,
        stop: Stop::NothingNew,
        records: 1_234_567,
        items: 2_345_678,
        undecided: 0,
        verdicts,
        stated: Vec::new(),
        quantities,
        tolerated: Vec::new(),
        enumeration: None,
    }
}

const MINUTES_3: u64 = 180_000_000;

/// A poison message in a queue without dead-letter queue.
pub(crate) fn lost() -> Case {
    let mut case = Case::new();
    let event = Some(("Orders.0", 0));
    let received = |count| Some(("Orders.0", count));
    let lines = [
        (0, RecordKind::MessageSent, "Orders", "queue.accepts", 0, event),
        (0, RecordKind::MessagesReceived, "Orders", "queue.visibility", MINUTES_3, received(1)),
        (0, RecordKind::InvocationStarted, "Fulfil", "function.starts", 30_000_000, received(1)),
        (1, RecordKind::EventFailed, "Fulfil", "fault.poison", Family::Poison as u64, received(1)),
        (1, RecordKind::InvocationEnded, "Fulfil", "function.error", Record::THREW, received(1)),
        (
            180,
            RecordKind::MessagesAvailable,
            "Orders",
            "queue.returns",
            Record::AFTER_VISIBILITY,
            received(1),
        ),
        (180, RecordKind::MessagesReceived, "Orders", "queue.visibility", MINUTES_3, received(2)),
        OMITTED,
        (345_600, RecordKind::MessageExpired, "Orders", "queue.expires", 0, received(1_920)),
        (
            345_600,
            RecordKind::ObligationLost,
            "Orders",
            "queue.expires",
            Record::LOST_BY_EXPIRY,
            received(1_920),
        ),
    ];
    let first =
        case.violate(0, GuaranteeName::NoLoss, &[&[Family::Poison], &[Family::Outage, Family::Slow]], &lines);
    let second = case.violate(0, GuaranteeName::BoundedAttempts, &[&[Family::Poison]], &lines);
    case.checked.findings = vec![
        Finding {
            id: "f-3a91c2".to_owned(),
            harm: Harm::Lost,
            verdicts: vec![first],
            repair: Some(dead_letter_queue()),
        },
        Finding { id: "f-77e0b1".to_owned(), harm: Harm::Repeated, verdicts: vec![second], repair: None },
    ];
    case
}

fn dead_letter_queue() -> Repair {
    let change = |property: &str, after: &str| Change {
        resource: "Orders".to_owned(),
        property: property.to_owned(),
        before: None,
        after: after.to_owned(),
        line: Some(8),
    };
    Repair {
        says: "give Orders a dead-letter queue that keeps messages for 14 days".to_owned(),
        changes: vec![
            change("RedrivePolicy.deadLetterTargetArn", "!GetAtt OrdersDlq.Arn"),
            change("RedrivePolicy.maxReceiveCount", "5"),
        ],
        holds_over: 4_096,
        leaves: Vec::new(),
        handler: None,
    }
}

/// A message that throttling alone carries into the dead-letter queue.
pub(crate) fn collateral() -> Case {
    let mut case = Case::new();
    let event = |count| Some(("Payments.0", count));
    let lines = [
        (0, RecordKind::SpanBegan, "account", "fault.throttle", 1_800_000_000, None),
        (1, RecordKind::MessageSent, "Payments", "queue.accepts", 0, event(0)),
        (1, RecordKind::MessagesReceived, "Payments", "queue.visibility", 30_000_000, event(1)),
        (1, RecordKind::InvocationThrottled, "Pay", "function.throttled", 1_000_000, event(1)),
        (31, RecordKind::BatchReleased, "Payments->Pay", "queue_poll.throttle_release", 0, event(1)),
        (31, RecordKind::MessagesAvailable, "Payments", "queue.returns", Record::AFTER_VISIBILITY, event(1)),
        (31, RecordKind::MessageRedriven, "Payments", "queue.redrive_on_receive", 0, event(1)),
    ];
    let at = case.violate(1, GuaranteeName::NoCollateral, &[&[Family::Throttle]], &lines);
    let program = &case.checked.parts[1].program;
    let target = program.hash(named(program, "PaymentsDlq")).0;
    let story = case.checked.parts[1].verdicts[at.1].counterexample.as_mut().expect("it was just told");
    if let Some(Told::Step(step)) = story.steps.last_mut() {
        step.value = target;
    }
    story.needs = vec![(Family::Throttle, Duration::from_secs(30))];
    let change = Change {
        resource: "Payments".to_owned(),
        property: "RedrivePolicy.maxReceiveCount".to_owned(),
        before: Some("1".to_owned()),
        after: "5".to_owned(),
        line: Some(17),
    };
    let repair = Repair {
        says: "let Payments be received five times".to_owned(),
        changes: vec![change],
        holds_over: 4_096,
        leaves: vec![Opened { guarantee: GuaranteeName::NoCollateral, at: "Orders".to_owned() }],
        handler: Some("make it idempotent: it will see some messages again".to_owned()),
    };
    let id = "f-0c55d9".to_owned();
    case.checked.findings =
        vec![Finding { id, harm: Harm::HealthyDeadLettered, verdicts: vec![at], repair: Some(repair) }];
    case
}

/// Takes the styles out, as a terminal-less reader sees a report.
pub(crate) fn plain(styled: &str) -> String {
    let mut text = String::new();
    let mut is_escape = false;
    for letter in styled.chars() {
        match (is_escape, letter) {
            (false, '\u{1b}') => is_escape = true,
            (false, _) => text.push(letter),
            (true, 'm') => is_escape = false,
            (true, _) => {}
        }
    }
    text
}

/// Compares with `snapshots/<name>.snap`, the digest of the models and the version left out.
pub(crate) fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let models = format!("{:016x}", Models::embedded().expect("the embedded models load").digest());
    let text = text.replace(&models, "[digest]").replace(env!("CARGO_PKG_VERSION"), "[version]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_lost_message_is_told_from_first_receive_to_repair() {
    let case = lost();
    let text = plain(&check_text(&case.report(Detail::Short)));
    for line in text.lines().filter(|line| !line.contains("https://")) {
        assert!(line.chars().count() <= 100, "wider than a page: {line}");
    }
    assert_eq!(conclusion(&case.report(Detail::Short)), Conclusion::Violated);
    check("report_lost", &text);
}

#[test]
fn a_dead_lettered_healthy_message_is_told_with_what_is_tolerated() {
    let case = collateral();
    check("report_collateral", &plain(&check_text(&case.report(Detail::Short))));
}

#[test]
fn everything_is_told_when_asked_for() {
    let case = lost();
    check("report_everything", &plain(&check_text(&case.report(Detail::All))));
}

#[test]
fn a_quiet_report_is_a_line_for_each_finding_and_one_for_all() {
    check("report_brief", &plain(&check_text(&lost().report(Detail::Brief))));
}

#[test]
fn the_report_for_programs_holds_the_same_findings() {
    let case = lost();
    let json = check_json(&case.report(Detail::Short));
    let finding = &json["findings"][0];
    let guarantee = finding["guarantees"][0].as_u64().expect("a position") as usize;
    let violated = &json["guarantees"][guarantee];
    assert_eq!((&violated["guarantee"], &violated["verdict"]), (&"no-loss".into(), &"violated".into()));
    assert_eq!(
        (&violated["at"]["source"], &violated["at"]["link"]),
        (&"Orders".into(), &"Orders->Fulfil".into())
    );
    assert_eq!(violated["broken_by"], serde_json::json!([["poison"], ["slow", "outage"]]));
    assert_eq!(json["findings"][1]["severity"], "advice");
    check("report_json", &format!("{json:#}"));
}

#[test]
fn a_sound_system_is_told_as_such() {
    let case = Case::new();
    assert_eq!(conclusion(&case.report(Detail::Short)), Conclusion::Held);
    let text = plain(&check_text(&case.report(Detail::Brief)));
    assert!(text.starts_with("no findings, "), "{text}");
}

#[test]
fn a_run_is_a_timeline_and_an_event_has_a_biography() {
    let models = Models::embedded().expect("the embedded models load");
    let imported =
        import_text(Path::new("template.yaml"), TEMPLATE, &ImportOptions::with_stand_ins(), &models);
    let topology = imported.topology.expect("it is a template");
    let load = Workload::steady("*", 2, Duration::from_secs(5));
    let scenario = Scenario { workloads: vec![load], ..Scenario::default() };
    let programs = compile(&topology, &models, &scenario).expect("the models are complete");
    let mut runner = Runner::new(&programs[0], GuaranteeSet::EVERY);
    let (summary, trace) = runner.trace_seed(1, Families::NONE);
    let families = Families::NONE.with(Family::Load);
    let report = RunReport {
        program: &programs[0],
        models: &models,
        world: runner.world(),
        trace: &trace,
        summary,
        families,
    };
    let digest = summary.digest.to_string();
    check("run_timeline", &plain(&run_text(&report, None)).replace(&digest, "[digest]"));
    let event = report.find_event("Orders.1");
    assert_eq!(report.find_event("Orders.2"), None);
    check("run_biography", &plain(&run_text(&report, event)).replace(&digest, "[digest]"));
    let json = run_json(&[(report, event)], Some(1));
    check("run_json", &format!("{json:#}").replace(&digest, "[digest]"));
}

#[test]
fn diagnostics_show_the_line_where_it_is_at_hand() {
    let source = "Resources:\n  Orders:\n    Type: AWS::SQS::Queu\n";
    let file = |name: &str| Arc::new(PathBuf::from(name));
    let at = |name: &str| Place { file: file(name), line: 3, column: 11, start: 31, end: 45 };
    let diagnostics = [
        Diagnostic::error("template-type", "there is no type `AWS::SQS::Queu`")
            .at(&at("a.yaml"))
            .help("did you mean `AWS::SQS::Queue`?"),
        Diagnostic::warning("template-type", "the same in a file that is gone").at(&at("b.yaml")),
        Diagnostic::error("template-empty", "the file is empty").at(&Place::start_of(&file("c.yaml"))),
        Diagnostic::note("option-value", "no place at all"),
    ];
    let sources = Sources::from([(PathBuf::from("a.yaml"), source.to_owned())]);
    let text = plain(&diagnostics_text(&diagnostics, &sources));
    check("diagnostics", &format!("{text}{}", diagnostics_count(&diagnostics)));
}
