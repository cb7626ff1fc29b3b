//! From the DTLS handshake to SRTP keys (RFC 5764 §4.2).

use alloc::vec::Vec;

use lariat_crypto::Secret;
use lariat_dtls::{Connection, Role};
use lariat_srtp::limits::MAX_RETIRED_STREAMS;
use lariat_srtp::{
    EXPORTER_LABEL, Event as SrtpEvent, Inbound, KeyingMaterial, Kind, Outbound, Profile,
};

use crate::{Config, Event};

/// SRTP contexts for both directions. They exist together or not at all.
#[derive(Debug)]
pub(crate) struct Contexts {
    pub(super) inbound: Inbound,
    pub(super) outbound: Outbound,
}

impl Contexts {
    /// `None` if the handshake's result cannot be used.
    pub(crate) fn derive(
        dtls: &Connection,
        role: Role,
        profile: Profile,
        config: &Config,
    ) -> Option<Self> {
        let provider = &config.provider;
        let mut exported = Secret::zeroed(KeyingMaterial::exported_len(profile));
        dtls.export_keying_material(EXPORTER_LABEL, None, exported.as_bytes_mut()).ok()?;
        let material = KeyingMaterial::from_exporter(profile, exported.as_bytes()).ok()?;
        let (ours, theirs) = match role {
            Role::Client => (&material.client, &material.server),
            Role::Server => (&material.server, &material.client),
        };
        let inbound = lariat_srtp::Config {
            max_streams: config.max_streams.max(1),
            max_retired_streams: config.max_retired_streams,
            ..lariat_srtp::Config::default()
        };
        // How many streams there are of ours is our owner's choice.
        let max_retired_streams = MAX_RETIRED_STREAMS;
        let outbound = lariat_srtp::Config { max_retired_streams, ..Default::default() };
        Some(Self {
            inbound: Inbound::with_config(provider, profile, theirs, inbound).ok()?,
            outbound: Outbound::with_config(provider, profile, ours, outbound).ok()?,
        })
    }

    /// What the owner should know of the other side's streams.
    pub(super) fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.inbound.poll_event())
            .filter_map(|event| match event {
                // A sender of RTCP is a stream, too, but not one that anybody hears of.
                SrtpEvent::StreamsRetired { kind: Kind::Rtp, count } => {
                    Some(Event::StreamsRetired(count))
                }
                SrtpEvent::TooManyStreams { .. } => Some(Event::TooManyStreams),
                _ => None,
            })
            .collect()
    }
}
