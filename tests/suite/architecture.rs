//! The architecture as tests: floors, sizes, numbers, and rules that are implemented and tested.

mod coverage;
mod floors;
mod house;
mod literals;
mod sizes;
mod source;

/// Fails with every problem at once.
fn assert_none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
}
