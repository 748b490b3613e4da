//! Repairs of what is pushed, put into the template line by line as they are printed: the finding is gone then, nothing
//! is denied, and AWS takes the result.

use redrive::explore::{Change, Repair};
use redrive::topology::Permitted;

use super::*;

/// So many seeds find what these systems break.
const FEW: u64 = 24;

/// The repair for the finding about a guarantee at a link.
fn repair(checked: &Checked, guarantee: GuaranteeName, at: &str) -> Repair {
    let is_meant = |(part, index): (usize, usize)| {
        let part = &checked.parts[part];
        let one = &part.verdicts[index];
        one.guarantee == guarantee
            && part.program.name(part.program.queues[one.at.queue].entity).as_str() == at
    };
    let finding = checked.findings.iter().find(|one| one.verdicts.iter().any(|at| is_meant(*at)));
    let finding = finding.unwrap_or_else(|| panic!("{guarantee} is not violated at {at}"));
    finding.repair.clone().unwrap_or_else(|| panic!("nothing mends {guarantee} at {at}"))
}

/// Where these templates have room for a property that a repair adds.
const HERE: &str = "# here";

/// The resources with one change: another value in its line, a property at the mark, or a resource at the end.
fn changed(resources: &str, change: &Change) -> String {
    let mut lines: Vec<String> = resources.lines().map(str::to_owned).collect();
    let leaf = change.property.rsplit('.').next().unwrap();
    let margin = |line: &str| line.len() - line.trim_start().len();
    let after: Vec<&str> = change.after.lines().map(str::trim_end).collect();
    let indented = |margin: usize, first: &str| {
        let first = format!("{}{first} {}", " ".repeat(margin), after[0]);
        let rest = after[1..].iter().map(|line| format!("{}{line}", " ".repeat(margin)));
        std::iter::once(first.trim_end().to_owned()).chain(rest).collect::<Vec<_>>()
    };
    match (&change.before, change.line) {
        (Some(before), Some(line)) => {
            // The two lines above the resources are not among these.
            let near = (line as usize - 3)..lines.len();
            let old = format!("{leaf}: {before}");
            let at = near.clone().find(|at| lines[*at].trim() == old);
            let at = at.unwrap_or_else(|| panic!("no {old} from line {line} on: {resources}"));
            let new = indented(margin(&lines[at]), &format!("{leaf}:"));
            lines.splice(at..=at, new);
        }
        (None, Some(_)) => {
            let at = lines.iter().position(|line| line.trim() == HERE).expect("there is room");
            let new = indented(margin(&lines[at]), &format!("{leaf}:"));
            lines.splice(at..=at, new);
        }
        (_, None) => {
            lines.push(format!("  {}:", change.resource));
            lines.extend(indented(4, "Type:"));
        }
    }
    lines.join("\n") + "\n"
}

/// Checks that what a repair prints mends what was found, and gives it back as one text.
fn mends(resources: &str, at: (GuaranteeName, &str), faults: FaultPlan) -> String {
    mends_over(FEW, resources, at, faults)
}

fn mends_over(
    seeds: u64,
    resources: &str,
    (guarantee, at): (GuaranteeName, &str),
    faults: FaultPlan,
) -> String {
    let found = repair(&search_over(&topology(resources), seeds, faults.clone()), guarantee, at);
    assert!(found.leaves.is_empty(), "{found:?}");
    let after = found.changes.iter().fold(resources.to_owned(), |text, change| changed(&text, change));
    let mended = topology(&after);
    assert_eq!(refusals(&mended, &MODELS), [], "AWS takes it: {after}");
    let denied = mended.rights.iter().filter(|right| right.permitted == Permitted::Denied);
    assert_eq!(denied.count(), 0, "{after}\n{:#?}", mended.rights);
    let checked = search_over(&mended, seeds, faults);
    assert_ne!(verdict(&checked, guarantee, at).standing, Standing::Violated, "{after}");
    after
}

/// A rule of the template's own that calls a function; `more` are lines of its target.
fn rule(more: &str) -> String {
    format!(
        "{FAILED}  F:
    Type: AWS::Serverless::Function
    Properties: {{{CODE}, {DEAD_LETTERS}}}
  R:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 hour)
      Targets:
        - Id: f
          Arn: !GetAtt F.Arn
{more}          # here
  A: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: events.amazonaws.com}}}}
"
    )
}

const LOSS: GuaranteeName = GuaranteeName::NoLoss;

#[test]
fn a_source_that_gives_up_at_once_is_let_try_again() {
    let policy = "          RetryPolicy:\n            MaximumRetryAttempts: 0\n            MaximumEventAgeInSeconds: 60\n";
    let after = mends(&rule(policy), (LOSS, "R->F"), Faults::only([Family::ServiceError]));
    assert!(after.contains("MaximumRetryAttempts: 185") && after.contains("MaximumEventAgeInSeconds: 86400"));
}

/// Lambda answers with 5xx for longer than any source tries.
fn for_days() -> FaultPlan {
    span(Family::ServiceError, "F", Duration::from_secs(40 * 3_600))
}

#[test]
fn what_a_rule_gives_up_gets_a_queue_that_lets_the_rule_in() {
    let after = mends(&rule(""), (LOSS, "R->F"), for_days());
    assert!(
        after.contains("Arn: !GetAtt RUndelivered.Arn") && after.contains("AWS::SQS::QueuePolicy"),
        "{after}"
    );
}

#[test]
fn what_an_event_of_sam_gives_up_gets_a_queue_that_sam_makes() {
    for (kind, expression) in [("Schedule", "Schedule"), ("ScheduleV2", "ScheduleExpression")] {
        let resources = format!(
            "{FAILED}  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      {DEAD_LETTERS}
      Events:
        E:
          Type: {kind}
          Properties:
            {expression}: rate(1 hour)
            # here
"
        );
        let after = mends(&resources, (LOSS, "FE->F"), for_days());
        assert!(after.contains("DeadLetterConfig:\n              Type: SQS"), "{after}");
    }
}

#[test]
fn what_a_schedule_gives_up_gets_a_queue_and_its_role_the_right_to_send_there() {
    let resources = format!(
        "{FAILED}  F:
    Type: AWS::Serverless::Function
    Properties: {{{CODE}, {DEAD_LETTERS}}}
  Caller:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: scheduler.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}
      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt F.Arn}}]}}}}]
  S:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: {{Mode: 'OFF'}}
      Target:
        Arn: !GetAtt F.Arn
        RoleArn: !GetAtt Caller.Arn
        # here
"
    );
    let after = mends(&resources, (LOSS, "S->F"), for_days());
    assert!(after.contains("Roles: [!Ref Caller]"), "{after}");
}

/// A function behind a topic, with these lines among its properties, and a FIFO queue.
fn ordered_exit(properties: &str) -> String {
    format!(
        "  T: {{Type: AWS::SNS::Topic}}
  Ordered: {{Type: AWS::SQS::Queue, Properties: {{FifoQueue: true, MessageRetentionPeriod: 1209600}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Events: {{E: {{Type: SNS, Properties: {{Topic: !Ref T}}}}}}
{properties}"
    )
}

//= test: async.exit_fifo
#[test]
fn a_way_out_with_order_is_replaced_by_one_without() {
    let dead_letters = "      DeadLetterQueue:\n        Type: SQS\n        TargetArn: !GetAtt Ordered.Arn\n";
    let destination = "      EventInvokeConfig:\n        DestinationConfig:\n          OnFailure:\n            Type: SQS\n            Destination: !GetAtt Ordered.Arn\n";
    for exit in [dead_letters, destination] {
        let after = mends(&ordered_exit(exit), (LOSS, "T->F"), Faults::only([Family::Poison]));
        assert!(after.contains("!GetAtt FFailures.Arn") && !after.contains("!GetAtt Ordered.Arn"), "{after}");
    }
}

#[test]
fn an_event_that_lambda_forgets_too_soon_is_kept_for_longer() {
    let exit = "      DeadLetterQueue:\n        Type: SQS\n        TargetArn: !GetAtt Failed.Arn\n      EventInvokeConfig:\n        MaximumEventAgeInSeconds: 60\n";
    let resources = ordered_exit(exit) + FAILED;
    let at = (GuaranteeName::NoCollateral, "T->F");
    let after = mends(&resources, at, Faults::only([Family::Throttle]));
    assert!(after.contains("MaximumEventAgeInSeconds: 21600"), "{after}");
}

#[test]
fn a_function_behind_an_api_is_ended_before_the_api_stops_waiting() {
    let resources = "  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Timeout: 60
      Events: {E: {Type: Api, Properties: {Path: /f, Method: get}}}
";
    let at = (GuaranteeName::NoNeedlessRedelivery, "ServerlessRestApi->F");
    let after = mends_over(SEEDS, resources, at, Faults::only([Family::Slow, Family::Unspecified]));
    assert!(after.contains("Timeout: 28"), "{after}");
}

#[test]
fn a_queue_that_sam_makes_behind_a_topic_is_declared_where_it_has_to_change() {
    let resources = "  T: {Type: AWS::SNS::Topic}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Events:
        E:
          Type: SNS
          Properties:
            Topic: !Ref T
            SqsSubscription: true
";
    let after = mends(resources, (LOSS, "FEQueue"), Faults::only([Family::Poison]));
    assert!(after.contains("QueueUrl: !Ref FEQueue") && after.contains("  FEQueue:\n"), "{after}");
}

/// A workflow behind a rule, of one task that is never tried again.
const WORKFLOW: &str = "  F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10}}
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref F}}]
      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}}
      Definition:
        StartAt: Call
        States:
          Call:
            Type: Task
            Resource: !GetAtt F.Arn
            End: true
            # here
";

#[test]
fn what_an_express_execution_loses_a_standard_one_keeps() {
    let after = mends(WORKFLOW, (LOSS, "M->F"), Faults::only([Family::Poison]));
    assert!(after.contains("Type: STANDARD") && !after.contains("Retry:"), "{after}");
}

#[test]
fn a_throttled_task_is_tried_again_for_longer_than_the_throttle_lasts() {
    let throttle = span(Family::Throttle, "F", Duration::from_secs(60));
    let after = mends(WORKFLOW, (GuaranteeName::NoCollateral, "M->F"), throttle);
    assert!(after.contains("ErrorEquals: [Lambda.TooManyRequestsException]"), "{after}");
}
