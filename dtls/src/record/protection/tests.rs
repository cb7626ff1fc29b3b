//! Records with connection identifiers of both versions, as other people's ciphers make them: these
//! were put together from the RFCs' text with the `cryptography` package of Python.

use lariat_base::Reader;
use lariat_crypto::AeadAlgorithm;

use super::*;
use crate::record::AnyRecord;
use crate::testing::hex;

const CID: [u8; 3] = [0xc1, 0xd2, 0xe3];
const CONTENT: &[u8] = b"hello dtls";

/// How a record is protected, the record itself, with padding, with nothing but padding, and with a
/// content type that cannot be inside.
struct Known {
    protection: Protection,
    epoch: Epoch,
    record: &'static str,
    padded: &'static str,
    bad: &'static [&'static str],
}

fn known() -> [Known; 3] {
    let provider = lariat_crypto::ring::provider();
    let key: Vec<u8> = (0..32).collect();
    let iv = core::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap());
    let aes = || provider.aead_key(AeadAlgorithm::Aes128Gcm, &key[..16]).unwrap();
    let chacha = provider.aead_key(AeadAlgorithm::ChaCha20Poly1305, &key).unwrap();
    let gcm = Protection12::new(aes(), FixedIv::Salt([0x20, 0x21, 0x22, 0x23]));
    let chacha = Protection12::new(chacha, FixedIv::Whole(iv));
    let aead = AeadAlgorithm::Aes128Gcm;
    let number_key = provider.header_protection_key(aead, &key[16..]).unwrap();
    [
        Known {
            protection: Protection::V12(gcm),
            epoch: Epoch::PROTECTED,
            record: "19fefd0001000000000005c1d2e30023000100000000000569096140d5d50c134e55f567ebdf\
                     17e8fb7d43ab779b9c6e143ee5",
            padded: "19fefd0001000000000005c1d2e30026000100000000000569096140d5d50c134e55f547a9bb\
                     f1e221c8bff68dc83292e85e5934f211",
            bad: &[
                "19fefd0001000000000005c1d2e3001c0001000000000005016c0d2c66f7ad4252e3ef12e1154c1c\
                 828bd6b5",
                "19fefd0001000000000005c1d2e3001e000100000000000569096140d5eccc7b4aa53ad64d05ca0e\
                 765afcd805ac",
            ],
        },
        Known {
            protection: Protection::V12(chacha),
            epoch: Epoch::PROTECTED,
            record: "19fefd0001000000000005c1d2e3001ba88700091306c2d0adcba7bd75f34fe4d3b3a7f36bc0\
                     64a6a71b49",
            padded: "19fefd0001000000000005c1d2e3001ea88700091306c2d0adcba7bf72d327a56639a59df332\
                     64403e79803a7db3",
            bad: &[
                "19fefd0001000000000005c1d2e30014c0e26c656f487b62232b7a45120f795a3e1bfeb5",
                "19fefd0001000000000005c1d2e30016a8870009133fb11deb7848036c0bbf5ab6cac4b3d769",
            ],
        },
        Known {
            protection: Protection::V13(Protection13::new(aead, aes(), iv, number_key)),
            epoch: Epoch::APPLICATION,
            record: "3fc1d2e36d99001b0ac01815bcfc826b7306179f159852e2f649c06a702cff44dc3dd1",
            padded: "3fc1d2e3860c001e0ac01815bcfc826b730617f1c4bfd5298edf9bb5927dd4d9b750252961cd",
            bad: &[],
        },
    ]
}

fn open(protection: &Protection, bytes: &[u8]) -> Result<(ContentType, Vec<u8>), Dropped> {
    let record = AnyRecord::read(&mut Reader::new(bytes), CID.len());
    match record.map_err(|_| Dropped::Header)? {
        AnyRecord::Plain(record) => protection.open_record(&record, Vec::new()),
        AnyRecord::Ciphertext(record) => {
            let opened = protection.open_ciphertext(&record, 5, Vec::new())?;
            Ok((opened.content_type, opened.content))
        }
    }
}

#[test]
fn records_with_an_identifier_are_those_of_the_rfcs() {
    // rfc9146 §5.3, rfc9147 §4
    for Known { protection, epoch, record, padded, .. } in known() {
        let number = RecordNumber { epoch, sequence: 5 };
        let mut out = Vec::new();
        protection.seal(ContentType::ApplicationData, &CID, number, CONTENT, &mut out);
        assert_eq!(out, hex(record));
        assert!(out.len() <= CONTENT.len() + Protection::overhead(epoch, CID.len()));
        let expected = Ok((ContentType::ApplicationData, CONTENT.to_vec()));
        assert_eq!(open(&protection, &hex(record)), expected);
        assert_eq!(open(&protection, &hex(padded)), expected, "padding is taken off");
    }
}

#[test]
fn padding_alone_and_an_identifier_within_another_are_dropped() {
    for Known { protection, bad, .. } in known() {
        for record in bad {
            assert_eq!(open(&protection, &hex(record)), Err(Dropped::ContentType));
        }
    }
}

#[test]
fn every_changed_bit_of_a_record_with_an_identifier_is_noticed() {
    // adversarial D11
    for Known { protection, epoch, record, .. } in known() {
        let bytes = hex(record);
        // In 1.2 this crate always authenticates the only version it speaks.
        let is_version = |bit: &usize| epoch == Epoch::PROTECTED && (8..24).contains(bit);
        for bit in (0..bytes.len() * 8).filter(|bit| !is_version(bit)) {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&protection, &changed).is_err(), "{epoch:?}: bit {bit}");
        }
    }
}

#[test]
fn the_longest_content_of_1_2_leaves_room_for_its_type() {
    // rfc9146 §5: type and padding count.
    let [Known { protection, .. }, ..] = known();
    let number = RecordNumber { epoch: Epoch::PROTECTED, sequence: 5 };
    for (length, expected) in [(MAX - 1, Ok(())), (MAX, Err(Dropped::Length))] {
        let mut out = Vec::new();
        let content = alloc::vec![7; length];
        protection.seal(ContentType::ApplicationData, &CID, number, &content, &mut out);
        assert_eq!(open(&protection, &out).map(|_| ()), expected);
    }
}

const MAX: usize = crate::limits::MAX_PLAINTEXT;
