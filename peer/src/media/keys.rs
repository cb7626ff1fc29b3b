//! From the DTLS handshake to SRTP keys (RFC 5764 §4.2).

use alloc::sync::Arc;

use lariat_crypto::{Provider, Secret};
use lariat_dtls::{Connection, Role};
use lariat_srtp::{EXPORTER_LABEL, Inbound, KeyingMaterial, Outbound, Profile};

/// Contexts for both directions.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(super) inbound: Inbound,
    pub(super) outbound: Outbound,
}

impl Keys {
    /// `None` if the handshake's result cannot be used.
    pub(crate) fn derive(
        provider: &Arc<dyn Provider>,
        dtls: &Connection,
        role: Role,
        profile: Profile,
    ) -> Option<Self> {
        let mut exported = Secret::zeroed(KeyingMaterial::exported_len(profile));
        dtls.export_keying_material(EXPORTER_LABEL, None, exported.as_bytes_mut()).ok()?;
        let material = KeyingMaterial::from_exporter(profile, exported.as_bytes()).ok()?;
        let (ours, theirs) = match role {
            Role::Client => (&material.client, &material.server),
            Role::Server => (&material.server, &material.client),
        };
        Some(Self {
            inbound: Inbound::new(provider, profile, theirs).ok()?,
            outbound: Outbound::new(provider, profile, ours).ok()?,
        })
    }
}
