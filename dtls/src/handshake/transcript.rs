//! Everything that the handshake's signatures and hashes cover (RFC 6347 §4.2.6).

use alloc::vec::Vec;

use lariat_crypto::{HashAlgorithm, Provider};

use super::fragment::{Fragment, HandshakeType};
use crate::error::FailureReason;
use crate::limits;

/// The messages of the handshake so far, each with the header it would have in one piece.
///
/// The bytes are kept rather than a running hash, because a signature is checked over the messages
/// themselves, and because the hash is known only after the ServerHello.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transcript {
    bytes: Vec<u8>,
}

impl Transcript {
    /// Adds a message.
    pub(crate) fn add(
        &mut self,
        handshake_type: HandshakeType,
        message_seq: u16,
        body: &[u8],
    ) -> Result<(), FailureReason> {
        let total = self.bytes.len().saturating_add(Fragment::HEADER_LEN + body.len());
        if total > limits::TRANSCRIPT_BYTES {
            return Err(FailureReason::HandshakeTooLong);
        }
        let length = u32::try_from(body.len()).map_err(|_| FailureReason::HandshakeTooLong)?;
        Fragment { handshake_type, length, message_seq, offset: 0, body }.encode(&mut self.bytes);
        Ok(())
    }

    /// Forgets everything: rfc6347 §4.2.1 leaves the first ClientHello and the HelloVerifyRequest
    /// out.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The messages.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The hash of the messages.
    pub(crate) fn hash(&self, provider: &dyn Provider, algorithm: HashAlgorithm) -> Vec<u8> {
        let mut hash = provider.hash(algorithm);
        hash.update(&self.bytes);
        hash.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_past_the_limit_are_refused() {
        let mut transcript = Transcript::default();
        let body = alloc::vec![0; limits::TRANSCRIPT_BYTES - Fragment::HEADER_LEN];
        transcript.add(HandshakeType::Certificate, 0, &body).unwrap();
        assert_eq!(
            transcript.add(HandshakeType::ServerHelloDone, 1, &[]),
            Err(FailureReason::HandshakeTooLong)
        );
    }
}
