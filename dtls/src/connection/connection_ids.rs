//! Connection identifiers, for an owner whose peer changes its address, or who changes its own.

use lariat_base::Instant;

use super::{Connected, Connection, Phase, Protocol};
use crate::connection_id::{ConnectionId, ConnectionIdError, ConnectionIdUsage};
use crate::message::NewConnectionId;
use crate::v13::PostHandshake;

impl Connection {
    /// What the peer's records to us may bear, in the order it was given them; none if they bear
    /// nothing. A server looks for these in datagrams from unknown addresses.
    pub fn connection_ids(&self) -> &[ConnectionId] {
        if self.is_connected() { self.records.cids.inbound() } else { &[] }
    }

    /// What our records to the peer bear; empty if they bear nothing.
    pub const fn peer_connection_id(&self) -> &ConnectionId {
        self.records.cids.outbound()
    }

    /// What a record with application data takes beyond it, at most, in bytes. Before
    /// [`Event::Connected`](crate::Event::Connected) it is not known what the peer wants; in DTLS
    /// 1.3 it may want something longer later, but never more than leaves
    /// [`limits::CONNECTION_ID_ROOM`](crate::limits::CONNECTION_ID_ROOM) of the MTU.
    pub fn record_overhead(&self) -> usize {
        self.records.overhead(self.records.current_epoch())
    }

    /// Gives the peer connection identifiers for its records, beside those it has (RFC 9147 §9).
    /// They count at once, and an owner of many connections enters them before it calls this.
    ///
    /// There is no way to take one back: once there are more than
    /// [`limits::CONNECTION_IDS`](crate::limits::CONNECTION_IDS), those that the peer no longer
    /// uses are forgotten. [`Connection::connection_ids`] says which are left.
    ///
    /// # Errors
    /// [`ConnectionIdError`]; nothing is sent then.
    pub fn issue_connection_ids(
        &mut self,
        now: Instant,
        cids: &[ConnectionId],
        usage: ConnectionIdUsage,
    ) -> Result<(), ConnectionIdError> {
        let new = NewConnectionId { cids: cids.to_vec(), usage };
        let records = &mut self.records;
        post_handshake(&mut self.phase)?.issue_connection_ids(new, records)?;
        self.send_if_wanted(now);
        Ok(())
    }

    /// Asks the peer for `count` connection identifiers for our records (RFC 9147 §9), which it may
    /// or may not give. [`Connection::spare_connection_ids`] counts them.
    ///
    /// # Errors
    /// [`ConnectionIdError`]; nothing is sent then.
    pub fn request_connection_ids(
        &mut self,
        now: Instant,
        count: u8,
    ) -> Result<(), ConnectionIdError> {
        post_handshake(&mut self.phase)?.request_connection_ids(count, &self.records)?;
        self.send_if_wanted(now);
        Ok(())
    }

    /// How many connection identifiers of the peer there are that our records have not borne.
    pub fn spare_connection_ids(&self) -> usize {
        self.records.cids.spare()
    }

    /// Lets our records bear the next of the peer's spare connection identifiers. An owner that
    /// goes on from another address does this first, so that nobody who sees both addresses knows
    /// that they belong together (RFC 9147 §11).
    ///
    /// # Errors
    /// [`ConnectionIdError::NoSpare`], and our records bear what they did before.
    pub fn use_spare_connection_id(&mut self) -> Result<(), ConnectionIdError> {
        if self.records.cids.use_spare() { Ok(()) } else { Err(ConnectionIdError::NoSpare) }
    }
}

fn post_handshake(phase: &mut Phase) -> Result<&mut PostHandshake, ConnectionIdError> {
    match phase {
        Phase::Connected(Connected { protocol: Protocol::V13(post), .. }) => Ok(post),
        // rfc9146 §3: they are exchanged at the beginning only.
        Phase::Connected(_) => Err(ConnectionIdError::NotNegotiated),
        Phase::Idle | Phase::Handshaking(_) | Phase::Over(_) => {
            Err(ConnectionIdError::NotConnected)
        }
    }
}
