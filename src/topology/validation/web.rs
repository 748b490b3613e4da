//! Delivery policies of web addresses.

use crate::topology::Refusal;
use crate::topology::validation::check::Check;
use crate::topology::validation::ranges::Ranged;
use crate::topology::{ChannelKind, Delivery, Link, Setting, WebRetries};
use crate::vocabulary::{Duration, EntityName};

/// The path of the settings in the models.
const SETTINGS: &str = "AWS::SNS::Subscription.DeliveryPolicy.healthyRetryPolicy";
/// What says how the settings go together.
const POLICY: &str = "sns_http.policy";

impl Check<'_> {
    /// The delivery policy of a link to a web address.
    pub(super) fn web(&mut self, link: &Link, delivery: &Delivery) {
        let Some(web) = &delivery.web else { return };
        //= sns_http.no_fifo
        if self.topology.channel(&link.from) == Some(ChannelKind::FifoTopic) {
            let topic = self.topology.end_name(&link.from).to_owned();
            let refusal = self.refusal("sns_http.no_fifo", &delivery.name, "TopicArn", &topic);
            let allowed = "a topic without order: one with order delivers to queues alone".to_owned();
            self.found.push(Refusal { allowed, place: link.place.clone(), ..refusal });
        }
        //= sns_http.policy_range
        let counts = [
            ("numRetries", &web.all),
            ("numNoDelayRetries", &web.at_once),
            ("numMinDelayRetries", &web.before),
            ("numMaxDelayRetries", &web.after),
        ];
        for (name, count) in counts {
            self.within_policy(&delivery.name, name, count);
        }
        self.within_policy(&delivery.name, "minDelayTarget", &web.shortest);
        self.within_policy(&delivery.name, "maxDelayTarget", &web.longest);
        self.policy_as_a_whole(&delivery.name, web);
    }

    fn within_policy<T: Ranged>(&mut self, link: &EntityName, name: &str, setting: &Setting<T>) {
        let model = self.models.setting(&format!("{SETTINGS}.{name}"));
        self.within(model, "sns_http.policy_range", link, setting);
    }

    fn policy_as_a_whole(&mut self, link: &EntityName, web: &WebRetries) {
        //= sns_http.policy
        let parts = [&web.at_once, &web.before, &web.after];
        let parts = parts.iter().fold(0, |all: u64, part| all.saturating_add(part.value));
        let mut wrong = Vec::new();
        if parts > web.all.value {
            let allowed = format!("{parts} or more, since so many stand in its phases");
            wrong.push(("numRetries", web.all.value.to_string(), allowed, web.all.place()));
        }
        if web.shortest.value > web.longest.value {
            let allowed = format!("{} or less, which is the longest pause", web.longest.value);
            wrong.push(("minDelayTarget", web.shortest.value.to_string(), allowed, web.shortest.place()));
        }
        let whole = web.pauses().into_iter().fold(Duration::ZERO, |all, pause| all + pause);
        if let Ok(longest) = self.models.duration(POLICY, "longest")
            && whole > longest
        {
            let allowed = format!("pauses of {longest} together at most");
            wrong.push((
                "numRetries",
                format!("{}, with pauses of {whole}", web.all.value),
                allowed,
                web.all.place(),
            ));
        }
        for (property, value, allowed, place) in wrong {
            let property = format!("DeliveryPolicy.healthyRetryPolicy.{property}");
            let place = place.cloned();
            let refusal = self.refusal(POLICY, link, &property, &value);
            self.found.push(Refusal { allowed, place, ..refusal });
        }
    }
}
