//! What the states of the handshake work on.

use alloc::vec::Vec;

use lariat_base::Rng;
use lariat_crypto::{Provider, Secret, SignatureScheme};

use crate::certificate;
use crate::config::Config;
use crate::error::FailureReason;
use crate::fingerprint::{self, Fingerprint};
use crate::handshake::{HandshakeType, Message, Outbox, PrivateKeys, Transcript};
use crate::limits;
use crate::record::{Epoch, RecordLayer};

/// The parts of a connection that a handler may touch.
pub(crate) struct Context<'a> {
    pub(crate) config: &'a Config,
    pub(crate) peer_fingerprints: &'a [Fingerprint],
    pub(crate) rng: &'a mut Rng,
    pub(crate) transcript: &'a mut Transcript,
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) keys: &'a mut PrivateKeys,
    pub(crate) records: &'a mut RecordLayer,
    /// Whether a hello was said again, and the message that led to it is still due.
    pub(crate) again: bool,
}

/// What a way through the handshake adds up to.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) transcript: Transcript,
    pub(crate) outbox: Outbox,
}

impl<'a> Context<'a> {
    pub(crate) fn provider(&self) -> &'a dyn Provider {
        &*self.config.provider
    }

    /// Adds a message of ours to the flight and the transcript.
    pub(crate) fn send(
        &mut self,
        epoch: Epoch,
        handshake_type: HandshakeType,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), FailureReason> {
        let mut body = Vec::new();
        encode(&mut body);
        self.outbox.send(epoch, handshake_type, body, self.transcript)
    }

    /// Adds a message of the peer to the transcript.
    pub(crate) fn received(&mut self, message: &Message) -> Result<(), FailureReason> {
        self.transcript.add(message.handshake_type, message.message_seq, &message.body)
    }

    /// The public key of the peer's certificate, if that is the expected one.
    ///
    /// rfc8122 §6.2: the leaf must have an expected fingerprint; without any, nothing is trusted.
    /// The rest of the chain, names and dates mean nothing here.
    pub(crate) fn check_certificate(&self, leaf: Option<&[u8]>) -> Result<Vec<u8>, FailureReason> {
        let leaf = leaf.ok_or(FailureReason::NoCertificate)?;
        let provider = self.provider();
        if !fingerprint::is_expected(self.peer_fingerprints, provider, leaf) {
            return Err(FailureReason::Fingerprint);
        }
        let key = certificate::subject_public_key_info(leaf).map_err(FailureReason::Certificate)?;
        Ok(key.to_vec())
    }

    /// The scheme of our own signatures, if the peer verifies it.
    pub(crate) fn our_scheme(&self, offered: &[u16]) -> Result<SignatureScheme, FailureReason> {
        let scheme = self.config.certificate.signing_key().scheme();
        if offered.contains(&scheme.code_point()) {
            Ok(scheme)
        } else {
            Err(FailureReason::NoCommonSignatureScheme)
        }
    }

    /// Hands a secret to the one who is to read along, if there is one.
    pub(crate) fn log_secret(&self, label: &str, client_random: &[u8; 32], secret: &Secret) {
        if let Some(key_log) = &self.config.key_log {
            key_log.log(label, client_random, secret.as_bytes());
        }
    }

    /// Our signature, of a key that may be anybody's code.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, FailureReason> {
        match self.config.certificate.signing_key().sign(message) {
            Ok(signature) if signature.len() <= limits::SIGNATURE => Ok(signature),
            _ => Err(FailureReason::Signing),
        }
    }
}

/// That a message is of the type that is due.
pub(crate) fn expect(
    message: &Message,
    handshake_type: HandshakeType,
) -> Result<(), FailureReason> {
    if message.handshake_type == handshake_type {
        Ok(())
    } else {
        Err(FailureReason::UnexpectedMessage)
    }
}
