//! How much a channel accepts that has not left yet.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Error, limits};

/// What one channel may accept before something of it has left: a semaphore that counts bytes.
/// There is none before the channel is open, and it is closed with the channel.
#[derive(Debug)]
pub(crate) struct SendCredit {
    bytes: Semaphore,
    /// The longest message that the other side takes; `usize::MAX` until it is known.
    max_message_size: AtomicUsize,
    open: AtomicUsize,
}

impl SendCredit {
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
    pub(crate) fn give_back(&self, bytes: usize) {
        self.bytes.add_permits(bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_channel_that_is_not_open_has_no_room_and_a_closed_one_says_so() {
        let credit = SendCredit::new();
        assert!(matches!(credit.try_take(1), Err(Error::WouldBlock)));
        credit.open(100);
        credit.try_take(1).unwrap().forget();
        assert_eq!(credit.taken(), 1 + limits::MESSAGE_OVERHEAD);
        assert!(matches!(credit.try_take(101), Err(Error::TooLong { size: 101, max: 100 })));
        credit.close();
        assert!(matches!(credit.take(1).await, Err(Error::Closed)));
        assert!(matches!(credit.opened().await, Err(Error::Closed)));
    }

    #[tokio::test]
    async fn one_byte_past_the_buffer_waits_for_room() {
        let credit = SendCredit::new();
        credit.open(usize::MAX);
        let all = limits::SEND_BUFFER - limits::MESSAGE_OVERHEAD;
        credit.try_take(all).unwrap().forget();
        assert!(matches!(credit.try_take(0), Err(Error::WouldBlock)));
        credit.give_back(cost(all));
        credit.take(usize::MAX).await.unwrap().forget();
        assert!(matches!(credit.try_take(0), Err(Error::WouldBlock)));
    }
}
