//! How long datagrams may be on the path, for all layers at once.

use lariat_base::Instant;
use lariat_ice::SelectedPair;

use super::Peer;
use crate::FailureReason;
use crate::limits::{DATAGRAM_SIZES, MIN_DATAGRAM_SIZE};

/// What is known of the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathSize {
    /// The longest datagram of media.
    media: usize,
    /// What DTLS found, or was told, when it was last asked.
    dtls: Option<usize>,
}

impl PathSize {
    pub(super) const fn new(media: usize) -> Self {
        Self { media, dtls: None }
    }

    /// The longest datagram that is sent, in bytes of UDP payload.
    pub(super) const fn max_datagram_size(self) -> usize {
        self.media
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
        if fits >= self.path_size.media {
            return;
        }
        self.path_size.media = fits;
        self.media.set_max_datagram_size(fits);
        if let Some(dtls) = self.secure.dtls_mut()
            && fits < dtls.max_datagram_size()
        {
            dtls.set_max_datagram_size(fits);
        }
        self.fit_channels(fits);
        self.pump(now);
    }

    /// Takes over what the handshake has found out about the path.
    pub(super) fn follow_path_size(&mut self) {
        let Some(found) = self.secure.dtls().map(lariat_dtls::Connection::max_datagram_size) else {
            return;
        };
        let Some(before) = self.path_size.dtls.replace(found) else { return };
        if found < before {
            self.path_size.media = self.path_size.media.min(found);
        } else if found > before && self.path_size.media == before {
            // A longer one turned out to have arrived.
            self.path_size.media = found;
        } else {
            return;
        }
        self.media.set_max_datagram_size(self.path_size.media);
        self.fit_channels(found);
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
