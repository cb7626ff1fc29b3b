//! The composition: one value that is a whole peer.
//!
//! The concerns have files of their own: [`negotiate`] (descriptions and candidates), [`data`]
//! (data channels), [`pump`] (what the layers tell each other), [`receive`] (datagrams in),
//! [`transmit`] (datagrams out), [`close`], [`report`].

mod close;
mod data;
mod negotiate;
mod pump;
mod queue;
mod receive;
mod report;
mod secure;
mod transmit;

use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use lariat_base::{Deadline, Instant, Tally};
use lariat_ice::{Agent, Role as IceRole, SelectedPair};
use lariat_sctp::{ChannelId, DataChannels};

pub use self::data::SentMark;
use self::data::sctp_config;
pub use self::negotiate::IceCandidate;
use self::queue::EventQueue;
use self::report::{Counters, reporter};
use self::secure::Secure;
use crate::error::Dropped;
use crate::media::Media;
use crate::negotiation::session::Negotiation;
use crate::negotiation::transceiver::Origin;
use crate::{
    Config, ConnectionState, Direction, Error, Event, MediaKind, RtpPacket, SignalingState,
    TransceiverId,
};

/// A whole WebRTC peer, without I/O. See the [crate documentation](crate) for the run loop.
#[derive(Debug)]
pub struct Peer {
    config: Config,
    negotiation: Negotiation,
    ice: Agent,
    secure: Secure,
    media: Media,
    channels: DataChannels,
    /// The longest message that the other side takes.
    max_message_size: usize,
    data: DataState,
    /// Our candidates, as the values of `a=candidate`.
    local_candidates: Vec<String>,
    early_candidates: Vec<IceCandidate>,
    events: EventQueue,
    /// Channels whose messages stay with the association.
    paused: BTreeSet<ChannelId>,
    /// A close was asked for, and is cut short at this time.
    close_deadline: Option<Instant>,
    /// There is a path, and DTLS has until this time.
    handshake_deadline: Option<Instant>,
    state: ConnectionState,
    dropped: Tally<Dropped>,
    counters: Counters,
    /// What was sealed before the end.
    farewell: VecDeque<(SelectedPair, Vec<u8>)>,
    /// A datagram that did not fit the latest run, and whose bytes are in `held_bytes`.
    held: Option<SelectedPair>,
    held_bytes: Vec<u8>,
    /// Plaintext on its way to DTLS.
    scratch: Vec<u8>,
}

/// How far data channels have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DataState {
    /// Not negotiated.
    Absent,
    /// Negotiated; the association starts when DTLS is up.
    Agreed,
    /// The association was started.
    Started,
}

impl Peer {
    /// A peer that has not begun.
    pub fn new(config: Config) -> Self {
        let seed = &config.seed;
        // The role is set when it is known who offers.
        let ice = lariat_ice::Config::new(
            config.provider.clone(),
            seed.split("ice"),
            IceRole::Controlling,
        );
        let sctp = sctp_config(&config);
        Self {
            negotiation: Negotiation::new(seed.split("negotiation").rng()),
            ice: Agent::new(ice),
            secure: Secure::default(),
            media: Media::new(seed.split("media").rng()),
            channels: DataChannels::new(sctp, config.provider.clone(), seed.split("sctp")),
            // rfc8841 §6.1: what is assumed of a peer that does not say.
            max_message_size: 65_536,
            data: DataState::Absent,
            local_candidates: Vec::new(),
            early_candidates: Vec::new(),
            events: EventQueue::default(),
            paused: BTreeSet::new(),
            close_deadline: None,
            handshake_deadline: None,
            state: ConnectionState::New,
            dropped: Tally::new(),
            counters: Counters::default(),
            farewell: VecDeque::new(),
            held: None,
            held_bytes: Vec::new(),
            scratch: Vec::new(),
            config,
        }
    }

    /// Where the connection stands.
    pub const fn connection_state(&self) -> ConnectionState {
        self.state
    }

    /// Where the negotiation stands.
    pub const fn signaling_state(&self) -> SignalingState {
        self.negotiation.state()
    }

    /// Whether the peer was closed, by either side, or failed. There may still be something to
    /// transmit.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, ConnectionState::Closed | ConnectionState::Failed)
    }

    /// The path in use.
    pub fn selected_pair(&self) -> Option<SelectedPair> {
        let pair = self.ice.pairs().find(|pair| pair.selected)?;
        Some(SelectedPair { local: pair.local, remote: pair.remote })
    }

    fn check_open(&self) -> Result<(), Error> {
        let ends = self.is_closed() || self.close_deadline.is_some();
        if ends { Err(Error::Closed) } else { Ok(()) }
    }

    // Commands: media.

    /// Adds a sender and receiver of one kind of media to the next offer; an offer of theirs with a
    /// section of that kind takes it up too.
    ///
    /// # Errors
    /// [`Error::Closed`] or [`Error::TooManyTransceivers`].
    pub fn add_transceiver(
        &mut self,
        kind: MediaKind,
        direction: Direction,
    ) -> Result<TransceiverId, Error> {
        self.check_open()?;
        self.negotiation.add_transceiver(kind, direction, Origin::Owner)
    }

    /// The transceivers: those that were added, and those that offers of theirs brought.
    pub fn transceivers(&self) -> impl Iterator<Item = (TransceiverId, MediaKind)> + '_ {
        self.negotiation.transceivers().iter().map(|transceiver| (transceiver.id, transceiver.kind))
    }

    /// Changes what a transceiver is wanted to do, from the next description on.
    ///
    /// A description that was created before is not changed by it.
    ///
    /// # Errors
    /// [`Error::Closed`] or [`Error::NoSuchTransceiver`].
    pub fn set_direction(
        &mut self,
        transceiver: TransceiverId,
        direction: Direction,
    ) -> Result<(), Error> {
        self.check_open()?;
        let transceiver =
            self.negotiation.transceiver_mut(transceiver).ok_or(Error::NoSuchTransceiver)?;
        transceiver.direction = direction;
        Ok(())
    }

    /// Ends a transceiver. It neither sends nor receives from now on, the next description rejects
    /// its section, and when that is agreed on, it is gone and the section free for another.
    ///
    /// One whose section the other side rejects goes as well, if an offer of the other side made
    /// it.
    ///
    /// # Errors
    /// [`Error::Closed`] or [`Error::NoSuchTransceiver`].
    pub fn stop_transceiver(&mut self, transceiver: TransceiverId) -> Result<(), Error> {
        self.check_open()?;
        self.negotiation.stop_transceiver(transceiver)?;
        self.media.forget_unused(&self.negotiation);
        Ok(())
    }

    /// Sends a media packet. Before the connection is up it goes nowhere, and is counted as
    /// dropped.
    ///
    /// # Errors
    /// If the transceiver does not send, the payload type is not negotiated, the payload is too
    /// long, or the sequence number was used before.
    pub fn send_rtp(
        &mut self,
        now: Instant,
        transceiver: TransceiverId,
        packet: &RtpPacket,
    ) -> Result<(), Error> {
        self.check_open()?;
        let transceiver =
            self.negotiation.transceiver(transceiver).ok_or(Error::NoSuchTransceiver)?;
        self.media.send_rtp(now, transceiver, packet, &mut self.dropped)
    }

    /// The payload types that a transceiver may send by the descriptions in force; none if it does
    /// not send.
    pub fn payload_types(&self, transceiver: TransceiverId) -> Vec<u8> {
        let sending =
            self.negotiation.transceiver(transceiver).filter(|transceiver| transceiver.sends());
        let Some(transceiver) = sending else { return Vec::new() };
        (0..128).filter(|number| transceiver.payload_type(*number).is_some()).collect()
    }

    /// Asks the other side for a keyframe on a transceiver; at most once in 300 ms per stream is it
    /// said.
    ///
    /// # Errors
    /// [`Error::NoSuchTransceiver`].
    pub fn request_keyframe(
        &mut self,
        now: Instant,
        transceiver: TransceiverId,
    ) -> Result<(), Error> {
        self.check_open()?;
        let transceiver =
            self.negotiation.transceiver(transceiver).ok_or(Error::NoSuchTransceiver)?;
        let cname = self.negotiation.cname();
        self.media.request_keyframe(now, transceiver, cname, &mut self.dropped);
        Ok(())
    }

    // The five verbs; the first is in `receive`, the third in `transmit`.

    /// Does what is due by `now`; nothing, if it is called before the deadline.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.is_closed() {
            return;
        }
        self.ice.handle_timeout(now);
        if let Some(dtls) = self.secure.dtls_mut() {
            dtls.handle_timeout(now);
        }
        if self.data == DataState::Started {
            self.channels.handle_timeout(now);
        }
        let reporter = reporter(&self.config, &self.negotiation, now);
        self.media.handle_timeout(now, reporter, &mut self.dropped);
        self.pump(now);
        self.end_waits(now);
    }

    /// What the owner should know; oldest first, except that what data channels have to say comes
    /// last, so that neither media nor a state ever waits behind messages.
    ///
    /// Messages are taken out of the association here. While the owner does not ask for them, the
    /// window that the other side is given closes.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop().or_else(|| self.poll_channels())
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        if self.is_closed() {
            return None;
        }
        let at = |deadline: Option<Instant>, reason| deadline.map(|at| Deadline::new(at, reason));
        Deadline::earliest([
            at(self.close_deadline, "close"),
            at(self.handshake_deadline, "handshake"),
            self.ice.poll_timeout(),
            self.secure.dtls().and_then(lariat_dtls::Connection::poll_timeout),
            (self.data == DataState::Started).then(|| self.channels.poll_timeout()).flatten(),
            self.media.poll_timeout(),
        ])
    }

    /// Tells the owner, or drops what comes again if the owner is too slow for it.
    fn push_event(&mut self, event: Event) {
        if matches!(event, Event::Rtp { .. } | Event::KeyframeRequested(_)) && self.events.is_full()
        {
            self.dropped.add(Dropped::EventQueueFull);
            return;
        }
        self.events.push(event);
    }

    fn set_state(&mut self, state: ConnectionState) {
        if self.state != state {
            self.state = state;
            self.push_event(Event::ConnectionState(state));
        }
    }
}
