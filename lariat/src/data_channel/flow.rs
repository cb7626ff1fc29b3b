//! Back-pressure in both directions.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use crate::{Error, Message, limits};

/// The room of one channel for messages that were accepted and have not left: a semaphore that
/// counts bytes. It has no room before the channel is open, and is closed with it.
#[derive(Debug)]
pub(crate) struct Room {
    bytes: Semaphore,
    /// The longest message that the other side takes; `usize::MAX` until it is known.
    max_message_size: AtomicUsize,
    open: AtomicUsize,
}

impl Room {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: Semaphore::const_new(0),
            max_message_size: AtomicUsize::new(usize::MAX),
            open: AtomicUsize::new(0),
        }
    }

    /// The channel opened.
    pub(crate) fn open(&self, max_message_size: usize) {
        self.max_message_size.store(max_message_size, Ordering::Relaxed);
        // The permits are released after the stores above, so whoever gets one sees them.
        if self.open.swap(1, Ordering::AcqRel) == 0 {
            self.bytes.add_permits(limits::SEND_BUFFER);
        }
    }

    /// The channel closed, or will never open.
    pub(crate) fn close(&self) {
        self.bytes.close();
    }

    /// Gives back the room of bytes that have left.
    pub(crate) fn give_back(&self, room: usize) {
        self.bytes.add_permits(room);
    }

    pub(crate) async fn opened(&self) -> Result<(), Error> {
        if self.open.load(Ordering::Acquire) == 0 {
            drop(self.bytes.acquire().await.map_err(|_| Error::Closed)?);
        }
        if self.bytes.is_closed() { Err(Error::Closed) } else { Ok(()) }
    }

    pub(crate) async fn take(&self, size: usize) -> Result<SemaphorePermit<'_>, Error> {
        self.check(size)?;
        let permit = self.bytes.acquire_many(permits(size)).await.map_err(|_| Error::Closed)?;
        // Now that the channel is surely open, the limit is known.
        self.check(size)?;
        Ok(permit)
    }

    pub(crate) fn try_take(&self, size: usize) -> Result<SemaphorePermit<'_>, Error> {
        self.check(size)?;
        let permit = self.bytes.try_acquire_many(permits(size))?;
        self.check(size)?;
        Ok(permit)
    }

    fn check(&self, size: usize) -> Result<(), Error> {
        let max = self.max_message_size.load(Ordering::Relaxed);
        if size > max { Err(Error::TooLong { size, max }) } else { Ok(()) }
    }

    pub(crate) fn taken(&self) -> usize {
        if self.open.load(Ordering::Acquire) == 0 {
            return 0;
        }
        limits::SEND_BUFFER.saturating_sub(self.bytes.available_permits())
    }
}

/// The room that a message of `size` bytes takes: a message longer than the whole buffer has it to
/// itself.
pub(crate) const fn cost(size: usize) -> usize {
    let cost = size.saturating_add(limits::MESSAGE_OVERHEAD);
    if cost > limits::SEND_BUFFER { limits::SEND_BUFFER } else { cost }
}

fn permits(size: usize) -> u32 {
    u32::try_from(cost(size)).unwrap_or(u32::MAX)
}

/// What the task and all handles of a connection share: how much was received and not read, and how
/// to make the task look.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    unread: AtomicUsize,
    pub(crate) wake: Notify,
}

impl Flow {
    /// The bytes that the application has left unread.
    pub(crate) fn unread(&self) -> usize {
        self.unread.load(Ordering::Relaxed)
    }

    /// Whether the application has left so much unread that no more may be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.unread() >= limits::RECEIVE_BUFFER
    }
}

/// A received message in its queue. Wherever it is dropped, it no longer counts as unread.
pub(crate) struct Received {
    message: Message,
    credit: Credit,
}

impl Received {
    pub(crate) fn new(message: Message, flow: &Arc<Flow>) -> Self {
        let credit = Credit::new(message.len().saturating_add(limits::MESSAGE_OVERHEAD), flow);
        Self { message, credit }
    }

    pub(crate) fn into_message(self) -> Message {
        drop(self.credit);
        self.message
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({} bytes)", self.message.len())
    }
}

/// A number of unread bytes.
struct Credit {
    bytes: usize,
    flow: Arc<Flow>,
}

impl Credit {
    fn new(bytes: usize, flow: &Arc<Flow>) -> Self {
        flow.unread.fetch_add(bytes, Ordering::Relaxed);
        Self { bytes, flow: Arc::clone(flow) }
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        let before = self.flow.unread.fetch_sub(self.bytes, Ordering::Relaxed);
        if before >= limits::RECEIVE_BUFFER && !self.flow.is_full() {
            self.flow.wake.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_channel_that_is_not_open_has_no_room_and_a_closed_one_says_so() {
        let room = Room::new();
        assert!(matches!(room.try_take(1), Err(Error::WouldBlock)));
        room.open(100);
        room.try_take(1).unwrap().forget();
        assert_eq!(room.taken(), 1 + limits::MESSAGE_OVERHEAD);
        assert!(matches!(room.try_take(101), Err(Error::TooLong { size: 101, max: 100 })));
        room.close();
        assert!(matches!(room.take(1).await, Err(Error::Closed)));
        assert!(matches!(room.opened().await, Err(Error::Closed)));
    }

    #[tokio::test]
    async fn one_byte_past_the_buffer_waits_for_room() {
        let room = Room::new();
        room.open(usize::MAX);
        let all = limits::SEND_BUFFER - limits::MESSAGE_OVERHEAD;
        room.try_take(all).unwrap().forget();
        assert!(matches!(room.try_take(0), Err(Error::WouldBlock)));
        room.give_back(cost(all));
        room.take(usize::MAX).await.unwrap().forget();
        assert!(matches!(room.try_take(0), Err(Error::WouldBlock)));
    }

    #[test]
    fn unread_messages_fill_the_connection_until_they_are_dropped() {
        let flow = Arc::new(Flow::default());
        let message = Message::from(vec![0; limits::RECEIVE_BUFFER]);
        let received = Received::new(message, &flow);
        assert!(flow.is_full());
        drop(received.into_message());
        assert!(!flow.is_full());
    }
}
