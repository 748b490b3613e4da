//! Snapshots of a user's own crate: the macros expand there, so that insta writes them there.

/// `insta::assert_snapshot!` of a run's timeline. The crate that uses it depends on insta.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let run = Check::new(&system)
///     .workload(Workload::to("OrdersQueue").events(1).at_once())
///     .faults(Faults::none())
///     .run_seed(0);
/// # if false {
/// redrive::assert_timeline_snapshot!("one_order", run);
/// # }
/// ```
#[macro_export]
macro_rules! assert_timeline_snapshot {
    ($run:expr $(,)?) => {
        ::insta::assert_snapshot!($run.timeline())
    };
    ($name:expr, $run:expr $(,)?) => {
        ::insta::assert_snapshot!($name, $run.timeline())
    };
}

/// `insta::assert_snapshot!` of the verdicts of a check. The crate that uses it depends on insta.
#[macro_export]
macro_rules! assert_verdicts_snapshot {
    ($outcome:expr $(,)?) => {
        ::insta::assert_snapshot!($outcome.verdicts())
    };
    ($name:expr, $outcome:expr $(,)?) => {
        ::insta::assert_snapshot!($name, $outcome.verdicts())
    };
}

/// `insta::assert_snapshot!` of what was understood of a system. The crate that uses it depends on insta.
#[macro_export]
macro_rules! assert_topology_snapshot {
    ($system:expr $(,)?) => {
        ::insta::assert_snapshot!($system.render())
    };
    ($name:expr, $system:expr $(,)?) => {
        ::insta::assert_snapshot!($name, $system.render())
    };
}
