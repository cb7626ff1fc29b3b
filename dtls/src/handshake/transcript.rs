//! Everything that the handshake's signatures and hashes cover (RFC 6347 §4.2.6, RFC 9147 §5.2).

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::Reader;
use lariat_crypto::{Hash, HashAlgorithm, Provider};

use super::fragment::{Fragment, HandshakeType};
use crate::error::FailureReason;
use crate::limits;

/// The messages of the handshake so far.
///
/// It begins before the version is known, and as 1.2 has it: each message with the header it would
/// have in one piece, and all of them kept, because signatures are over the messages themselves. In
/// 1.3 headers have a type and a length only, and nothing but the hash is needed.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// In 1.3 those alone that came before the version was known.
    messages: Vec<u8>,
    /// Where it begins: what is before does not count any more.
    start: usize,
    running: Option<Running>,
    length: usize,
}

/// A point of a transcript to which it can be put back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark {
    start: usize,
    end: usize,
    running: Option<Running>,
    length: usize,
}

/// What 1.3 keeps.
#[derive(Debug)]
struct Running {
    algorithm: HashAlgorithm,
    hash: Box<dyn Hash>,
}

impl Transcript {
    /// Adds a message.
    pub(crate) fn add(
        &mut self,
        handshake_type: HandshakeType,
        message_seq: u16,
        body: &[u8],
    ) -> Result<(), FailureReason> {
        let total = self.length.saturating_add(Fragment::HEADER_LEN).saturating_add(body.len());
        if total > limits::TRANSCRIPT_BYTES {
            return Err(FailureReason::HandshakeTooLong);
        }
        self.length = total;
        let length = u32::try_from(body.len()).map_err(|_| FailureReason::HandshakeTooLong)?;
        match &mut self.running {
            None => Fragment { handshake_type, length, message_seq, offset: 0, body }
                .encode(&mut self.messages),
            Some(running) => running.add(handshake_type, body),
        }
        Ok(())
    }

    /// Forgets everything: rfc6347 §4.2.1 leaves the first ClientHello and the HelloVerifyRequest
    /// out.
    pub(crate) fn clear(&mut self) {
        (self.start, self.running, self.length) = (self.messages.len(), None, self.messages.len());
    }

    /// The point where it is now.
    pub(crate) fn mark(&self) -> Mark {
        let Self { start, length, .. } = *self;
        Mark { start, end: self.messages.len(), running: self.running.clone(), length }
    }

    /// Puts it back to an earlier point.
    pub(crate) fn go_back(&mut self, mark: &Mark) {
        self.messages.truncate(mark.end);
        self.running = mark.running.clone();
        (self.start, self.length) = (mark.start, mark.length);
    }

    /// Another one that goes on from an earlier point.
    pub(crate) fn branch(&self, mark: &Mark) -> Self {
        let messages = self.messages.get(..mark.end).unwrap_or_default().to_vec();
        let mut branch = Self { messages, ..Self::default() };
        branch.go_back(mark);
        branch
    }

    /// It is not put back any more.
    pub(crate) fn settle(&mut self) {
        if self.running.is_some() {
            self.messages = Vec::new();
        }
    }

    /// The version is 1.3, and its hash this one. A second call does nothing.
    pub(crate) fn begin_13(&mut self, provider: &dyn Provider, algorithm: HashAlgorithm) {
        if self.running.is_some() {
            return;
        }
        let mut running = Running { algorithm, hash: provider.hash(algorithm) };
        let mut reader = Reader::new(self.as_bytes());
        while let Ok(message) = Fragment::read(&mut reader) {
            running.add(message.handshake_type, message.body);
        }
        self.running = Some(running);
    }

    /// rfc8446 §4.4.1: what a HelloRetryRequest answers is replaced by a message with its hash.
    pub(crate) fn replace_by_hash(&mut self, provider: &dyn Provider) {
        let Some(running) = &mut self.running else { return };
        let hash = running.hash.fork().finish();
        running.hash = provider.hash(running.algorithm);
        running.add(HandshakeType::MessageHash, &hash);
    }

    /// The messages of 1.2.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.messages.get(self.start..).unwrap_or_default()
    }

    /// The hash of the messages of 1.2.
    pub(crate) fn hash_12(&self, provider: &dyn Provider, algorithm: HashAlgorithm) -> Vec<u8> {
        let mut hash = provider.hash(algorithm);
        hash.update(self.as_bytes());
        hash.finish()
    }

    /// The hash of the messages of 1.3; empty before [`Self::begin_13`].
    pub(crate) fn hash_13(&self) -> Vec<u8> {
        debug_assert!(self.running.is_some(), "the version is not decided");
        self.running.as_ref().map(|running| running.hash.fork().finish()).unwrap_or_default()
    }
}

impl Clone for Running {
    fn clone(&self) -> Self {
        Self { algorithm: self.algorithm, hash: self.hash.fork() }
    }
}

impl Running {
    fn add(&mut self, handshake_type: HandshakeType, body: &[u8]) {
        // The callers hold it to the transcript's limit, which is below 2^24.
        let [_, high, middle, low] = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
        self.hash.update(&[handshake_type.code_point(), high, middle, low]);
        self.hash.update(body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    const SHA256: HashAlgorithm = HashAlgorithm::Sha256;

    fn digest(bytes: &[u8]) -> Vec<u8> {
        let mut hash = lariat_crypto::ring::provider().hash(SHA256);
        hash.update(bytes);
        hash.finish()
    }

    #[test]
    fn messages_past_the_limit_are_refused() {
        let provider = lariat_crypto::ring::provider();
        for is_13 in [false, true] {
            let mut transcript = Transcript::default();
            if is_13 {
                transcript.begin_13(&*provider, SHA256);
            }
            let body = alloc::vec![0; limits::TRANSCRIPT_BYTES - Fragment::HEADER_LEN];
            transcript.add(HandshakeType::Certificate, 0, &body).unwrap();
            assert_eq!(
                transcript.add(HandshakeType::ServerHelloDone, 1, &[]),
                Err(FailureReason::HandshakeTooLong)
            );
        }
    }

    #[test]
    fn the_version_decides_over_the_headers_of_what_came_before_it() {
        // rfc9147 §5.2, adversarial D29
        let provider = lariat_crypto::ring::provider();
        let mut transcript = Transcript::default();
        transcript.add(HandshakeType::ClientHello, 3, b"hello").unwrap();
        let of_12 = b"\x01\0\0\x05\0\x03\0\0\0\0\0\x05hello";
        assert_eq!(transcript.as_bytes(), of_12);
        assert_eq!(transcript.hash_12(&*provider, SHA256), digest(of_12));
        transcript.begin_13(&*provider, SHA256);
        transcript.add(HandshakeType::ServerHello, 4, b"hi").unwrap();
        assert_eq!(transcript.hash_13(), digest(b"\x01\0\0\x05hello\x02\0\0\x02hi"));
        assert_eq!(transcript.hash_13(), transcript.hash_13());
    }

    #[test]
    fn a_hello_that_is_tried_again_leaves_its_hash() {
        // rfc8446 §4.4.1
        let provider = lariat_crypto::ring::provider();
        let mut transcript = Transcript::default();
        transcript.add(HandshakeType::ClientHello, 0, b"hello").unwrap();
        transcript.begin_13(&*provider, SHA256);
        transcript.replace_by_hash(&*provider);
        transcript.add(HandshakeType::ServerHello, 0, b"again").unwrap();
        let first = digest(b"\x01\0\0\x05hello");
        let expected = [b"\xfe\0\0\x20", &first[..], b"\x02\0\0\x05again"].concat();
        assert_eq!(transcript.hash_13(), digest(&expected));
    }

    #[test]
    fn the_hash_after_a_retry_is_that_of_the_trace() {
        // The messages of RFC 8448 §5, adversarial D29.
        let provider = lariat_crypto::ring::provider();
        let mut transcript = Transcript::default();
        let add = |transcript: &mut Transcript, message: &[u8]| {
            let typ = HandshakeType::from_code_point(message[0]);
            transcript.add(typ, 0, &message[4..]).unwrap();
        };
        add(&mut transcript, &hex(FIRST_HELLO));
        transcript.begin_13(&*provider, SHA256);
        transcript.replace_by_hash(&*provider);
        add(&mut transcript, &hex(RETRY));
        add(&mut transcript, &[hex(SECOND_HELLO), alloc::vec![0; 175]].concat());
        add(&mut transcript, &hex(SERVER_HELLO));
        let expected = "8aa8e828ec2f8a884fec95a3139de01c15a3daa7ff5bfc3f4bfcc21b438d7bf8";
        assert_eq!(transcript.hash_13(), hex(expected));
    }

    const FIRST_HELLO: &str = "\
        010000b00303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f000006130113\
        031302010000810000000b0009000006736572766572ff01000100000a00080006001d001700180033002600\
        24001d0020e8e8e3f3b93a25ed97a14a7dcacb8a272c6288e585c6484d05262fcad062ad1f002b0003020304\
        000d0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001c\
        00024001";
    const RETRY: &str = "\
        020000ac0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c001301000084\
        003300020017002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aacad365dd\
        0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e50781b\
        5eda4aa15b0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0002b00020304";
    /// Without the zeros at its end, which are padding.
    const SECOND_HELLO: &str = "\
        010001fc0303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f000006130113\
        031302010001cd0000000b0009000006736572766572ff01000100000a00080006001d001700180033004700\
        450017004104a6da7392ec591e17abfd535964b99894d13befb221b3def2ebe3830eac8f0151812677c4d6d2\
        237e85cf01d6910cfb83954e76ba7352830534159897e8065780002b0003020304000d0020001e0403050306\
        03020308040805080604010501060102010402050206020202002c0074007271dcd04bb88bc3189119398a00\
        000000eefafc76c146b823b096f8aacad365dd0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d1\
        37abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b0c8be778257d16aa3030e9e7841dd9e4c0342267\
        e8ca0caf571fb2b7cff0f934b0002d00020101001c00024001001500af";
    const SERVER_HELLO: &str = "\
        020000770303bb341d847fd789c47c387172dc0c9bf147fccacb5043d86ca4c598d3ff571b9800130100004f\
        003300450017004104583e054b7a66672ae020ad9d2686fcc85b5ad41a134a0f03ee72b893052bd85b4c8de6\
        776f5b04ac07d83540eab3e3d9c547bc6528c4317d294686093a6cad7d002b00020304";
}
