//! The queue of pending events.
//!
//! **Tie rule:** events come out by due time; events due at the same instant come out by their turn, and those of the
//! same turn in the order in which they were scheduled. An event that is scheduled for a turn of this instant that is
//! over comes last among those of the turn that is on. Scheduling or not scheduling an unrelated event therefore never
//! changes the order of the others.
//!
//! An exact radix wheel over integer microseconds and turns: 64 slots a level, an event sits on the level of the
//! highest six-bit digit in which its due time differs from the time of the last pop. All events of one due time and
//! turn always share a slot, and slots are first-in-first-out lists, which is what makes the tie rule exact.

use crate::vocabulary::Instant;

/// Who comes first among events that are due at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Turn {
    /// In the order of scheduling.
    First = 0,
    /// After all that.
    Later = 1,
    /// After everything else.
    Last = 2,
}

impl Turn {
    /// The turn in the lowest bits of a due time.
    const fn of(due: u64) -> Self {
        match due & ((1 << TURN_BITS) - 1) {
            0 => Self::First,
            1 => Self::Later,
            _ => Self::Last,
        }
    }
}

/// The positions of the bits that are set, lowest first.
struct Ones(u64);

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let lowest = (self.0 != 0).then(|| self.0.trailing_zeros() as usize);
        self.0 &= self.0.wrapping_sub(1);
        lowest
    }
}

/// A due time is a moment in microseconds with its turn in the lowest bits.
const TURN_BITS: u32 = 2;
/// The latest moment that can be told apart; some 146,000 years.
const LATEST: u64 = u64::MAX >> TURN_BITS;

const DIGIT_BITS: u32 = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT_BITS) as usize;
const NOTHING: u32 = u32::MAX;
/// Below every due time but the very first, whose look costs no more than a comparison.
const UNKNOWN: u64 = 0;

/// Events in the order of their due times.
///
/// ```
/// use redrive::kernel::PendingEvents;
/// use redrive::vocabulary::{Duration, Instant};
/// let mut pending = PendingEvents::new();
/// let at = |seconds| Instant::START + Duration::from_secs(seconds);
/// pending.schedule(at(9), "last");
/// pending.schedule(at(3), "first");
/// pending.schedule(at(3), "second");
/// let order: Vec<_> = std::iter::from_fn(|| pending.pop()).map(|(_, event)| event).collect();
/// assert_eq!(order, ["first", "second", "last"]);
/// ```
#[derive(Clone, Debug)]
pub struct PendingEvents<T> {
    now: u64,
    count: usize,
    levels: u32,
    occupied: [u64; LEVELS],
    slots: Box<[[Slot; SLOTS]; LEVELS]>,
    entries: Vec<Entry<T>>,
    free: u32,
    /// No event is due before this; [`UNKNOWN`] where nobody has looked since the last pop.
    earliest: u64,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    head: u32,
    tail: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    due: u64,
    next: u32,
    event: T,
}

impl<T: Copy> PendingEvents<T> {
    /// An empty queue at the start of time.
    pub fn new() -> Self {
        let empty = Slot { head: NOTHING, tail: NOTHING };
        Self {
            now: 0,
            count: 0,
            levels: 0,
            occupied: [0; LEVELS],
            slots: Box::new([[empty; SLOTS]; LEVELS]),
            entries: Vec::new(),
            free: NOTHING,
            earliest: UNKNOWN,
        }
    }

    /// How many events are pending.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether nothing is pending.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets everything and returns to the start of time; keeps its memory.
    pub fn clear(&mut self) {
        self.now = 0;
        self.count = 0;
        self.levels = 0;
        self.occupied = [0; LEVELS];
        self.entries.clear();
        self.free = NOTHING;
        self.earliest = UNKNOWN;
    }

    /// Adds an event. One that would be due before the last pop is due now.
    #[inline]
    pub fn schedule(&mut self, due: Instant, event: T) {
        self.schedule_turn(due, Turn::First, event);
    }

    /// Adds an event that has a turn of its own among those of the same instant.
    #[inline]
    pub fn schedule_turn(&mut self, due: Instant, turn: Turn, event: T) {
        let due = (due.as_micros().min(LATEST) << TURN_BITS | turn as u64).max(self.now);
        let index = self.store(Entry { due, next: NOTHING, event });
        self.append(due, index);
        self.count += 1;
        // What is unknown is below every time and stays so.
        self.earliest = self.earliest.min(due);
    }

    /// When the next event is due; the end of time where nothing is pending.
    #[inline]
    pub fn next_due(&mut self) -> Instant {
        if self.earliest == UNKNOWN {
            self.earliest = self.look_ahead();
        }
        Instant::from_micros(self.earliest >> TURN_BITS)
    }

    /// The earliest of the slot that holds the next event.
    fn look_ahead(&self) -> u64 {
        if self.levels == 0 {
            return u64::MAX;
        }
        let level = self.levels.trailing_zeros() as usize;
        let slot = self.occupied[level].trailing_zeros() as usize;
        let head = self.slots[level][slot].head;
        if level == 0 {
            self.entries[head as usize].due
        } else {
            self.entries[self.earliest(head) as usize].due
        }
    }

    /// Takes the next event and moves the time to its due time.
    #[inline]
    pub fn pop(&mut self) -> Option<(Instant, T)> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        let slot = self.occupied[level].trailing_zeros() as usize;
        let head = if level == 0 { self.unlink_head(slot) } else { self.spread(level, slot) };
        let Entry { due, event, .. } = self.entries[head as usize];
        self.entries[head as usize].next = self.free;
        self.free = head;
        self.count -= 1;
        self.earliest = UNKNOWN;
        Some((Instant::from_micros(due >> TURN_BITS), event))
    }

    /// Visits all pending events with their due times and turns. Those of the same due time and turn come in the order
    /// in which they are due, others in no particular order.
    pub fn each(&self, mut visit: impl FnMut(Instant, Turn, T)) {
        for level in Ones(u64::from(self.levels)) {
            for slot in Ones(self.occupied[level]) {
                let mut index = self.slots[level][slot].head;
                while index != NOTHING {
                    let Entry { due, next, event } = self.entries[index as usize];
                    visit(Instant::from_micros(due >> TURN_BITS), Turn::of(due), event);
                    index = next;
                }
            }
        }
    }

    fn store(&mut self, entry: Entry<T>) -> u32 {
        if self.free == NOTHING {
            self.entries.push(entry);
            return (self.entries.len() - 1) as u32;
        }
        let index = self.free;
        self.free = self.entries[index as usize].next;
        self.entries[index as usize] = entry;
        index
    }

    /// Puts an entry at the end of its slot's list.
    fn append(&mut self, due: u64, index: u32) {
        let difference = due ^ self.now;
        let level = (u64::BITS - 1 - (difference | 1).leading_zeros()) / DIGIT_BITS;
        let slot = (due >> (level * DIGIT_BITS)) as usize % SLOTS;
        let level = level as usize;
        if self.occupied[level] & (1 << slot) == 0 {
            self.occupied[level] |= 1 << slot;
            self.levels |= 1 << level;
            self.slots[level][slot] = Slot { head: index, tail: index };
        } else {
            let tail = self.slots[level][slot].tail;
            self.entries[tail as usize].next = index;
            self.slots[level][slot].tail = index;
        }
    }

    /// Takes the first entry of a slot of the lowest level, whose entries are all due at the same instant.
    fn unlink_head(&mut self, slot: usize) -> u32 {
        let head = self.slots[0][slot].head;
        let entry = &self.entries[head as usize];
        self.now = entry.due;
        if entry.next == NOTHING {
            self.vacate(0, slot);
        } else {
            self.slots[0][slot].head = entry.next;
        }
        head
    }

    /// Moves the time to the earliest entry of a slot, takes that entry, and spreads the rest over lower levels.
    fn spread(&mut self, level: usize, slot: usize) -> u32 {
        let head = self.slots[level][slot].head;
        self.vacate(level, slot);
        let Entry { due, next, .. } = self.entries[head as usize];
        if next == NOTHING {
            self.now = due;
            return head;
        }
        let first = self.earliest(head);
        self.now = self.entries[first as usize].due;
        let mut index = head;
        while index != NOTHING {
            let Entry { due, next, .. } = self.entries[index as usize];
            if index != first {
                self.entries[index as usize].next = NOTHING;
                self.append(due, index);
            }
            index = next;
        }
        first
    }

    fn earliest(&self, head: u32) -> u32 {
        let (mut first, mut index) = (head, self.entries[head as usize].next);
        while index != NOTHING {
            let entry = &self.entries[index as usize];
            if entry.due < self.entries[first as usize].due {
                first = index;
            }
            index = entry.next;
        }
        first
    }

    fn vacate(&mut self, level: usize, slot: usize) {
        self.occupied[level] &= !(1 << slot);
        if self.occupied[level] == 0 {
            self.levels &= !(1 << level);
        }
    }
}

impl<T: Copy> Default for PendingEvents<T> {
    fn default() -> Self {
        Self::new()
    }
}
