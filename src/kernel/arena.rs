//! Numbered things of a run that are looked up by their number, in memory for as long as anything can happen to them.
//!
//! A run that keeps everything has them one behind the other. A long run lets go of what is settled: its things lie on
//! pages, and a page whose things were all let go serves again for later numbers.

use std::ops::{Index, IndexMut};

/// What is read where something was let go or never was.
pub trait Vacant: 'static {
    /// It.
    const VACANT: &'static Self;
}

/// Things by number.
///
/// ```
/// use redrive::kernel::{Arena, Vacant};
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// struct Thing(u8);
/// impl Vacant for Thing {
///     const VACANT: &'static Self = &Thing(0);
/// }
/// let mut things = Arena::default();
/// things.let_go_from_now_on();
/// let first = things.push(Thing(7));
/// assert_eq!(things[first], Thing(7));
/// assert_eq!(things.get(first + 1), None);
/// ```
#[derive(Clone, Debug)]
pub struct Arena<T> {
    /// All of them by number, where nothing is let go.
    all: Vec<T>,
    /// Otherwise those that are left.
    pages: Vec<Page<T>>,
    /// The memory of pages that were let go.
    spare: Vec<Vec<T>>,
    /// How many numbers are taken.
    length: usize,
    lets_go: bool,
}

#[derive(Clone, Debug)]
struct Page<T> {
    /// Empty before the first of them is there and after the last one was let go.
    things: Vec<T>,
    /// How many were let go.
    gone: usize,
}

/// So many things share a page: one that stays keeps so many others in memory. Our own choice.
const PAGE: usize = 256;

impl<T: Copy + Vacant> Arena<T> {
    /// Forgets everything and keeps the memory; from now on it keeps everything.
    pub fn clear(&mut self) {
        self.all.clear();
        for page in self.pages.drain(..).filter(|page| !page.things.is_empty()) {
            self.spare.push(page.things);
        }
        self.length = 0;
        self.lets_go = false;
    }

    /// From now on what is settled is let go; asked for before anything is there.
    pub fn let_go_from_now_on(&mut self) {
        assert!(self.length == 0, "what is there already is kept");
        self.lets_go = true;
    }

    /// Whether what is settled is let go.
    pub const fn is_letting_go(&self) -> bool {
        self.lets_go
    }

    /// How many numbers are taken.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether no number is taken.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a thing and returns its number.
    #[inline]
    pub fn push(&mut self, thing: T) -> usize {
        let number = self.length;
        self.length += 1;
        if self.lets_go {
            self[number] = thing;
        } else {
            self.all.push(thing);
        }
        number
    }

    /// Takes the next `count` numbers for things that come later and returns the first one.
    pub fn reserve(&mut self, count: usize) -> usize {
        let first = self.length;
        self.length += count;
        if !self.lets_go {
            self.all.resize(self.length, *T::VACANT);
        }
        first
    }

    /// Makes sure that a number is taken.
    #[inline]
    pub fn reach(&mut self, number: usize) {
        if self.lets_go {
            self.length = self.length.max(number + 1);
            return;
        }
        while self.all.len() <= number {
            self.all.push(*T::VACANT);
        }
        self.length = self.all.len();
    }

    /// Puts a thing where its number says, and takes that number.
    #[inline]
    pub fn put(&mut self, number: usize, thing: T) {
        if !self.lets_go && number == self.all.len() {
            self.all.push(thing);
            self.length = self.all.len();
        } else {
            self.reach(number);
            self[number] = thing;
        }
    }

    /// A thing, if its number is taken; the vacant one where it was let go.
    #[inline]
    pub fn get(&self, number: usize) -> Option<&T> {
        if self.lets_go {
            return (number < self.length).then(|| &self[number]);
        }
        self.all.get(number)
    }

    /// Lets go of a thing to which nothing happens any more; whoever asks for it later is shown the vacant one. Each is let
    /// go of once at most. Does nothing where everything is kept.
    #[inline]
    pub fn let_go(&mut self, number: usize) {
        self.leave_page(number / PAGE, 1);
    }

    /// Lets go of several things, as [`Arena::let_go`] does of one; those of one page at once where they come together.
    pub fn let_go_each(&mut self, numbers: impl Iterator<Item = usize>) {
        if !self.lets_go {
            return;
        }
        let (mut index, mut count) = (0, 0);
        for number in numbers {
            if number / PAGE != index {
                self.leave_page(index, count);
                (index, count) = (number / PAGE, 0);
            }
            count += 1;
        }
        self.leave_page(index, count);
    }

    /// So many things of a page were let go.
    fn leave_page(&mut self, index: usize, count: usize) {
        let Some(page) = self.pages.get_mut(index).filter(|_| count > 0) else { return };
        page.gone += count;
        if page.gone == PAGE {
            self.spare.push(std::mem::take(&mut page.things));
        }
    }

    /// Whether a thing is still there.
    pub fn is_kept(&self, number: usize) -> bool {
        let is_there = |page: &Page<T>| !page.things.is_empty();
        number < self.length && (!self.lets_go || self.pages.get(number / PAGE).is_some_and(is_there))
    }

    /// All that are there, with their numbers, in their order.
    pub fn each(&self) -> impl Iterator<Item = (usize, &T)> + '_ {
        let paged = self.pages.iter().enumerate().flat_map(|(index, page)| {
            page.things.iter().enumerate().map(move |(place, thing)| (index * PAGE + place, thing))
        });
        self.all.iter().enumerate().chain(paged).filter(|(number, _)| *number < self.length)
    }

    /// A thing that is on a page.
    #[inline]
    fn paged(&self, number: usize) -> Option<&T> {
        self.pages.get(number / PAGE)?.things.get(number % PAGE)
    }

    /// Cold, and with all its checks in it, so that runs that keep everything pay no more than for a plain list.
    #[cold]
    #[inline(never)]
    fn vacant(&self, number: usize) -> &T {
        assert!(number < self.length, "its number is taken");
        T::VACANT
    }

    /// The page of a number, made ready where none of its things is there yet.
    #[cold]
    #[inline(never)]
    fn page_of(&mut self, number: usize) -> &mut Page<T> {
        assert!(number < self.length, "its number is taken");
        let index = number / PAGE;
        if self.pages.len() <= index {
            self.pages.resize_with(index + 1, || Page { things: Vec::new(), gone: 0 });
        }
        let page = &mut self.pages[index];
        if page.things.is_empty() {
            assert!(page.gone < PAGE, "nothing happens to what was let go");
            page.things = self.spare.pop().unwrap_or_default();
            page.things.clear();
            page.things.resize(PAGE, *T::VACANT);
        }
        page
    }
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { all: Vec::new(), pages: Vec::new(), spare: Vec::new(), length: 0, lets_go: false }
    }
}

impl<T: Copy + Vacant> Index<usize> for Arena<T> {
    type Output = T;

    #[inline]
    fn index(&self, number: usize) -> &T {
        if let Some(thing) = self.all.get(number) {
            return thing;
        }
        match self.paged(number) {
            Some(thing) => thing,
            None => self.vacant(number),
        }
    }
}

impl<T: Copy + Vacant> IndexMut<usize> for Arena<T> {
    #[inline]
    fn index_mut(&mut self, number: usize) -> &mut T {
        if number < self.all.len() {
            return &mut self.all[number];
        }
        let is_there = self.pages.get(number / PAGE).is_some_and(|page| !page.things.is_empty());
        if is_there {
            return &mut self.pages[number / PAGE].things[number % PAGE];
        }
        &mut self.page_of(number).things[number % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Thing(usize);

    impl Vacant for Thing {
        const VACANT: &'static Self = &Self(usize::MAX);
    }

    fn filled(lets_go: bool) -> Arena<Thing> {
        let mut arena = Arena::default();
        if lets_go {
            arena.let_go_from_now_on();
        }
        (0..4 * PAGE).for_each(|number| assert_eq!(arena.push(Thing(number)), number));
        arena
    }

    #[test]
    fn what_is_let_go_is_vacant_and_its_memory_serves_again() {
        let mut arena = filled(true);
        (0..PAGE - 1).for_each(|number| arena.let_go(number));
        assert_eq!(arena[0], Thing(0), "its page is in use");
        arena.let_go(PAGE - 1);
        assert!(!arena.is_kept(0) && arena.is_kept(PAGE));
        assert_eq!((arena[0], arena[PAGE]), (*Thing::VACANT, Thing(PAGE)));
        let memory = arena.spare[0].as_ptr();
        arena.push(Thing(1));
        assert_eq!(arena.pages[4].things.as_ptr(), memory);
        let left: Vec<usize> = arena.each().map(|(number, _)| number).collect();
        assert_eq!(left, (PAGE..=4 * PAGE).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_let_go_stays_the_same_either_way() {
        let (all, mut some) = (filled(false), filled(true));
        (0..PAGE).for_each(|number| some.let_go(number));
        (PAGE..4 * PAGE).for_each(|number| assert_eq!(all[number], some[number]));
        assert_eq!(all.get(4 * PAGE), None);
        assert_eq!(some.get(4 * PAGE), None);
    }

    #[test]
    fn numbers_are_taken_before_what_has_them_comes() {
        let mut arena: Arena<Thing> = Arena::default();
        arena.let_go_from_now_on();
        assert_eq!((arena.reserve(3 * PAGE), arena.push(Thing(1))), (0, 3 * PAGE));
        arena[2] = Thing(5);
        assert_eq!((arena[1], arena[2], arena[3 * PAGE]), (*Thing::VACANT, Thing(5), Thing(1)));
        arena.clear();
        assert_eq!((arena.len(), arena.push(Thing(9)), arena[0]), (0, 0, Thing(9)));
    }
}
