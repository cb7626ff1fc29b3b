//! Two whole peers to which everything happens, and a model of what must come of it.

mod data;
mod media;

use core::time::Duration;

use lariat_base::Instant;
use lariat_peer::{ConnectionState, Direction, Event, MediaKind};
use lariat_sim::Fate;

use self::data::Data;
use self::media::Media;
use crate::{Link, Pair};

/// How long a network may be dead; consent lasts for thirty seconds (RFC 7675 §5.1).
const LONGEST_PARTITION_MS: u64 = 20_000;

/// By how much a clock may jump at once.
const LONGEST_JUMP_MS: u64 = 5_000;

/// How long the network is a good one before and after that, so that consent is fresh: its last
/// check may be six seconds old.
const RESPITE: Duration = Duration::from_secs(15);

/// How soon a connection has recovered when its network has.
const RECOVERY: Duration = Duration::from_secs(120);

/// How soon both sides know of a close.
const FAREWELL: Duration = Duration::from_secs(60);

/// Two peers, the first behind a NAT, on a network that loses, repeats, reorders and corrupts, that
/// is away for a while, that changes the NAT's bindings and the path's MTU, with clocks that jump;
/// they open and close channels, send data and media, and renegotiate.
///
/// Every message that was accepted arrives once, in order and whole; media arrives at most once and
/// whole; no connection ends unless a side closes it, and when the network is a good one again, all
/// of it goes on. What happens is a function of the choices: a number below the argument, each time
/// that [`step`](Self::step) asks for one. Where `LARIAT_SIM_TRACE` is set, it is shown.
///
/// ```
/// use lariat_peer_testing::Storm;
///
/// let mut storm = Storm::new(1);
/// for round in 0..10u64 {
///     storm.step(&mut |bound| round * 7 % bound);
/// }
/// storm.calm();
/// ```
#[derive(Debug)]
pub struct Storm {
    pair: Pair,
    data: Data,
    media: Media,
    is_closed: bool,
    is_traced: bool,
}

/// A number below its argument.
type Choose<'a> = dyn FnMut(u64) -> u64 + 'a;

impl Storm {
    /// Two peers that have agreed on data and audio, and may or may not be connected yet.
    pub fn new(seed: u64) -> Self {
        let mut pair = Pair::behind_nat(seed, Link::default());
        let mut data = Data::default();
        data.open(&mut pair, 0, true);
        pair.with(0, |peer, _| peer.add_transceiver(MediaKind::Audio, Direction::SendRecv))
            .expect("the first transceiver");
        pair.negotiate(0);
        let is_traced = std::env::var_os("LARIAT_SIM_TRACE").is_some();
        Self { pair, data, media: Media::default(), is_closed: false, is_traced }
    }

    /// Lets one thing happen, and some time pass.
    pub fn step(&mut self, choose: &mut Choose<'_>) {
        let side = choose(2) as usize;
        let act = choose(32);
        self.note(format_args!("side {side}, act {act}"));
        match act {
            0..12 => self.data.send(&mut self.pair, side, choose),
            12..20 => self.media.send(&mut self.pair, side, choose),
            20 if !self.is_closed => self.data.open(&mut self.pair, side, choose(2) == 0),
            21 => self.data.close(&mut self.pair, side, choose),
            22..25 => self.change_weather(choose),
            // A handshake has thirty seconds in all, so these wait until it is done.
            25..29 if !self.pair.is_connected() => {}
            25 => self.cut(side, choose),
            26 | 27 => self.pair.simulation().network().nat(0).rebind(),
            28 => {
                let by = Duration::from_millis(choose(LONGEST_JUMP_MS));
                self.pair.simulation().put_clock_forward(side, by);
            }
            29 | 30 => self.renegotiate(side, choose),
            // Not every storm ends so.
            _ if choose(4) == 0 => {
                self.pair.with(side, |peer, now| peer.close(now));
                self.is_closed = true;
            }
            _ => {}
        }
        let most = [1, 20, 200, 2_000][choose(4) as usize];
        self.pass(Duration::from_millis(choose(most)));
    }

    /// Lets the network be a good one again, and holds the peers to what they owe.
    ///
    /// # Panics
    /// If anything is missing, or does not go on.
    pub fn calm(&mut self) {
        self.pair.simulation().network().clear_rule();
        self.pair.simulation().set_link(Link::default());
        if !self.is_closed {
            let (data, media) = (&mut self.data, &mut self.media);
            self.pair.run_until(RECOVERY, |pair| {
                data.take(pair);
                media.take(pair);
                pair.is_connected() && data.is_complete()
            });
            self.media.expect_flow(&mut self.pair);
            self.expect_no_end();
            self.is_closed = true;
            self.pair.with(0, |peer, now| peer.close(now));
        }
        self.pair.run_until(FAREWELL, |pair| (0..2).all(|side| pair.peer(side).is_closed()));
        self.pass(FAREWELL);
        for side in 0..2 {
            let deadline = self.pair.peer(side).poll_timeout();
            assert_eq!(deadline, None, "{}: a deadline after the end", self.pair.seed());
        }
    }

    /// The time of the network.
    pub fn now(&mut self) -> Instant {
        self.pair.simulation().now()
    }

    fn pass(&mut self, time: Duration) {
        self.pair.run_for(time);
        self.data.take(&mut self.pair);
        self.media.take(&mut self.pair);
        if !self.is_closed {
            self.expect_no_end();
        }
    }

    /// Shows what happens, where somebody wants to see it.
    fn note(&mut self, what: core::fmt::Arguments<'_>) {
        if self.is_traced {
            let states = [0, 1].map(|side| self.pair.peer(side).connection_state());
            eprintln!("{:?} {states:?} {what}", self.pair.simulation().now());
        }
    }

    fn expect_no_end(&mut self) {
        let seed = self.pair.seed();
        for side in 0..2 {
            let mut events = self.pair.side(side).events.iter();
            let is_end =
                |event: &&Event| matches!(event, Event::Failed(_) | Event::DataTransportClosed(_));
            let end = events.find(is_end);
            assert!(end.is_none(), "seed {seed}: side {side} has given up: {end:?}");
            let state = self.pair.peer(side).connection_state();
            assert_ne!(state, ConnectionState::Closed, "seed {seed}: side {side} is closed");
        }
    }

    fn change_weather(&mut self, choose: &mut Choose<'_>) {
        let mut share = |most: u64| choose(most + 1) as f64 / 100.0;
        let mut link = Link {
            loss: share(30),
            duplication: share(10),
            reordering: share(20),
            corruption: share(5),
            ..Link::default()
        };
        if !self.pair.is_connected() {
            // A handshake whose plaintext is changed time and again may need longer than it has.
            link.corruption = 0.0;
        }
        link.delay = Duration::from_millis(1 + choose(150));
        link.jitter = Duration::from_millis(choose(20));
        link.coalescing = Duration::from_millis(choose(6));
        link.rate = [None, Some(2_000_000), Some(20_000_000)][choose(3) as usize];
        link.queue = 15_000 + choose(100_000) as usize;
        link.mtu = [572, 1_232, 1_472][choose(3) as usize];
        link.reports_mtu = true;
        self.note(format_args!("{link:?}"));
        self.pair.simulation().set_link(link);
    }

    /// Nothing arrives for a while, of one side or of both.
    fn cut(&mut self, side: usize, choose: &mut Choose<'_>) {
        self.pair.simulation().set_link(Link::default());
        self.pass(RESPITE);
        let is_both = choose(2) == 0;
        self.pair.simulation().network().set_rule(move |packet| {
            if is_both || packet.host == side { Fate::Lost } else { Fate::Passes }
        });
        self.pass(Duration::from_millis(choose(LONGEST_PARTITION_MS)));
        self.pair.simulation().network().clear_rule();
        self.pass(RESPITE);
    }

    fn renegotiate(&mut self, side: usize, choose: &mut Choose<'_>) {
        if self.is_closed {
            return;
        }
        let kind = [MediaKind::Audio, MediaKind::Video][choose(2) as usize];
        if choose(3) == 0 && self.pair.peer(side).transceivers().count() < 6 {
            self.pair
                .with(side, |peer, _| peer.add_transceiver(kind, Direction::SendRecv))
                .expect("there is room");
        }
        self.pair.negotiate(side);
    }
}
