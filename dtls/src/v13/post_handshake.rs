//! Messages after the handshake (RFC 8446 §4.6, RFC 9147 §8 and §9).
//!
//! ```text
//! ours                                           the peer's
//! [KeyUpdate] in epoch n      ------------------>  takes records of epoch n + 1 from now on
//!                             <------------------  [ACK]
//! sends in epoch n + 1
//! ```

use alloc::vec::Vec;

use lariat_crypto::Provider;

use super::connection_id_messages::ConnectionIdMessages;
use super::key_schedule::ApplicationSecrets;
use crate::connection_id::ConnectionIdError;
use crate::error::{ExportError, FailureReason};
use crate::event::Role;
use crate::handshake::{Flight, HandshakeType, Message, Outbox, Reassembly};
use crate::message::{KeyUpdate, NewConnectionId};
use crate::record::{Epoch, RecordLayer};

/// What is left of the handshake's machinery, and the secrets that renew themselves.
#[derive(Debug)]
pub(crate) struct PostHandshake {
    role: Role,
    secrets: ApplicationSecrets,
    /// The handshake's own: messages go on being counted.
    pub(crate) reassembly: Reassembly,
    outbox: Outbox,
    inbound: Epoch,
    /// Whether a KeyUpdate of ours is not acknowledged.
    is_updating: bool,
    connection_ids: ConnectionIdMessages,
}

/// What a message of the peer asks of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerWants {
    Nothing,
    /// That we renew our keys, too.
    KeyUpdate,
    /// So many connection identifiers.
    ConnectionIds(u8),
}

impl PostHandshake {
    pub(crate) fn new(
        role: Role,
        secrets: ApplicationSecrets,
        reassembly: Reassembly,
        outbox: Outbox,
    ) -> Self {
        let inbound = Epoch::APPLICATION;
        let connection_ids = ConnectionIdMessages::default();
        Self { role, secrets, reassembly, outbox, inbound, is_updating: false, connection_ids }
    }

    /// The newest epoch of the peer.
    pub(crate) const fn inbound_epoch(&self) -> Epoch {
        self.inbound
    }

    /// Whether a KeyUpdate of ours is not acknowledged.
    pub(crate) const fn is_updating(&self) -> bool {
        self.is_updating
    }

    /// Takes a message, and says what the peer wants of us. Connection identifiers that are longer
    /// than `longest_id` are not taken.
    pub(crate) fn handle(
        &mut self,
        message: &Message,
        provider: &dyn Provider,
        records: &mut RecordLayer,
        longest_id: usize,
    ) -> Result<PeerWants, FailureReason> {
        match (message.handshake_type, self.role) {
            (HandshakeType::KeyUpdate, _) => {
                let update = KeyUpdate::parse(&message.body)?;
                let next = self.inbound.next().ok_or(FailureReason::SequenceExhausted)?;
                let protection = self.secrets.advance(provider, self.role.peer())?;
                records.install_inbound(next, protection);
                self.inbound = next;
                Ok(if update.request_update { PeerWants::KeyUpdate } else { PeerWants::Nothing })
            }
            (HandshakeType::NewConnectionId, _) => {
                self.connection_ids.given(&message.body, &mut records.cids, longest_id)?;
                Ok(PeerWants::Nothing)
            }
            (HandshakeType::RequestConnectionId, _) => {
                let count = self.connection_ids.asked(&message.body, &records.cids)?;
                Ok(PeerWants::ConnectionIds(count))
            }
            // Nothing is ever resumed, so a ticket is of no use.
            (HandshakeType::NewSessionTicket, Role::Client) => Ok(PeerWants::Nothing),
            _ => Err(FailureReason::UnexpectedMessage),
        }
    }

    /// The flight that renews our keys.
    ///
    /// rfc9147 §5.8.4: none while an earlier one is not acknowledged.
    pub(crate) fn update(
        &mut self,
        request_update: bool,
        records: &RecordLayer,
    ) -> Result<Option<Flight>, FailureReason> {
        if self.is_updating {
            return Ok(None);
        }
        self.is_updating = true;
        let mut body = Vec::new();
        KeyUpdate { request_update }.encode(&mut body);
        self.outbox.send_after(records.current_epoch(), HandshakeType::KeyUpdate, body)?;
        Ok(self.outbox.take())
    }

    /// Gives the peer new connection identifiers.
    pub(crate) fn issue_connection_ids(
        &mut self,
        new: NewConnectionId,
        records: &mut RecordLayer,
    ) -> Result<(), ConnectionIdError> {
        self.connection_ids.issue(new, &mut records.cids)
    }

    /// Asks the peer for new connection identifiers.
    pub(crate) fn request_connection_ids(
        &mut self,
        count: u8,
        records: &RecordLayer,
    ) -> Result<(), ConnectionIdError> {
        self.connection_ids.request(count, &records.cids)
    }

    /// The next flight about connection identifiers, if there is something to say.
    pub(crate) fn about_connection_ids(
        &mut self,
        records: &RecordLayer,
    ) -> Result<Option<Flight>, FailureReason> {
        if let Some((handshake_type, body)) = self.connection_ids.next() {
            self.outbox.send_after(records.current_epoch(), handshake_type, body)?;
        }
        Ok(self.outbox.take())
    }

    /// A flight that was no KeyUpdate is acknowledged.
    pub(crate) const fn acknowledged(&mut self) {
        self.connection_ids.acknowledged();
    }

    /// rfc9147 §8: our KeyUpdate is acknowledged, so the peer takes records of the next epoch.
    pub(crate) fn updated(
        &mut self,
        provider: &dyn Provider,
        records: &mut RecordLayer,
    ) -> Result<(), FailureReason> {
        let next = records.current_epoch().next().ok_or(FailureReason::SequenceExhausted)?;
        let protection = self.secrets.advance(provider, self.role)?;
        records.install_outbound(next, protection);
        records.forget_outbound_before(next);
        self.is_updating = false;
        Ok(())
    }

    /// Keying material for another protocol.
    pub(crate) fn export(
        &self,
        provider: &dyn Provider,
        label: &str,
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        self.secrets.export(provider, label, context, out)
    }
}
