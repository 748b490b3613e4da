//! Choice points: the names of decisions, and the mixer that turns a name and a seed's key into a draw.
//!
//! A name never contains an index into a run-time collection, so adding or removing something unrelated leaves every
//! other decision as it was.

use crate::kernel::Family;
use crate::vocabulary::NameHash;

/// What a decision is about: a fault family, or the rule that leaves something open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(pub u64);

impl Domain {
    /// The domain with this name, such as `poison` or `queue.receive_size`.
    pub fn of(name: &str) -> Self {
        Self(NameHash::of(name).0)
    }
}

/// The name of one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChoicePoint {
    /// The family that must be on for anything but the ordinary to be drawn.
    pub family: Family,
    /// What the decision is about.
    pub domain: Domain,
    /// The hash of the entity's name.
    pub entity: NameHash,
    /// The hash of the item's name, zero where the decision is about the entity as a whole.
    pub item: u64,
    /// Which of several equal decisions on the same item, from 0.
    pub ordinal: u32,
}

impl ChoicePoint {
    /// 64 bits that identify the point; independent of the seed.
    pub fn identity(&self) -> u64 {
        mix([FIRST, SECOND], self)
    }
}

/// The per-choice mixer: a pure function of a key and a point, golden-tested and never changed.
///
/// Two rounds of a 64 × 64 → 128 bit multiplication folded by exclusive or, after the manner of wyhash.
pub fn mix(key: [u64; 2], point: &ChoicePoint) -> u64 {
    let about = fold(point.domain.0 ^ key[0], point.entity.0 ^ FIRST);
    let which = fold(point.item ^ key[1], u64::from(point.ordinal) ^ SECOND);
    fold(about ^ THIRD, which ^ key[0].rotate_left(QUARTER_TURN))
}

const FIRST: u64 = 0x9E37_79B9_7F4A_7C15;
const SECOND: u64 = 0xD1B5_4A32_D192_ED03;
const THIRD: u64 = 0x8CB9_2BA7_2F3D_8DD7;
const QUARTER_TURN: u32 = 16;

fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    (product as u64) ^ ((product >> u64::BITS) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(ordinal: u32) -> ChoicePoint {
        ChoicePoint {
            family: Family::Poison,
            domain: Domain::of("poison"),
            entity: NameHash::of("Orders"),
            item: 7,
            ordinal,
        }
    }

    #[test]
    fn the_mixer_never_changes() {
        assert_eq!([mix([1, 2], &point(0)), mix([1, 2], &point(1)), point(0).identity()], GOLDEN);
    }

    const GOLDEN: [u64; 3] = [708_172_767_644_887_480, 15_881_434_672_568_581_251, 6_679_594_957_436_436_461];

    #[test]
    fn every_bit_of_a_draw_is_set_half_of_the_time() {
        let draws = 4_096;
        for bit in 0..u64::BITS {
            let set = (0..draws).filter(|ordinal| mix([3, 4], &point(*ordinal)) >> bit & 1 == 1).count();
            assert!((1_800..2_300).contains(&set), "bit {bit} is set in {set} of {draws}");
        }
    }
}
