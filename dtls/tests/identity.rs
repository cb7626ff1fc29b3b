//! Certificates and keys that are given to us, signers that are not ours, and what is accepted of
//! the peer's.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::wire::{CERTIFICATE, Fragment, records};
use common::{BOTH, Fate, NOW_UNIX, Net, VERSIONS, config_of, known_key};
use lariat_base::Seed;
use lariat_crypto::{Error, PemSection, SignatureScheme, SigningKey, read_pem, ring};
use lariat_dtls::{
    AlertDescription, Certificate, CertificateError, FailureReason, ParseError, Role, Version,
    limits,
};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("certificates/", $name, ".pem"))
    };
}

fn load(pem: &str) -> Result<Certificate, CertificateError> {
    Certificate::from_pem(&*ring::provider(), pem.as_bytes(), pem.as_bytes())
}

/// The certificates and the keys of a text.
fn take_apart(pem: &str) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut certificates, mut keys) = (Vec::new(), Vec::new());
    for section in read_pem(pem.as_bytes()).unwrap() {
        match section {
            PemSection::Certificate(der) => certificates.push(der),
            PemSection::PrivateKey(key) => keys.push(key.as_bytes().to_vec()),
            _ => {}
        }
    }
    (certificates, keys)
}

fn leaf(pem: &str) -> Vec<u8> {
    take_apart(pem).0.remove(0)
}

/// A handshake in which `role` has this certificate.
fn net(version: Version, role: Role, certificate: &Certificate) -> Net {
    let (mut client, mut server) = (config_of(version, 1), config_of(version, 2));
    let config = if role == Role::Client { &mut client } else { &mut server };
    config.certificate = certificate.clone();
    Net::with(client, server, |_, _| Fate::Arrives)
}

fn connect_in_both_roles_and_versions(certificate: &Certificate) {
    for (version, role) in VERSIONS.into_iter().flat_map(|version| BOTH.map(|role| (version, role)))
    {
        let mut net = net(version, role, certificate);
        net.connect();
        net.send(role, b"who I am");
        net.run(Duration::from_secs(1));
        assert_eq!(net.data(role.peer()), [b"who I am"]);
    }
}

/// How both ends fail, the owner of the certificate first.
fn fail(version: Version, role: Role, certificate: &Certificate) -> [Option<FailureReason>; 2] {
    let mut net = net(version, role, certificate);
    net.start();
    net.run(Duration::from_secs(31));
    assert_eq!(net.connected(role.peer()), None);
    [role, role.peer()].map(|role| net.failure(role))
}

#[test]
fn certificates_with_keys_of_every_form_are_taken_and_accepted() {
    // adversarial D17: version 1, Ed25519, and an algorithm that says that nobody has signed.
    for pem in [
        pem!("p256"),     // SEC 1
        pem!("p384"),     // SEC 1
        pem!("rsa2048"),  // PKCS #1
        pem!("ed25519"),  // PKCS #8
        pem!("v1"),       // PKCS #8
        pem!("unsigned"), // PKCS #8
    ] {
        let certificate = load(pem).unwrap();
        assert_eq!(certificate.der(), leaf(pem));
        connect_in_both_roles_and_versions(&certificate);
        let (certificates, keys) = take_apart(pem);
        let from_der = Certificate::from_der(&*ring::provider(), &certificates[0], &keys[0]);
        assert_eq!(from_der.unwrap().fingerprint(), certificate.fingerprint());
    }
}

#[test]
fn a_certificate_whose_time_is_over_is_accepted() {
    // adversarial D17: it says who it is by its fingerprint, and that has no date.
    for now in [Duration::ZERO, Duration::from_secs(100 * 365 * 86_400)] {
        let mut rng = Seed::new([1; 32]).rng();
        let certificate = Certificate::generate(&*ring::provider(), &mut rng, now).unwrap();
        connect_in_both_roles_and_versions(&certificate);
    }
}

#[test]
fn certificates_are_generated_with_keys_of_ed25519() {
    let mut rng = Seed::new([1; 32]).rng();
    let provider = ring::provider();
    let scheme = SignatureScheme::Ed25519;
    let certificate = Certificate::generate_with(&*provider, scheme, &mut rng, NOW_UNIX).unwrap();
    connect_in_both_roles_and_versions(&certificate);
}

#[test]
fn what_is_given_wrongly_is_refused_with_a_reason() {
    use CertificateError::{
        Crypto, KeyMismatch, NoCertificate, NoPrivateKey, SeveralPrivateKeys, UnsupportedKey,
    };
    let provider = ring::provider();
    let refused = |certificates: &str, key: &str| {
        Certificate::from_pem(&*provider, certificates.as_bytes(), key.as_bytes()).unwrap_err()
    };
    let (p256, v1) = (pem!("p256"), pem!("v1"));
    assert_eq!(refused("", p256), NoCertificate);
    assert_eq!(refused(p256, ""), NoPrivateKey);
    assert_eq!(refused(p256, pem!("encrypted")), NoPrivateKey);
    assert_eq!(refused(p256, &[p256, v1].concat()), SeveralPrivateKeys);
    assert_eq!(refused(p256, pem!("p384")), KeyMismatch);
    assert_eq!(refused(&p256.replace("END EC PRIVATE", "END"), p256), Crypto(Error::Pem));
    assert_eq!(refused(p256, pem!("p521")), UnsupportedKey("on another curve"));
    assert_eq!(refused(p256, pem!("rsa512")), UnsupportedKey("RSA of this length"));

    // adversarial D17: a key that ends anywhere.
    let (certificates, keys) = take_apart(p256);
    for length in 0..keys[0].len() {
        let cut = Certificate::from_der(&*provider, &certificates[0], &keys[0][..length]);
        assert_eq!(cut.unwrap_err(), Crypto(Error::PrivateKey), "{length}");
    }
    let cut = Certificate::from_der(&*provider, &certificates[0][..99], &keys[0]);
    assert_eq!(cut.unwrap_err(), CertificateError::Der(ParseError::Truncated));
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    match content.len() {
        0..0x80 => [&[tag, length[1]], content].concat(),
        0x80..0x100 => [&[tag, 0x81, length[1]], content].concat(),
        _ => [&[tag, 0x82, length[0], length[1]], content].concat(),
    }
}

/// A certificate of this many bytes for a key, most of them an extension's.
fn padded(key: &dyn SigningKey, length: usize) -> Vec<u8> {
    let (integer, empty) = (element(2, &[1]), element(0x30, &[]));
    let before = [&integer[..], &empty, &empty, &empty, &empty, key.subject_public_key_info()];
    // Three headers of four bytes each.
    let padding = length - before.concat().len() - 3 * 4;
    let tbs = [&before.concat()[..], &element(0xa3, &vec![0; padding])].concat();
    let certificate = element(0x30, &element(0x30, &tbs));
    assert_eq!(certificate.len(), length);
    certificate
}

#[test]
fn a_chain_is_sent_whole_and_known_by_its_first_certificate() {
    let text = [pem!("p256"), "\n", pem!("p384").split("-----BEGIN EC").next().unwrap()].concat();
    let key = pem!("p256");
    let provider = ring::provider();
    let chain = Certificate::from_pem(&*provider, text.as_bytes(), key.as_bytes()).unwrap();
    assert_eq!(chain.fingerprint(), load(pem!("p256")).unwrap().fingerprint());
    assert_eq!(chain.chain().collect::<Vec<_>>(), [leaf(pem!("p256")), leaf(pem!("p384"))]);
    connect_in_both_roles_and_versions(&chain);
    // On the wire, where 1.2 shows it.
    let mut net = net(Version::Dtls12, Role::Client, &chain);
    net.connect();
    let sent = net.sent.iter().filter(|(from, _)| *from == Role::Client);
    let messages: Vec<_> = sent
        .flat_map(|(_, datagram)| records(datagram))
        .filter(|record| record.content_type == common::wire::HANDSHAKE && record.epoch == 0)
        .map(|record| Fragment::parse(&record.content))
        .collect();
    let message = messages.iter().find(|message| message.typ == CERTIFICATE).unwrap();
    let block = |der: &[u8]| [&u32::try_from(der.len()).unwrap().to_be_bytes()[1..], der].concat();
    let both = [block(&leaf(pem!("p256"))), block(&leaf(pem!("p384")))].concat();
    assert_eq!(message.body, block(&both));
    // The other way around the first one is for another key.
    let text = [pem!("p384"), pem!("p256")].concat();
    let refused = Certificate::from_pem(&*provider, text.as_bytes(), key.as_bytes());
    assert_eq!(refused.unwrap_err(), CertificateError::KeyMismatch);
}

#[test]
fn a_chain_has_limits() {
    // adversarial D17, D30
    let provider = ring::provider();
    let given = |count: usize, bytes: usize| {
        let first = padded(&*known_key::signing_key(), bytes);
        let other = padded(&*known_key::signing_key(), 600);
        let chain: Vec<_> =
            std::iter::once(first).chain(std::iter::repeat_n(other, count - 1)).collect();
        Certificate::with_signer(&*provider, &chain, known_key::signing_key())
    };
    connect_in_both_roles_and_versions(&given(limits::CERTIFICATES, 600).unwrap());
    let too_long = CertificateError::ChainTooLong;
    assert_eq!(given(limits::CERTIFICATES + 1, 600).unwrap_err(), too_long);
    connect_in_both_roles_and_versions(&given(1, limits::CHAIN_BYTES).unwrap());
    assert_eq!(given(1, limits::CHAIN_BYTES + 1).unwrap_err(), too_long);
    let empty = Certificate::with_signer(&*provider, &[[0; 0]; 0], known_key::signing_key());
    assert_eq!(empty.unwrap_err(), CertificateError::NoCertificate);
}

#[test]
fn a_certificate_of_more_than_64_kib_is_dropped() {
    // adversarial D17: its first piece says how long it is, and no other is waited for.
    let mut net = net(Version::Dtls12, Role::Server, &known_key::certificate());
    net.tamper_with(|_, datagram| {
        let mut out = Vec::new();
        for record in records(&datagram) {
            let mut record = record;
            if record.epoch == 0 && record.content.first() == Some(&CERTIFICATE) {
                let mut message = Fragment::parse(&record.content);
                message.length = u32::try_from(limits::REASSEMBLY_BYTES + 1).unwrap();
                record.content = message.bytes();
            }
            out.extend(record.bytes());
        }
        out
    });
    net.start();
    net.run(Duration::from_secs(31));
    assert_eq!(net.failure(Role::Client), Some(FailureReason::HandshakeTimeout));
    assert!(net.client.dropped().get(lariat_dtls::Dropped::ReassemblyFull) > 0);
}

/// A key that lies elsewhere, and is not always well.
#[derive(Debug)]
struct Signer {
    scheme: SignatureScheme,
    public_key: Vec<u8>,
    answer: Answer,
}

#[derive(Clone, Debug)]
enum Answer {
    Signature(Arc<dyn SigningKey>),
    Junk(Vec<u8>),
    Nothing,
}

impl Signer {
    fn of_known_key(answer: Answer) -> Box<Self> {
        let key = known_key::signing_key();
        let public_key = key.subject_public_key_info().to_vec();
        Box::new(Self { scheme: key.scheme(), public_key, answer })
    }
}

impl SigningKey for Signer {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.answer {
            Answer::Signature(key) => key.sign(message),
            Answer::Junk(bytes) => Ok(bytes.clone()),
            Answer::Nothing => Err(Error::Signer),
        }
    }
}

fn with_signer(answer: Answer) -> Certificate {
    let provider = ring::provider();
    let chain = [known_key::certificate().der().to_vec()];
    Certificate::with_signer(&*provider, &chain, Signer::of_known_key(answer)).unwrap()
}

#[test]
fn a_signer_from_outside_signs() {
    let key = || Answer::Signature(known_key::signing_key().into());
    connect_in_both_roles_and_versions(&with_signer(key()));
    let mut rng = Seed::new([1; 32]).rng();
    let (provider, signer) = (ring::provider(), Signer::of_known_key(key()));
    let certificate = Certificate::self_signed(&*provider, signer, &mut rng, NOW_UNIX).unwrap();
    connect_in_both_roles_and_versions(&certificate);
    // Its public half must be that of the certificate.
    let chain = [common::certificate(9).der().to_vec()];
    let refused = Certificate::with_signer(&*provider, &chain, Signer::of_known_key(key()));
    assert_eq!(refused.unwrap_err(), CertificateError::KeyMismatch);
}

#[test]
fn a_signer_that_fails_ends_the_handshake_and_the_peer_is_told() {
    let told = Some(FailureReason::PeerAlert(AlertDescription::INTERNAL_ERROR));
    // One byte past the limit, and more than there is room for in a message.
    let long = [limits::SIGNATURE + 1, 70_000].map(|length| Answer::Junk(vec![0x30; length]));
    for answer in long.into_iter().chain([Answer::Nothing]) {
        let certificate = with_signer(answer);
        for version in VERSIONS {
            let server = fail(version, Role::Server, &certificate);
            assert_eq!(server, [Some(FailureReason::Signing), told], "{version:?}");
            let client = fail(version, Role::Client, &certificate);
            assert_eq!(client, [Some(FailureReason::Signing), told], "{version:?}");
        }
    }
    let mut rng = Seed::new([1; 32]).rng();
    let signer = Signer::of_known_key(Answer::Nothing);
    let refused = Certificate::self_signed(&*ring::provider(), signer, &mut rng, NOW_UNIX);
    assert_eq!(refused.unwrap_err(), CertificateError::Crypto(Error::Signer));
}

#[test]
fn a_signature_that_is_none_is_refused_by_the_peer() {
    // adversarial D16
    let told = Some(FailureReason::PeerAlert(AlertDescription::DECRYPT_ERROR));
    let provider = ring::provider();
    let other = provider.generate_signing_key(SignatureScheme::EcdsaSecp256r1Sha256).unwrap();
    let good = known_key::signing_key().sign(b"another message").unwrap();
    for answer in [
        Answer::Junk(Vec::new()),
        Answer::Junk(vec![0x30]),
        Answer::Junk(good[..good.len() - 1].to_vec()),
        Answer::Junk(good),
        Answer::Junk(vec![0x30; limits::SIGNATURE]),
        Answer::Signature(other.into()),
    ] {
        let certificate = with_signer(answer.clone());
        for (version, role) in
            VERSIONS.into_iter().flat_map(|version| BOTH.map(|role| (version, role)))
        {
            let reasons = fail(version, role, &certificate);
            assert_eq!(reasons, [told, Some(FailureReason::Signature)], "{answer:?}");
        }
    }
}

#[test]
fn keys_of_other_kinds_fail_at_the_peers_signature() {
    // adversarial D17: RSA with 512 bits, P-521; each with schemes that it might be given for.
    use SignatureScheme::{EcdsaSecp256r1Sha256, Ed25519, RsaPssSha256};
    let illegal = FailureReason::IllegalParameter("signature scheme");
    for (pem, scheme, in_13) in [
        (pem!("rsa512"), RsaPssSha256, FailureReason::Signature),
        (pem!("p521"), EcdsaSecp256r1Sha256, illegal),
        (pem!("p521"), Ed25519, FailureReason::Signature),
    ] {
        let der = leaf(pem);
        let public_key = public_key_of(&der);
        let signer = Signer { scheme, public_key, answer: Answer::Junk(vec![0x30; 64]) };
        let certificate =
            Certificate::with_signer(&*ring::provider(), &[der], Box::new(signer)).unwrap();
        for role in BOTH {
            let [_, in_12] = fail(Version::Dtls12, role, &certificate);
            assert_eq!(in_12, Some(FailureReason::Signature));
            assert_eq!(fail(Version::Dtls13, role, &certificate)[1], Some(in_13));
        }
    }
}

/// The SubjectPublicKeyInfo, found by the header that each of the two kinds has.
fn public_key_of(der: &[u8]) -> Vec<u8> {
    // SEQUENCE { SEQUENCE { id-ecPublicKey .. } .. }, and the same with rsaEncryption.
    let headers: [(&[u8], usize); 2] = [
        (&[0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d], 3 + 0x9b),
        (&[0x30, 0x5c, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d], 2 + 0x5c),
    ];
    let found = headers.into_iter().find_map(|(header, length)| {
        let at = der.windows(header.len()).position(|part| part == header)?;
        Some(der[at..at + length].to_vec())
    });
    found.unwrap()
}

#[test]
fn a_server_with_a_key_of_rsa_agrees_on_a_suite_of_rsa() {
    let certificate = load(pem!("rsa2048")).unwrap();
    let mut rsa = net(Version::Dtls12, Role::Server, &certificate);
    assert_eq!(rsa.connect().cipher_suite, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    // A client that has none is told so.
    let (mut client, mut server) = (config_of(Version::Dtls12, 1), config_of(Version::Dtls12, 2));
    client.cipher_suites = vec![0xc02b];
    server.certificate = certificate;
    let mut ecdsa = Net::with(client, server, |_, _| Fate::Arrives);
    ecdsa.start();
    ecdsa.run(Duration::from_secs(31));
    assert_eq!(ecdsa.failure(Role::Server), Some(FailureReason::NoCommonCipherSuite));
}
