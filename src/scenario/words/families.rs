//! Lists of fault families: `all`, `none`, names, `+name`, `-name`, and `name=1/10` with odds.

use crate::kernel::{Families, Family, Scope};
use crate::scenario::words::Unreadable;
use crate::scenario::words::fault::ratio;
use crate::vocabulary::{Ratio, did_you_mean};

/// What a list of families says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFamilies {
    /// The families that may be on.
    pub families: Families,
    /// The odds of those that state them.
    pub ratios: Vec<(Family, Ratio)>,
    /// What is wrong with the list: the item's position and why.
    pub problems: Vec<(usize, Unreadable)>,
}

/// Without any item the usual families, which are all but `destination-unavailable`; an item without sign starts from none. Load and open settings stay on unless they
/// are taken away by name.
///
/// ```
/// use redrive::kernel::Family;
/// use redrive::scenario::families;
/// let named = families(["poison=1/10", "outage"]);
/// assert!(named.families.has(Family::Outage) && !named.families.has(Family::Crash));
/// assert_eq!(named.ratios[0].0, Family::Poison);
/// ```
pub fn families<'a>(items: impl IntoIterator<Item = &'a str>) -> NamedFamilies {
    let items: Vec<&str> = items.into_iter().map(str::trim).collect();
    let is_signed = |word: &&str| word.starts_with(['+', '-']);
    let given: Families = Family::ALL.into_iter().filter(|family| family.scope() == Scope::Given).collect();
    let start = if items.iter().all(is_signed) { Families::USUAL } else { given };
    let mut named = NamedFamilies { families: start, ..NamedFamilies::default() };
    for (position, item) in items.into_iter().enumerate() {
        if let Err(problem) = named.add(item, given) {
            named.problems.push((position, problem));
        }
    }
    named
}

impl NamedFamilies {
    fn add(&mut self, item: &str, given: Families) -> Result<(), Unreadable> {
        let (word, removes) = match item.strip_prefix('-') {
            Some(word) => (word, true),
            None => (item.strip_prefix('+').unwrap_or(item), false),
        };
        match word {
            "all" => self.families = Families::EVERY,
            "none" => self.families = given,
            _ => {
                let (name, odds) =
                    word.split_once('=').map_or((word, None), |(name, odds)| (name.trim(), Some(odds)));
                let family = family(name)?;
                match (removes, odds) {
                    (true, None) => self.families = self.families.without(family),
                    (false, None) => self.families = self.families.with(family),
                    (true, Some(_)) => {
                        let help = format!("write `-{name}`, or `{name}` with its odds");
                        return Err(Unreadable::new(format!("`{item}` takes away and states odds"), help));
                    }
                    (false, Some(odds)) => {
                        self.families = self.families.with(family);
                        self.ratios.push((fault_family(family)?, ratio(odds)?));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The family with this name.
pub(in crate::scenario) fn family(name: &str) -> Result<Family, Unreadable> {
    Family::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Family::ALL.iter().map(|family| family.word()).collect();
        Unreadable::new(format!("there is no fault family `{name}`"), did_you_mean(name, &known))
    })
}

/// A family that has odds.
pub(in crate::scenario) fn fault_family(family: Family) -> Result<Family, Unreadable> {
    if family.scope() == Scope::Given {
        let help = "only faults have odds; the load says what it is by itself";
        return Err(Unreadable::new(format!("`{family}` is no fault"), help));
    }
    Ok(family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Families {
        let named = families(list.split(',').filter(|item| !item.is_empty()));
        assert_eq!(named.problems, []);
        named.families
    }

    #[test]
    fn signed_items_change_the_usual_set_and_plain_ones_replace_it() {
        assert_eq!(read(""), Families::USUAL);
        assert_eq!(read("all"), Families::EVERY);
        assert_eq!(read("-unspecified"), Families::USUAL.without(Family::Unspecified));
        assert!(read("poison").has(Family::Load) && !read("poison").has(Family::Outage));
        assert_eq!(read("none,+poison"), read("poison"));
    }

    #[test]
    fn every_wrong_item_is_told() {
        let named = families(["poisn", "slow=3/2", "-crash=1/2", "load=1/2"]);
        let said: Vec<&str> = named.problems.iter().map(|(_, problem)| problem.message.as_str()).collect();
        assert_eq!(
            said,
            [
                "there is no fault family `poisn`",
                "`3/2` is more than 1",
                "`-crash=1/2` takes away and states odds",
                "`load` is no fault",
            ]
        );
    }
}
