//! What handles tell the connection's task besides commands: each says what changed, so that the
//! task never has to search for it.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use lariat_peer::ChannelId;
use tokio::sync::Notify;

/// Something that changed at a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Nobody holds the channel any more.
    Dropped(ChannelId),
    /// The reader of a channel that was full has made room.
    Read(ChannelId),
}

/// The notices of one connection. A channel is in it at most twice: it is dropped once, and read
/// once per pause.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    waiting: Mutex<Vec<Notice>>,
    wake: Notify,
    /// The task has events that the application's queue had no room for.
    events_wait: AtomicBool,
    /// Bytes of messages that the application has not read, on all channels.
    unread: AtomicUsize,
}

impl Notices {
    pub(crate) fn tell(&self, notice: Notice) {
        // No code that can panic runs under the lock, so a poisoned one is as good as new.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
        self.wake.notify_one();
    }

    /// All notices so far.
    pub(crate) fn take(&self) -> Vec<Notice> {
        mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until there may be something new.
    pub(crate) async fn changed(&self) {
        self.wake.notified().await;
    }

    /// The application took an event out of its queue.
    pub(crate) fn event_taken(&self) {
        if self.events_wait.swap(false, Ordering::SeqCst) {
            self.wake.notify_one();
        }
    }

    /// Asks to be woken when the application takes an event. Whoever asks looks once more for room
    /// afterwards, which may have come to be in between.
    pub(crate) fn want_room_for_events(&self) {
        self.events_wait.store(true, Ordering::SeqCst);
    }

    pub(crate) fn unread(&self) -> usize {
        self.unread.load(Ordering::SeqCst)
    }

    pub(crate) fn add_unread(&self, bytes: usize) {
        self.unread.fetch_add(bytes, Ordering::SeqCst);
    }

    pub(crate) fn remove_unread(&self, bytes: usize) {
        self.unread.fetch_sub(bytes, Ordering::SeqCst);
    }
}
