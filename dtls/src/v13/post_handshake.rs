//! Messages after the handshake (RFC 8446 §4.6, RFC 9147 §8).
//!
//! ```text
//! ours                                           the peer's
//! [KeyUpdate] in epoch n      ------------------>  takes records of epoch n + 1 from now on
//!                             <------------------  [ACK]
//! sends in epoch n + 1
//! ```

use alloc::vec::Vec;

use lariat_crypto::Provider;

use super::key_schedule::ApplicationSecrets;
use crate::error::{ExportError, FailureReason};
use crate::event::Role;
use crate::handshake::{Flight, HandshakeType, Message, Outbox, Reassembly};
use crate::message::KeyUpdate;
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
}

impl PostHandshake {
    pub(crate) const fn new(
        role: Role,
        secrets: ApplicationSecrets,
        reassembly: Reassembly,
        outbox: Outbox,
    ) -> Self {
        let inbound = Epoch::APPLICATION;
        Self { role, secrets, reassembly, outbox, inbound, is_updating: false }
    }

    /// The newest epoch of the peer.
    pub(crate) const fn inbound_epoch(&self) -> Epoch {
        self.inbound
    }

    /// Whether a KeyUpdate of ours is not acknowledged.
    pub(crate) const fn is_updating(&self) -> bool {
        self.is_updating
    }

    /// Takes a message, and says whether the peer wants us to renew our keys, too.
    pub(crate) fn handle(
        &mut self,
        message: &Message,
        provider: &dyn Provider,
        records: &mut RecordLayer,
    ) -> Result<bool, FailureReason> {
        match (message.handshake_type, self.role) {
            (HandshakeType::KeyUpdate, _) => {
                let update = KeyUpdate::parse(&message.body)?;
                let next = self.inbound.next().ok_or(FailureReason::SequenceExhausted)?;
                let secret = self.secrets.advance(provider, self.role.peer())?;
                records.install_inbound(next, secret.protection(provider)?);
                self.inbound = next;
                Ok(update.request_update)
            }
            // Nothing is ever resumed, so a ticket is of no use.
            (HandshakeType::NewSessionTicket, Role::Client) => Ok(false),
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

    /// rfc9147 §8: our KeyUpdate is acknowledged, so the peer takes records of the next epoch.
    pub(crate) fn updated(
        &mut self,
        provider: &dyn Provider,
        records: &mut RecordLayer,
    ) -> Result<(), FailureReason> {
        let next = records.current_epoch().next().ok_or(FailureReason::SequenceExhausted)?;
        let secret = self.secrets.advance(provider, self.role)?;
        records.install_outbound(next, secret.protection(provider)?);
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
