//! The states that an enumeration has been in: a plain hash table of fingerprints that only grows.

/// Fingerprints, each with how much was left to spend when its state was entered.
///
/// An entry is one word: 120 bits of the fingerprint above 8 bits of what was left, plus one, so that 0 is "empty".
#[derive(Clone, Debug, Default)]
pub(crate) struct Visited {
    slots: Vec<u128>,
    count: usize,
}

const LEFT_BITS: u32 = 8;
const SMALLEST: usize = 1 << 12;

impl Visited {
    /// How many states.
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    /// Forgets all of them; keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(0);
        self.count = 0;
    }

    /// Notes a state; tells whether it is new, or was entered before with less left to spend.
    pub(crate) fn enter(&mut self, fingerprint: u128, left: u8) -> bool {
        if self.count * 2 >= self.slots.len() {
            self.grow();
        }
        let own = left.saturating_add(1);
        let index = self.find(fingerprint);
        let before = self.slots[index] as u8;
        if before >= own {
            return false;
        }
        self.count += usize::from(before == 0);
        self.slots[index] = fingerprint >> LEFT_BITS << LEFT_BITS | u128::from(own);
        true
    }

    /// The slot of a fingerprint, or the empty one where it belongs.
    fn find(&self, fingerprint: u128) -> usize {
        let mask = self.slots.len() - 1;
        let mut index = (fingerprint >> u64::BITS) as usize & mask;
        while self.slots[index] != 0 && self.slots[index] >> LEFT_BITS != fingerprint >> LEFT_BITS {
            index = (index + 1) & mask;
        }
        index
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(SMALLEST);
        let before = std::mem::replace(&mut self.slots, vec![0; size]);
        for slot in before.into_iter().filter(|slot| *slot != 0) {
            let index = self.find(slot);
            self.slots[index] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_entered_again_only_with_more_to_spend() {
        let mut visited = Visited::default();
        assert!(visited.enter(1 << 100, 1));
        assert!(!visited.enter(1 << 100, 1) && !visited.enter(1 << 100, 0));
        assert!(visited.enter(1 << 100, 2), "more is possible from here than before");
        assert_eq!(visited.len(), 1);
    }

    #[test]
    fn nothing_is_forgotten_while_the_table_grows() {
        let mut visited = Visited::default();
        let states = (1..20_000_u128).map(|number| number * 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C834);
        assert!(states.clone().all(|state| visited.enter(state, 0)));
        assert!(states.clone().all(|state| !visited.enter(state, 0)));
        visited.clear();
        assert!(states.take(9).all(|state| visited.enter(state, 0)));
    }
}
