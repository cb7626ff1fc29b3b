//! The key schedule (RFC 8446 §7), with the labels of DTLS (RFC 9147 §5.9).
//!
//! ```text
//!                         0
//!                         |
//!             0 -> HKDF-Extract = early secret
//!                         | "derived"
//! (EC)DHE, KEM -> HKDF-Extract = handshake secret --> client and server traffic, epoch 2
//!                         | "derived"
//!             0 -> HKDF-Extract = master secret ----> client and server traffic, epoch 3
//!                                                `--> exporter
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::Writer;
use lariat_crypto::{
    AeadAlgorithm, HashAlgorithm, HmacKey, Provider, Secret, hkdf_expand_with, hkdf_extract,
};

use super::suite::CipherSuite;
use crate::error::{ExportError, FailureReason};
use crate::event::Role;
use crate::record::{Protection, Protection13};

/// How long the input of a derivation is, if its context is no longer than a hash.
const INFO_ROOM: usize = 80;

/// Derive-Secret(HKDF-Extract(0, 0), "derived", "") with SHA-256.
const SALT_SHA256: [u8; 32] = [
    0xb1, 0x7b, 0xce, 0x94, 0x51, 0xee, 0x8b, 0xc6, 0xe8, 0xae, 0xbc, 0x0a, 0xa9, 0xe9, 0x82, 0x95,
    0x67, 0x7a, 0x4a, 0x6a, 0x91, 0xf7, 0x84, 0x40, 0x83, 0x31, 0x46, 0xe4, 0x65, 0xf2, 0xff, 0x95,
];

/// The same with SHA-384.
const SALT_SHA384: [u8; 48] = [
    0x27, 0x00, 0x86, 0x05, 0xd3, 0x39, 0x6f, 0x88, 0x44, 0x19, 0x75, 0x65, 0xca, 0xec, 0xc5, 0x92,
    0xb3, 0xe5, 0x8f, 0x2e, 0xae, 0x55, 0xf8, 0x41, 0xb5, 0x77, 0xcf, 0xbc, 0xab, 0xb4, 0x7e, 0x22,
    0x1f, 0x67, 0x4e, 0xd3, 0xa6, 0x8a, 0xa8, 0x93, 0x43, 0x9c, 0xf5, 0x57, 0xf1, 0x11, 0xc0, 0xfc,
];

/// How secrets are derived from each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Derivation<'a> {
    provider: &'a dyn Provider,
    hash: HashAlgorithm,
    /// What stands before every label.
    prefix: &'static [u8],
    /// What comes of the early secret. Without pre-shared keys that is the same in all handshakes.
    salt: &'static [u8],
}

impl<'a> Derivation<'a> {
    /// rfc9147 §5.9: a prefix of its own, so that no key is one of TLS.
    pub(super) fn dtls(provider: &'a dyn Provider, hash: HashAlgorithm) -> Self {
        let salt = if hash == HashAlgorithm::Sha384 { &SALT_SHA384[..] } else { &SALT_SHA256 };
        Self { provider, hash, prefix: b"dtls13", salt }
    }

    /// What others are derived from this secret with: to make it costs almost as much as to use it.
    fn key(self, secret: &Secret) -> Box<dyn HmacKey> {
        self.provider.hmac_key(self.hash, secret.as_bytes())
    }

    /// HKDF-Expand-Label (RFC 8446 §7.1), of the secret with this key.
    ///
    /// ```text
    /// length(2)
    /// label<7..255>    length(1), the prefix among it
    /// context<0..255>  length(1)
    /// ```
    fn expand_label(
        self,
        key: &dyn HmacKey,
        label: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Secret, FailureReason> {
        let mut info = Vec::with_capacity(INFO_ROOM);
        let mut writer = Writer::new(&mut info);
        writer.u16(u16::try_from(length).map_err(|_| FailureReason::Crypto)?);
        let mut full_label = writer.length_prefixed_u8();
        full_label.bytes(self.prefix);
        full_label.bytes(label.as_bytes());
        drop(full_label);
        writer.length_prefixed_u8().bytes(context);
        let mut out = Secret::zeroed(length);
        hkdf_expand_with(key, &info, out.as_bytes_mut()).map_err(|_| FailureReason::Crypto)?;
        Ok(out)
    }

    /// Derive-Secret (RFC 8446 §7.1), of messages with this hash.
    fn derive_secret(
        self,
        key: &dyn HmacKey,
        label: &str,
        transcript_hash: &[u8],
    ) -> Result<Secret, FailureReason> {
        self.expand_label(key, label, transcript_hash, self.hash.digest_len())
    }

    /// The salt of the secret that hangs below the one with this key.
    fn next_salt(self, key: &dyn HmacKey) -> Result<Secret, FailureReason> {
        self.derive_secret(key, "derived", &self.hash_of(&[]))
    }

    /// The key of the secret that comes of this salt.
    fn extract(self, salt: &[u8], input: &[u8]) -> Box<dyn HmacKey> {
        self.key(&hkdf_extract(self.provider, self.hash, salt, input))
    }

    fn zeros(self) -> Secret {
        Secret::zeroed(self.hash.digest_len())
    }

    fn hash_of(self, bytes: &[u8]) -> Vec<u8> {
        let mut hash = self.provider.hash(self.hash);
        hash.update(bytes);
        hash.finish()
    }
}

/// One direction's secret of one epoch.
#[derive(Debug)]
pub(super) struct TrafficSecret {
    suite: &'static CipherSuite,
    secret: Secret,
    key: Box<dyn HmacKey>,
}

impl TrafficSecret {
    fn new(derivation: Derivation<'_>, suite: &'static CipherSuite, secret: Secret) -> Self {
        let key = derivation.key(&secret);
        Self { suite, secret, key }
    }

    /// The secret itself.
    pub(super) const fn as_secret(&self) -> &Secret {
        &self.secret
    }

    /// The keys of the records (RFC 8446 §7.3, RFC 9147 §4.2.3).
    pub(super) fn protection(&self, provider: &dyn Provider) -> Result<Protection, FailureReason> {
        let keys = self.keys(self.suite.derivation(provider))?;
        let key = provider
            .aead_key(self.suite.aead, keys.key.as_bytes())
            .map_err(|_| FailureReason::Crypto)?;
        let number_key = provider
            .header_protection_key(self.suite.aead, keys.number_key.as_bytes())
            .map_err(|_| FailureReason::Crypto)?;
        let iv = keys.iv.as_bytes().try_into().map_err(|_| FailureReason::Crypto)?;
        Ok(Protection::V13(Protection13::new(self.suite.aead, key, iv, number_key)))
    }

    fn keys(&self, derivation: Derivation<'_>) -> Result<TrafficKeys, FailureReason> {
        let key_len = self.suite.aead.key_len();
        let expand = |label, length| derivation.expand_label(&*self.key, label, &[], length);
        Ok(TrafficKeys {
            key: expand("key", key_len)?,
            iv: expand("iv", AeadAlgorithm::NONCE_LEN)?,
            number_key: expand("sn", key_len)?,
        })
    }

    /// The Finished of the side with this secret (RFC 8446 §4.4.4).
    pub(super) fn finished(
        &self,
        derivation: Derivation<'_>,
        transcript_hash: &[u8],
    ) -> Result<Vec<u8>, FailureReason> {
        let key = self.finished_key(derivation)?;
        let mut verify_data = alloc::vec![0; derivation.hash.digest_len()];
        derivation
            .provider
            .hmac_key(derivation.hash, key.as_bytes())
            .sign(&[transcript_hash], &mut verify_data);
        Ok(verify_data)
    }

    /// Whether that is the Finished that came.
    pub(super) fn verify_finished(
        &self,
        derivation: Derivation<'_>,
        transcript_hash: &[u8],
        verify_data: &[u8],
    ) -> Result<(), FailureReason> {
        let key = self.finished_key(derivation)?;
        derivation
            .provider
            .hmac_key(derivation.hash, key.as_bytes())
            .verify(&[transcript_hash], verify_data)
            .map_err(|_| FailureReason::Finished)
    }

    fn finished_key(&self, derivation: Derivation<'_>) -> Result<Secret, FailureReason> {
        derivation.expand_label(&*self.key, "finished", &[], derivation.hash.digest_len())
    }

    /// The secret after a KeyUpdate (RFC 8446 §7.2).
    fn next(&self, derivation: Derivation<'_>) -> Result<Self, FailureReason> {
        let secret = derivation.derive_secret(&*self.key, "traffic upd", &[])?;
        Ok(Self::new(derivation, self.suite, secret))
    }
}

/// What protects records.
struct TrafficKeys {
    key: Secret,
    iv: Secret,
    number_key: Secret,
}

/// The secrets of epoch 2, and what those of epoch 3 will come from.
#[derive(Debug)]
pub(super) struct HandshakeSecrets {
    suite: &'static CipherSuite,
    client: TrafficSecret,
    server: TrafficSecret,
    /// Of the handshake secret.
    key: Box<dyn HmacKey>,
}

impl HandshakeSecrets {
    /// From what the key exchange gave, and the hash up to the ServerHello.
    pub(super) fn derive(
        derivation: Derivation<'_>,
        suite: &'static CipherSuite,
        shared: &Secret,
        transcript_hash: &[u8],
    ) -> Result<Self, FailureReason> {
        let key = derivation.extract(derivation.salt, shared.as_bytes());
        let traffic = |label| -> Result<TrafficSecret, FailureReason> {
            let secret = derivation.derive_secret(&*key, label, transcript_hash)?;
            Ok(TrafficSecret::new(derivation, suite, secret))
        };
        let (client, server) = (traffic("c hs traffic")?, traffic("s hs traffic")?);
        Ok(Self { suite, client, server, key })
    }

    /// The secret of what `sender` sends.
    pub(super) const fn of(&self, sender: Role) -> &TrafficSecret {
        match sender {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    /// The secrets of epoch 3, from the hash up to the server's Finished.
    pub(super) fn application(
        &self,
        derivation: Derivation<'_>,
        transcript_hash: &[u8],
    ) -> Result<ApplicationSecrets, FailureReason> {
        let salt = derivation.next_salt(&*self.key)?;
        let key = derivation.extract(salt.as_bytes(), derivation.zeros().as_bytes());
        let derive = |label| derivation.derive_secret(&*key, label, transcript_hash);
        Ok(ApplicationSecrets {
            suite: self.suite,
            client: derive("c ap traffic")?,
            server: derive("s ap traffic")?,
            exporter: derive("exp master")?,
        })
    }
}

/// The secrets that outlive the handshake. What is made of them would take more room than they do.
#[derive(Debug)]
pub(crate) struct ApplicationSecrets {
    suite: &'static CipherSuite,
    client: Secret,
    server: Secret,
    exporter: Secret,
}

impl ApplicationSecrets {
    /// The newest secret of what `sender` sends.
    pub(super) const fn of(&self, sender: Role) -> &Secret {
        match sender {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    /// The keys of what `sender` sends (RFC 8446 §7.3, RFC 9147 §4.2.3).
    pub(super) fn protection(
        &self,
        provider: &dyn Provider,
        sender: Role,
    ) -> Result<Protection, FailureReason> {
        self.traffic(self.suite.derivation(provider), sender).protection(provider)
    }

    fn traffic(&self, derivation: Derivation<'_>, sender: Role) -> TrafficSecret {
        TrafficSecret::new(derivation, self.suite, self.of(sender).clone())
    }

    /// What exported keying material is derived from.
    pub(super) const fn exporter(&self) -> &Secret {
        &self.exporter
    }

    /// Replaces the secret of what `sender` sends by its successor, and gives back its keys.
    pub(super) fn advance(
        &mut self,
        provider: &dyn Provider,
        sender: Role,
    ) -> Result<Protection, FailureReason> {
        let derivation = self.suite.derivation(provider);
        let next = self.traffic(derivation, sender).next(derivation)?;
        let protection = next.protection(provider)?;
        match sender {
            Role::Client => self.client = next.secret,
            Role::Server => self.server = next.secret,
        }
        Ok(protection)
    }

    /// Keying material for another protocol (RFC 8446 §7.5).
    ///
    /// No context and an empty one are the same here, unlike in 1.2.
    pub(crate) fn export(
        &self,
        provider: &dyn Provider,
        label: &str,
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        self.export_by(self.suite.derivation(provider), label, context, out)
    }

    fn export_by(
        &self,
        derivation: Derivation<'_>,
        label: &str,
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        // What a label can be at most, next to the prefix; the output is bounded by its length
        // field and by HKDF.
        if label.len() > usize::from(u8::MAX).saturating_sub(derivation.prefix.len()) {
            return Err(ExportError::LabelTooLong);
        }
        let secret = derivation
            .derive_secret(&*derivation.key(&self.exporter), label, &derivation.hash_of(&[]))
            .map_err(|_| ExportError::OutputTooLong)?;
        let context = derivation.hash_of(context.unwrap_or_default());
        let material = derivation
            .expand_label(&*derivation.key(&secret), "exporter", &context, out.len())
            .map_err(|_| ExportError::OutputTooLong)?;
        out.copy_from_slice(material.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
