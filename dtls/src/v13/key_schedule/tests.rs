//! The traces of RFC 8448 §3, which are of TLS: the prefix of the labels is all that differs.

use lariat_base::Reader;
use lariat_crypto::hkdf_expand;

use super::*;
use crate::record::{Ciphertext, ContentType, Epoch, RecordNumber};
use crate::testing::hex;

const SHARED: &str = "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d";
/// The hash of the messages up to the ServerHello, to the server's CertificateVerify, and to its
/// Finished.
const TO_SERVER_HELLO: &str = "860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8";
const TO_VERIFY: &str = "edb7725fa7a3473b031ec8ef65a2485493900138a2b91291407d7951a06110ed";
const TO_FINISHED: &str = "9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13";

fn tls(provider: &dyn Provider) -> Derivation<'_> {
    Derivation { provider, hash: HashAlgorithm::Sha256, prefix: b"tls13 " }
}

fn suite() -> &'static CipherSuite {
    CipherSuite::from_code_point(0x1301).unwrap()
}

fn handshake(derivation: Derivation<'_>) -> HandshakeSecrets {
    let shared = Secret::new(hex(SHARED));
    HandshakeSecrets::derive(derivation, suite(), &shared, &hex(TO_SERVER_HELLO)).unwrap()
}

fn assert_traffic(derivation: Derivation<'_>, secret: &TrafficSecret, expected: [&str; 3]) {
    let [value, key, iv] = expected.map(hex);
    assert_eq!(secret.secret.as_bytes(), value);
    let keys = secret.keys(derivation).unwrap();
    assert_eq!(keys.key.as_bytes(), key);
    assert_eq!(keys.iv.as_bytes(), iv);
}

#[test]
fn the_handshakes_secrets_and_keys_are_those_of_the_trace() {
    let provider = lariat_crypto::ring::provider();
    let derivation = tls(&*provider);
    let secrets = handshake(derivation);
    let client = [
        "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
        "dbfaa693d1762c5b666af5d950258d01",
        "5bd3c71b836e0b76bb73265f",
    ];
    let server = [
        "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
        "3fce516009c21727d0f2e4e86ee403bc",
        "5d313eb2671276ee13000b30",
    ];
    assert_traffic(derivation, secrets.of(Role::Client), client);
    assert_traffic(derivation, secrets.of(Role::Server), server);
}

#[test]
fn both_finished_are_those_of_the_trace_and_verify() {
    let provider = lariat_crypto::ring::provider();
    let derivation = tls(&*provider);
    let secrets = handshake(derivation);
    for (sender, hash, expected) in [
        (
            Role::Server,
            TO_VERIFY,
            "9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718",
        ),
        (
            Role::Client,
            TO_FINISHED,
            "a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61",
        ),
    ] {
        let secret = secrets.of(sender);
        let finished = secret.finished(derivation, &hex(hash)).unwrap();
        assert_eq!(finished, hex(expected));
        assert_eq!(secret.verify_finished(derivation, &hex(hash), &finished), Ok(()));
        let refused = Err(FailureReason::Finished);
        assert_eq!(secret.verify_finished(derivation, b"other", &finished), refused);
        let other = secrets.of(sender.peer());
        assert_eq!(other.verify_finished(derivation, &hex(hash), &finished), refused);
    }
}

#[test]
fn the_applications_secrets_and_keys_are_those_of_the_trace() {
    let provider = lariat_crypto::ring::provider();
    let derivation = tls(&*provider);
    let secrets = handshake(derivation).application(derivation, &hex(TO_FINISHED)).unwrap();
    let client = [
        "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
        "17422dda596ed5d9acd890e3c63f5051",
        "5b78923dee08579033e523d9",
    ];
    let server = [
        "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
        "9f02283b6c9c07efc26bb9f2ac92e356",
        "cf782b88dd83549aadf1e984",
    ];
    assert_traffic(derivation, secrets.of(Role::Client), client);
    assert_traffic(derivation, secrets.of(Role::Server), server);
    let exporter = "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50";
    assert_eq!(secrets.exporter.as_bytes(), hex(exporter));
}

/// The record 0x12345 of epoch 3 with "hello dtls", by another implementation from the RFCs'
/// formulas, for each suite under a secret of the bytes 0, 1, 2 and so on.
const RECORDS: [(u16, &str); 3] = [
    (0x1301, "2f9cbd001b819e4510d914f172a6d3b5721c584ef6ed171da93f9e76c7398e3d"),
    (0x1302, "2fac8e001b0d165eacc395a3ce2120ddc554605a14c2d2f3cf17355fd8735b16"),
    (0x1303, "2fb7cb001bc6e7a12873caf5494794e3e25d727a3adea957cc5394d6eb7ecf32"),
];

#[test]
fn records_of_every_suite_are_the_known_ones() {
    // rfc9147 §4.2.3
    let provider = lariat_crypto::ring::provider();
    for (suite, expected) in RECORDS {
        let suite = CipherSuite::from_code_point(suite).unwrap();
        let secret = (0..).take(suite.hash.digest_len()).collect();
        let secret = TrafficSecret { suite, secret: Secret::new(secret) };
        let protection = secret.protection(&*provider).unwrap();
        let mut record = Vec::new();
        let number = RecordNumber { epoch: Epoch::APPLICATION, sequence: 0x1_2345 };
        protection.seal(ContentType::ApplicationData, number, b"hello dtls", &mut record);
        assert_eq!(record, hex(expected), "{}", suite.name);
        let ciphertext = Ciphertext::read(&mut Reader::new(&record)).unwrap();
        let opened = protection.open_ciphertext(&ciphertext, 0x1_2300).unwrap();
        assert_eq!((opened.sequence, &opened.content[..]), (0x1_2345, &b"hello dtls"[..]));
        assert_eq!(opened.content_type, ContentType::ApplicationData);
    }
}

#[test]
fn the_prefix_of_dtls_gives_other_secrets() {
    // rfc9147 §5.9, adversarial D29
    let provider = lariat_crypto::ring::provider();
    let of_dtls = Derivation::dtls(&*provider, HashAlgorithm::Sha256);
    let secret = Secret::new(hex(SHARED));
    let ours = of_dtls.expand_label(&*of_dtls.key(&secret), "key", &[], 16).unwrap();
    let info = b"\x00\x10\x09dtls13key\x00";
    let mut expected = [0; 16];
    let (hash, secret) = (HashAlgorithm::Sha256, secret.as_bytes());
    hkdf_expand(&*provider, hash, secret, info, &mut expected).unwrap();
    assert_eq!(ours.as_bytes(), expected);
    assert_ne!(
        handshake(of_dtls).client.secret.as_bytes(),
        handshake(tls(&*provider)).client.secret.as_bytes()
    );
}

fn dtls_secrets(provider: &dyn Provider) -> ApplicationSecrets {
    let derivation = Derivation::dtls(provider, HashAlgorithm::Sha256);
    handshake(derivation).application(derivation, &hex(TO_FINISHED)).unwrap()
}

#[test]
fn a_key_update_changes_the_keys_of_its_sender_only() {
    let provider = lariat_crypto::ring::provider();
    let mut secrets = dtls_secrets(&*provider);
    let bytes = |secrets: &ApplicationSecrets, role| secrets.of(role).secret.as_bytes().to_vec();
    let (client, server) = (bytes(&secrets, Role::Client), bytes(&secrets, Role::Server));
    let next = secrets.advance(&*provider, Role::Client).unwrap().secret.as_bytes().to_vec();
    assert_eq!(bytes(&secrets, Role::Client), next);
    assert_ne!(next, client);
    assert_eq!(bytes(&secrets, Role::Server), server);
}

#[test]
fn exports_depend_on_the_label_and_the_context() {
    let provider = lariat_crypto::ring::provider();
    let secrets = dtls_secrets(&*provider);
    let export = |label: &str, context| {
        let mut out = [0; 60];
        secrets.export(&*provider, label, context, &mut out).map(|()| out)
    };
    let srtp = export("EXTRACTOR-dtls_srtp", None).unwrap();
    assert_ne!(export("EXPERIMENTAL", None).unwrap(), srtp);
    assert_ne!(export("EXTRACTOR-dtls_srtp", Some(b"context")).unwrap(), srtp);
    // rfc8446 §7.5: unlike in 1.2, no context is an empty one.
    assert_eq!(export("EXTRACTOR-dtls_srtp", Some(b"")).unwrap(), srtp);
}

#[test]
fn what_cannot_be_derived_is_refused() {
    let provider = lariat_crypto::ring::provider();
    let secrets = dtls_secrets(&*provider);
    let export = |label: usize, length: usize| {
        let mut out = alloc::vec![0; length];
        secrets.export(&*provider, &"x".repeat(label), None, &mut out)
    };
    assert_eq!(export(249, 255 * 32), Ok(()));
    assert_eq!(export(250, 32), Err(ExportError::LabelTooLong));
    assert_eq!(export(1, 255 * 32 + 1), Err(ExportError::OutputTooLong));
    assert_eq!(export(1, 1 << 16), Err(ExportError::OutputTooLong));
}
