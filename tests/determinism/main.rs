//! Determinism, in a binary of its own: a build that differs shows only if the pinned digests are checked there too, so
//! CI runs this one optimised as well, without the rest of the suite.

#[path = "../suite/networks.rs"]
#[expect(dead_code, reason = "the suite uses more of it")]
mod networks;
#[path = "../suite/pushed_networks.rs"]
#[expect(dead_code, reason = "the suite uses more of it")]
mod pushed_networks;
#[path = "../suite/read_networks.rs"]
mod read_networks;
mod runs;
#[path = "../suite/stated_draws.rs"]
mod stated_draws;
#[path = "../suite/support.rs"]
#[expect(dead_code, reason = "the suite uses more of it")]
mod support;
