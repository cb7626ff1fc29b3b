//! Messages about connection identifiers (RFC 9147 §9), and when they may be sent.

use alloc::vec::Vec;

use crate::connection_id::{ConnectionIdError, ConnectionIdUsage};
use crate::error::FailureReason;
use crate::handshake::HandshakeType;
use crate::limits;
use crate::message::{NewConnectionId, RequestConnectionId};
use crate::record::ConnectionIds;

/// What is on its way between the two sides.
///
/// rfc9147 §5.8.4, §9: of either message no second one is sent before the first is acknowledged,
/// and no second request before the first is answered.
#[derive(Debug, Default)]
pub(super) struct ConnectionIdMessages {
    /// Ours that waits to be sent.
    waiting: Option<NewConnectionId>,
    /// Whether ours is sent and not acknowledged.
    is_sent: bool,
    request: Request,
    /// How often the peer has asked since we gave it identifiers.
    asked: u8,
}

/// How far a request of ours has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Request {
    #[default]
    None,
    Waiting(u8),
    Unanswered,
}

impl ConnectionIdMessages {
    /// Gives the peer new identifiers, once nothing else is on its way.
    pub(super) fn issue(
        &mut self,
        new: NewConnectionId,
        ids: &mut ConnectionIds,
    ) -> Result<(), ConnectionIdError> {
        if self.waiting.is_some() || self.is_sent {
            return Err(ConnectionIdError::Outstanding);
        }
        ids.issue(&new)?;
        self.waiting = Some(new);
        self.asked = 0;
        Ok(())
    }

    /// Asks the peer for new identifiers, once nothing else is on its way.
    pub(super) fn request(
        &mut self,
        count: u8,
        ids: &ConnectionIds,
    ) -> Result<(), ConnectionIdError> {
        // rfc9147 §9: whoever sends none has no use for any.
        if ids.outbound().is_empty() {
            return Err(ConnectionIdError::NotNegotiated);
        }
        if self.request != Request::None {
            return Err(ConnectionIdError::Outstanding);
        }
        self.request = Request::Waiting(count);
        Ok(())
    }

    /// The next message to send.
    pub(super) fn next(&mut self) -> Option<(HandshakeType, Vec<u8>)> {
        let mut body = Vec::new();
        if let Some(new) = self.waiting.take() {
            self.is_sent = true;
            new.encode(&mut body);
            return Some((HandshakeType::NewConnectionId, body));
        }
        let Request::Waiting(count) = self.request else { return None };
        self.request = Request::Unanswered;
        RequestConnectionId { count }.encode(&mut body);
        Some((HandshakeType::RequestConnectionId, body))
    }

    /// The message that was sent last is acknowledged.
    pub(super) const fn acknowledged(&mut self) {
        self.is_sent = false;
    }

    /// The peer gives us identifiers, of which we take those no longer than `longest`.
    pub(super) fn given(
        &mut self,
        body: &[u8],
        ids: &mut ConnectionIds,
        longest: usize,
    ) -> Result<(), FailureReason> {
        // rfc9147 §9: not by a peer that wants none in our records.
        if ids.outbound().is_empty() {
            return Err(FailureReason::UnexpectedMessage);
        }
        let new = NewConnectionId::parse(body)?;
        if self.request == Request::Unanswered && new.usage == ConnectionIdUsage::Spare {
            self.request = Request::None;
        }
        ids.take_up(new, longest)
    }

    /// The peer asks for so many identifiers.
    pub(super) fn asked(&mut self, body: &[u8], ids: &ConnectionIds) -> Result<u8, FailureReason> {
        // rfc9147 §9: not by a peer whose records bear none.
        if ids.inbound().is_empty() {
            return Err(FailureReason::UnexpectedMessage);
        }
        let request = RequestConnectionId::parse(body)?;
        self.asked = self.asked.saturating_add(1);
        if self.asked > limits::CONNECTION_ID_REQUESTS {
            return Err(FailureReason::TooManyConnectionIdRequests);
        }
        Ok(request.count)
    }
}
