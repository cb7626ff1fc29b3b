//! The key schedule (RFC 5246 §8.1 and §6.3, RFC 7627 §4, RFC 5705 §4).

use alloc::vec::Vec;

use lariat_base::Reader;
use lariat_crypto::{AeadAlgorithm, Provider, Secret, tls12_prf};

use super::suite::CipherSuite;
use crate::error::{ExportError, FailureReason};
use crate::event::Role;
use crate::message::Finished;
use crate::record::{FixedIv, Protection, Protection12};

/// The length of a Finished in bytes (RFC 5246 §7.4.9).
pub(super) const VERIFY_DATA_LEN: usize = 12;

const MASTER_SECRET_LEN: usize = 48;

/// The random numbers of both hellos.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Randoms {
    pub(crate) client: [u8; 32],
    pub(crate) server: [u8; 32],
}

/// The master secret, and what is derived from it.
#[derive(Debug)]
pub(crate) struct MasterSecret {
    suite: &'static CipherSuite,
    randoms: Randoms,
    secret: Secret,
}

impl MasterSecret {
    /// rfc7627 §4: the master secret comes from the hash of the handshake up to the
    /// ClientKeyExchange.
    pub(crate) fn extended(
        provider: &dyn Provider,
        suite: &'static CipherSuite,
        randoms: Randoms,
        pre_master_secret: &Secret,
        session_hash: &[u8],
    ) -> Self {
        let mut secret = Secret::zeroed(MASTER_SECRET_LEN);
        tls12_prf(
            provider,
            suite.hash,
            pre_master_secret.as_bytes(),
            b"extended master secret",
            &[session_hash],
            secret.as_bytes_mut(),
        );
        Self { suite, randoms, secret }
    }

    /// The secret itself.
    pub(super) const fn as_secret(&self) -> &Secret {
        &self.secret
    }

    /// The protection of what `sender` sends in epoch 1.
    pub(crate) fn protection(
        &self,
        provider: &dyn Provider,
        sender: Role,
    ) -> Result<Protection, FailureReason> {
        let aead = self.suite.aead;
        let mut block = Secret::zeroed(2 * (aead.key_len() + FixedIv::len(aead)));
        // rfc5246 §6.3: here, unlike in the hello's order, the server's random comes first.
        tls12_prf(
            provider,
            self.suite.hash,
            self.secret.as_bytes(),
            b"key expansion",
            &[&self.randoms.server, &self.randoms.client],
            block.as_bytes_mut(),
        );
        let (key, iv) =
            split_key_block(block.as_bytes(), aead, sender).ok_or(FailureReason::Crypto)?;
        let key = provider.aead_key(aead, key).map_err(|_| FailureReason::Crypto)?;
        Ok(Protection::V12(Protection12::new(key, iv)))
    }

    /// The Finished that `sender` sends after a handshake with this hash (RFC 5246 §7.4.9).
    pub(crate) fn finished(
        &self,
        provider: &dyn Provider,
        sender: Role,
        handshake_hash: &[u8],
    ) -> Finished {
        let mut verify_data = alloc::vec![0; VERIFY_DATA_LEN];
        let label = finished_label(sender);
        let secret = self.secret.as_bytes();
        tls12_prf(provider, self.suite.hash, secret, label, &[handshake_hash], &mut verify_data);
        Finished { verify_data }
    }

    /// Whether that is the Finished that came.
    ///
    /// The first block of the PRF is one HMAC over what the PRF's chaining gives, so the backend's
    /// own comparison can be used.
    pub(crate) fn verify_finished(
        &self,
        provider: &dyn Provider,
        sender: Role,
        handshake_hash: &[u8],
        finished: &Finished,
    ) -> Result<(), FailureReason> {
        let key = provider.hmac_key(self.suite.hash, self.secret.as_bytes());
        let label = finished_label(sender);
        let mut chained = Secret::zeroed(self.suite.hash.digest_len());
        key.sign(&[label, handshake_hash], chained.as_bytes_mut());
        key.verify(&[chained.as_bytes(), label, handshake_hash], &finished.verify_data)
            .map_err(|_| FailureReason::Finished)
    }

    /// Keying material for another protocol (RFC 5705 §4).
    pub(crate) fn export(
        &self,
        provider: &dyn Provider,
        label: &str,
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        const RESERVED: [&str; 5] = [
            "client finished",
            "server finished",
            "master secret",
            "extended master secret",
            "key expansion",
        ];
        if RESERVED.contains(&label) {
            return Err(ExportError::ReservedLabel);
        }
        let mut seed: Vec<&[u8]> = alloc::vec![&self.randoms.client, &self.randoms.server];
        let context_len;
        // rfc5705 §4: no context and an empty one give different values.
        if let Some(context) = context {
            let length = u16::try_from(context.len()).map_err(|_| ExportError::ContextTooLong)?;
            context_len = length.to_be_bytes();
            seed.extend([&context_len[..], context]);
        }
        let secret = self.secret.as_bytes();
        tls12_prf(provider, self.suite.hash, secret, label.as_bytes(), &seed, out);
        Ok(())
    }
}

const fn finished_label(sender: Role) -> &'static [u8] {
    match sender {
        Role::Client => b"client finished",
        Role::Server => b"server finished",
    }
}

/// client key, server key, client IV, server IV; AEAD suites have no MAC keys.
fn split_key_block(block: &[u8], aead: AeadAlgorithm, sender: Role) -> Option<(&[u8], FixedIv)> {
    let mut reader = Reader::new(block);
    let client_key = reader.take(aead.key_len()).ok()?;
    let server_key = reader.take(aead.key_len()).ok()?;
    let client_iv = FixedIv::read(aead, &mut reader).ok()?;
    let server_iv = FixedIv::read(aead, &mut reader).ok()?;
    Some(match sender {
        Role::Client => (client_key, client_iv),
        Role::Server => (server_key, server_iv),
    })
}

#[cfg(test)]
mod tests;
