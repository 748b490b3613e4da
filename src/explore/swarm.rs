//! Which families are on in a seed, and how strongly: drawn from the seed itself, so that a seed is a whole run.

use crate::kernel::{ChoicePoint, Chooser, FAMILY_COUNT, Families, Family, Intensities, Menu, Scope, Seeded};
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
    draw(program, &mut everything(seed), allowed)
}

/// The chooser of a seed with what it draws of the allowed families.
pub(crate) fn seeded(program: &Program, seed: u64, allowed: Families) -> Seeded {
    let mut chooser = everything(seed);
    let swarm = draw(program, &mut chooser, allowed);
    chooser.with(swarm.families, swarm.intensities);
    chooser
}

/// The chooser of a seed with all families on.
fn everything(seed: u64) -> Seeded {
    Seeded::new(seed, Families::EVERY, [Ratio::ONE; FAMILY_COUNT])
}

fn draw(program: &Program, chooser: &mut Seeded, allowed: Families) -> Swarm {
    let (profile, names) = (&program.profile, &program.profile.draws);
    let mut draw = |entity: NameHash, family: Family, menu: Menu| {
        let item = profile.fault(family).domain.0;
        let point = ChoicePoint { family: Family::Load, domain: names.swarm, entity, item, ordinal: 0 };
        chooser.choose(&point, menu)
    };
    let quiet = draw(names.without_platform, Family::Load, Menu::Hit(profile.without_platform)) == 1;
    let mut families = Families::ALWAYS;
    let mut intensities = [Ratio::ONE; FAMILY_COUNT];
    for family in Family::ALL {
        let odds = &profile.fault(family).intensities;
        let choice = draw(names.intensity, family, Menu::OneOf(odds.len() as u32));
        intensities[family as usize] = odds[choice as usize];
        let silenced = quiet && family.scope() == Scope::Platform;
        let drawn = draw(names.on, family, Menu::Hit(profile.family_share)) == 1 && !silenced;
        if drawn || profile.always.has(family) {
            families = families.with(family);
        }
    }
    Swarm { families: families.intersection(allowed.union(Families::ALWAYS)), intensities }
}
