//! From topology and models to programs, one for each connected part.

use crate::kernel::Domain;
use crate::models::Models;
use crate::pattern::Pattern;
use crate::program::classes::classify;
use crate::program::components::{Component, components, exits_of, exits_on};
use crate::program::envelopes::Arrival;
use crate::program::handovers::outside_names;
use crate::program::limits::Limits;
use crate::program::logs::LogRules;
use crate::program::payload::envelope_size;
use crate::program::plan::Tables;
use crate::program::pools::Callees;
use crate::program::pushes::PushRules;
use crate::program::sends::{Send, reached, sends};
use crate::program::ways::WayEnd;
use crate::program::{
    AccountTable, Behaviour, DeadLetter, DeduplicationIds, FifoTable, FunctionTable, MappingTable, OpenRules,
    PayloadClass, Profile, Program, Provisioned, QueueTable, RuleTable, StatedEmission, StatedLoad,
    UnknownTarget, UnknownValue,
};
use crate::scenario::{HandlerPreset, Scenario};
use crate::topology::{
    Function, LinkDetail, LinkEnd, Permitted, ProvisionedPollers, Queue, QueueKind, QueueMapping, Redrive,
    RedriveTarget, ResourceDetail, ResourceId, ResponseType, Runs, Setting, Topology,
};
use crate::trace::EntityId;
use crate::vocabulary::{Diagnostic, Duration, EntityKind, EntityName};

/// Compiles every connected part that has a mapping on a queue.
///
/// # Errors
/// What the models lack: an empty slot, a missing or mistyped value.
pub fn compile(
    topology: &Topology,
    models: &Models,
    scenario: &Scenario,
) -> Result<Vec<Program>, Vec<Diagnostic>> {
    let rules = RuleTable::bind(models)?;
    let open = OpenRules::read(models)?;
    let profile = Profile::read(models, scenario)?;
    let push_rules = PushRules::read(topology, models)?;
    let log_rules = LogRules::read(topology, models)?;
    let limits = Limits::read(models)
        .map_err(|error| vec![Diagnostic::error("models-rule-missing", error.to_string())])?;
    let mut programs = Vec::new();
    let sends = sends(topology, scenario);
    for component in components(topology, &sends) {
        let builder = Builder {
            topology,
            component: &component,
            scenario,
            sends: &sends,
            limits: &limits,
            push_rules: &push_rules,
            log_rules: &log_rules,
            entities: Vec::new(),
            arriving: Vec::new(),
        };
        programs.push(builder.build(&rules, &open, &profile));
    }
    Ok(programs)
}

pub(super) struct Builder<'a> {
    pub(super) topology: &'a Topology,
    pub(super) component: &'a Component,
    pub(super) scenario: &'a Scenario,
    pub(super) sends: &'a [Send],
    pub(super) limits: &'a Limits,
    pub(super) push_rules: &'a PushRules,
    pub(super) log_rules: &'a LogRules,
    pub(super) entities: Vec<EntityName>,
    /// What routes bring that is not what was published.
    pub(super) arriving: Vec<Arrival>,
}

impl Builder<'_> {
    fn build(mut self, rules: &RuleTable, open: &OpenRules, profile: &Profile) -> Program {
        let account_entity = self.entity(&EntityName::new(EntityKind::Account, "account"));
        let account =
            AccountTable { entity: account_entity, unreserved: self.unreserved(), ..self.limits.account };
        let mut unknowns = Vec::new();
        let queues: Vec<QueueTable> =
            (0..self.component.queues.len()).map(|index| self.queue(index, &mut unknowns)).collect();
        let mut classes = vec![PayloadClass::default()];
        let (loads, channel_loads) = self.loads(profile, &mut classes);
        let emits = self.emissions(&mut classes);
        let (functions, mut behaviours) = self.functions(profile, &classes, emits, &mut unknowns);
        let (mappings, queues) = self.mappings(queues, profile, &mut unknowns);
        let (queues, mut loads) = self.stated_sources(queues, loads);
        let (mut network, queues) = self.network(queues, &classes, &mut unknowns);
        network.name_keys(&self.entities, &channel_loads);
        loads.resize_with(queues.len(), || None);
        loads.extend(channel_loads);
        let arrivals = self.arrivals(&mut network, &mut classes, &mut behaviours);
        let (queues, unwanted) = classify(queues, &mut classes, &self.filters(), &arrivals);
        network.measure(&classes, self.log_rules);
        drop_refused(&mut unknowns, &queues, &mappings, &functions);
        let callees = Callees {
            topology: self.topology,
            functions: &self.component.functions,
            entities: &self.entities,
        };
        let pools = callees.pools(&mappings, &queues);
        let tables = Tables {
            entities: &self.entities,
            queues: &queues,
            mappings: &mappings,
            functions: &functions,
            network: &network,
            behaviours: &behaviours,
            links: self.pushing_links(),
            move_gap: self.limits.move_gap,
        };
        let plan = tables.plan(self.scenario);
        let names = self.entities.iter().map(EntityName::hash).collect();
        let emits = behaviours.iter().flat_map(|behaviour| &behaviour.emits);
        let has_tenants = loads.iter().flatten().any(StatedLoad::has_tenants)
            || emits.into_iter().any(|emission| emission.tenant.is_some());
        Program {
            has_tenants,
            outside_names: outside_names(self.topology),
            entities: self.entities,
            names,
            queues,
            mappings,
            functions,
            pools,
            behaviours,
            plan,
            network,
            loads,
            classes,
            account,
            rules: rules.clone(),
            open: open.clone(),
            profile: profile.clone(),
            unwanted,
            unknowns,
        }
    }

    pub(super) fn entity(&mut self, name: &EntityName) -> EntityId {
        self.entities.push(name.clone());
        EntityId((self.entities.len() - 1) as u16)
    }

    /// What all functions without reservation share: the account's limit less all reservations of the topology, and
    /// never less than what AWS keeps back.
    fn unreserved(&self) -> u32 {
        let reserved: u64 = (0..self.topology.resources.len())
            .filter_map(|index| function_of(self.topology, ResourceId(index as u32)))
            //= function.provisioned_unreserved
            .map(Function::claimed)
            .fold(0, u64::saturating_add);
        let left = self.topology.account.concurrency.value.saturating_sub(reserved);
        (left as u32).max(self.limits.unreserved_minimum)
    }

    fn queue(&mut self, index: usize, unknowns: &mut Vec<UnknownValue>) -> QueueTable {
        let id = self.component.queues[index];
        let resource = self.topology.resource(id);
        let entity = self.entity(&resource.name);
        let queue = queue_of(self.topology, id).expect("components list only queues here");
        let mut open = Opener { name: &resource.name, unknowns };
        open.length("VisibilityTimeout", &queue.visibility_timeout, UnknownTarget::Visibility(index));
        open.length("MessageRetentionPeriod", &queue.message_retention, UnknownTarget::Retention(index));
        open.length("DelaySeconds", &queue.delay, UnknownTarget::Delay(index));
        if let Some(redrive) = &queue.redrive {
            let target = UnknownTarget::MaxReceiveCount(index);
            open.value("RedrivePolicy.maxReceiveCount", &redrive.max_receive_count, target, |count| *count);
        }
        if queue.kind == QueueKind::Fifo {
            open.fifo(&queue.fifo, index);
        }
        QueueTable {
            entity,
            visibility: queue.visibility_timeout.value,
            retention: queue.message_retention.value,
            delay: queue.delay.value,
            max_receive_count: queue.redrive.as_ref().map_or(u32::MAX, max_receive_count),
            dead_letter: self.dead_letter(queue.redrive.as_ref()),
            in_flight_limit: match queue.kind {
                QueueKind::Standard => self.limits.in_flight,
                QueueKind::Fifo => self.limits.fifo_in_flight,
            },
            fifo: self.fifo(queue),
            mappings: (0, 0),
            is_source: false,
            classes: (0, 1),
            push: None,
            log: None,
        }
    }

    fn fifo(&self, queue: &Queue) -> Option<FifoTable> {
        match queue.kind {
            QueueKind::Standard => None,
            QueueKind::Fifo => Some(FifoTable {
                deduplication_ids: if queue.fifo.content_based.value {
                    DeduplicationIds::BodyElseSender
                } else {
                    DeduplicationIds::Sender
                },
                scope: queue.fifo.scope.value,
                limit: queue.fifo.limit.value,
                ..self.limits.fifo
            }),
        }
    }

    /// Whether messages would be moved on for ever without ever being handed out: each queue on the way has a
    /// `maxReceiveCount` of 0, which AWS refuses, and the way is a circle. Such a policy is taken for none.
    fn never_leaves(&self, start: ResourceId) -> bool {
        let mut at = start;
        for _ in 0..self.component.queues.len() {
            let Some(redrive) = queue_of(self.topology, at).and_then(|queue| queue.redrive.as_ref()) else {
                return false;
            };
            match &redrive.target {
                RedriveTarget::Queue(next) if redrive.max_receive_count.value == 0 => at = *next,
                RedriveTarget::Queue(_) | RedriveTarget::Outside(_) | RedriveTarget::Missing(_) => {
                    return false;
                }
            }
        }
        true
    }

    fn dead_letter(&self, redrive: Option<&Redrive>) -> DeadLetter {
        match redrive.map(|redrive| &redrive.target) {
            None => DeadLetter::None,
            Some(RedriveTarget::Outside(_) | RedriveTarget::Missing(_)) => DeadLetter::Outside,
            Some(RedriveTarget::Queue(id)) if self.never_leaves(*id) => DeadLetter::None,
            Some(RedriveTarget::Queue(id)) => self
                .component
                .queues
                .iter()
                .position(|queue| queue == id)
                .map_or(DeadLetter::Outside, |index| DeadLetter::Queue(index as u16)),
        }
    }

    /// A pattern means the queues that get load anyhow; a queue that is named becomes a source whatever it is.
    fn stated_sources(
        &self,
        mut queues: Vec<QueueTable>,
        mut loads: Vec<Option<StatedLoad>>,
    ) -> (Vec<QueueTable>, Vec<Option<StatedLoad>>) {
        for (index, queue) in queues.iter_mut().enumerate() {
            let name = self.topology.resource(self.component.queues[index]).name.as_str();
            queue.is_source |= self.scenario.workloads.iter().any(|load| load.to == name);
            if !queue.is_source {
                loads[index] = None;
            }
        }
        (queues, loads)
    }

    fn functions(
        &mut self,
        profile: &Profile,
        classes: &[PayloadClass],
        mut emits: Vec<Vec<StatedEmission>>,
        unknowns: &mut Vec<UnknownValue>,
    ) -> (Vec<FunctionTable>, Vec<Behaviour>) {
        let count = self.component.functions.len();
        let one = |index: usize| {
            let id = self.component.functions[index];
            let name = self.topology.resource(id).name.clone();
            let (mut behaviour, preset) =
                Behaviour::of(&self.scenario.handlers, name.as_str(), classes, &self.limits.language);
            behaviour.emits = std::mem::take(&mut emits[index]);
            (self.function(index, preset, profile, unknowns), behaviour)
        };
        (0..count).map(one).unzip()
    }

    fn function(
        &mut self,
        index: usize,
        preset: Option<HandlerPreset>,
        profile: &Profile,
        unknowns: &mut Vec<UnknownValue>,
    ) -> FunctionTable {
        let id = self.component.functions[index];
        let resource = self.topology.resource(id);
        let entity = self.entity(&resource.name);
        let function = function_of(self.topology, id).expect("components list only functions here");
        let mut open = Opener { name: &resource.name, unknowns };
        open.length("Timeout", &function.timeout, UnknownTarget::Timeout(index));
        if let Some(reserved) = &function.reserved_concurrency {
            let target = UnknownTarget::Reserved(index);
            open.value("ReservedConcurrentExecutions", reserved, target, |count| *count);
        }
        FunctionTable {
            entity,
            runs: function.runs,
            timeout: function.timeout.value,
            memory: function.memory.value,
            reserved: match (function.runs, &function.reserved_concurrency) {
                (Runs::Pipe, _) => self.at_once(id),
                (Runs::Server, _) => u32::MAX - 1,
                (Runs::Code, Some(reserved)) => reserved.value as u32,
                (Runs::Code, None) => u32::MAX,
            },
            handler: preset.unwrap_or_else(|| self.usual_handler(id)),
            event_duration: profile.event_duration,
        }
    }

    /// How many batches a pipe runs at once: of a stream as many as it has lanes.
    fn at_once(&self, pipe: ResourceId) -> u32 {
        let mut polled = self.topology.links.iter().filter(|link| link.to == LinkEnd::Resource(pipe));
        match polled.find(|link| link.pipe() == Some(pipe)).map(|link| link.source.as_str()) {
            Some("sqs") => self.limits.pipe_batches,
            Some("msk" | "self_managed_kafka") => self.limits.pipe_partitions,
            Some(_) | None => u32::MAX - 1,
        }
    }

    /// The handler that suits the function's mappings; what a pipe calls need not tell it anything.
    fn usual_handler(&self, id: ResourceId) -> HandlerPreset {
        let is_own =
            |link: &crate::topology::Link| link.pipe().is_none_or(|pipe| link.to == LinkEnd::Resource(pipe));
        let reports = |link: &crate::topology::Link| {
            link.to == LinkEnd::Resource(id)
                && is_own(link)
                && matches!(&link.detail, LinkDetail::StreamPolling(mapping)
                    if mapping.response_type.value == ResponseType::BatchItemFailures)
        };
        if self.topology.links.iter().any(reports) {
            return HandlerPreset::StopsAndListsRest;
        }
        let links = self.component.links.iter().map(|link| &self.topology.links[*link]);
        let reported = links.filter(|link| {
            link.to == LinkEnd::Resource(id)
                && is_own(link)
                && matches!(&link.detail, LinkDetail::QueuePolling(mapping)
                    if mapping.response_type.value == ResponseType::BatchItemFailures)
        });
        let kinds = reported.filter_map(|link| self.topology.queue(&link.from)).map(|queue| queue.kind);
        match kinds.max() {
            Some(QueueKind::Fifo) => HandlerPreset::StopsAndListsRest,
            Some(QueueKind::Standard) => HandlerPreset::Partial,
            None => HandlerPreset::Throws,
        }
    }

    /// The mappings, sorted by queue, and the queues with their share of them.
    fn mappings(
        &mut self,
        mut queues: Vec<QueueTable>,
        profile: &Profile,
        unknowns: &mut Vec<UnknownValue>,
    ) -> (Vec<MappingTable>, Vec<QueueTable>) {
        let (topology, component) = (self.topology, self.component);
        let links = component.links.iter();
        let ends = links
            .filter_map(|link| Some((ends(topology, component, *link)?, topology.links[*link].permitted)));
        let mut ends: Vec<((usize, usize, &QueueMapping), Permitted)> = ends.collect();
        ends.sort_by_key(|((queue, _, _), _)| *queue);
        let mut tables = Vec::with_capacity(ends.len());
        for (index, ((queue, function, mapping), permitted)) in ends.into_iter().enumerate() {
            let share = &mut queues[queue].mappings;
            *share = if share.1 == 0 { (index as u16, 1) } else { (share.0, share.1 + 1) };
            let mut table = self.mapping(index, (queue, function), mapping, profile, unknowns);
            table.denied = permitted == Permitted::Denied;
            tables.push(table);
        }
        let fed = self.fed();
        let targets: Vec<DeadLetter> = queues.iter().map(|queue| queue.dead_letter).collect();
        for (index, queue) in queues.iter_mut().enumerate() {
            let is_fed = fed.contains(&component.queues[index]);
            queue.is_source =
                queue.is_polled() && !is_fed && !targets.contains(&DeadLetter::Queue(index as u16));
        }
        if queues.iter().all(|queue| !queue.is_source) {
            let reached = self.reached_from_channels();
            for (index, queue) in queues.iter_mut().enumerate() {
                queue.is_source = queue.is_polled() && !reached.contains(&component.queues[index]);
            }
        }
        (tables, queues)
    }

    /// What the load of channels comes to: by their ways, and by what functions send and hand on from there.
    fn reached_from_channels(&self) -> Vec<ResourceId> {
        let loaded = self.component.channels.iter().filter(|(channel, _)| self.is_loaded(channel));
        let ends = loaded.flat_map(|(_, ways)| ways).map(|way| match way.end {
            WayEnd::Queue(id) | WayEnd::Function(id) => id,
        });
        reached(self.topology, self.sends, ends.collect())
    }

    /// The queues that functions send to or that channels, destinations and dead letters of pushes lead to.
    fn fed(&self) -> Vec<ResourceId> {
        let sends = self.sends.iter().filter(|send| !send.closes);
        let mut fed: Vec<ResourceId> = sends.map(|send| send.target).collect();
        fed.extend(self.component.functions.iter().flat_map(|function| exits_of(self.topology, *function)));
        for way in self.component.channels.iter().flat_map(|(_, ways)| ways) {
            fed.extend(exits_on(self.topology, way));
            if let WayEnd::Queue(queue) = way.end {
                fed.push(queue);
            }
        }
        fed
    }

    fn provisioned(&self, pollers: &ProvisionedPollers) -> Provisioned {
        let (minimum, maximum) = (pollers.minimum.value as u32, pollers.maximum.value as u32);
        Provisioned { minimum, maximum, ..self.limits.provisioned }
    }

    /// What the mappings want, in the order of their tables.
    fn filters(&self) -> Vec<Vec<&Pattern>> {
        let mut ends: Vec<_> = self
            .component
            .links
            .iter()
            .filter_map(|link| ends(self.topology, self.component, *link))
            .collect();
        ends.sort_by_key(|(queue, _, _)| *queue);
        ends.into_iter().map(|(_, _, mapping)| mapping.wanted()).collect()
    }

    fn mapping(
        &mut self,
        index: usize,
        (queue, function): (usize, usize),
        mapping: &QueueMapping,
        profile: &Profile,
        unknowns: &mut Vec<UnknownValue>,
    ) -> MappingTable {
        let entity = self.entity(&mapping.name);
        let mut open = Opener { name: &mapping.name, unknowns };
        open.value("Enabled", &mapping.enabled, UnknownTarget::Enabled(index), |flag| u64::from(*flag));
        open.value("BatchSize", &mapping.batch_size, UnknownTarget::BatchSize(index), |count| *count);
        open.length("MaximumBatchingWindowInSeconds", &mapping.batching_window, UnknownTarget::Window(index));
        open.value(
            "FunctionResponseTypes",
            &mapping.response_type,
            UnknownTarget::ResponseType(index),
            |kind| *kind as u64,
        );
        if let Some(maximum) = &mapping.maximum_concurrency {
            let target = UnknownTarget::MaximumConcurrency(index);
            open.value("ScalingConfig.MaximumConcurrency", maximum, target, |count| *count);
        }
        if let Some(pollers) = &mapping.provisioned {
            open.pollers(pollers, index);
        }
        let per_message = (profile.body + envelope_size()).max(1);
        MappingTable {
            entity,
            queue: queue as u16,
            function: function as u16,
            enabled: mapping.enabled.value,
            denied: false,
            batch_size: (mapping.batch_size.value as u32).max(1),
            payload_items: ((self.limits.payload / per_message) as u32).max(1),
            window: mapping.batching_window.value,
            maximum_concurrency: mapping
                .maximum_concurrency
                .as_ref()
                .map_or(u32::MAX, |setting| setting.value as u32),
            provisioned: mapping.provisioned.as_ref().map(|pollers| self.provisioned(pollers)),
            response_type: mapping.response_type.value,
        }
    }
}

/// Values that AWS would refuse are none that an open setting has: a visibility timeout is never below the time-out of
/// a function that reads the queue. The ordinary value stays, whatever it is.
fn drop_refused(
    unknowns: &mut [UnknownValue],
    queues: &[QueueTable],
    mappings: &[MappingTable],
    functions: &[FunctionTable],
) {
    for unknown in unknowns {
        let UnknownTarget::Visibility(queue) = unknown.target else { continue };
        let timeouts = queues[queue]
            .consumers()
            .map(|mapping| functions[usize::from(mappings[mapping].function)].timeout);
        let least = timeouts.max().unwrap_or(Duration::ZERO).as_micros();
        let ordinary = unknown.values[0];
        unknown.values.retain(|value| *value >= least || *value == ordinary);
    }
}

/// A mapping with the positions of its queue and function in the component.
fn ends<'t>(
    topology: &'t Topology,
    component: &Component,
    link: usize,
) -> Option<(usize, usize, &'t QueueMapping)> {
    let link = &topology.links[link];
    let (LinkEnd::Resource(from), LinkEnd::Resource(to)) = (&link.from, &link.to) else { return None };
    let LinkDetail::QueuePolling(mapping) = &link.detail else { return None };
    let queue = component.queues.iter().position(|id| id == from)?;
    let function = component.functions.iter().position(|id| id == to)?;
    Some((queue, function, mapping))
}

fn max_receive_count(redrive: &Redrive) -> u32 {
    u32::try_from(redrive.max_receive_count.value).unwrap_or(u32::MAX - 1)
}

fn queue_of(topology: &Topology, id: ResourceId) -> Option<&Queue> {
    match &topology.resource(id).detail {
        ResourceDetail::Queue(queue) => Some(queue),
        ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => None,
    }
}

fn function_of(topology: &Topology, id: ResourceId) -> Option<&Function> {
    match &topology.resource(id).detail {
        ResourceDetail::Function(function) => Some(function),
        ResourceDetail::Queue(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => None,
    }
}

/// Turns settings that a template leaves open into choices.
pub(super) struct Opener<'a> {
    pub(super) name: &'a EntityName,
    pub(super) unknowns: &'a mut Vec<UnknownValue>,
}

impl Opener<'_> {
    pub(super) fn length(&mut self, property: &str, setting: &Setting<Duration>, target: UnknownTarget) {
        self.value(property, setting, target, |length| length.as_micros());
    }

    pub(super) fn value<T>(
        &mut self,
        property: &str,
        setting: &Setting<T>,
        target: UnknownTarget,
        plain: impl Fn(&T) -> u64,
    ) {
        let Some(unknown) = &setting.unknown else { return };
        let ordinary = plain(&setting.value);
        let others = unknown.alternatives.iter().map(plain).filter(|value| *value != ordinary);
        self.unknowns.push(UnknownValue {
            name: format!("{}.{property}", self.name),
            property: property.to_owned(),
            why: unknown.why.clone(),
            domain: Domain::of(property),
            entity: self.name.hash(),
            target,
            values: std::iter::once(ordinary).chain(others).collect(),
        });
    }
}
