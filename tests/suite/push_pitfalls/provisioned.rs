//! Environments that are held ready for an alias, and who gets none of them.

use redrive::scenario::{Handling, Per, Timing};

use super::*;

/// A function with so many reserved and provisioned places, behind a topic that calls its alias.
fn behind_alias(properties: &str) -> String {
    behind_topic(&format!("AutoPublishAlias: live, {properties}"), "")
}

fn provisioned(places: u32) -> String {
    format!("ProvisionedConcurrencyConfig: {{ProvisionedConcurrentExecutions: {places}}}")
}

/// Beside the alias, a rule that calls the function by its bare name.
fn forgotten_rule(reserved: u32) -> String {
    format!(
        "{}  R:
    Type: AWS::Events::Rule
    Properties: {{EventPattern: {{source: [shop]}}, Targets: [{{Id: f, Arn: !GetAtt F.Arn}}]}}
  P:
    Type: AWS::Lambda::Permission
    Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !GetAtt F.Arn, Principal: events.amazonaws.com}}
",
        behind_alias(&format!("ReservedConcurrentExecutions: {reserved}, {}", provisioned(2)))
    )
}

//= test: function.provisioned_reserved
#[test]
fn where_all_that_is_reserved_is_provisioned_the_unpublished_version_never_runs() {
    let (broken, mended) = (forgotten_rule(2), forgotten_rule(3));
    let rule = |resources: &str| {
        let topology = topology(resources);
        let link = topology.links.iter().find(|link| link.source == "eventbridge").unwrap();
        let (from, to) = (topology.end_name(&link.from).to_owned(), topology.end_name(&link.to).to_owned());
        format!("{from}->{to}")
    };
    let at = rule(&broken);
    check_pair(Pair {
        broken: &broken,
        mended: &mended,
        guarantee: GuaranteeName::NoLoss,
        at: &at,
        suffices: &[],
        faults: Faults::none(),
    });
    let through_the_alias = at_once(&broken, 2);
    assert!(!through_the_alias.contains("no free place for T."), "{through_the_alias}");
}

/// The timeline of so many events at once, each of which takes a second.
fn at_once(resources: &str, events: u32) -> String {
    let length = Duration::from_secs(1);
    let duration = Some(Timing { shortest: length, longest: length, per: Per::Event });
    let handling = Handling { function: "F".to_owned(), duration, ..Handling::default() };
    let load = Workload::to("T").events(events).at_once();
    let topology = topology(resources);
    let run = Check::new(&topology).workload(load).faults(Faults::none()).handling(handling).run_seed(0);
    run.timeline()
}

//= test: function.provisioned
//= test: function.provisioned_start
//= test: function.provisioned_spill
#[test]
fn what_is_provisioned_starts_at_once_and_more_calls_start_cold_where_there_is_room() {
    let rules = ["function.cold_start", "function.throttled"];
    let usual = behind_alias("Timeout: 10");
    let ready = |more: &str| behind_alias(&format!("Timeout: 10, {}{more}", provisioned(2)));
    assert_eq!(count(&at_once(&usual, 3), rules), [3, 0]);
    assert_eq!(count(&at_once(&ready(""), 3), rules), [1, 0]);
    let text = at_once(&ready(", ReservedConcurrentExecutions: 2"), 3);
    let [cold, throttled] = count(&text, rules);
    assert!(cold == 0 && throttled > 0, "{text}");
    let text = at_once(&ready(""), 2);
    assert_eq!(count(&text, rules), [0, 0]);
}

//= test: function.environment_reset
#[test]
fn a_provisioned_environment_that_a_time_out_spoilt_starts_anew_at_its_next_call() {
    let resources =
        behind_alias(&format!("Timeout: 10, ReservedConcurrentExecutions: 1, {}", provisioned(1)));
    let topology = topology(&resources);
    let length = Duration::from_secs(60);
    let duration = Some(Timing { shortest: length, longest: length, per: Per::Event });
    let handling = Handling { function: "F".to_owned(), duration, ..Handling::default() };
    let run = one_event(&topology, "T", Faults::none()).handling(handling).run_seed(0);
    let text = run.timeline();
    assert_eq!(count(&text, ["function.cold_start"]), [2], "{text}");
}

/// Which rules refuse a system at deployment.
fn refused(resources: &str) -> Vec<String> {
    refusals(&topology(resources), &MODELS).iter().map(|refusal| refusal.rule.clone()).collect()
}

//= test: function.provisioned_within
//= test: function.provisioned_minimum
#[test]
fn no_more_is_provisioned_than_is_reserved_and_at_least_one() {
    let reserves = |reserved: u32, ready: u32| {
        behind_alias(&format!("ReservedConcurrentExecutions: {reserved}, {}", provisioned(ready)))
    };
    assert_eq!(refused(&reserves(2, 3)), ["function.provisioned_within"]);
    assert_eq!(refused(&reserves(2, 0)), ["function.provisioned_minimum"]);
    assert_eq!(refused(&reserves(2, 2)), Vec::<String>::new());
}

//= test: function.provisioned_unreserved
#[test]
fn what_is_provisioned_without_a_reservation_is_taken_from_everybody_else() {
    let ready = |places: u32| behind_alias(&provisioned(places));
    assert_eq!(refused(&ready(901)), ["function.unreserved_minimum"]);
    assert_eq!(refused(&ready(900)), Vec::<String>::new());
    let unreserved =
        |resources: &str| search(&topology(resources), Faults::none()).parts[0].program.account.unreserved;
    assert_eq!(unreserved(&ready(300)) + 300, unreserved(&behind_alias("Timeout: 10")));
}

//= test: function.provisioned_published
#[test]
fn nothing_is_provisioned_for_what_is_not_published() {
    let alias = |version: &str| {
        format!(
            "{}  A:
    Type: AWS::Lambda::Alias
    Properties:
      {{FunctionName: !Ref F, FunctionVersion: {version}, Name: ready, {}}}
  V: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref F}}}}
",
            behind_topic("Timeout: 20", ""),
            provisioned(1)
        )
    };
    assert_eq!(refused(&alias("$LATEST")), ["function.provisioned_published"]);
    assert_eq!(refused(&alias("!GetAtt V.Version")), Vec::<String>::new());
}

#[test]
fn an_alias_runs_on_what_is_provisioned_for_its_version() {
    let resources = format!(
        "{}  V:
    Type: AWS::Lambda::Version
    Properties: {{FunctionName: !Ref F, {}}}
  A: {{Type: AWS::Lambda::Alias, Properties: {{FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: ready}}}}
",
        behind_topic("Timeout: 20", ""),
        provisioned(1)
    );
    let topology = topology(&resources);
    let id = topology.find("F").unwrap();
    let function = topology.function(&redrive::topology::LinkEnd::Resource(id)).unwrap();
    assert_eq!(function.provisioned_for(Some("ready")), Some(0));
    assert_eq!(function.provisioned_for(Some("V")), Some(0));
    assert_eq!(function.provisioned_for(None), None);
}
