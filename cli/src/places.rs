//! Places that are few, and divided fairly between those who want them.
//!
//! A newcomer takes a free place. If there is none, somebody who has not settled gives up theirs:
//! of the sources that hold more places than the newcomer's (or of the newcomer's own) the one
//! that holds most, and of its places the oldest. So nobody can keep others out by coming often:
//! who holds much loses first, and who settles (answers a connectivity check, say) keeps the place.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::source::Source;

/// How many places there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) total: usize,
    pub(crate) per_source: usize,
    /// Of `total`, for those who have not settled.
    pub(crate) unsettled: usize,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The newcomer's source has as many as it may have.
    Source,
    /// All places are taken, by those who have settled or who hold fewer than the newcomer.
    Everywhere,
}

/// Places, each with a `T` that is dropped when the place is lost.
#[derive(Debug)]
pub(crate) struct Places<T> {
    bounds: Bounds,
    book: Arc<Mutex<Book<T>>>,
}

#[derive(Debug)]
struct Book<T> {
    /// By order of arrival.
    held: BTreeMap<u64, Holder<T>>,
    /// How many places each source holds, of those that hold any.
    counts: BTreeMap<Source, usize>,
    unsettled: usize,
    /// Never used twice: a place that was lost must not free another one when it is dropped.
    next: u64,
}

#[derive(Debug)]
struct Holder<T> {
    source: Source,
    is_settled: bool,
    notice: T,
}

/// A place that is held until this is dropped.
#[derive(Debug)]
pub(crate) struct Place<T> {
    id: u64,
    book: Arc<Mutex<Book<T>>>,
}

impl<T> Places<T> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let book = Book { held: BTreeMap::new(), counts: BTreeMap::new(), unsettled: 0, next: 0 };
        Self { bounds, book: Arc::new(Mutex::new(book)) }
    }

    /// Takes a place for `source`. With it comes the `notice` of whoever lost it, if it was not
    /// free.
    pub(crate) fn take(&self, source: Source, notice: T) -> Result<(Place<T>, Option<T>), Full> {
        let mut book = lock(&self.book);
        let mine = book.count(source);
        let at_own_limit = mine >= self.bounds.per_source;
        let loser = if at_own_limit || book.is_full(self.bounds) {
            let full = if at_own_limit { Full::Source } else { Full::Everywhere };
            let id = book.loser(source, mine, at_own_limit).ok_or(full)?;
            book.remove(id)
        } else {
            None
        };
        let id = book.insert(source, notice);
        Ok((Place { id, book: Arc::clone(&self.book) }, loser))
    }
}

impl<T> Book<T> {
    fn count(&self, source: Source) -> usize {
        self.counts.get(&source).copied().unwrap_or(0)
    }

    fn insert(&mut self, source: Source, notice: T) -> u64 {
        let id = self.next;
        self.next += 1;
        self.held.insert(id, Holder { source, is_settled: false, notice });
        *self.counts.entry(source).or_insert(0) += 1;
        self.unsettled += 1;
        id
    }

    fn remove(&mut self, id: u64) -> Option<T> {
        let holder = self.held.remove(&id)?;
        self.unsettled -= usize::from(!holder.is_settled);
        match self.count(holder.source) {
            0 | 1 => drop(self.counts.remove(&holder.source)),
            count => drop(self.counts.insert(holder.source, count - 1)),
        }
        Some(holder.notice)
    }

    fn set_settled(&mut self, id: u64, is_settled: bool) {
        // It is not held any more if it was lost.
        let Some(holder) = self.held.get_mut(&id) else { return };
        self.unsettled -= usize::from(!holder.is_settled);
        self.unsettled += usize::from(!is_settled);
        holder.is_settled = is_settled;
    }

    fn is_full(&self, bounds: Bounds) -> bool {
        self.held.len() >= bounds.total || self.unsettled >= bounds.unsettled
    }

    /// Whose place somebody from `source`, who has `mine`, is given.
    fn loser(&self, source: Source, mine: usize, only_own: bool) -> Option<u64> {
        self.held
            .iter()
            .filter(|(_, holder)| !holder.is_settled)
            .map(|(id, holder)| (self.count(holder.source), Reverse(*id), holder.source))
            .filter(|(theirs, _, of)| *of == source || (!only_own && *theirs > mine))
            .max()
            .map(|(_, Reverse(id), _)| id)
    }
}

impl<T> Place<T> {
    /// From now on the place is not given to anybody else.
    pub(crate) fn settle(&self) {
        lock(&self.book).set_settled(self.id, true);
    }

    /// The place may be given to others again.
    pub(crate) fn unsettle(&self) {
        lock(&self.book).set_settled(self.id, false);
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        lock(&self.book).remove(self.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics under the lock, so a poisoned one is as good as new.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(total: usize, per_source: usize, unsettled: usize) -> Places<&'static str> {
        Places::new(Bounds { total, per_source, unsettled })
    }

    fn source(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    #[test]
    fn one_place_past_the_limit_replaces_the_oldest_of_whoever_holds_most() {
        let places = places(4, 3, 4);
        let mut kept = Vec::new();
        for (from, notice) in [(1, "1a"), (2, "2a"), (2, "2b"), (2, "2c")] {
            let (place, loser) = places.take(source(from), notice).unwrap();
            kept.push(place);
            assert_eq!(loser, None);
        }
        let (_third, loser) = places.take(source(3), "3a").unwrap();
        assert_eq!(loser, Some("2a"));
        // Dropping the place that was lost frees no other one.
        drop(kept.remove(1));
        assert_eq!(places.take(source(4), "4a").unwrap().1, Some("2b"));
    }

    #[test]
    fn who_has_settled_stays() {
        let places = places(2, 2, 2);
        let (first, _) = places.take(source(1), "1a").unwrap();
        let (second, _) = places.take(source(1), "1b").unwrap();
        first.settle();
        assert_eq!(places.take(source(2), "2a").unwrap().1, Some("1b"));
        drop(second);
        let (third, _) = places.take(source(3), "3a").unwrap();
        third.settle();
        assert_eq!(places.take(source(4), "4a").unwrap_err(), Full::Everywhere);
        third.unsettle();
        // One against none is more; the newcomer gets in.
        assert_eq!(places.take(source(4), "4a").unwrap().1, Some("3a"));
    }

    #[test]
    fn a_flood_of_one_source_takes_nothing_from_another() {
        let places = places(8, 4, 8);
        let (_quiet, _) = places.take(source(1), "quiet").unwrap();
        let mut flood = Vec::new();
        for _ in 0..100 {
            let (place, loser) = places.take(source(2), "flood").unwrap();
            flood.push(place);
            assert_ne!(loser, Some("quiet"));
        }
        flood.clear();
        let others: Vec<_> = (3..10).map(|n| places.take(source(n), "one").unwrap().0).collect();
        assert_eq!(others.len(), 7);
        // Everybody holds one: nobody has more than their part, and the next is refused only if
        // it would have two.
        assert_eq!(places.take(source(20), "new").unwrap().1, Some("quiet"));
        drop(others);
    }

    #[test]
    fn past_its_own_limit_a_source_replaces_only_its_own() {
        let places = places(8, 2, 8);
        let (one, _) = places.take(source(1), "1a").unwrap();
        let (_two, _) = places.take(source(1), "1b").unwrap();
        let (_other, _) = places.take(source(2), "2a").unwrap();
        assert_eq!(places.take(source(1), "1c").unwrap().1, Some("1a"));
        drop(one);
        let settled = |notice| {
            let (place, _) = places.take(source(3), notice).unwrap();
            place.settle();
            place
        };
        let _both = (settled("3a"), settled("3b"));
        assert_eq!(places.take(source(3), "3c").unwrap_err(), Full::Source);
    }

    #[test]
    fn the_book_is_empty_when_everybody_has_gone() {
        let places = places(3, 2, 2);
        let mut kept = Vec::new();
        for round in 0..50u8 {
            if let Ok((place, _)) = places.take(source(round % 5), "x") {
                match round % 3 {
                    0 => place.settle(),
                    1 => {
                        place.settle();
                        place.unsettle();
                    }
                    _ => place.unsettle(),
                }
                kept.push(place);
            }
            if round % 7 == 6 {
                kept.remove(0);
            }
        }
        assert!(kept.len() > 3, "some have lost theirs");
        drop(kept);
        let book = lock(&places.book);
        assert_eq!((book.held.len(), book.counts.len(), book.unsettled), (0, 0, 0));
    }

    #[test]
    fn those_who_have_not_settled_have_a_limit_of_their_own() {
        let places = places(8, 8, 2);
        let (_first, _) = places.take(source(1), "1a").unwrap();
        let (_second, _) = places.take(source(2), "2a").unwrap();
        let (third, loser) = places.take(source(3), "3a").unwrap();
        assert_eq!(loser, Some("1a"));
        third.settle();
        let (_fourth, loser) = places.take(source(4), "4a").unwrap();
        assert_eq!(loser, None);
        // It would have two, and the others who have not settled have one.
        assert_eq!(places.take(source(3), "3b").unwrap_err(), Full::Everywhere);
    }
}
