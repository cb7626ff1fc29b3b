//! The traces of RFC 8448 §3, which are of TLS: the prefix of the labels is all that differs.

use lariat_base::Reader;
use lariat_crypto::hkdf_expand;

use super::*;
use crate::record::{Ciphertext, ContentType, Epoch, RecordLayer};
use crate::testing::hex;

const SHARED: &str = "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d";
/// The hash of the messages up to the ServerHello, to the server's CertificateVerify, and to its
/// Finished.
const TO_SERVER_HELLO: &str = "860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8";
const TO_VERIFY: &str = "edb7725fa7a3473b031ec8ef65a2485493900138a2b91291407d7951a06110ed";
const TO_FINISHED: &str = "9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13";

/// The "derived" secret that the trace has for the early one.
const TLS_SALT: [u8; 32] = [
    0x6f, 0x26, 0x15, 0xa1, 0x08, 0xc7, 0x02, 0xc5, 0x67, 0x8f, 0x54, 0xfc, 0x9d, 0xba, 0xb6, 0x97,
    0x16, 0xc0, 0x76, 0x18, 0x9c, 0x48, 0x25, 0x0c, 0xeb, 0xea, 0xc3, 0x57, 0x6c, 0x36, 0x11, 0xba,
];

fn tls(provider: &dyn Provider) -> Derivation<'_> {
    Derivation { provider, hash: HashAlgorithm::Sha256, prefix: b"tls13 ", salt: &TLS_SALT }
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
fn what_comes_of_the_early_secret_is_the_same_in_every_handshake() {
    // rfc8446 §7.1
    let provider = lariat_crypto::ring::provider();
    let of_dtls = |hash| Derivation::dtls(&*provider, hash);
    for derivation in
        [tls(&*provider), of_dtls(HashAlgorithm::Sha256), of_dtls(HashAlgorithm::Sha384)]
    {
        let early = derivation.extract(&[], derivation.zeros().as_bytes());
        assert_eq!(derivation.next_salt(&*early).unwrap().as_bytes(), derivation.salt);
    }
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
    assert_traffic(derivation, &secrets.traffic(derivation, Role::Client), client);
    assert_traffic(derivation, &secrets.traffic(derivation, Role::Server), server);
    let exporter = "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50";
    assert_eq!(secrets.exporter.as_bytes(), hex(exporter));
}

/// The fourth record of epoch 3, with "hello dtls", by another implementation from the RFCs'
/// formulas: for each suite under a secret of the bytes 0, 1, 2 and so on.
const RECORDS: [(u16, &str); 3] = [
    (0x1301, "2fecce001b127556150358c2e81a15c6bb248014f0d0473f85071f1fa138f429"),
    (0x1302, "2f0a44001ba98accae789f3bcd2cd225d054337b8716bddf20132dd197b725fc"),
    (0x1303, "2fe075001b1bca067bfc79cdc5949324fdf7fa6ffeefb8552b5349477aa4f27f"),
];

#[test]
fn records_of_every_suite_are_the_known_ones() {
    // rfc9147 §4.2.3
    let provider = lariat_crypto::ring::provider();
    for (suite, expected) in RECORDS {
        let suite = CipherSuite::from_code_point(suite).unwrap();
        let secret = Secret::new((0..).take(suite.hash.digest_len()).collect());
        let secret = TrafficSecret::new(suite.derivation(&*provider), suite, secret);
        let epoch = Epoch::APPLICATION;
        let (mut sender, mut receiver) = (RecordLayer::default(), RecordLayer::default());
        sender.install_outbound(epoch, secret.protection(&*provider).unwrap());
        receiver.install_inbound(epoch, secret.protection(&*provider).unwrap());
        let mut record = Vec::new();
        for _ in 0..4 {
            record.clear();
            let data = ContentType::ApplicationData;
            sender.write(epoch, 0xfefd, data, b"hello dtls", &mut record).unwrap();
        }
        assert_eq!(record, hex(expected), "{}", suite.name);
        let ciphertext = Ciphertext::read(&mut Reader::new(&record), 0).unwrap();
        let opened = receiver.open_ciphertext(epoch, &ciphertext).unwrap();
        assert_eq!((opened.sequence, &opened.content[..]), (3, &b"hello dtls"[..]));
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
    let bytes = |secrets: &ApplicationSecrets, role| secrets.of(role).as_bytes().to_vec();
    let (client, server) = (bytes(&secrets, Role::Client), bytes(&secrets, Role::Server));
    let derivation = Derivation::dtls(&*provider, HashAlgorithm::Sha256);
    let next = secrets.traffic(derivation, Role::Client).next(derivation).unwrap();
    secrets.advance(&*provider, Role::Client).unwrap();
    assert_eq!(bytes(&secrets, Role::Client), next.secret.as_bytes());
    assert_ne!(bytes(&secrets, Role::Client), client);
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
