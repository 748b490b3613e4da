//! Replays of archives as tables: each is a channel of its own, with the routes of its bus's rules.

use serde_json::Value;

use crate::models::{ModelError, Models, RuleId};
use crate::program::compile::Builder;
use crate::program::envelopes::{self, Carried, refused_behind};
use crate::program::executions::Begun;
use crate::program::pushes::Draft;
use crate::program::wanted::{delivered_forms, wants};
use crate::program::ways::Way;
use crate::program::{ChannelTable, Network, OpenRule, PayloadClass, Takes};
use crate::scenario::{Change, Replay};
use crate::topology::{Archive, LinkDetail, MappingFilter};
use crate::vocabulary::Duration;

/// What the models say of replays.
#[derive(Clone, Debug)]
pub(super) struct ReplayRules {
    publish: RuleId,
    /// The field that a replay adds to each event.
    mark: String,
    /// The span of events that is replayed without an order.
    interval: Duration,
    delay: OpenRule,
    pace: OpenRule,
}

impl ReplayRules {
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        let replay = "eventbridge.replay";
        let publish = models.rule_id(replay);
        Ok(Self {
            publish: publish.ok_or_else(|| ModelError::NoRule { rule: replay.to_owned() })?,
            mark: models.text(replay, "mark")?.to_owned(),
            interval: models.duration("eventbridge.replay_order", "interval")?,
            delay: OpenRule::read(models, "eventbridge.archive_delay")?,
            pace: OpenRule::read(models, "eventbridge.replay_pace")?,
        })
    }
}

/// A replay of an archive that a scenario states.
#[derive(Clone, Debug)]
pub struct ReplayTable {
    /// What is stated.
    pub stated: Replay,
    /// The channel that replayed events come from: the archive.
    pub channel: u16,
    /// The channel whose events the archive keeps: the bus.
    pub bus: u16,
    /// The payload classes that the archive does not keep; empty where it keeps all.
    pub unkept: Vec<bool>,
    /// How long it keeps an event; none for good.
    pub retention: Option<Duration>,
    /// The span of events that is replayed without an order.
    pub interval: Duration,
    /// How long an event takes into the archive.
    pub delay: OpenRule,
    /// How soon each event of an interval is put back.
    pub pace: OpenRule,
}

impl ReplayTable {
    /// Whether the archive keeps a payload class.
    pub fn keeps(&self, class: u16) -> bool {
        !self.unkept.get(usize::from(class)).copied().unwrap_or(false)
    }
}

impl Builder<'_> {
    /// A channel for each replay that a scenario states of a bus in this part.
    //= eventbridge.replay
    pub(super) fn replays(&mut self, draft: &Draft<'_>, network: &mut Network) {
        let (topology, scenario) = (self.topology, self.scenario);
        for planned in &scenario.changes {
            let Change::Replay(replay) = &planned.change else { continue };
            let archive = topology.archives.iter().find(|one| one.name.as_str() == replay.archive);
            let Some(archive) = archive else { continue };
            let Some(bus) = self.channel_index(&archive.bus) else { continue };
            if network.replays.iter().all(|other| other.stated != *replay) {
                self.replay(replay, archive, bus, draft, network);
            }
        }
    }

    fn replay(
        &mut self,
        replay: &Replay,
        archive: &Archive,
        bus: usize,
        draft: &Draft<'_>,
        network: &mut Network,
    ) {
        let (topology, component, rules) = (self.topology, self.component, &self.limits.replays);
        let first = network.routes.len();
        let mut begun = Begun::default();
        let is_meant = |way: &&Way| {
            let rule = way.links.first().map(|link| topology.end_name(&topology.links[*link].to));
            replay.rules.is_empty() || rule.is_some_and(|rule| replay.rules.iter().any(|one| one == rule))
        };
        for way in component.channels[bus].1.iter().filter(is_meant) {
            let Some(mut route) = self.route(way, draft, network) else { continue };
            route.step = self.step(way, &mut begun, network);
            let is_consumed = draft.queues[usize::from(route.place)].is_consumed();
            route.callback = self.callback(way, (route.step, is_consumed), (&mut begun, network));
            let classes = draft.classes.iter().enumerate();
            route.unwanted = classes
                .map(|(number, class)| self.refuses_replayed(way, class, number, &replay.name))
                .collect();
            self.arrive(way, network.routes.len(), draft.classes);
            network.routes.push(route);
        }
        begun.settle(network, first);
        let entity = self.entity(&archive.name);
        network.replays.push(ReplayTable {
            stated: replay.clone(),
            channel: network.channels.len() as u16,
            bus: bus as u16,
            unkept: unkept(&archive.filters, draft.classes),
            retention: archive.retention,
            interval: rules.interval,
            delay: rules.delay.clone(),
            pace: rules.pace.clone(),
        });
        network.channels.push(ChannelTable {
            entity,
            routes: (first as u16, (network.routes.len() - first) as u16),
            is_source: false,
            takes: Takes::Everything,
            publish: rules.publish,
            branches: 1,
        });
    }

    /// Whether some filter on a way does not want an event as a replay marks it.
    fn refuses_replayed(&self, way: &Way, class: &PayloadClass, number: usize, name: &str) -> bool {
        let (topology, mark) = (self.topology, self.limits.replays.mark.as_str());
        let forms = &self.push_rules.envelopes;
        let replayed = Carried::of(class, number).replayed(forms, (mark, name));
        let own = envelopes::as_published(topology, way);
        let refuses = |link: &usize| match &topology.links[*link].detail {
            LinkDetail::Delivers(delivery) if delivery.filters.is_empty() => false,
            // Nothing is known of the ordinary payload but its mark.
            LinkDetail::Delivers(delivery) if number == 0 => !replayed.is_wanted(&delivery.filters),
            LinkDetail::Delivers(delivery) => !wants(&delivery.filters, &marked(class, mark, name)),
            LinkDetail::StreamPolling(_)
            | LinkDetail::QueuePolling(_)
            | LinkDetail::Sends(_)
            | LinkDetail::Unmodelled => false,
        };
        way.links[..own].iter().any(refuses) || refused_behind(topology, forms, way, replayed.clone())
    }
}

/// The forms of an event that a rule compares, with the mark of a replay.
fn marked(class: &PayloadClass, mark: &str, name: &str) -> Vec<Value> {
    let mut forms = delivered_forms(class);
    for form in forms.iter_mut().filter_map(Value::as_object_mut) {
        form.insert(mark.to_owned(), name.into());
    }
    forms
}

/// The classes that an archive's pattern does not want. The ordinary payload may be anything.
//= eventbridge.archive
fn unkept(filters: &[MappingFilter], classes: &[PayloadClass]) -> Vec<bool> {
    if filters.is_empty() {
        return Vec::new();
    }
    let each = classes.iter().enumerate();
    each.map(|(number, class)| number > 0 && !wants(filters, &delivered_forms(class))).collect()
}
