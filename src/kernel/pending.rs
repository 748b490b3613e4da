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
//!
//! What is scheduled before the first pop, as a run's whole load is, waits in a line of its own, sorted once: the next of
//! the line and the earliest of the wheel are compared, and thousands of events far ahead are not handed down from level
//! to level.

use crate::vocabulary::Instant;

/// Who comes first among events that are due at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Turn {
    /// Before everything else.
    Before = 0,
    /// In the order of scheduling.
    First = 1,
    /// After all that.
    Later = 2,
    /// After everything else.
    Last = 3,
}

impl Turn {
    /// The turn in a key.
    const fn of(key: u64) -> Self {
        match key & ((1 << TURN_BITS) - 1) {
            0 => Self::Before,
            1 => Self::First,
            2 => Self::Later,
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

/// A key is a moment in microseconds with its turn in the lowest bits.
const TURN_BITS: u32 = 2;
/// The latest moment that can be told apart; some 146,000 years.
const LATEST: u64 = (u64::MAX >> TURN_BITS) - 1;
/// Above every key.
const NO_KEY: u64 = u64::MAX;

const DIGIT_BITS: u32 = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT_BITS) as usize;
const NOTHING: u32 = u32::MAX;
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
    /// The key of the last pop.
    now: u64,
    /// The key of the last pop from the wheel.
    base: u64,
    count: usize,
    levels: u32,
    occupied: [u64; LEVELS],
    slots: Box<[[Slot; SLOTS]; LEVELS]>,
    entries: Vec<Entry<T>>,
    free: u32,
    /// The earliest key of the wheel and its entry, where somebody has looked since the last pop from it.
    earliest: Option<(u64, u32)>,
    /// What was scheduled before the first pop, by key.
    line: Vec<(u64, T)>,
    /// How many of the line have come out.
    out: usize,
    has_begun: bool,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    head: u32,
    tail: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    key: u64,
    next: u32,
    event: T,
}

impl<T: Copy> PendingEvents<T> {
    /// An empty queue at the start of time.
    pub fn new() -> Self {
        let empty = Slot { head: NOTHING, tail: NOTHING };
        Self {
            now: 0,
            base: 0,
            count: 0,
            levels: 0,
            occupied: [0; LEVELS],
            slots: Box::new([[empty; SLOTS]; LEVELS]),
            entries: Vec::new(),
            free: NOTHING,
            earliest: None,
            line: Vec::new(),
            out: 0,
            has_begun: false,
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
        self.base = 0;
        self.count = 0;
        self.levels = 0;
        self.occupied = [0; LEVELS];
        self.entries.clear();
        self.free = NOTHING;
        self.earliest = None;
        self.line.clear();
        self.out = 0;
        self.has_begun = false;
    }

    /// Adds an event. One that would be due before the last pop is due now.
    #[inline]
    pub fn schedule(&mut self, due: Instant, event: T) {
        self.schedule_turn(due, Turn::First, event);
    }

    /// Adds an event that has a turn of its own among those of the same instant.
    #[inline]
    pub fn schedule_turn(&mut self, due: Instant, turn: Turn, event: T) {
        self.count += 1;
        let key = due.as_micros().min(LATEST) << TURN_BITS | turn as u64;
        if self.has_begun {
            self.add(key.max(self.now), event);
        } else {
            self.line.push((key, event));
        }
    }

    /// When the next event is due; the end of time where nothing is pending.
    #[inline]
    pub fn next_due(&mut self) -> Instant {
        let line = self.next_of_line();
        Instant::from_micros(self.earliest().0.min(line) >> TURN_BITS)
    }

    /// Takes the next event and moves the time to its due time.
    #[inline]
    pub fn pop(&mut self) -> Option<(Instant, T)> {
        let line = self.next_of_line();
        let (key, first) = self.earliest();
        if line <= key {
            return self.pop_line();
        }
        let level = self.levels.trailing_zeros() as usize;
        let slot = self.occupied[level].trailing_zeros() as usize;
        self.now = key;
        self.base = key;
        self.earliest = None;
        let Entry { next, event, .. } = self.entries[first as usize];
        if level == 0 && next != NOTHING {
            self.slots[0][slot].head = next;
        } else {
            self.vacate(level, slot);
            if level > 0 {
                self.spread(level, slot, first);
            }
        }
        self.entries[first as usize].next = self.free;
        self.free = first;
        self.count -= 1;
        Some((Instant::from_micros(key >> TURN_BITS), event))
    }

    /// Visits all pending events with their due times and turns. Those of the same due time and turn come in the order
    /// in which they are due, others in no particular order.
    pub fn each(&self, mut visit: impl FnMut(Instant, Turn, T)) {
        let mut tell = |key: u64, event| visit(Instant::from_micros(key >> TURN_BITS), Turn::of(key), event);
        self.line[self.out..].iter().for_each(|(key, event)| tell(*key, *event));
        for level in Ones(u64::from(self.levels)) {
            for slot in Ones(self.occupied[level]) {
                let mut index = self.slots[level][slot].head;
                while index != NOTHING {
                    let Entry { key, next, event } = self.entries[index as usize];
                    tell(key, event);
                    index = next;
                }
            }
        }
    }

    /// The key of the next of the line.
    #[inline]
    fn next_of_line(&mut self) -> u64 {
        if !self.has_begun {
            self.begin();
        }
        self.line.get(self.out).map_or(NO_KEY, |(key, _)| *key)
    }

    /// Those of equal keys stay in the order in which they were scheduled.
    fn begin(&mut self) {
        self.has_begun = true;
        self.line.sort_by_key(|(key, _)| *key);
    }

    #[inline]
    fn pop_line(&mut self) -> Option<(Instant, T)> {
        let (key, event) = *self.line.get(self.out)?;
        self.out += 1;
        self.now = key;
        self.count -= 1;
        Some((Instant::from_micros(key >> TURN_BITS), event))
    }

    /// The earliest of the wheel.
    #[inline]
    fn earliest(&mut self) -> (u64, u32) {
        if let Some(earliest) = self.earliest {
            return earliest;
        }
        if self.levels == 0 {
            return (NO_KEY, NOTHING);
        }
        let level = self.levels.trailing_zeros() as usize;
        let slot = self.occupied[level].trailing_zeros() as usize;
        let head = self.slots[level][slot].head;
        let Entry { key, next, .. } = self.entries[head as usize];
        let earliest = if level == 0 || next == NOTHING { (key, head) } else { self.earliest_of(key, head) };
        self.earliest = Some(earliest);
        earliest
    }

    /// The first of the entries of a list that have the lowest key.
    fn earliest_of(&self, key: u64, head: u32) -> (u64, u32) {
        let (mut lowest, mut index) = ((key, head), head);
        while index != NOTHING {
            let Entry { key, next, .. } = self.entries[index as usize];
            if key < lowest.0 {
                lowest = (key, index);
            }
            index = next;
        }
        lowest
    }

    /// Puts an event onto the wheel.
    #[inline]
    fn add(&mut self, key: u64, event: T) {
        let entry = Entry { key, next: NOTHING, event };
        let index = if self.free == NOTHING {
            self.entries.push(entry);
            (self.entries.len() - 1) as u32
        } else {
            let index = self.free;
            let place = &mut self.entries[index as usize];
            self.free = place.next;
            *place = entry;
            index
        };
        self.link(key, index);
        if let Some((earliest, _)) = self.earliest
            && key < earliest
        {
            self.earliest = Some((key, index));
        }
    }

    /// Puts an entry at the end of its slot's list.
    #[inline]
    fn link(&mut self, key: u64, index: u32) {
        let difference = key ^ self.base;
        let level = (u64::BITS - 1 - (difference | 1).leading_zeros()) / DIGIT_BITS;
        let slot = (key >> (level * DIGIT_BITS)) as usize % SLOTS;
        let level = level as usize;
        let list = &mut self.slots[level][slot];
        let occupied = &mut self.occupied[level];
        if *occupied & (1 << slot) == 0 {
            *occupied |= 1 << slot;
            self.levels |= 1 << level;
            *list = Slot { head: index, tail: index };
        } else {
            let tail = std::mem::replace(&mut list.tail, index);
            self.entries[tail as usize].next = index;
        }
    }

    /// Hands the entries of a slot but one down to lower levels.
    #[inline]
    fn spread(&mut self, level: usize, slot: usize, but: u32) {
        let mut index = self.slots[level][slot].head;
        while index != NOTHING {
            let entry = &mut self.entries[index as usize];
            let (key, next) = (entry.key, std::mem::replace(&mut entry.next, NOTHING));
            if index != but {
                self.link(key, index);
            }
            index = next;
        }
    }

    #[inline]
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
