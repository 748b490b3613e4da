//! When what makes its events by itself does so: schedules by their expressions, and sources that tell of something seldom.

use std::collections::BTreeMap;

use crate::template::build::context::Build;
use crate::template::build::rules::RULE;
use crate::template::tree::{at, scalar};
use crate::topology::ResourceId;
use crate::vocabulary::Duration;

/// The type of schedules of the scheduler.
const SCHEDULE: &str = "AWS::Scheduler::Schedule";

/// Sources that tell of what happens now and then: nobody deploys, rotates or alarms two hundred times a minute.
const SELDOM: [&str; 6] = [
    "AWS::CloudWatch::Alarm",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::CloudFormation::CustomResource",
    "AWS::CodePipeline::Pipeline",
    "AWS::CodeCommit::Repository",
    "AWS::Config::ConfigRule",
];

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Build<'_> {
    /// What makes its events at times of its own, and how long from one to the next.
    pub(crate) fn schedules(&self) -> BTreeMap<ResourceId, Option<Duration>> {
        //= profile.seldom
        let seldom = self.models.duration("profile.seldom", "gap").ok();
        let mut found = BTreeMap::new();
        for (position, one) in self.declared.iter().enumerate() {
            let id = ResourceId(position as u32);
            let expression = at(&one.properties, "ScheduleExpression");
            match one.type_name.as_str() {
                RULE if at(&one.properties, "EventPattern").is_some() => {}
                //= schedule.publish
                //= scheduler.publish
                RULE | SCHEDULE => {
                    if let Some(written) = expression.and_then(scalar) {
                        found.insert(id, period(written));
                    }
                }
                kind if SELDOM.contains(&kind) || kind.starts_with("Custom::") => {
                    found.insert(id, seldom);
                }
                _ => {}
            }
        }
        found
    }
}

/// How long it is from one time of an expression to the next, at least; `None` where there is one time only.
fn period(expression: &str) -> Option<Duration> {
    let (kind, inner) = expression.trim().split_once('(')?;
    let inner = inner.trim_end_matches(')').trim();
    let seconds = match kind {
        "rate" => {
            let (count, unit) = inner.split_once(char::is_whitespace)?;
            let length = match unit.trim().trim_end_matches('s') {
                "minute" => MINUTE,
                "hour" => HOUR,
                _ => DAY,
            };
            count.parse::<u64>().ok()?.max(1) * length
        }
        "cron" => {
            let fields: Vec<&str> = inner.split_whitespace().collect();
            match (fields.first(), fields.get(1)) {
                (Some(minute), _) if is_open(minute) => step(minute) * MINUTE,
                (Some(_), Some(hour)) if is_open(hour) => step(hour) * HOUR,
                (_, _) => DAY,
            }
        }
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

/// Whether a field of a cron expression means more than one time.
fn is_open(field: &str) -> bool {
    field.contains(['*', '/', ',', '-'])
}

/// How many units a field of a cron expression leaves between two of its times.
fn step(field: &str) -> u64 {
    if let Some((_, step)) = field.split_once('/') {
        return step.parse().unwrap_or(1).max(1);
    }
    let mut times: Vec<u64> = field.split(',').filter_map(|time| time.parse().ok()).collect();
    times.sort_unstable();
    times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_tells_how_far_its_times_lie_apart() {
        let seconds = |text: &str| period(text).map(Duration::as_secs);
        assert_eq!(seconds("rate(5 minutes)"), Some(300));
        assert_eq!(seconds("rate(1 hour)"), Some(HOUR));
        assert_eq!(seconds("rate(7 days)"), Some(7 * DAY));
        assert_eq!(seconds("cron(0/15 * * * ? *)"), Some(900));
        assert_eq!(seconds("cron(* * * * ? *)"), Some(60));
        assert_eq!(seconds("cron(0,20,30 * * * ? *)"), Some(600));
        assert_eq!(seconds("cron(0 */6 * * ? *)"), Some(6 * HOUR));
        assert_eq!(seconds("cron(15 10 ? * MON-FRI *)"), Some(DAY));
        assert_eq!(seconds("at(2026-11-23T10:00:00)"), None);
    }
}
