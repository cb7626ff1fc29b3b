//! First hellos that come in several datagrams.
//!
//! A hello with a key of X25519MLKEM768 is longer than a datagram, and none of its parts can be
//! answered alone: the cookie must hold the hash of the whole (RFC 9147 §5.1). So parts are kept,
//! in a place that is the same for all clients and of a fixed size. Whoever floods it pushes out
//! what came before; a genuine client's parts come right behind each other and need it for that
//! moment only.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::hello::Arrival;
use crate::handshake::Partial;
use crate::limits;

/// The parts of hellos, the oldest hello first.
#[derive(Debug, Default)]
pub(super) struct Pieces(VecDeque<Hello>);

/// What there is of a client's hello.
#[derive(Debug)]
struct Hello {
    address: Vec<u8>,
    message_seq: u16,
    message: Partial,
    /// How many bytes of datagrams came for it.
    received: usize,
}

/// A hello that is complete.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) body: Vec<u8>,
    /// How many bytes of datagrams it came in.
    pub(super) received: usize,
}

impl Pieces {
    /// Adds a part that came in a datagram of so many bytes. Gives back the hello if that was the
    /// last one that was missing.
    ///
    /// A client has one hello at a time: of two parts that do not belong together the newer counts.
    pub(super) fn add(
        &mut self,
        address: &[u8],
        arrival: &Arrival<'_>,
        datagram_len: usize,
    ) -> Option<Whole> {
        let known = self.0.iter().position(|hello| hello.address == address);
        let mut hello = known.and_then(|index| self.0.remove(index));
        let is_more = hello.as_mut().is_some_and(|hello| {
            hello.message_seq == arrival.message_seq && hello.message.add(&arrival.fragment)
        });
        let mut hello = hello.filter(|_| is_more).unwrap_or_else(|| {
            let mut message = Partial::of_plaintext(&arrival.fragment);
            message.add(&arrival.fragment);
            let address = address.to_vec();
            Hello { address, message_seq: arrival.message_seq, message, received: 0 }
        });
        hello.received = hello.received.saturating_add(datagram_len);
        if hello.message.is_complete() {
            return Some(Whole { body: hello.message.into_body(), received: hello.received });
        }
        if self.0.len() >= limits::GATE_HELLOS {
            self.0.pop_front();
        }
        self.0.push_back(hello);
        None
    }
}
