//! Both epochs of both directions.

use alloc::vec::Vec;

use super::header::{ContentType, Record};
use super::protection::Protection;
use crate::error::Dropped;
use crate::replay::ReplayWindow;

/// The epochs that a connection without renegotiation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Epoch {
    /// Epoch 0: no protection.
    Plaintext,
    /// Epoch 1: the keys of the handshake.
    Protected,
}

/// All sequence numbers of an epoch are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SequenceExhausted;

/// Writes records in either epoch, and opens the protected ones.
#[derive(Debug, Default)]
pub(crate) struct RecordLayer {
    plaintext: Sequence,
    outbound: Option<Outbound>,
    inbound: Option<Inbound>,
}

#[derive(Debug)]
struct Outbound {
    protection: Protection,
    sequence: Sequence,
}

#[derive(Debug)]
struct Inbound {
    protection: Protection,
    window: ReplayWindow,
    /// Whether the peer has shown that it holds the keys.
    proven: bool,
}

impl RecordLayer {
    /// From now on, records can be written in the protected epoch.
    pub(crate) fn install_outbound(&mut self, protection: Protection) {
        self.outbound = Some(Outbound { protection, sequence: Sequence::default() });
    }

    /// From now on, records of the protected epoch can be opened.
    pub(crate) fn install_inbound(&mut self, protection: Protection) {
        let window = ReplayWindow::default();
        self.inbound = Some(Inbound { protection, window, proven: false });
    }

    /// Whether records of the protected epoch can be opened.
    pub(crate) const fn can_open(&self) -> bool {
        self.inbound.is_some()
    }

    /// Whether an authentic record has come in the protected epoch.
    pub(crate) fn is_proven(&self) -> bool {
        self.inbound.as_ref().is_some_and(|inbound| inbound.proven)
    }

    /// The epoch that alerts and data go out in.
    pub(crate) const fn current_epoch(&self) -> Epoch {
        if self.outbound.is_some() { Epoch::Protected } else { Epoch::Plaintext }
    }

    /// What a record takes beyond its content.
    pub(crate) const fn overhead(epoch: Epoch) -> usize {
        match epoch {
            Epoch::Plaintext => Record::HEADER_LEN,
            Epoch::Protected => Record::HEADER_LEN + Protection::OVERHEAD,
        }
    }

    /// Appends one record. `content` is at most
    /// [`limits::MAX_PLAINTEXT`](crate::limits::MAX_PLAINTEXT) bytes long. The version is used in
    /// epoch 0 only.
    pub(crate) fn write(
        &mut self,
        epoch: Epoch,
        version: u16,
        content_type: ContentType,
        content: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SequenceExhausted> {
        match (epoch, &mut self.outbound) {
            (Epoch::Protected, Some(Outbound { protection, sequence })) => {
                protection.seal(content_type, 1, sequence.next()?, content, out);
            }
            (Epoch::Protected, None) => {
                debug_assert!(false, "nothing is sent in the protected epoch before its keys");
            }
            (Epoch::Plaintext, _) => {
                let length =
                    u16::try_from(content.len()).expect("callers hold content to 2^14 bytes");
                let sequence = self.plaintext.next()?;
                Record::write_header(out, content_type, version, 0, sequence, length);
                out.extend_from_slice(content);
            }
        }
        Ok(())
    }

    /// Opens a record of the protected epoch.
    ///
    /// rfc6347 §4.1.2.6: the window moves only once the record is authentic.
    pub(crate) fn open(&mut self, record: &Record<'_>) -> Result<Vec<u8>, Dropped> {
        let inbound = self.inbound.as_mut().ok_or(Dropped::Epoch)?;
        if !inbound.window.is_new(record.sequence) {
            return Err(Dropped::Replayed);
        }
        let plaintext = inbound.protection.open(record)?;
        inbound.window.enter(record.sequence);
        inbound.proven = true;
        Ok(plaintext)
    }
}

/// The next sequence number to use, of 48 bits.
#[derive(Clone, Copy, Debug, Default)]
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> Result<u64, SequenceExhausted> {
        let next = self.0;
        // rfc6347 §4.1: sequence numbers never wrap; a nonce is made of them.
        if next >= 1 << 48 {
            return Err(SequenceExhausted);
        }
        self.0 = next.saturating_add(1);
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use lariat_base::Reader;
    use lariat_crypto::AeadAlgorithm;

    use super::*;

    fn pair() -> (RecordLayer, RecordLayer) {
        let provider = lariat_crypto::ring::provider();
        let protection = || {
            let key = provider.aead_key(AeadAlgorithm::Aes128Gcm, &[7; 16]).unwrap();
            Protection::new(key, [1, 2, 3, 4])
        };
        let (mut sender, mut receiver) = (RecordLayer::default(), RecordLayer::default());
        sender.install_outbound(protection());
        receiver.install_inbound(protection());
        (sender, receiver)
    }

    fn write(layer: &mut RecordLayer, epoch: Epoch) -> Result<Vec<u8>, SequenceExhausted> {
        let mut out = Vec::new();
        layer.write(epoch, 0xfefd, ContentType::ApplicationData, b"data", &mut out)?;
        Ok(out)
    }

    fn open(layer: &mut RecordLayer, bytes: &[u8]) -> Result<Vec<u8>, Dropped> {
        layer.open(&Record::read(&mut Reader::new(bytes)).unwrap())
    }

    #[test]
    fn the_last_sequence_number_is_used_and_none_after_it() {
        // adversarial D13
        let (mut sender, mut receiver) = pair();
        sender.outbound.as_mut().unwrap().sequence = Sequence((1 << 48) - 1);
        let last = write(&mut sender, Epoch::Protected).unwrap();
        assert_eq!(open(&mut receiver, &last), Ok(b"data".to_vec()));
        assert_eq!(write(&mut sender, Epoch::Protected), Err(SequenceExhausted));
        assert_eq!(write(&mut sender, Epoch::Protected), Err(SequenceExhausted));
        sender.plaintext = Sequence(1 << 48);
        assert_eq!(write(&mut sender, Epoch::Plaintext), Err(SequenceExhausted));
    }

    #[test]
    fn a_forged_record_far_ahead_does_not_move_the_window() {
        // adversarial D12
        let (mut sender, mut receiver) = pair();
        let genuine = write(&mut sender, Epoch::Protected).unwrap();
        let mut forged = genuine.clone();
        forged[5..11].copy_from_slice(&[0xff; 6]);
        assert_eq!(open(&mut receiver, &forged), Err(Dropped::NotAuthentic));
        assert!(!receiver.is_proven());
        assert_eq!(open(&mut receiver, &genuine), Ok(b"data".to_vec()));
        assert!(receiver.is_proven());
        assert_eq!(open(&mut receiver, &genuine), Err(Dropped::Replayed));
    }
}
