//! What the owner of a direction should know.

use alloc::collections::VecDeque;

use crate::limits::MAX_EVENTS;

/// Something that asks for a decision of the owner.
///
/// ```
/// use lariat_crypto::ring;
/// use lariat_srtp::{Config, Event, KeyLifetime, Kind, MasterKey, Outbound, Profile};
///
/// let key = MasterKey::new(&[1; 16], &[2; 12]);
/// let key_lifetime = KeyLifetime { rtp: 1, ..KeyLifetime::default() };
/// let config = Config { key_lifetime, ..Config::default() };
/// let profile = Profile::AeadAes128Gcm;
/// let mut outbound = Outbound::with_config(&ring::provider(), profile, &key, config)?;
/// outbound.protect_rtp(&mut vec![0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7])?;
/// assert_eq!(outbound.poll_event(), Some(Event::KeyExpiring { ssrc: 7, kind: Kind::Rtp }));
/// outbound.rekey(&MasterKey::new(&[3; 16], &[4; 12]))?;
/// outbound.protect_rtp(&mut vec![0x80, 96, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A stream has used up 15 of 16 parts of its key's lifetime: time for another key. Told once
    /// for each stream and key.
    KeyExpiring {
        /// Whose stream.
        ssrc: u32,
        /// Of which kind.
        kind: Kind,
    },
    /// A stream's key has reached the end of its lifetime, and a packet was refused for it: no
    /// other is protected until there is another key. Told once for each stream and key. If it was
    /// the last index, no other key helps: the source must change its SSRC.
    KeyExhausted {
        /// Whose stream.
        ssrc: u32,
        /// Of which kind.
        kind: Kind,
    },
    /// There were as many streams as [`Config::max_streams`](crate::Config::max_streams), and those
    /// that were idle the longest made room. They may go on at any time. Told once until it is
    /// taken, with all that there were until then.
    StreamsRetired {
        /// Of which kind.
        kind: Kind,
        /// How many.
        count: usize,
    },
    /// An authentic packet of another stream came, and was refused since there are as many streams,
    /// retired ones among them, as the configuration allows. Told once until it is taken.
    TooManyStreams {
        /// Whose stream.
        ssrc: u32,
        /// Of which kind.
        kind: Kind,
    },
}

/// Which of the two protocols a stream is of.
///
/// ```
/// use lariat_srtp::Kind;
///
/// assert_ne!(Kind::Rtp, Kind::Rtcp);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Media.
    Rtp,
    /// Its control.
    Rtcp,
}

/// Events that wait to be taken.
#[derive(Debug, Default)]
pub(crate) struct Events(VecDeque<Event>);

impl Events {
    pub(crate) fn push(&mut self, event: Event) {
        let is_told = self.0.iter_mut().any(|waiting| match (waiting, event) {
            (Event::TooManyStreams { .. }, Event::TooManyStreams { .. }) => true,
            (
                Event::StreamsRetired { kind: told, count: sum },
                Event::StreamsRetired { kind, count },
            ) if *told == kind => {
                *sum = sum.saturating_add(count);
                true
            }
            _ => false,
        });
        if !is_told && self.0.len() < MAX_EVENTS {
            self.0.push_back(event);
        }
    }

    pub(crate) fn take(&mut self) -> Option<Event> {
        self.0.pop_front()
    }
}
