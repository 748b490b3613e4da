//! Which families are on in a seed, and how strongly: drawn from the seed itself, so that a seed is a whole run.

use crate::kernel::{ChoicePoint, Chooser, Domain, FAMILY_COUNT, Families, Family, Intensities, Menu, Scope, Seeded};
use crate::program::Program;
use crate::vocabulary::{NameHash, Ratio};

/// What a seed draws of the families that are allowed.
#[derive(Clone, Copy, Debug)]
pub struct Swarm {
    /// The families that are on.
    pub families: Families,
    /// The odds of one hit of each.
    pub intensities: Intensities,
}

/// The swarm of a seed among `allowed` families. Load is always on.
///
/// Allowing or forbidding a family changes nothing about the others.
pub fn swarm(program: &Program, seed: u64, allowed: Families) -> Swarm {
    let profile = &program.profile;
    let mut chooser = Seeded::new(seed, Families::EVERY, [Ratio::ONE; FAMILY_COUNT]);
    let mut draw = |what: &str, family: Family, menu: Menu| {
        let entity = NameHash::of(what);
        let domain = Domain::of(SWARM);
        let item = NameHash::of(family.word()).0;
        chooser.choose(&ChoicePoint { family: Family::Load, domain, entity, item, ordinal: 0 }, menu)
    };
    let quiet = draw("without-platform", Family::Load, Menu::Hit(profile.without_platform)) == 1;
    let mut families = Families::NONE.with(Family::Load);
    let mut intensities = [Ratio::ONE; FAMILY_COUNT];
    for family in Family::ALL {
        let odds = &profile.fault(family).intensities;
        let choice = draw("intensity", family, Menu::OneOf(odds.len() as u32));
        intensities[family as usize] = odds[choice as usize];
        let silenced = quiet && family.scope() == Scope::Platform;
        if draw("on", family, Menu::Hit(profile.family_share)) == 1 && !silenced {
            families = families.with(family);
        }
    }
    Swarm { families: families.intersection(allowed.with(Family::Load)), intensities }
}

const SWARM: &str = "swarm";
