//! How much a channel may hold for an application that does not read it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use lariat_peer::ChannelId;

use crate::notices::{Notice, Notices};
use crate::{Message, limits};

/// What one channel has received and its application has not read.
///
/// A channel that holds its share is paused: its messages stay in the association, and nothing else
/// waits. Reading half of that resumes it. While all channels together hold
/// [`limits::RECEIVE_BUFFER`], a single message is a channel's share.
#[derive(Debug)]
pub(crate) struct ReceiveCredit {
    id: ChannelId,
    unread: AtomicUsize,
    /// The task waits for this channel to be read.
    paused: AtomicBool,
    notices: Arc<Notices>,
}

impl ReceiveCredit {
    pub(crate) fn new(id: ChannelId, notices: Arc<Notices>) -> Self {
        Self { id, unread: AtomicUsize::new(0), paused: AtomicBool::new(false), notices }
    }

    /// Whether the channel holds its share. Then the reader tells when it has made room.
    pub(crate) fn pause_if_full(&self) -> bool {
        let share = if self.is_connection_full() { 1 } else { limits::CHANNEL_RECEIVE_BUFFER };
        if self.unread.load(Ordering::SeqCst) < share {
            return false;
        }
        self.paused.store(true, Ordering::SeqCst);
        // It may have been read in between, by a reader that did not know it had to tell.
        !(self.has_room() && self.paused.swap(false, Ordering::SeqCst))
    }

    fn is_connection_full(&self) -> bool {
        self.notices.unread() >= limits::RECEIVE_BUFFER
    }

    fn has_room(&self) -> bool {
        let enough = if self.is_connection_full() { 0 } else { limits::CHANNEL_RECEIVE_BUFFER / 2 };
        self.unread.load(Ordering::SeqCst) <= enough
    }

    fn add(&self, bytes: usize) {
        self.unread.fetch_add(bytes, Ordering::SeqCst);
        self.notices.add_unread(bytes);
    }

    fn remove(&self, bytes: usize) {
        self.unread.fetch_sub(bytes, Ordering::SeqCst);
        self.notices.remove_unread(bytes);
        if self.paused.load(Ordering::SeqCst)
            && self.has_room()
            && self.paused.swap(false, Ordering::SeqCst)
        {
            self.notices.tell(Notice::Read(self.id));
        }
    }
}

/// A received message in its queue. Wherever it is dropped, it no longer counts as unread.
pub(crate) struct Received {
    message: Message,
    charge: Charge,
}

impl Received {
    pub(crate) fn new(message: Message, credit: &Arc<ReceiveCredit>) -> Self {
        let bytes = message.len().saturating_add(limits::MESSAGE_OVERHEAD);
        credit.add(bytes);
        Self { message, charge: Charge { bytes, credit: Arc::clone(credit) } }
    }

    pub(crate) fn into_message(self) -> Message {
        drop(self.charge);
        self.message
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({} bytes)", self.message.len())
    }
}

/// The bytes that a message is charged with.
struct Charge {
    bytes: usize,
    credit: Arc<ReceiveCredit>,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.credit.remove(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use lariat_peer::{ChannelConfig, Peer};

    use super::*;
    use crate::driver::tests::peer;

    fn id(peer: &mut Peer) -> ChannelId {
        peer.create_data_channel(lariat_base::Instant::ZERO, ChannelConfig::new("")).unwrap()
    }

    fn message(credit: &Arc<ReceiveCredit>, size: usize) -> Received {
        Received::new(Message::from(vec![0; size]), credit)
    }

    #[test]
    fn a_channel_that_holds_its_share_is_paused_until_half_of_it_is_read() {
        let notices = Arc::new(Notices::default());
        let id = id(&mut peer());
        let credit = Arc::new(ReceiveCredit::new(id, Arc::clone(&notices)));
        let third = limits::CHANNEL_RECEIVE_BUFFER / 3 + 1;
        let held = [(); 2].map(|()| message(&credit, third));
        assert!(!credit.pause_if_full());
        let last = message(&credit, third);
        assert!(credit.pause_if_full());
        drop(last);
        assert_eq!(notices.take(), []);
        drop(held);
        assert_eq!(notices.take(), [Notice::Read(id)]);
        assert_eq!(notices.unread(), 0);
    }

    #[test]
    fn while_the_connection_holds_its_share_one_message_is_a_channels_share() {
        let notices = Arc::new(Notices::default());
        let mut peer = peer();
        let full = Arc::new(ReceiveCredit::new(id(&mut peer), Arc::clone(&notices)));
        let all = message(&full, limits::RECEIVE_BUFFER);
        let other = Arc::new(ReceiveCredit::new(id(&mut peer), Arc::clone(&notices)));
        assert!(!other.pause_if_full());
        let one = message(&other, 0);
        assert!(other.pause_if_full());
        drop(one.into_message());
        assert_eq!(notices.take(), [Notice::Read(other.id)]);
        drop(all);
    }
}
