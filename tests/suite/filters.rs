//! Filters of mappings, from the template to the verdict.

use std::path::Path;

use redrive::explore::{CheckOptions, Standing, Verdict, check};
use redrive::guarantee::{GuaranteeName, Loops};
use redrive::kernel::Families;
use redrive::report::{CheckReport, Detail, Excuses, check_text};
use redrive::scenario::Scenario;
use redrive::template::{ImportOptions, Imported, import_text};
use redrive::topology::refusals;
use redrive::vocabulary::Severity;

use crate::networks::{FunctionSpec, MODELS, MappingSpec, Network};
use crate::report::plain;
use crate::support::{options, verdict};

const GIFT: &str = r#"{"body": {"kind": ["gift"]}}"#;
const CARD: &str = r#"{"body": {"kind": ["card"]}}"#;

/// `Orders` with a function for gifts, and perhaps one for cards.
fn network(first: &'static [&'static str], second: Option<&'static [&'static str]>) -> Network {
    let mut network = Network::plain("Orders");
    network.queues[0].visibility = 180;
    network.queues[0].retention = 345_600;
    network.mappings[0].filters = first;
    if let Some(filters) = second {
        network.functions.push(FunctionSpec { name: "Other".to_owned(), ..network.functions[0].clone() });
        let mapping = MappingSpec { function: 1, filters, ..network.mappings[0].clone() };
        network.mappings.push(mapping);
    }
    network
}

fn no_loss(network: &Network, families: Families) -> Verdict {
    let options = CheckOptions { seeds: Some(256), families, ..options() };
    let checked = check(&network.topology(), &MODELS, &Scenario::default(), &options, &mut |_| {})
        .expect("the embedded models are complete");
    verdict(&checked, GuaranteeName::NoLoss).clone()
}

#[test]
fn two_consumers_of_one_queue_with_disjoint_filters_lose_messages_without_any_fault() {
    let verdict = no_loss(&network(&[GIFT], Some(&[CARD])), Families::EVERY);
    assert_eq!(verdict.standing, Standing::Violated);
    assert_eq!(verdict.broken_by, [Families::NONE]);
    let story = verdict.counterexample.expect("a violation is told");
    assert_eq!((story.events, story.families), (1, Families::NONE));
    assert_eq!(MODELS.rule(story.rule).id, "queue_poll.filter");
}

//= test: queue_poll.metric_filtered
#[test]
fn a_loss_by_a_filter_is_told_in_words_and_metrics() {
    let network = network(&[GIFT], Some(&[CARD]));
    let options = CheckOptions { seeds: Some(64), families: Families::NONE, ..options() };
    let topology = network.topology();
    let checked = check(&topology, &MODELS, &Scenario::default(), &options, &mut |_| {})
        .expect("the embedded models are complete");
    let report = CheckReport {
        topology: &topology,
        scenario: &Scenario::default(),
        checked: &checked,
        models: &MODELS,
        refusals: &[],
        rights: &[],
        loops: &Loops::default(),
        excuses: &Excuses::default(),
        comparison: None,
        diagnostics: &[],
        fail_on: CheckReport::usually_failing(),
        detail: Detail::All,
    };
    let text = plain(&check_text(&report)).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "message that one consumer of Orders wants is received by another one, whose filter deletes it",
        "the filter of Orders->",
        "FilteredOutEventCount",
        "the loss looks like work well done: a filter deletes without an error",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn one_consumer_for_both_kinds_loses_nothing() {
    let verdict = no_loss(&network(&[GIFT, CARD], None), Families::EVERY);
    assert_eq!(verdict.standing, Standing::Held);
}

#[test]
fn a_queue_for_each_consumer_loses_nothing() {
    let mut other = network(&[CARD], None);
    for queue in &mut other.queues {
        queue.name = format!("Card{}", queue.name);
    }
    other.functions[0].name = "HandleCards".to_owned();
    let both = network(&[GIFT], None).and(other);
    let options = CheckOptions { seeds: Some(256), ..options() };
    let checked = check(&both.topology(), &MODELS, &Scenario::default(), &options, &mut |_| {})
        .expect("the embedded models are complete");
    let verdicts = checked.parts.iter().flat_map(|part| &part.verdicts);
    let standings: Vec<Standing> = verdicts
        .filter(|verdict| verdict.guarantee == GuaranteeName::NoLoss)
        .map(|verdict| verdict.standing)
        .collect();
    assert_eq!(standings, [Standing::Held, Standing::Held]);
}

#[test]
fn what_nobody_wants_is_owed_to_nobody() {
    let verdict = no_loss(&network(&[GIFT], None), Families::EVERY);
    assert_eq!(verdict.standing, Standing::Held);
}

const TEMPLATE: &str = "
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}
  Fulfil: {Type: AWS::Lambda::Function, Properties: {Timeout: 30}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Orders.Arn
      FunctionName: !Ref Fulfil
      FilterCriteria:
        Filters:
FILTERS
";

fn imported(filters: &[&str]) -> Imported {
    let lines: Vec<String> = filters.iter().map(|filter| format!("          - Pattern: {filter}")).collect();
    let text = TEMPLATE.replace("FILTERS", &lines.join("\n"));
    import_text(Path::new("template.yaml"), &text, &ImportOptions::with_stand_ins(), &MODELS)
}

/// A rule that refuses the template, AWS's words, and what would be accepted.
type Refused = (String, String, String);

/// Codes of diagnostics, and what is refused.
fn told(filters: &[&str]) -> (Vec<(&'static str, Severity)>, Vec<Refused>) {
    let imported = imported(filters);
    let codes = imported.diagnostics.iter().map(|one| (one.code, one.severity)).collect();
    let topology = imported.topology.expect("it is a template");
    let refused = refusals(&topology, &MODELS)
        .into_iter()
        .map(|refusal| (refusal.rule, refusal.message, refusal.allowed))
        .collect();
    (codes, refused)
}

#[test]
fn a_filter_is_read_from_the_template() {
    let (codes, refused) = told(&["'{\"body\": {\"kind\": [\"gift\"]}}'"]);
    assert_eq!((codes, refused), (Vec::new(), Vec::new()));
}

#[test]
//= test: queue_poll.filter_pattern
fn a_malformed_filter_is_told_refused_and_wants_everything() {
    let filter = "'{\"body\": {\"kind\": \"gift\", \"file\": [{\"wildcard\": \"*.png\"}]}}'";
    let (codes, refused) = told(&[filter]);
    assert_eq!(codes, [("template-refused-filter", Severity::Warning)]);
    let allowed = "a pattern without these: body.kind: \"kind\" must be an object or an array; \
                   body.file[0].wildcard: wildcard is not among the operators that are taken here";
    let expected = (
        "queue_poll.filter_pattern".to_owned(),
        "Invalid filter pattern definition.".to_owned(),
        allowed.to_owned(),
    );
    assert_eq!(refused, [expected]);
    let topology = imported(&[filter]).topology.expect("it is a template");
    let programs = redrive::program::compile(&topology, &MODELS, &Scenario::default())
        .expect("the embedded models are complete");
    assert_eq!(programs[0].unwanted, [Vec::<bool>::new()]);
}

#[test]
//= test: queue_poll.filter_count
fn more_than_five_patterns_are_refused() {
    let pattern = "'{\"body\": {\"kind\": [\"gift\"]}}'";
    assert_eq!(told(&[pattern; 5]).1, []);
    let refused: Vec<String> = told(&[pattern; 6]).1.into_iter().map(|(rule, ..)| rule).collect();
    assert_eq!(refused, ["queue_poll.filter_count"]);
}

#[test]
fn a_filter_that_the_template_leaves_open_is_told() {
    let (codes, refused) = told(&["!Sub '{\"body\": {\"kind\": [\"${Orders.Arn}\"]}}'"]);
    assert_eq!(codes, [("template-open-filter", Severity::Warning)]);
    assert_eq!(refused, []);
}
