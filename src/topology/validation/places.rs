//! What has to lie in one account or Region: told where templates say where they are deployed and ARNs where others are.

use crate::topology::validation::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::{
    Home, InvocationModel, LinkDetail, LinkEnd, RedriveTarget, ResourceDetail, ResourceId,
};
use crate::vocabulary::{EntityKind, EntityName, Place};

/// What two things have to share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shared {
    Account,
    Region,
}

/// What links share: the source, the rule, the property that names the other end, what.
const LINKS: [(&str, &str, &str, Shared); 3] = [
    //= s3.same_region
    ("s3", "s3.same_region", "NotificationConfiguration", Shared::Region),
    //= ses.same_region
    ("ses", "ses.same_region", "Actions.LambdaAction.FunctionArn", Shared::Region),
    //= cloudwatch_logs.same_account
    ("cloudwatch_logs", "cloudwatch_logs.same_account", "DestinationArn", Shared::Account),
];

/// Two ends, and what the refusal of them is about.
struct Pair<'a> {
    owner: &'a EntityName,
    property: &'a str,
    ends: (&'a LinkEnd, &'a LinkEnd),
    place: Option<&'a Place>,
}

impl Check<'_> {
    /// Everything that has to share account or Region with something else.
    pub(super) fn places(&mut self) {
        let topology = self.topology;
        for link in &topology.links {
            let ends = |owner, property| Pair {
                owner,
                property,
                ends: (&link.from, &link.to),
                place: link.place.as_ref(),
            };
            match &link.detail {
                LinkDetail::QueuePolling(mapping) if link.source == "sqs" => {
                    //= queue_poll.same_region
                    self.apart(
                        "queue_poll.same_region",
                        &ends(&mapping.name, "EventSourceArn"),
                        Shared::Region,
                    );
                }
                LinkDetail::Delivers(delivery) => {
                    for (_, rule, property, shared) in LINKS.into_iter().filter(|row| row.0 == link.source) {
                        self.apart(rule, &ends(&delivery.name, property), shared);
                    }
                    if let (Some(exit), "sns" | "sns_fifo") = (&delivery.dead_letter, link.source.as_str()) {
                        let letters = Pair {
                            owner: &delivery.name,
                            property: "RedrivePolicy",
                            ends: (&link.from, &exit.target),
                            place: exit.place.as_ref(),
                        };
                        self.same_place("sns.dead_letter_same_place", &letters);
                    }
                }
                // A queue that is declared elsewhere: its mapping is not simulated, and has no name of its own.
                LinkDetail::Unmodelled
                    if link.source == "sqs" && link.model == InvocationModel::QueuePoll =>
                {
                    let name = format!("{}->{}", topology.end_name(&link.from), topology.end_name(&link.to));
                    let name = EntityName::new(EntityKind::Mapping, &name);
                    self.apart("queue_poll.same_region", &ends(&name, "EventSourceArn"), Shared::Region);
                }
                LinkDetail::QueuePolling(_)
                | LinkDetail::StreamPolling(_)
                | LinkDetail::Sends(_)
                | LinkDetail::Unmodelled => {}
            }
        }
        self.dead_letter_queues();
    }

    fn dead_letter_queues(&mut self) {
        let topology = self.topology;
        for (position, resource) in topology.resources.iter().enumerate() {
            let ResourceDetail::Queue(queue) = &resource.detail else { continue };
            let Some(redrive) = &queue.redrive else { continue };
            let target = match &redrive.target {
                RedriveTarget::Queue(id) => LinkEnd::Resource(*id),
                RedriveTarget::Outside(arn) => LinkEnd::Outside(arn.clone()),
                RedriveTarget::Missing(_) => continue,
            };
            let ends = Pair {
                owner: &resource.name,
                property: "RedrivePolicy.deadLetterTargetArn",
                ends: (&LinkEnd::Resource(ResourceId(position as u32)), &target),
                place: redrive.place.as_ref(),
            };
            //= queue.dead_letter_same_place
            self.same_place("queue.dead_letter_same_place", &ends);
        }
    }

    fn same_place(&mut self, rule: &str, ends: &Pair<'_>) {
        self.apart(rule, ends, Shared::Region);
        self.apart(rule, ends, Shared::Account);
    }

    fn apart(&mut self, rule: &str, ends: &Pair<'_>, shared: Shared) {
        let part = |home: Home| match shared {
            Shared::Account => home.account,
            Shared::Region => home.region,
        };
        let (Some(one), Some(other)) = (part(self.home(ends.ends.0)), part(self.home(ends.ends.1))) else {
            return;
        };
        if one == other {
            return;
        }
        let refusal = self.refusal(rule, ends.owner, ends.property, &self.topology.end_name(ends.ends.1));
        let what = match shared {
            Shared::Account => "account",
            Shared::Region => "Region",
        };
        let allowed = format!("something in the {what} {one}, and not in {other}");
        self.found.push(Refusal { allowed, place: ends.place.cloned(), ..refusal });
    }

    /// Where an end is; what an ARN leaves out, as that of a bucket does, is not known.
    fn home(&self, end: &LinkEnd) -> Home {
        match end {
            LinkEnd::Resource(id) => self.topology.account.homes.get(id).cloned().unwrap_or_default(),
            LinkEnd::Outside(name) => Home::of_arn(name),
            LinkEnd::Missing(_) => Home::default(),
        }
    }
}
