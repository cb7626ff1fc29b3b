//! From the peer to the socket.

use lariat_base::{Instant, Transmit};
use lariat_peer::{Peer, SelectedPair};

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
            // rfc7675 §5.1: what has waited for the socket may not outlive consent either.
            let blocked = self.blocked.take().filter(|_| !peer.is_without_consent(now));
            let transmit = match blocked {
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
            if let Some(size) = socket.take_too_long() {
                let pair = SelectedPair { local: transmit.local, remote: transmit.remote };
                peer.datagram_too_long(now, pair, size);
            }
        }
        Flushed::More
    }
}
