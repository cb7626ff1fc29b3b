//! Values computed by another implementation from the RFCs' formulas.

use lariat_base::Reader;
use lariat_crypto::HashAlgorithm;

use super::super::suite::CIPHER_SUITES;
use super::*;
use crate::error::Dropped;
use crate::record::Record;
use crate::testing::hex;

const SESSION_HASH: &str = "a431d0766a50fc00a484c401dc0d055ccf7859463bc66365c5df00b1c6f88532";
const MASTER_SECRET: &str = "9d74292fc14cdf469df925ce3046d5252f3dc8719959e03ff7ece95339025c8f\
                             96271c5003eec038eb3e2592b399d064";
const EXTENDED_MASTER_SECRET: &str = "94b0a7dd910bba01db4adc8d32e793fb8224274d25473fb9f33eb57520a1df3d\
     985d0b2821b87200b9de25f0dd246877";

const RANDOMS: Randoms = Randoms { client: [0xc1; 32], server: [0x5e; 32] };

fn master_secret(secret: &str) -> MasterSecret {
    let secret = Secret::new(hex(secret));
    MasterSecret { suite: &CIPHER_SUITES[0], randoms: RANDOMS, secret }
}

#[test]
fn the_extended_master_secret_is_the_known_one() {
    let provider = lariat_crypto::ring::provider();
    let pre_master = Secret::new((0..32).collect());
    let suite = &CIPHER_SUITES[0];
    let master =
        MasterSecret::extended(&*provider, suite, RANDOMS, &pre_master, &hex(SESSION_HASH));
    assert_eq!(master.secret.as_bytes(), hex(EXTENDED_MASTER_SECRET));
}

// The values below were derived from one of the two secrets above; the first check says which.
fn known() -> MasterSecret {
    let provider = lariat_crypto::ring::provider();
    let wanted =
        hex("c2d03a1a18af88cf16c085df978ca27f98bf52c7998ec8b532bcc18ae6fc1502c8d069e0693dcf59");
    let mut found = None;
    for secret in [MASTER_SECRET, EXTENDED_MASTER_SECRET] {
        let mut block = [0; 40];
        tls12_prf(
            &*provider,
            HashAlgorithm::Sha256,
            &hex(secret),
            b"key expansion",
            &[&RANDOMS.server, &RANDOMS.client],
            &mut block,
        );
        if block[..] == wanted {
            found = Some(secret);
        }
    }
    master_secret(found.unwrap())
}

fn opened(protection: &Protection, record: &Record<'_>) -> Result<Vec<u8>, Dropped> {
    let Protection::V12(protection) = protection else { panic!("of another version") };
    protection.open(record, Vec::new()).map(|(_, content)| content)
}

#[test]
fn the_client_writes_with_the_first_key_and_nonce() {
    let provider = lariat_crypto::ring::provider();
    let record = hex("17fefd0001000000000005002200010000000000052298a885acbf74451cb4cd599eef51\
         2559b38c8005ad00ba1c7b");
    let record = Record::read(&mut Reader::new(&record)).unwrap();
    let client = known().protection(&*provider, Role::Client).unwrap();
    assert_eq!(opened(&client, &record).unwrap(), b"hello dtls");
    let server = known().protection(&*provider, Role::Server).unwrap();
    assert_eq!(opened(&server, &record), Err(Dropped::NotAuthentic));
}

#[test]
fn chacha20_takes_all_of_its_nonce_from_the_key_block() {
    // rfc7905 §2
    let provider = lariat_crypto::ring::provider();
    let suite = CipherSuite::from_code_point(0xcca9).unwrap();
    let record =
        hex("17fefd0001000000000005001a481f37d7e549e8bb5d0c725619fcf7f455b712e31a4fe75174df");
    let record = Record::read(&mut Reader::new(&record)).unwrap();
    let client = MasterSecret { suite, ..known() }.protection(&*provider, Role::Client).unwrap();
    assert_eq!(opened(&client, &record).unwrap(), b"hello dtls");
    let server = MasterSecret { suite, ..known() }.protection(&*provider, Role::Server).unwrap();
    assert_eq!(opened(&server, &record), Err(Dropped::NotAuthentic));
}

#[test]
fn the_exporter_gives_the_known_srtp_keys() {
    let provider = lariat_crypto::ring::provider();
    let mut out = [0; 60];
    known().export(&*provider, "EXTRACTOR-dtls_srtp", None, &mut out).unwrap();
    assert_eq!(
        out[..],
        hex("2ad560c0b48661e510c5e41496061ae3ba7db83fbe3f1469ec48d3e2f0da0f33\
             878f5858252850bd6db99460b4b811ef9394cab3bc077cbbdba2c4a8")
    );
}

#[test]
fn both_finished_are_the_known_ones_and_verify() {
    let provider = lariat_crypto::ring::provider();
    let hash = hex(SESSION_HASH);
    for (sender, value) in
        [(Role::Client, "bd71b3bf9cb7473c580a8093"), (Role::Server, "e3827f8e213ec75f70e86f10")]
    {
        let finished = known().finished(&*provider, sender, &hash);
        assert_eq!(finished.verify_data[..], hex(value));
        assert_eq!(known().verify_finished(&*provider, sender, &hash, &finished), Ok(()));
        let refused = known().verify_finished(&*provider, sender.peer(), &hash, &finished);
        assert_eq!(refused, Err(FailureReason::Finished));
        let refused = known().verify_finished(&*provider, sender, b"other", &finished);
        assert_eq!(refused, Err(FailureReason::Finished));
    }
}

#[test]
fn an_empty_context_is_not_the_same_as_none() {
    let provider = lariat_crypto::ring::provider();
    let (mut none, mut empty) = ([0; 20], [0; 20]);
    known().export(&*provider, "EXPERIMENTAL", None, &mut none).unwrap();
    known().export(&*provider, "EXPERIMENTAL", Some(&[]), &mut empty).unwrap();
    assert_ne!(none, empty);
    let long = alloc::vec![0; 1 << 16];
    let refused = known().export(&*provider, "EXPERIMENTAL", Some(&long), &mut none);
    assert_eq!(refused, Err(ExportError::ContextTooLong));
}

#[test]
fn the_labels_of_the_protocol_itself_are_refused() {
    let provider = lariat_crypto::ring::provider();
    let refused = known().export(&*provider, "key expansion", None, &mut [0; 4]);
    assert_eq!(refused, Err(ExportError::ReservedLabel));
}
