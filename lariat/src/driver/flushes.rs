//! Those who wait until what was accepted has arrived.

use lariat_peer::{ChannelId, Peer, SentMark};

use super::channels::Channels;
use crate::Error;
use crate::command::Reply;

/// One who waits. First the bytes that were accepted have to be sent, and then all that was sent up
/// to then has to be acknowledged.
#[derive(Debug)]
struct Flush {
    /// Channels that have something to send yet, and up to which byte.
    unsent: Vec<(ChannelId, u64)>,
    /// What was sent when the last of it was.
    mark: SentMark,
    reply: Reply<()>,
}

/// All who wait.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    waiting: Vec<Flush>,
}

impl Flushes {
    /// Waits for one channel or for all.
    pub(super) fn add(
        &mut self,
        peer: &mut Peer,
        channels: &Channels,
        only: Option<ChannelId>,
        reply: Reply<()>,
    ) {
        let unsent = channels.unsent(peer, only);
        self.waiting.push(Flush { unsent, mark: peer.sent_mark(), reply });
        self.answer(peer, channels);
    }

    /// Answers those who need not wait any longer, whose channel is gone, or who have gone.
    pub(super) fn answer(&mut self, peer: &mut Peer, channels: &Channels) {
        let mut index = 0;
        while let Some(flush) = self.waiting.get_mut(index) {
            match flush.progress(peer, channels) {
                None if !flush.reply.is_closed() => index += 1,
                result => {
                    let flush = self.waiting.swap_remove(index);
                    // Whoever has gone is not told.
                    drop(flush.reply.send(result.unwrap_or(Err(Error::Closed))));
                }
            }
        }
    }
}

impl Flush {
    fn progress(&mut self, peer: &mut Peer, channels: &Channels) -> Option<Result<(), Error>> {
        while let Some((id, end)) = self.unsent.last() {
            // A channel that is closed delivers nothing any more.
            let Some(sent) = channels.sent_bytes(peer, *id) else {
                return Some(Err(Error::Closed));
            };
            if sent < *end {
                return None;
            }
            self.unsent.pop();
            self.mark = peer.sent_mark();
        }
        peer.is_acknowledged(self.mark).then_some(Ok(()))
    }
}
