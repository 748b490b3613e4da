//! The chooser of a search: every choice is a pure function of the seed and the point's name.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::kernel::{ChoicePoint, Chooser, FAMILY_COUNT, Families, Family, Menu, mix};
use crate::vocabulary::Ratio;

/// The odds of one hit, by family.
pub type Intensities = [Ratio; FAMILY_COUNT];

/// Chooses by seed.
#[derive(Clone, Debug)]
pub struct Seeded {
    key: [u64; 2],
    families: Families,
    intensities: Intensities,
}

impl Seeded {
    /// The chooser of `seed`; only points of `families` can be anything but ordinary.
    pub fn new(seed: u64, families: Families, intensities: Intensities) -> Self {
        Self { key: key_of(seed), families, intensities }
    }

    /// The same chooser with other families and odds; all choices keep their names and draws.
    pub fn with(&mut self, families: Families, intensities: Intensities) {
        self.families = families;
        self.intensities = intensities;
    }
}

/// The key of a seed's choices.
fn key_of(seed: u64) -> [u64; 2] {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    [generator.next_u64(), generator.next_u64()]
}

impl Chooser for Seeded {
    #[inline]
    fn choose(&mut self, point: &ChoicePoint, menu: Menu) -> u64 {
        if self.families.has(point.family) { menu.select(mix(self.key, point)) } else { menu.ordinary() }
    }

    fn rank(&self, point: &ChoicePoint) -> u64 {
        mix(self.key, point)
    }

    #[inline]
    fn active(&self, family: Family) -> bool {
        self.families.has(family)
    }

    fn intensity(&self, family: Family) -> Ratio {
        self.intensities[family as usize]
    }

    #[inline]
    fn takes_stated(&self) -> bool {
        self.families.has(Family::Load)
    }
}
