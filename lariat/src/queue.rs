//! A bounded queue from the connection's task to handles.
//!
//! Unlike a channel of the runtime it can forget its oldest entry when it is full, and it notices
//! when the last reader is gone.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// A queue: the end of the task, and the end of handles.
pub(crate) fn queue<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared { state: Mutex::new(State::new()), changed: Notify::new() });
    (Sender { shared: Arc::clone(&shared) }, Receiver { shared })
}

/// The task's end; dropping it ends the queue once its entries are read.
pub(crate) struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// The readers' end; dropping it forgets what is in the queue and whatever comes after.
pub(crate) struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Notify,
}

struct State<T> {
    entries: VecDeque<T>,
    lost: u64,
    ended: bool,
    abandoned: bool,
}

impl<T> State<T> {
    const fn new() -> Self {
        Self { entries: VecDeque::new(), lost: 0, ended: false, abandoned: false }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code that can panic runs under the lock, so a poisoned one is as good as new.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Sender<T> {
    /// Appends an entry; when there are more than `limit` then, the oldest is lost, and counted.
    pub(crate) fn push(&self, entry: T, limit: usize) {
        let mut state = self.shared.lock();
        let lost = if state.abandoned {
            Some(entry)
        } else {
            state.entries.push_back(entry);
            let full = state.entries.len() > limit;
            if full { state.entries.pop_front() } else { None }
        };
        state.lost = state.lost.saturating_add(u64::from(lost.is_some()));
        drop(state);
        // An entry may be a handle whose drop takes a lock of its own: never drop it under ours.
        drop(lost);
        self.shared.changed.notify_one();
    }

    /// Appends an entry in place of the last one that it replaces, if that was not read.
    pub(crate) fn push_latest(&self, entry: T, is_replaced: impl Fn(&T) -> bool) {
        let mut state = self.shared.lock();
        let replaced = state.entries.iter().rposition(is_replaced);
        let replaced = replaced.and_then(|index| state.entries.remove(index));
        drop(state);
        drop(replaced);
        self.push(entry, usize::MAX);
    }

    /// How many entries wait to be read.
    pub(crate) fn len(&self) -> usize {
        self.shared.lock().entries.len()
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_waiters();
    }
}

impl<T> Receiver<T> {
    /// The next entry; `None` when the queue has ended and is empty. Nothing is lost if the future
    /// is dropped.
    pub(crate) async fn pop(&self) -> Option<T> {
        loop {
            // Registered before the look, so that no entry can slip in between.
            let changed = self.shared.changed.notified();
            {
                let mut state = self.shared.lock();
                if let Some(entry) = state.entries.pop_front() {
                    if !state.entries.is_empty() {
                        // A single permit may stand for several entries: hand it on.
                        self.shared.changed.notify_one();
                    }
                    return Some(entry);
                }
                if state.ended {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// How many entries were lost because the queue was full.
    pub(crate) fn lost(&self) -> u64 {
        self.shared.lock().lost
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.abandoned = true;
        let entries = std::mem::take(&mut state.entries);
        drop(state);
        drop(entries);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({})", self.shared.lock().entries.len())
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({})", self.shared.lock().entries.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_past_the_limit_the_oldest_is_lost_and_counted() {
        let (sender, receiver) = queue();
        for number in 0..4 {
            sender.push(number, 3);
        }
        assert_eq!(receiver.lost(), 1);
        assert_eq!(receiver.pop().await, Some(1));
    }

    #[tokio::test]
    async fn what_was_pushed_before_the_end_is_still_read() {
        let (sender, receiver) = queue();
        sender.push('a', 3);
        drop(sender);
        assert_eq!(receiver.pop().await, Some('a'));
        assert_eq!(receiver.pop().await, None);
        assert_eq!(receiver.pop().await, None);
    }

    #[tokio::test]
    async fn every_waiting_reader_is_woken() {
        let (sender, receiver) = queue();
        let receiver = Arc::new(receiver);
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let receiver = Arc::clone(&receiver);
                tokio::spawn(async move { receiver.pop().await })
            })
            .collect();
        tokio::task::yield_now().await;
        sender.push(1, 9);
        sender.push(2, 9);
        drop(sender);
        let mut read = Vec::new();
        for reader in readers {
            read.push(reader.await.unwrap());
        }
        read.sort();
        assert_eq!(read, [None, Some(1), Some(2)]);
    }

    #[tokio::test]
    async fn the_latest_of_a_kind_takes_its_own_place_among_the_others() {
        let (sender, receiver) = queue();
        for number in [10, 1, 2, 11, 3] {
            sender.push_latest(number, |old| *old >= 10 && number >= 10);
        }
        assert_eq!(sender.len(), 4);
        for expected in [1, 2, 11, 3] {
            assert_eq!(receiver.pop().await, Some(expected));
        }
    }

    #[test]
    fn without_a_reader_entries_are_dropped_at_once() {
        let (sender, receiver) = queue();
        let entry = Arc::new(());
        sender.push(Arc::clone(&entry), 3);
        drop(receiver);
        assert_eq!(Arc::strong_count(&entry), 1);
        sender.push(Arc::clone(&entry), 3);
        assert_eq!(Arc::strong_count(&entry), 1);
    }
}
