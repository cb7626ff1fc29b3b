//! How long datagrams may be on the path, for all layers at once.

use lariat_base::Instant;
use lariat_ice::SelectedPair;

use super::Peer;
use crate::FailureReason;
use crate::limits::{DATAGRAM_SIZES, MIN_DATAGRAM_SIZE};

/// What is known of the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathSize {
    /// What the configuration allows, and the socket.
    allowed: usize,
    /// What DTLS began with, and what it has found.
    dtls: Option<(usize, usize)>,
    /// The longest datagram that has come over a validated pair.
    arrived: usize,
    /// What all layers were told last.
    told: usize,
}

impl PathSize {
    pub(super) const fn new(allowed: usize) -> Self {
        Self { allowed, dtls: None, arrived: 0, told: allowed }
    }

    /// A datagram came over a validated pair.
    pub(super) const fn on_datagram(&mut self, size: usize) {
        if size > self.arrived {
            self.arrived = size;
        }
    }

    /// The longest datagram that is sent, in bytes of UDP payload.
    ///
    /// A handshake makes shorter datagrams when no answer comes. That may be for their length, or
    /// since the other side is slow: if longer ones have arrived from there, the path takes them.
    pub(super) fn max_datagram_size(self) -> usize {
        match self.dtls {
            Some((first, found)) if found < first => self.allowed.min(found.max(self.arrived)),
            _ => self.allowed,
        }
    }
}

impl Peer {
    /// Tells that the socket refused a datagram of `size` bytes as too long for the path of `pair`
    /// (EMSGSIZE). From now on DTLS, SCTP and media make shorter ones; of what was refused, DTLS
    /// and SCTP send again, and media is lost. The next refusal makes them shorter still.
    ///
    /// If the socket refuses [`limits::MIN_DATAGRAM_SIZE`](crate::limits::MIN_DATAGRAM_SIZE) bytes,
    /// the connection fails with [`FailureReason::PathTooSmall`]. A pair that is not in use does
    /// not matter: connectivity checks are short.
    pub fn datagram_too_long(&mut self, now: Instant, pair: SelectedPair, size: usize) {
        if self.is_closed() || self.ice.selected_pair(now) != Some(pair) {
            return;
        }
        if size <= MIN_DATAGRAM_SIZE {
            return self.fail(now, FailureReason::PathTooSmall { size });
        }
        let fits =
            DATAGRAM_SIZES.into_iter().find(|fits| *fits < size).unwrap_or(MIN_DATAGRAM_SIZE);
        // A refusal of what was made before the last one says nothing new.
        if fits >= self.path_size.allowed {
            return;
        }
        self.path_size.allowed = fits;
        if let Some(dtls) = self.secure.dtls_mut()
            && fits < dtls.max_datagram_size()
        {
            dtls.set_max_datagram_size(fits);
        }
        self.pump(now);
    }

    /// Takes over what the handshake has found out about the path, and tells all layers how long
    /// datagrams may be, if that has changed.
    pub(super) fn follow_path_size(&mut self) {
        if let Some(dtls) = self.secure.dtls() {
            let found = dtls.max_datagram_size();
            let (first, _) = self.path_size.dtls.unwrap_or((found, found));
            self.path_size.dtls = Some((first, found));
        }
        let size = self.path_size.max_datagram_size();
        if size != self.path_size.told {
            self.path_size.told = size;
            self.media.set_max_datagram_size(size);
            self.fit_channels(size);
        }
    }

    /// Packets of SCTP that fit a datagram of this size, if they are not shorter anyway.
    fn fit_channels(&mut self, datagram: usize) {
        let overhead = self.secure.dtls().map_or(0, lariat_dtls::Connection::record_overhead);
        let packet = datagram.saturating_sub(overhead).min(sctp_default());
        if packet != self.channels.max_packet_size() {
            self.channels.set_max_packet_size(packet);
        }
    }
}

fn sctp_default() -> usize {
    lariat_sctp::Config::default().mtu
}
