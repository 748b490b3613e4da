//! Small systems built in code, and runs of them.

use redrive::models::Models;
use redrive::program::{Program, compile};
use redrive::scenario::Scenario;
use redrive::topology::{
    Account, DeduplicationScope, FifoSettings, Function, InvocationModel, InvokeConfig, Link, LinkDetail,
    LinkEnd, Origin, Permitted, ProvisionedConcurrency, PublishedVersion, Queue, QueueKind, QueueMapping,
    RecursiveLoop, Redrive, RedriveAllow, RedriveTarget, Resource, ResourceDetail, ResourceId, ResponseType,
    Runs, Setting, ThroughputLimit, Topology, Words,
};
use redrive::vocabulary::{Bytes, Duration, EntityKind, EntityName};

/// The settings of one queue → function → dead-letter queue system, with defaults that hold.
#[derive(Clone, Debug)]
pub(crate) struct System {
    /// Prefix of all names.
    pub(crate) name: String,
    pub(crate) kind: QueueKind,
    pub(crate) visibility: u64,
    pub(crate) retention: u64,
    pub(crate) delay: u64,
    pub(crate) max_receive_count: Option<u64>,
    pub(crate) dead_letter_retention: u64,
    pub(crate) batch_size: u64,
    pub(crate) window: u64,
    pub(crate) maximum_concurrency: Option<u64>,
    pub(crate) response_type: ResponseType,
    pub(crate) enabled: bool,
    pub(crate) timeout: u64,
    pub(crate) reserved: Option<u64>,
}

impl System {
    /// Wired as it should be.
    pub(crate) fn sound() -> Self {
        Self {
            name: "Orders".to_owned(),
            kind: QueueKind::Standard,
            visibility: 180,
            retention: 345_600,
            delay: 0,
            max_receive_count: Some(5),
            dead_letter_retention: 1_209_600,
            batch_size: 1,
            window: 0,
            maximum_concurrency: Some(10),
            response_type: ResponseType::WholeBatch,
            enabled: true,
            timeout: 30,
            reserved: Some(10),
        }
    }

    /// The same with FIFO queues.
    pub(crate) fn fifo() -> Self {
        Self { kind: QueueKind::Fifo, ..Self::sound() }
    }

    /// This system alone.
    pub(crate) fn topology(&self) -> Topology {
        topology(std::slice::from_ref(self))
    }

    /// The one program of this system alone.
    pub(crate) fn program(&self) -> Program {
        let mut programs = programs(&self.topology());
        assert_eq!(programs.len(), 1, "one queue makes one program");
        programs.remove(0)
    }
}

/// Several systems side by side.
pub(crate) fn topology(systems: &[System]) -> Topology {
    let account = Account { concurrency: given(1_000), homes: std::collections::BTreeMap::new() };
    let mut topology = Topology {
        inputs: vec!["test".to_owned()],
        resources: Vec::new(),
        links: Vec::new(),
        machines: Vec::new(),
        archives: Vec::new(),
        schedules: std::collections::BTreeMap::new(),
        roles: std::collections::BTreeMap::new(),
        generated: std::collections::BTreeSet::new(),
        rights: Vec::new(),
        unmodelled: Vec::new(),
        nicknames: std::collections::BTreeMap::new(),
        physical_names: std::collections::BTreeMap::new(),
        account,
    };
    for system in systems {
        add(&mut topology, system);
    }
    topology
}

/// The programs of a topology.
pub(crate) fn programs(topology: &Topology) -> Vec<Program> {
    let models = Models::embedded().expect("the embedded models load");
    compile(topology, &models, &Scenario::default()).expect("the embedded models are complete")
}

fn add(topology: &mut Topology, system: &System) {
    let first = topology.resources.len() as u32;
    let (queue, dead_letters, function) = (ResourceId(first), ResourceId(first + 1), ResourceId(first + 2));
    let redrive = system.max_receive_count.map(|count| Redrive {
        max_receive_count: given(count),
        target: RedriveTarget::Queue(dead_letters),
        place: None,
    });
    let source = queue_of(system.kind, system.visibility, system.retention, system.delay, redrive);
    let target = queue_of(system.kind, 30, system.dead_letter_retention, 0, None);
    let names = [system.name.clone(), format!("{}Dlq", system.name), format!("Handle{}", system.name)];
    push(topology, EntityKind::Queue, &names[0], "AWS::SQS::Queue", ResourceDetail::Queue(source));
    push(topology, EntityKind::Queue, &names[1], "AWS::SQS::Queue", ResourceDetail::Queue(target));
    let detail = ResourceDetail::Function(Function {
        timeout: seconds(system.timeout),
        memory: given(128),
        storage: None,
        reserved_concurrency: system.reserved.map(given),
        ..plain_function()
    });
    push(topology, EntityKind::Function, &names[2], "AWS::Lambda::Function", detail);
    topology.links.push(Link {
        from: LinkEnd::Resource(queue),
        to: LinkEnd::Resource(function),
        model: InvocationModel::QueuePoll,
        source: "sqs".to_owned(),
        place: None,
        permitted: Permitted::Unknown,
        detail: LinkDetail::QueuePolling(QueueMapping {
            name: EntityName::new(EntityKind::Mapping, &format!("{}->{}", names[0], names[2])),
            qualifier: None,
            pipe: None,
            enabled: given(system.enabled),
            batch_size: given(system.batch_size),
            batching_window: seconds(system.window),
            maximum_concurrency: system.maximum_concurrency.map(given),
            provisioned: None,
            response_type: given(system.response_type),
            filters: Vec::new(),
            foreign: Vec::new(),
        }),
    });
}

fn push(topology: &mut Topology, kind: EntityKind, name: &str, type_name: &str, detail: ResourceDetail) {
    let name = EntityName::new(kind, name);
    let logical_id = name.as_str().to_owned();
    topology.resources.push(Resource {
        name,
        logical_id,
        type_name: type_name.to_owned(),
        place: None,
        detail,
    });
}

/// The settings that a queue of a kind has by default.
pub(crate) fn fifo_settings(kind: QueueKind) -> FifoSettings {
    FifoSettings {
        flag: given(kind == QueueKind::Fifo),
        queue_name: None,
        content_based: given(false),
        scope: given(DeduplicationScope::Queue),
        limit: given(ThroughputLimit::PerQueue),
        foreign: Vec::new(),
    }
}

fn queue_of(kind: QueueKind, visibility: u64, retention: u64, delay: u64, redrive: Option<Redrive>) -> Queue {
    Queue {
        kind,
        visibility_timeout: seconds(visibility),
        message_retention: seconds(retention),
        delay: seconds(delay),
        maximum_message_size: given(Bytes(1_048_576)),
        receive_wait: seconds(0),
        redrive,
        redrive_allow: RedriveAllow::All,
        fifo: fifo_settings(kind),
    }
}

pub(crate) fn given<T>(value: T) -> Setting<T> {
    Setting::known(value, Origin::CommandLine)
}

fn seconds(count: u64) -> Setting<Duration> {
    given(Duration::from_secs(count))
}

/// A search over one system with everything on.
pub(crate) fn search(system: &System) -> redrive::explore::Checked {
    search_with(system, &Scenario::default(), &options())
}

/// A search with options.
pub(crate) fn search_with(
    system: &System,
    scenario: &Scenario,
    options: &redrive::explore::CheckOptions,
) -> redrive::explore::Checked {
    let models = Models::embedded().expect("the embedded models load");
    redrive::explore::check(&system.topology(), &models, scenario, options, &mut |_| {})
        .expect("the embedded models are complete")
}

/// Everything on, as many seeds as it takes.
pub(crate) fn options() -> redrive::explore::CheckOptions {
    redrive::explore::CheckOptions {
        seeds: None,
        first_seed: 0,
        families: redrive::kernel::Families::EVERY,
        guarantees: redrive::guarantee::GuaranteeSet::EVERY,
        threads: 2,
        exhaustive: None,
        input_options: Vec::new(),
    }
}

/// The verdict on a guarantee at a system's only polled queue.
pub(crate) fn verdict(
    checked: &redrive::explore::Checked,
    guarantee: redrive::guarantee::GuaranteeName,
) -> &redrive::explore::Verdict {
    let verdicts = &checked.parts[0].verdicts;
    verdicts.iter().find(|verdict| verdict.guarantee == guarantee).expect("every guarantee has a verdict")
}

/// A function with the settings that a bare template gives it.
pub(crate) fn plain_function() -> Function {
    Function {
        runs: Runs::Code,
        timeout: seconds(3),
        memory: given(128),
        storage: None,
        reserved_concurrency: None,
        provisioned: Vec::new(),
        dead_letter: None,
        words: Words::CloudFormation,
        invoke_default: InvokeConfig {
            qualifier: InvokeConfig::LATEST.to_owned(),
            attempts: given(2),
            age: seconds(21_600),
            on_success: None,
            on_failure: None,
            place: None,
        },
        invoke_configs: Vec::new(),
        recursive_loop: given(RecursiveLoop::Terminate),
        log_groups: Vec::new(),
    }
}

/// The alias that something may be provisioned for.
pub(crate) const ALIAS: &str = "live";

/// So many environments for that alias.
pub(crate) fn provisioned(size: u64) -> ProvisionedConcurrency {
    ProvisionedConcurrency {
        name: EntityName::new(EntityKind::Other, "Live"),
        qualifiers: vec![ALIAS.to_owned()],
        executions: given(size),
        version: PublishedVersion::Published,
    }
}
