//! Compiles push: channels with their routes, and the places where events wait to be pushed into functions.

use std::collections::BTreeMap;

use crate::models::{ModelError, Models, RuleId};
use crate::program::callbacks::CallbackRules;
use crate::program::callers::{ClientRules, hide_errors, request_table, unmapped};
use crate::program::compile::{Builder, Opener};
use crate::program::envelopes::EnvelopeForms;
use crate::program::executions::{self, Begun, StepRules};
use crate::program::exit_filters::{RecordForm, exit_filters};
use crate::program::retries;
use crate::program::same::Same;
use crate::program::sends::leads_back;
use crate::program::ways::{self, Way, WayEnd};
use crate::program::{
    BufferRules, ChannelTable, DeadLetter, DeliveryPolicy, ExitRefusal, ExitSizes, ExitTarget, FailureAnswer,
    Handover, HopTable, HopTarget, Merges, Network, OpenRule, PayloadClass, PolicyAge, PushKind, PushTable,
    QueueTable, RequestTable, RouteTable, SendTarget, UnknownTarget, UnknownValue,
};
use crate::scenario::Caller;
use crate::topology::{
    ChannelKind, Exit, InvocationModel, InvokeConfig, LinkDetail, LinkEnd, Permitted, QueueKind,
    ResourceDetail, ResourceId, Topology,
};
use crate::vocabulary::{Diagnostic, Duration, EntityKind, EntityName};

/// The source whose rules hold where a source has none of its own.
const CUSTOM: &str = "custom";

/// What the models say of pushes: by source how it delivers, by what it publishes and filters, and Lambda's own queue.
#[derive(Clone, Debug, Default)]
pub(super) struct PushRules {
    sources: BTreeMap<String, SourceRules>,
    buffer: BufferRules,
    pub(super) steps: Option<StepRules>,
    records: RecordForm,
    pub(super) clients: Option<ClientRules>,
    sizes: ExitSizes,
    pub(super) envelopes: EnvelopeForms,
}

#[derive(Clone, Debug)]
pub(super) struct SourceRules {
    publish: RuleId,
    filter: RuleId,
    policy: DeliveryPolicy,
    pub(super) request: RequestTable,
    pub(super) callback: Option<CallbackRules>,
    unmapped: Option<FailureAnswer>,
    takes_one: bool,
    merges: Option<Same>,
}

impl PushRules {
    /// Reads what the links of a topology need.
    ///
    /// # Errors
    /// Every slot or value that neither the source nor the custom one has.
    pub(super) fn read(topology: &Topology, models: &Models) -> Result<Self, Vec<Diagnostic>> {
        let (mut sources, mut problems) = (BTreeMap::new(), Vec::new());
        for id in topology.links.iter().map(|link| link.source.as_str()).chain([CUSTOM]) {
            if sources.contains_key(id) {
                continue;
            }
            match SourceRules::read(models, id) {
                Ok(rules) => drop(sources.insert(id.to_owned(), rules)),
                Err(problem) => problems.push(Diagnostic::error("models-rule-missing", problem.to_string())),
            }
        }
        let others = retries::buffer(models).and_then(|buffer| {
            let (steps, records) = (StepRules::read(topology, models)?, RecordForm::read(models)?);
            let clients = ClientRules::read(models)?;
            let envelopes = EnvelopeForms::read(models)?;
            Ok((buffer, steps, records, (clients, ExitSizes::read(models)?, envelopes)))
        });
        match others {
            Ok((buffer, steps, records, (clients, sizes, envelopes))) if problems.is_empty() => {
                Ok(Self { sources, buffer, steps, records, clients: Some(clients), sizes, envelopes })
            }
            Ok(_) => Err(problems),
            Err(problem) => {
                problems.push(Diagnostic::error("models-rule-missing", problem.to_string()));
                Err(problems)
            }
        }
    }

    pub(super) fn of(&self, source: &str) -> &SourceRules {
        self.sources.get(source).unwrap_or_else(|| &self.sources[CUSTOM])
    }
}

impl SourceRules {
    fn read(models: &Models, id: &str) -> Result<Self, ModelError> {
        let find = |slot: &str| {
            let own = models.rules_in(id, slot).or_else(|| models.rules_in(CUSTOM, slot));
            own.ok_or_else(|| ModelError::NoRule { rule: format!("{CUSTOM} ({slot})") })
        };
        let retry = find("delivery.retry")?;
        let name = models.rule(retry).id.clone();
        let (counts, from, to) = (
            models.counts(&name, "counts")?,
            models.durations(&name, "from")?,
            models.durations(&name, "to")?,
        );
        let age = if models.rule(retry).unspecified.is_some() {
            PolicyAge::Open(OpenRule::read(models, &name)?)
        } else {
            models.duration(&name, "age").map_or(PolicyAge::Phases, PolicyAge::Known)
        };
        let refused = find("delivery.refused")?;
        Ok(Self {
            request: request_table(models, id)?,
            callback: CallbackRules::read(models, id),
            unmapped: unmapped(models, id),
            takes_one: models.rules_in(id, "delivery.one_route").is_some(),
            publish: find("delivery.publish")?,
            filter: find("delivery.filter")?,
            merges: Same::read(models, id),
            policy: DeliveryPolicy {
                switch: OpenRule::read(models, &models.rule(find("delivery.switch")?).id)?,
                filtered: find("delivery.filter")?,
                latency: retries::latency(models, id)?,
                duplicate: models.rules_in(id, "delivery.duplicate"),
                order: models.rules_in(id, "delivery.order"),
                answered: models.rules_in(id, "delivery.answered"),
                told: models.rules_in(id, "delivery.told"),
                phases: retries::phases(counts, from, to),
                age,
                retries_refused: models.flag(&models.rule(refused).id, "retried").unwrap_or(false),
                retry,
                refused,
                dropped: find("delivery.dropped")?,
                dead_letter: find("delivery.dead_letter")?,
                dead_letter_failed: find("delivery.dead_letter_failed")?,
                has_exit: models.rules_in(id, "delivery.dead_letter").is_some(),
            },
        })
    }
}

/// A place that is to be: who pushes into which function.
struct Spec<'t> {
    key: SpecKey,
    name: EntityName,
    function: usize,
    kind: PushKind,
    config: &'t InvokeConfig,
}

/// What tells places apart: the last link of the ways into it, or the function that calls the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SpecKey {
    Link(usize),
    Call(ResourceId, ResourceId),
}

/// What is known while a part's network is put together.
pub(super) struct Draft<'a> {
    pub(super) queues: Vec<QueueTable>,
    specs: Vec<SpecKey>,
    /// The mappings on streams, whose places are behind those of pushes.
    logs: Vec<usize>,
    first_place: usize,
    pub(super) classes: &'a [PayloadClass],
}

impl<'t> Builder<'t> {
    /// The network of the part, and its queues with the places of pushes behind them.
    pub(super) fn network(
        &mut self,
        queues: Vec<QueueTable>,
        classes: &[PayloadClass],
        unknowns: &mut Vec<UnknownValue>,
    ) -> (Network, Vec<QueueTable>) {
        let specs = self.specs();
        let keys = specs.iter().map(|spec| spec.key).collect();
        let logs = self.log_links();
        let mut draft = Draft { first_place: queues.len(), queues, specs: keys, logs: logs.clone(), classes };
        let rules = &self.push_rules;
        let mut network = Network { buffer: rules.buffer.clone(), sizes: rules.sizes, ..Network::default() };
        for spec in &specs {
            let mut push = self.push(spec, &mut draft, network.pushes.len(), unknowns);
            if let (PushKind::Request, SpecKey::Link(link)) = (spec.kind, spec.key) {
                push.request = Some(network.requests.len() as u16);
                network.requests.push(self.request(link));
            }
            network.pushes.push(push);
        }
        for link in logs {
            self.log(link, &mut draft, &mut network, unknowns);
        }
        for index in 0..self.component.channels.len() {
            self.channel(index, &draft, &mut network);
        }
        self.replays(&draft, &mut network);
        self.open_switches(unknowns);
        network.rounds = self.rounds();
        (network, draft.queues)
    }

    /// Who pushes into which function, in the order in which ways and exits lead there.
    fn specs(&self) -> Vec<Spec<'t>> {
        let mut specs: Vec<Spec<'t>> = Vec::new();
        for way in self.component.channels.iter().flat_map(|(_, ways)| ways) {
            let (WayEnd::Function(id), Some(last)) = (way.end, way.links.last()) else { continue };
            let link = &self.topology.links[*last];
            let LinkDetail::Delivers(delivery) = &link.detail else { continue };
            let kind = match link.model {
                InvocationModel::Sync => PushKind::Request,
                _ => PushKind::Buffer,
            };
            let found =
                self.spec(SpecKey::Link(*last), &delivery.name, id, kind, delivery.qualifier.as_deref());
            specs.extend(found.filter(|spec| specs.iter().all(|other| other.key != spec.key)));
        }
        for (from, to) in self.calls() {
            let text = format!("{}->{}", self.topology.resource(from).name, self.topology.resource(to).name);
            let name = EntityName::new(EntityKind::Mapping, &text);
            let found = self.spec(SpecKey::Call(from, to), &name, to, PushKind::Buffer, None);
            specs.extend(found.filter(|spec| specs.iter().all(|other| other.key != spec.key)));
        }
        specs
    }

    fn spec(
        &self,
        key: SpecKey,
        name: &EntityName,
        function: ResourceId,
        kind: PushKind,
        qualifier: Option<&str>,
    ) -> Option<Spec<'t>> {
        let index = self.component.functions.iter().position(|id| *id == function)?;
        let topology: &'t Topology = self.topology;
        let config = topology.function(&LinkEnd::Resource(function))?.invoke_config(qualifier);
        Some(Spec { key, name: name.clone(), function: index, kind, config })
    }

    /// Functions that call another one asynchronously: by a destination, or because they do so for what they process.
    fn calls(&self) -> Vec<(ResourceId, ResourceId)> {
        let mut calls = Vec::new();
        for from in &self.component.functions {
            let exits = crate::program::components::exits_of(self.topology, *from);
            let sends = self.sends.iter().filter(|send| send.function == *from).map(|send| send.target);
            for to in exits.into_iter().chain(sends) {
                if self.topology.function(&LinkEnd::Resource(to)).is_some() && !calls.contains(&(*from, to)) {
                    calls.push((*from, to));
                }
            }
        }
        calls
    }

    fn push(
        &mut self,
        spec: &Spec<'t>,
        draft: &mut Draft<'_>,
        index: usize,
        unknowns: &mut Vec<UnknownValue>,
    ) -> PushTable {
        let entity = self.entity(&spec.name);
        let source = match spec.key {
            SpecKey::Link(link) => self.end_name(&self.topology.links[link].from),
            SpecKey::Call(from, _) => self.topology.resource(from).name.clone(),
        };
        let source = self.entity(&source);
        let function = self.component.functions[spec.function];
        let config = spec.config;
        let mut open = Opener { name: &spec.name, unknowns };
        let attempts = UnknownTarget::PushAttempts(index);
        open.value("MaximumRetryAttempts", &config.attempts, attempts, |count| *count);
        open.length("MaximumEventAgeInSeconds", &config.age, UnknownTarget::PushAge(index));
        let place = draft.queues.len();
        draft.queues.push(QueueTable {
            entity,
            fifo: None,
            visibility: Duration::ZERO,
            retention: Duration::MAX,
            delay: Duration::ZERO,
            max_receive_count: u32::MAX,
            dead_letter: DeadLetter::None,
            in_flight_limit: u32::MAX,
            mappings: (0, 0),
            is_source: false,
            classes: (0, 1),
            push: Some(index as u16),
            log: None,
        });
        let own = self.topology.function(&LinkEnd::Resource(function));
        let dead_letter = own.and_then(|function| function.dead_letter.as_ref());
        let (config, dead_letter) = match spec.kind {
            PushKind::Buffer => (Some(config), dead_letter),
            //= sync.no_exits
            PushKind::Request => (None, None),
        };
        PushTable {
            request: None,
            source,
            queue: place as u16,
            function: spec.function as u16,
            kind: spec.kind,
            attempts: spec.config.attempts.value as u32,
            age: spec.config.age.value,
            on_success: self.exit(
                config.and_then(|config| config.on_success.as_ref()),
                Some(function),
                draft,
            ),
            on_failure: self.exit(
                config.and_then(|config| config.on_failure.as_ref()),
                Some(function),
                draft,
            ),
            dead_letter: self.exit(dead_letter, Some(function), draft),
        }
    }

    /// How whoever is in front of a link calls: as its source does, with the link's own time-out where it has one.
    fn request(&self, index: usize) -> RequestTable {
        let link = &self.topology.links[index];
        let mut table = self.push_rules.of(&link.source).request.clone();
        if let LinkDetail::Delivers(delivery) = &link.detail {
            table.timeout = delivery.timeout.as_ref().map_or(table.timeout, |timeout| Some(timeout.value));
            retries::of_request(delivery, &mut table);
            if let Some(seen) = &self.push_rules.of(&link.source).unmapped {
                hide_errors(&mut table, delivery.unmapped, seen);
            }
        }
        if let Some(clients) = &self.push_rules.clients {
            let function = self.topology.function(&link.to);
            table.reason = clients.reason(function.is_some_and(|one| one.reserved_concurrency.is_some()));
        }
        let caller = Caller::of(&self.scenario.callers, self.topology.end_name(&link.from));
        // A state machine says itself how its tasks are tried again.
        if self.topology.machine(&link.from).is_none()
            && table.gives_up.is_none()
            && let Some(clients) = &self.push_rules.clients
        {
            clients.apply(&caller, &link.source, &mut table);
        }
        let is_sent_to = |id| self.sends.iter().any(|send| send.target == id);
        if let Some(rules) = &self.push_rules.steps {
            executions::call(self.topology, index, rules, &mut table, is_sent_to);
        }
        table
    }

    /// What a way out takes, and whether it takes anything.
    pub(super) fn exit(
        &mut self,
        exit: Option<&Exit>,
        of: Option<ResourceId>,
        draft: &Draft<'_>,
    ) -> Option<ExitTarget> {
        let exit = exit?;
        if exit.permitted == Permitted::Denied {
            return Some(ExitTarget::Refused(ExitRefusal::Denied));
        }
        let LinkEnd::Resource(id) = exit.target else {
            return Some(match &exit.target {
                LinkEnd::Missing(_) => ExitTarget::Refused(ExitRefusal::Missing),
                LinkEnd::Outside(_) | LinkEnd::Resource(_) => self.kept(&exit.target),
            });
        };
        let is_queue = self.topology.queue(&exit.target).is_some();
        if !is_queue && of.is_some_and(|from| leads_back(self.topology, id, from)) {
            return Some(self.kept(&exit.target));
        }
        let position = |ids: &[ResourceId]| ids.iter().position(|other| *other == id);
        Some(match &self.topology.resource(id).detail {
            ResourceDetail::Queue(queue) if queue.kind == QueueKind::Fifo => {
                ExitTarget::Refused(ExitRefusal::Fifo)
            }
            ResourceDetail::Queue(_) => position(&self.component.queues)
                .map_or_else(|| self.kept(&exit.target), |queue| ExitTarget::Queue(queue as u16)),
            ResourceDetail::Function(_) => of
                .and_then(|from| call_place(from, id, draft))
                .map_or_else(|| self.kept(&exit.target), ExitTarget::Push),
            ResourceDetail::Channel(ChannelKind::FifoTopic) => ExitTarget::Refused(ExitRefusal::Fifo),
            ResourceDetail::Stream(_)
            | ResourceDetail::Channel(ChannelKind::Topic | ChannelKind::Bus | ChannelKind::Machine) => self
                .channel_index(&exit.target)
                .filter(|channel| !self.is_heard_elsewhere(*channel))
                .map_or_else(|| self.kept(&exit.target), |channel| ExitTarget::Channel(channel as u16)),
            ResourceDetail::Channel(ChannelKind::Bucket) => self
                .channel_index(&exit.target)
                .map_or_else(|| self.kept(&exit.target), |channel| ExitTarget::Stored(channel as u16)),
            ResourceDetail::Channel(ChannelKind::Front | ChannelKind::Service | ChannelKind::Stream)
            | ResourceDetail::Other => self.kept(&exit.target),
        })
    }

    fn kept(&mut self, end: &LinkEnd) -> ExitTarget {
        let name = self.end_name(end);
        ExitTarget::Kept(self.entity(&name))
    }

    pub(super) fn end_name(&self, end: &LinkEnd) -> EntityName {
        let name = self.topology.end_name(end);
        match end {
            LinkEnd::Resource(id) => self.topology.resource(*id).name.clone(),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => EntityName::new(EntityKind::Other, name),
        }
    }

    pub(super) fn channel_index(&self, end: &LinkEnd) -> Option<usize> {
        self.component.channels.iter().position(|(channel, _)| channel == end)
    }

    fn channel(&mut self, index: usize, draft: &Draft<'_>, network: &mut Network) {
        let component = self.component;
        let (end, ways) = &component.channels[index];
        let entity = self.end_name(end);
        let entity = self.entity(&entity);
        let first = network.routes.len();
        let mut begun = Begun::default();
        let source = ways.first().and_then(|way| way.links.first());
        let source = source.map_or(CUSTOM, |link| &self.topology.links[*link].source);
        let takes_one = self.push_rules.of(source).takes_one;
        let mut branches: Vec<usize> = Vec::new();
        for way in ways {
            if let Some(mut route) = self.route(way, draft, network) {
                if let Some(link) = way.links.first().filter(|_| takes_one) {
                    let known = branches.iter().position(|other| other == link);
                    route.branch = known.unwrap_or(branches.len()) as u16;
                    if known.is_none() {
                        branches.push(*link);
                    }
                }
                route.step = self.step(way, &mut begun, network);
                route.unwanted_behind = self.unwanted_behind(way, &route, draft.classes);
                let is_consumed = draft.queues[usize::from(route.place)].is_consumed();
                route.callback = self.callback(way, (route.step, is_consumed), (&mut begun, network));
                let along = (way, network.routes.len(), usize::from(route.hops.0));
                let (records, pushes) = (&self.push_rules.records, &network.pushes);
                let unwanted = exit_filters(self.topology, records, pushes, index, along);
                network.exit_filters.extend(unwanted);
                self.arrive(way, network.routes.len(), draft.classes);
                network.routes.push(route);
            }
        }
        begun.settle(network, first);
        let count = network.routes.len() - first;
        network.channels.push(ChannelTable {
            entity,
            routes: (first as u16, count as u16),
            branches: branches.len().max(1) as u16,
            is_source: count > 0 && self.is_loaded(end),
            takes: self.push_rules.sizes.of(self.topology, end),
            publish: self.log_rules.write(source).unwrap_or_else(|| self.push_rules.of(source).publish),
        });
    }

    /// Whether load is sent into a channel: nothing else sends there, or the scenario says so.
    pub(super) fn is_loaded(&self, channel: &LinkEnd) -> bool {
        let name = self.topology.end_name(channel);
        if self.scenario.workloads.iter().any(|load| load.to == name) {
            return true;
        }
        let is_target = |id: &ResourceId| LinkEnd::Resource(*id) == *channel;
        let is_sent = self.sends.iter().any(|send| !send.closes && is_target(&send.target));
        let functions = (0..self.topology.resources.len()).map(|index| ResourceId(index as u32));
        let is_exit = functions
            .flat_map(|function| crate::program::components::exits_of(self.topology, function))
            .any(|exit| is_target(&exit));
        !is_sent && !is_exit && !ways::is_fed(self.topology, channel)
    }

    pub(super) fn route(
        &mut self,
        way: &Way,
        draft: &Draft<'_>,
        network: &mut Network,
    ) -> Option<RouteTable> {
        let last = *way.links.last()?;
        let place = match way.end {
            WayEnd::Queue(id) => self.component.queues.iter().position(|queue| *queue == id)?,
            WayEnd::Function(_) => {
                let spec = draft.specs.iter().position(|key| *key == SpecKey::Link(last));
                let log = || draft.logs.iter().position(|link| *link == last);
                draft.first_place + spec.or_else(|| Some(draft.specs.len() + log()?))?
            }
        };
        let first = network.hops.len();
        let is_read = matches!(self.topology.links[last].detail, LinkDetail::StreamPolling(_));
        let hops = &way.links[..way.links.len() - usize::from(is_read)];
        for link in hops {
            let hop = self.hop(*link, way, place, draft, network)?;
            network.hops.push(hop);
            network.handovers.push(Handover::of(self.topology, *link));
        }
        Some(RouteTable {
            entity: if is_read { draft.queues[place].entity } else { network.hops.last()?.entity },
            hops: (first as u16, hops.len() as u16),
            place: place as u16,
            branch: 0,
            unwanted: self.unwanted(way, draft.classes),
            unwanted_behind: Vec::new(),
            filter: self.push_rules.of(&self.topology.links[last].source).filter,
            step: None,
            callback: None,
            merges: self.merges(way),
            hands_mark_on: self.hands_mark_on(way),
            arrives: Vec::new(),
        })
    }

    /// What the channel in front of a way takes for the same event.
    fn merges(&self, way: &Way) -> Option<Merges> {
        let link = &self.topology.links[*way.links.first()?];
        let LinkDetail::Delivers(delivery) = &link.detail else { return None };
        Some(self.push_rules.of(&link.source).merges?.of(delivery.deduplication.as_ref()?))
    }

    fn hop(
        &mut self,
        link: usize,
        way: &Way,
        place: usize,
        draft: &Draft<'_>,
        network: &mut Network,
    ) -> Option<HopTable> {
        let topology = self.topology;
        let detail = &topology.links[link];
        let LinkDetail::Delivers(delivery) = &detail.detail else { return None };
        let is_last = way.links.last() == Some(&link);
        let target = match way.end {
            WayEnd::Queue(_) if is_last => HopTarget::Queue(place as u16),
            WayEnd::Function(id) if is_last => {
                let function = self.component.functions.iter().position(|function| *function == id)?;
                HopTarget::Function(function as u16)
            }
            WayEnd::Queue(_) | WayEnd::Function(_) => HopTarget::Channel,
        };
        let mut delivery_policy = self.push_rules.of(&detail.source).policy.clone();
        if self.is_rule(&detail.to) {
            delivery_policy.latency = None;
        }
        retries::of_hop(delivery, &mut delivery_policy);
        let policy = network.policies.len();
        network.policies.push(delivery_policy);
        let entity = self.entity(&delivery.name);
        Some(HopTable {
            entity,
            link: link as u16,
            switch: self.switch_of(link) as u16,
            policy: policy as u16,
            target,
            attempts: delivery.attempts.as_ref().map_or(u32::MAX, |attempts| attempts.value as u32),
            age: delivery.age.as_ref().map(|age| age.value),
            dead_letter: self.exit(delivery.dead_letter.as_ref(), None, draft),
            denied: detail.permitted == Permitted::Denied,
            enabled: delivery.enabled.as_ref().is_none_or(|enabled| enabled.value),
            task: self.sending_task(link, network),
        })
    }

    /// What a function sends to, as the world knows it.
    pub(super) fn send_target(&self, function: ResourceId, target: ResourceId) -> Option<SendTarget> {
        let end = LinkEnd::Resource(target);
        match &self.topology.resource(target).detail {
            ResourceDetail::Queue(_) => {
                let queue = self.component.queues.iter().position(|id| *id == target)?;
                Some(SendTarget::Queue(queue as u16))
            }
            ResourceDetail::Channel(_) | ResourceDetail::Stream(_) => {
                Some(SendTarget::Channel(self.channel_index(&end)? as u16))
            }
            ResourceDetail::Function(_) => {
                let specs = self.specs();
                let spec = specs.iter().position(|spec| spec.key == SpecKey::Call(function, target))?;
                Some(SendTarget::Push((self.component.queues.len() + spec) as u16))
            }
            ResourceDetail::Other => None,
        }
    }
}

/// The place of the calls of one function by another.
fn call_place(from: ResourceId, to: ResourceId, draft: &Draft<'_>) -> Option<u16> {
    let spec = draft.specs.iter().position(|key| *key == SpecKey::Call(from, to))?;
    Some((draft.first_place + spec) as u16)
}
