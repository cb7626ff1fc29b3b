//! From the peer to the socket.

use lariat_base::{Instant, Transmit};
use lariat_peer::Peer;

use crate::limits;
use crate::socket::{Sent, Socket};

/// How far a flush got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// The peer has nothing more to send.
    All,
    /// There is more, and it is somebody else's turn.
    More,
    /// The socket takes no more for now.
    Blocked,
}

/// The buffer that datagrams are built in, and the run that the socket did not take.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    buffer: Vec<u8>,
    blocked: Option<Transmit>,
}

impl Outbox {
    pub(crate) fn flush(&mut self, now: Instant, peer: &mut Peer, socket: &mut Socket) -> Flushed {
        for _ in 0..limits::TRANSMITS_PER_TURN {
            let transmit = match self.blocked.take() {
                Some(transmit) => transmit,
                None => {
                    self.buffer.clear();
                    match peer.poll_transmit(now, socket.max_datagrams(), &mut self.buffer) {
                        Some(transmit) => transmit,
                        None => return Flushed::All,
                    }
                }
            };
            if socket.send(&transmit, &self.buffer) == Sent::Blocked {
                self.blocked = Some(transmit);
                return Flushed::Blocked;
            }
        }
        Flushed::More
    }
}
