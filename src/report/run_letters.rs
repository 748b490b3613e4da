//! What a source sends to the dead-letter queue of a link, as AWS writes it: the message of a topic, or the event of a
//! bus with the reason as attributes.

use std::collections::BTreeMap;

use crate::program::{Handover, HandoverTarget};
use crate::report::RunReport;
use crate::report::run_carried::{Carried, Carriers};
use crate::report::run_exits::{Arriving, Said};
use crate::report::run_names::{arn_of, function_arn, name_of, queue_arn};
use crate::scenario::{MessageAttribute, MessageAttributes};
use crate::topology::Content;
use crate::trace::{Covered, EntityId, EventId, Record, RecordKind};

/// Follows why sources give events up.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters {
    why: BTreeMap<(EventId, EntityId), Why>,
}

/// Why a hop gave an event up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// Its target does not allow it.
    Refused,
    /// It failed so often.
    Failed(u32),
}

impl Letters {
    /// Looks at a record; tells what leaves where one says that a link's dead-letter queue takes something.
    pub(super) fn see(
        &mut self,
        report: &RunReport<'_>,
        carriers: &Carriers,
        record: &Record,
        covered: &[Covered],
    ) -> Option<Arriving> {
        let event = covered.first()?.event;
        let why = match record.kind {
            RecordKind::DeliveryRefused => Why::Refused,
            RecordKind::DeliveryFailed => Why::Failed(record.subject),
            RecordKind::ExitTaken => return self.letter(report, carriers, record, event),
            _ => return None,
        };
        self.why.insert((event, record.entity), why);
        None
    }

    fn letter(
        &self,
        report: &RunReport<'_>,
        carriers: &Carriers,
        record: &Record,
        event: EventId,
    ) -> Option<Arriving> {
        let (carried, hop) = carriers.undelivered(report, event, record.entity)?;
        let why = self.why.get(&(event, record.entity)).copied();
        let (text, attributes) = match hop.source.as_str() {
            //= sns.dead_letter
            "sns" | "sns_fifo" if hop.content == Content::Whole => {
                (carried.in_message(report, hop).text, MessageAttributes::new())
            }
            //= eventbridge.dead_letter
            "eventbridge" => {
                let attributes = reasons(report, hop, &carried, (record.entity, why));
                let whole = (hop.content == Content::Whole).then(|| carried.whole(report, hop).text);
                (whole.flatten(), attributes)
            }
            _ => (None, MessageAttributes::new()),
        };
        let body = text.map_or(Said::Unknown, Said::Text);
        Some(Arriving { target: record.value, at: record.at, body, attributes, group: None })
    }
}

/// What a dead letter of a rule says of the rule, its target and the reason, as far as it can be told.
fn reasons(
    report: &RunReport<'_>,
    hop: &Handover,
    carried: &Carried,
    (entity, why): (EntityId, Option<Why>),
) -> MessageAttributes {
    let said = |value: &str| report.models.text("eventbridge.dead_letter", value).unwrap_or_default();
    let mut attributes = MessageAttributes::new();
    let mut add = |name: &str, value: String| {
        attributes.insert(name.to_owned(), MessageAttribute::text(&value));
    };
    add("RULE_ARN", rule_arn(report, hop, carried));
    let target = match hop.target {
        HandoverTarget::Function => Some(function_arn(report, &hop.to, hop.qualifier.as_deref())),
        HandoverTarget::Queue => Some(queue_arn(report, &hop.to)),
        HandoverTarget::Other => None,
    };
    if let Some(target) = target {
        add("TARGET_ARN", target);
    }
    match why {
        Some(Why::Refused) => add("ERROR_CODE", said("refused").to_owned()),
        Some(Why::Failed(tries)) => {
            let table = report.program.network.hops.iter().find(|table| table.entity == entity);
            let by_attempts = table.is_some_and(|table| tries > table.attempts);
            let condition = if by_attempts { "by_attempts" } else { "by_age" };
            add("EXHAUSTED_RETRY_CONDITION", said(condition).to_owned());
        }
        None => {}
    }
    attributes
}

/// The ARN of a rule; those of buses other than the default one have the name of the bus in it.
fn rule_arn(report: &RunReport<'_>, hop: &Handover, carried: &Carried) -> String {
    let bus = carried.bus.as_deref().map(|bus| {
        let name = name_of(report, bus).rsplit(['/', ':']).next().unwrap_or_default();
        format!("{name}/")
    });
    arn_of(report, "events", &format!("rule/{}", bus.unwrap_or_default()), &hop.from)
}
