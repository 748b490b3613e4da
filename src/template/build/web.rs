//! Subscriptions of web addresses: the server behind one, and how its topic tries it again.

use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::setting::SettingValue;
use crate::template::declared::Declared;
use crate::template::tree::{self, at, items_at, scalar_at, set};
use crate::topology::{Function, Growth, Origin, Runs, Setting, WebRetries};
use crate::vocabulary::Duration;

/// The type of subscriptions.
pub(crate) const SUBSCRIPTION: &str = "AWS::SNS::Subscription";
/// The type of topics, whose own property may hold subscriptions.
const TOPIC: &str = "AWS::SNS::Topic";
/// The protocols of web addresses.
const PROTOCOLS: [&str; 2] = ["http", "https"];
/// Where a subscription says how its address is tried again.
const OWN: [&str; 2] = ["DeliveryPolicy", "healthyRetryPolicy"];
/// The path of the settings in the models.
const SETTINGS: &str = "AWS::SNS::Subscription.DeliveryPolicy.healthyRetryPolicy";
/// How long a server works at most.
const SERVER_TIME: &str = "sns_http.server_time";
/// Words for pauses that double.
const DOUBLING: [&str; 2] = ["exponential", "geometric"];

/// Whether a subscription, as its properties say, is one of a web address.
pub(crate) fn is_web(own: &Node) -> bool {
    scalar_at(own, "Protocol").is_some_and(|protocol| PROTOCOLS.contains(&protocol))
}

/// Subscriptions of web addresses that stand within topics, as resources of their own; the others stay where they are.
pub(crate) fn take_out(declared: &mut Vec<Declared>) {
    let known: Vec<String> = declared.iter().map(|one| one.logical_id.clone()).collect();
    let mut taken = Vec::new();
    for one in declared.iter_mut().filter(|one| one.type_name == TOPIC) {
        let inside = items_at(&one.properties, "Subscription").to_vec();
        let (web, others): (Vec<Node>, Vec<Node>) = inside.into_iter().partition(is_web);
        if web.is_empty() {
            continue;
        }
        let place = one.place.clone();
        set(&mut one.properties, "Subscription", tree::list(others, &place));
        let is_free = |number: &usize| !known.contains(&format!("{}Subscription{number}", one.logical_id));
        let numbers: Vec<usize> = (1..).filter(is_free).take(web.len()).collect();
        for (number, mut properties) in numbers.into_iter().zip(web) {
            let place = properties.place.clone();
            set(&mut properties, "TopicArn", tree::reference(&one.logical_id, &place));
            let id = format!("{}Subscription{number}", one.logical_id);
            let made = Declared::generated(id, SUBSCRIPTION, properties);
            let name = format!("{}Subscription{number}", one.name);
            taken.push(Declared {
                name,
                presence: one.presence.clone(),
                environment: one.environment.clone(),
                ..made
            });
        }
    }
    declared.extend(taken);
}

/// Whether a subscription stood within its topic, where it can say nothing but its address.
pub(crate) fn stood_in_topic(declared: &Declared) -> bool {
    let topic = at(&declared.properties, "TopicArn").filter(|_| declared.type_name == SUBSCRIPTION);
    topic.is_some_and(|topic| topic.place == declared.place)
}

impl Build<'_> {
    /// The server behind a subscription of a web address.
    pub(crate) fn web_server(&mut self, declared: &Declared) -> Option<Function> {
        at(&declared.properties, "TopicArn").filter(|_| is_web(&declared.properties))?;
        let by_default = |rule: &str| Origin::Default(rule.to_owned());
        //= sns_http.server_time
        let timeout = self.models.duration(SERVER_TIME, "limit").unwrap_or(Duration::ZERO);
        let timeout = Setting::known(timeout, by_default(SERVER_TIME));
        let memory = Setting::known(0, by_default("sns_http.server"));
        Some(self.runs_no_code(Runs::Server, (timeout, memory), declared.words))
    }

    /// How a topic tries a web address again, as the subscription says; a topic's own policy is none of CloudFormation's
    /// properties.
    pub(crate) fn web_retries(&mut self, own: &Node) -> WebRetries {
        let policy = at(own, OWN[0]).and_then(|policy| self.policy(policy, OWN[0]));
        let none = tree::map([], &own.place);
        let retries = policy.as_ref().and_then(|policy| at(policy, OWN[1])).unwrap_or(&none);
        let doubles = scalar_at(retries, "backoffFunction").is_some_and(|word| DOUBLING.contains(&word));
        WebRetries {
            all: self.of_policy(retries, "numRetries"),
            at_once: self.of_policy(retries, "numNoDelayRetries"),
            before: self.of_policy(retries, "numMinDelayRetries"),
            after: self.of_policy(retries, "numMaxDelayRetries"),
            shortest: self.of_policy(retries, "minDelayTarget"),
            longest: self.of_policy(retries, "maxDelayTarget"),
            growth: if doubles { Growth::Doubling } else { Growth::Even },
        }
    }

    fn of_policy<T: SettingValue>(&mut self, retries: &Node, name: &str) -> Setting<T> {
        self.reader().required(at(retries, name), &format!("{SETTINGS}.{name}"))
    }
}
