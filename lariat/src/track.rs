//! Media: what is sent, and what is received.

use std::sync::Arc;

use lariat_peer::{Direction, MediaKind, RtpPacket, TransceiverId};

use crate::command::{Command, Handle};
use crate::send_terms::SendTerms;
use crate::{Error, queue};

/// One media section: what is sent on it, and in which directions it goes.
///
/// A handle: clones are the same transceiver.
///
/// ```
/// use lariat::{Error, RtpPacket, Transceiver};
///
/// async fn send_all(transceiver: Transceiver, packets: Vec<RtpPacket>) -> Result<(), Error> {
///     for packet in packets {
///         transceiver.send_rtp(packet).await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Transceiver {
    pub(crate) handle: Handle,
    pub(crate) id: TransceiverId,
    pub(crate) kind: MediaKind,
    pub(crate) terms: Arc<SendTerms>,
}

impl Transceiver {
    /// Which transceiver of its connection it is.
    pub fn id(&self) -> TransceiverId {
        self.id
    }

    /// Audio or video.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Sends a packet. The caller chooses payload type, sequence number and timestamp; the
    /// connection chooses the SSRC and the header extensions.
    ///
    /// It returns when the packet is queued, and waits only while
    /// [`limits::MEDIA_SENDS`](crate::limits::MEDIA_SENDS) packets of the connection are. What goes
    /// wrong later is counted: a sequence number that was used before in
    /// [`Stats::refused_packets`](crate::Stats::refused_packets), a packet before the connection is
    /// up among the peer's drops.
    ///
    /// # Errors
    /// [`Error::Peer`] if sending is not negotiated, or not with that payload type, or the payload
    /// is too long; [`Error::Closed`].
    pub async fn send_rtp(&self, packet: RtpPacket) -> Result<(), Error> {
        let permit = self.handle.media.reserve().await.map_err(|_| Error::Closed)?;
        self.terms.check(&packet)?;
        permit.send((self.id, packet));
        Ok(())
    }

    /// Sends a packet if that is possible without waiting.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if it is not, and those of [`send_rtp`](Self::send_rtp).
    pub fn try_send_rtp(&self, packet: RtpPacket) -> Result<(), Error> {
        use tokio::sync::mpsc::error::TrySendError;

        self.terms.check(&packet)?;
        self.handle.media.try_send((self.id, packet)).map_err(|error| match error {
            TrySendError::Full(_) => Error::WouldBlock,
            TrySendError::Closed(_) => Error::Closed,
        })
    }

    /// Changes in which directions media is wanted, from the next description on.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn set_direction(&self, direction: Direction) -> Result<(), Error> {
        self.handle.call(|reply| Command::SetDirection(self.id, direction, reply)).await
    }
}

/// Media that the other side sends.
///
/// A handle: clones are the same track, and each packet goes to one of them. Packets that are not
/// read wait up to [`limits::TRACK_PACKETS`](crate::limits::TRACK_PACKETS); past that the oldest is
/// lost, because old media is worth nothing.
///
/// ```
/// use lariat::Track;
///
/// async fn count(track: Track) -> usize {
///     let mut packets = 0;
///     while track.recv().await.is_some() {
///         packets += 1;
///     }
///     packets
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Track {
    transceiver: Transceiver,
    packets: Arc<queue::Receiver<RtpPacket>>,
}

impl Track {
    pub(crate) fn new(transceiver: Transceiver, packets: queue::Receiver<RtpPacket>) -> Self {
        Self { transceiver, packets: Arc::new(packets) }
    }

    /// Audio or video.
    pub fn kind(&self) -> MediaKind {
        self.transceiver.kind
    }

    /// The transceiver that it arrives on.
    pub fn transceiver(&self) -> &Transceiver {
        &self.transceiver
    }

    /// The next packet; `None` once the connection is closed and everything was read. Nothing is
    /// lost if the future is dropped.
    pub async fn recv(&self) -> Option<RtpPacket> {
        self.packets.pop().await
    }

    /// How many packets were lost here because they were not read in time.
    pub fn lost(&self) -> u64 {
        self.packets.lost()
    }

    /// Asks the sender for a keyframe; often asked, it is passed on only now and then.
    pub async fn request_keyframe(&self) {
        // A connection that is gone sends no keyframes.
        let _ = self.transceiver.handle.tell(Command::RequestKeyframe(self.transceiver.id)).await;
    }
}
