//! Certificates, signatures and key shares that nobody should send.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::wire::{
    CERTIFICATE, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, CLIENT_HELLO, CLIENT_KEY_EXCHANGE,
    Fragment, Hello, SERVER_HELLO, SERVER_KEY_EXCHANGE, rewrite,
};
use common::{Fate, Net, VERSIONS, certificate, config, config_of, known_key};
use lariat_crypto::ring;
use lariat_dtls::{
    AlertDescription, Certificate, Config, Connection, ExportError, FailureReason, Fingerprint,
    FingerprintAlgorithm, ParseError, Role,
};

/// Both sides, the liar with a key that the test can sign with.
fn net_with_liar(liar: Role) -> Net {
    let (mut client, mut server) = (config(1), config(2));
    match liar {
        Role::Client => client.certificate = known_key::certificate(),
        Role::Server => server.certificate = known_key::certificate(),
    }
    Net::with(client, server, |_, _| Fate::Arrives)
}

/// How the other side fails if `liar`'s messages of type `typ` are changed like this.
fn refusal(liar: Role, typ: u8, change: impl Fn(&mut Vec<u8>) + 'static) -> Option<FailureReason> {
    let net = net_with_liar(liar).connect_lying(liar, move |message| {
        if message.typ == typ {
            change(&mut message.body);
        }
    });
    assert_eq!(net.connected(liar.peer()), None);
    if let Some(alert) = net.failure(liar.peer()).and_then(FailureReason::alert) {
        assert_eq!(net.failure(liar), Some(FailureReason::PeerAlert(alert)));
    }
    net.failure(liar.peer())
}

fn chain(certificates: &[&[u8]]) -> Vec<u8> {
    let block =
        |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat();
    block(&certificates.iter().flat_map(|der| block(der)).collect::<Vec<u8>>())
}

const BOTH: [(Role, u8); 2] = [(Role::Client, CERTIFICATE), (Role::Server, CERTIFICATE)];

#[test]
fn a_chain_that_holds_the_expected_certificate_but_not_first_is_refused() {
    // adversarial D15
    for (liar, typ) in BOTH {
        let refused = refusal(liar, typ, |body| {
            let expected = known_key::certificate();
            *body = chain(&[certificate(9).der(), expected.der()]);
        });
        assert_eq!(refused, Some(FailureReason::Fingerprint));
        assert_eq!(FailureReason::Fingerprint.alert(), Some(AlertDescription::BAD_CERTIFICATE));
    }
}

#[test]
fn fingerprints_of_every_hash_decide_on_either_side() {
    // adversarial D15
    let all = VERSIONS.into_iter().flat_map(|version| HASHES.map(|hash| (version, hash)));
    for (version, hash) in all {
        for refusing in [None, Some(Role::Client), Some(Role::Server)] {
            // The second one is of the certificate that comes, or else one digit off.
            let expected = |role: Role, ours: &Config| {
                let mut right = of(hash, &ours.certificate);
                if refusing == Some(role.peer()) {
                    right.value[0] ^= 0x10;
                }
                vec![of(hash, &certificate(9)), right]
            };
            let (client, server) = (config_of(version, 1), config_of(version, 2));
            let of_client = expected(Role::Client, &client);
            let of_server = expected(Role::Server, &server);
            let client = Connection::new(client, Role::Client, of_server);
            let server = Connection::new(server, Role::Server, of_client);
            let mut net = Net::of(client, server, |_, _| Fate::Arrives);
            let Some(refusing) = refusing else {
                net.connect();
                continue;
            };
            net.start();
            net.run(Duration::from_secs(31));
            assert_eq!(net.failure(refusing), Some(FailureReason::Fingerprint), "{hash:?}");
            let told = FailureReason::PeerAlert(AlertDescription::BAD_CERTIFICATE);
            assert_eq!(net.failure(refusing.peer()), Some(told));
            for role in [Role::Client, Role::Server] {
                let connection = net.connection(role);
                let refused = connection.export_keying_material("label", None, &mut [0; 4]);
                assert_eq!(refused, Err(ExportError::NotConnected));
            }
        }
    }
}

const HASHES: [FingerprintAlgorithm; 3] =
    [FingerprintAlgorithm::Sha256, FingerprintAlgorithm::Sha384, FingerprintAlgorithm::Sha512];

fn of(hash: FingerprintAlgorithm, certificate: &Certificate) -> Fingerprint {
    Fingerprint::of(&*ring::provider(), hash, certificate.der())
}

#[test]
fn the_longest_hash_of_those_that_are_expected_decides() {
    // rfc8122 §5.1; adversarial D15
    let [sha256, sha384, sha512] = HASHES;
    let (right, other) = (certificate(2), certificate(9));
    let mut cut = of(sha512, &right);
    cut.value.pop();
    for (expected, accepted) in [
        (vec![of(sha256, &other), of(sha512, &right)], true),
        (vec![of(sha512, &right), of(sha384, &other), of(sha256, &right)], true),
        (vec![of(sha256, &right), of(sha512, &other)], false),
        (vec![of(sha384, &other), of(sha256, &right)], false),
        // Several certificates of one hash: one of them will come.
        (vec![of(sha384, &other), of(sha384, &right), of(sha256, &other)], true),
        (vec![of(sha256, &right), cut], false),
        (vec![], false),
    ] {
        for version in VERSIONS {
            let (client, mut server) = (config_of(version, 1), config_of(version, 2));
            server.certificate = right.clone();
            let of_client = vec![client.certificate.fingerprint()];
            let mut net = Net::of(
                Connection::new(client, Role::Client, expected.clone()),
                Connection::new(server, Role::Server, of_client),
                |_, _| Fate::Arrives,
            );
            net.start();
            net.run(Duration::from_secs(31));
            assert_eq!(net.connected(Role::Client).is_some(), accepted, "{expected:?}");
            let refused = Some(FailureReason::Fingerprint).filter(|_| !accepted);
            assert_eq!(net.failure(Role::Client), refused, "{expected:?}");
        }
    }
}

#[test]
fn no_key_is_exported_before_the_handshake_is_complete() {
    // adversarial D15
    for mut net in VERSIONS.map(Net::of_version) {
        net.start();
        for _ in 0..4 {
            for role in [Role::Client, Role::Server] {
                if net.connected(role).is_none() {
                    let connection = net.connection(role);
                    let refused = connection.export_keying_material("label", None, &mut [0; 4]);
                    assert_eq!(refused, Err(ExportError::NotConnected));
                    assert!(connection.send(b"early", &mut Vec::new()).is_err());
                }
            }
            net.run(Duration::from_millis(20));
        }
        net.export(Role::Client);
    }
}

#[test]
fn an_empty_chain_is_refused() {
    // adversarial D16
    for (liar, typ) in BOTH {
        let refused = refusal(liar, typ, |body| *body = chain(&[]));
        assert_eq!(refused, Some(FailureReason::NoCertificate));
    }
}

#[test]
fn a_chain_one_past_the_limit_is_refused() {
    // adversarial D17
    let refused = refusal(Role::Client, CERTIFICATE, |body| *body = chain(&[&[0x30, 0][..]; 17]));
    let expected = FailureReason::Malformed(ParseError::TooMany("certificates"));
    assert_eq!(refused, Some(expected));
}

#[test]
fn a_certificate_without_a_readable_key_is_refused() {
    // adversarial D17: even with the right fingerprint.
    let broken = known_key::certificate().der()[..100].to_vec();
    let expected = Fingerprint::of(&*ring::provider(), FingerprintAlgorithm::Sha256, &broken);
    let client = Connection::new(config(1), Role::Client, vec![expected]);
    let server = Connection::new(config(2), Role::Server, vec![]);
    let net = Net::of(client, server, |_, _| Fate::Arrives);
    let net = net.connect_lying(Role::Server, move |message| {
        if message.typ == CERTIFICATE {
            message.body = chain(&[&broken]);
        }
    });
    let failure = net.failure(Role::Client);
    assert_eq!(failure, Some(FailureReason::Certificate(ParseError::Truncated)));
}

#[test]
fn a_client_without_certificate_verify_is_never_let_in() {
    // adversarial D16
    let mut net = Net::new();
    net.tamper_with(|_, datagram| rewrite(&datagram, |message| message.typ != CERTIFICATE_VERIFY));
    net.start();
    net.run(Duration::from_secs(31));
    assert_eq!(net.connected(Role::Server), None);
    assert_eq!(net.failure(Role::Server), Some(FailureReason::HandshakeTimeout));
    // Another message in its place does no better.
    let net = Net::new().connect_lying(Role::Client, |message| {
        if message.typ == CERTIFICATE_VERIFY {
            message.typ = CLIENT_KEY_EXCHANGE;
        }
    });
    assert_eq!(net.failure(Role::Server), Some(FailureReason::UnexpectedMessage));
}

/// A signature over the messages seen so far, by the known key.
fn signed(transcript: &[u8], scheme: [u8; 2]) -> Vec<u8> {
    let signature = known_key::signing_key().sign(transcript).unwrap();
    let length = u16::try_from(signature.len()).unwrap().to_be_bytes();
    [&scheme[..], &length, &signature].concat()
}

/// How a server fails if the client's CertificateVerify is replaced by what `lie` makes of the
/// messages before it.
fn verify_with(
    certificate_is_known: bool,
    lie: impl Fn(&[u8]) -> Vec<u8> + 'static,
) -> Option<FailureReason> {
    let mut net = if certificate_is_known { net_with_liar(Role::Client) } else { Net::new() };
    let mut transcript = Vec::new();
    net.tamper_with(move |_, datagram| {
        rewrite(&datagram, |message| {
            if message.typ == CERTIFICATE_VERIFY {
                message.body = lie(&transcript);
            }
            transcript.extend(message.bytes());
            true
        })
    });
    net.start();
    net.run(Duration::from_secs(31));
    net.failure(Role::Server)
}

#[test]
fn a_certificate_verify_that_does_not_verify_is_refused() {
    // adversarial D16
    const ECDSA: [u8; 2] = [4, 3];
    // The right signature gets past this check: only the Finished notices that it is another one.
    let right = verify_with(true, |transcript| signed(transcript, ECDSA));
    assert_eq!(right, Some(FailureReason::Finished));
    let other_key = verify_with(false, |transcript| signed(transcript, ECDSA));
    assert_eq!(other_key, Some(FailureReason::Signature));
    let other_transcript = verify_with(true, |transcript| signed(&transcript[1..], ECDSA));
    assert_eq!(other_transcript, Some(FailureReason::Signature));
    let empty = verify_with(true, |_| vec![4, 3, 0, 0]);
    assert_eq!(empty, Some(FailureReason::Signature));
    for scheme in [[5, 3], [4, 1], [8, 4], [8, 7]] {
        let other_scheme = verify_with(true, move |transcript| signed(transcript, scheme));
        assert_eq!(other_scheme, Some(FailureReason::Signature), "{scheme:?}");
    }
    for scheme in [[2, 3], [8, 8], [0, 0]] {
        let not_offered = verify_with(true, move |transcript| signed(transcript, scheme));
        assert_eq!(not_offered, Some(FailureReason::NotOffered("signature scheme")), "{scheme:?}");
    }
}

#[test]
fn a_client_that_verifies_no_signature_of_ours_is_not_sent_one() {
    let refused = refusal(Role::Server, CERTIFICATE_REQUEST, |body| {
        *body = vec![1, 64, 0, 2, 8, 7, 0, 0];
    });
    assert_eq!(refused, Some(FailureReason::NoCommonSignatureScheme));
}

/// Shares that are no element of their group, or one that gives away the secret.
fn bad_shares(group: u16) -> Vec<Vec<u8>> {
    if group == 29 {
        let one = [&[1][..], &[0; 31]].concat();
        // The prime itself, which is zero again.
        let prime = [&[0xed][..], &[0xff; 30], &[0x7f]].concat();
        // One of the points of order 8 (RFC 7748 §6.1 has them all give zero).
        let low_order =
            known_key::hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");
        return vec![vec![0; 32], one, prime, low_order, vec![9; 31], vec![9; 33]];
    }
    let provider = ring::provider();
    let exchange = provider.start_key_exchange(lariat_crypto::NamedGroup::Secp256r1).unwrap();
    let point = exchange.share().to_vec();
    let mut off_curve = point.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    let compressed = [&[2 + point[64] % 2][..], &point[1..33]].concat();
    let longer = [&point[..], &[0]].concat();
    vec![off_curve, vec![0], compressed, point[..64].to_vec(), longer, vec![4; 65]]
}

#[test]
fn a_clients_bad_key_share_is_refused() {
    // adversarial D18
    for group in [29, 23] {
        for share in bad_shares(group) {
            let change = move |message: &mut Fragment| match message.typ {
                CLIENT_HELLO => message.body = hello_with_group(&message.body, group),
                CLIENT_KEY_EXCHANGE => {
                    message.body = [&[u8::try_from(share.len()).unwrap()][..], &share].concat();
                }
                _ => {}
            };
            // Of somebody who cannot sign it, it is not looked at.
            let net = Net::new().connect_lying(Role::Client, change.clone());
            assert_eq!(net.failure(Role::Server), Some(FailureReason::Signature), "{group}");
            let (mut net, mut transcript) = (net_with_liar(Role::Client), Vec::new());
            net.tamper_with(move |_, datagram| {
                rewrite(&datagram, |message| {
                    change(message);
                    if message.typ == CERTIFICATE_VERIFY {
                        message.body = signed(&transcript, [4, 3]);
                    }
                    message.length = u32::try_from(message.body.len()).unwrap();
                    transcript.extend(message.bytes());
                    true
                })
            });
            net.start();
            net.run(common::BELIEVED);
            assert_eq!(net.failure(Role::Server), Some(FailureReason::KeyShare), "{group}");
        }
    }
}

fn hello_with_group(body: &[u8], group: u16) -> Vec<u8> {
    let mut hello = Hello::parse(CLIENT_HELLO, body);
    let [high, low] = group.to_be_bytes();
    hello.set(10, &[0, 2, high, low]);
    hello.body()
}

#[test]
fn a_servers_bad_key_share_is_refused_though_signed() {
    // adversarial D18
    for group in [29, 23_u16] {
        for share in bad_shares(group) {
            let mut randoms = Vec::new();
            let mut net = net_with_liar(Role::Server);
            net.tamper_with(move |_, datagram| {
                rewrite(&datagram, |message| {
                    match message.typ {
                        CLIENT_HELLO | SERVER_HELLO => {
                            randoms.extend_from_slice(&message.body[2..34]);
                        }
                        SERVER_KEY_EXCHANGE => message.body = signed_share(&randoms, group, &share),
                        _ => {}
                    }
                    true
                })
            });
            net.start();
            net.run(common::BELIEVED);
            assert_eq!(net.failure(Role::Client), Some(FailureReason::KeyShare), "{group}");
            let alert = FailureReason::KeyShare.alert();
            assert_eq!(alert, Some(AlertDescription::ILLEGAL_PARAMETER));
        }
    }
}

fn signed_share(randoms: &[u8], group: u16, share: &[u8]) -> Vec<u8> {
    let length = u8::try_from(share.len()).unwrap();
    let params = [&[3][..], &group.to_be_bytes(), &[length], share].concat();
    let signature = known_key::signing_key().sign(&[randoms, &params[..]].concat()).unwrap();
    let length = u16::try_from(signature.len()).unwrap().to_be_bytes();
    [&params[..], &[4, 3], &length, &signature].concat()
}

#[test]
fn a_servers_key_share_with_a_wrong_signature_is_refused() {
    let flip = |at: usize| refusal(Role::Server, SERVER_KEY_EXCHANGE, move |body| body[at] ^= 1);
    assert_eq!(flip(10), Some(FailureReason::Signature), "the share");
    assert_eq!(flip(50), Some(FailureReason::Signature), "the signature");
    let set = |at: usize, bytes: [u8; 2]| {
        refusal(Role::Server, SERVER_KEY_EXCHANGE, move |body| {
            body[at..at + 2].copy_from_slice(&bytes);
        })
    };
    assert_eq!(set(1, [0, 25]), Some(FailureReason::NotOffered("group")));
    assert_eq!(set(36, [2, 3]), Some(FailureReason::NotOffered("signature scheme")));
    // An RSA signature in a suite of ECDSA.
    assert_eq!(set(36, [4, 1]), Some(FailureReason::IllegalParameter("signature scheme")));
}

#[test]
fn a_changed_message_that_is_otherwise_fine_is_noticed_by_the_clients_signature() {
    let net = Net::new().connect_lying(Role::Server, |message| {
        if message.typ == CERTIFICATE_REQUEST {
            message.body[1..2].copy_from_slice(&[1]);
        }
    });
    // The client signs other messages than the server saw.
    assert_eq!(net.failure(Role::Server), Some(FailureReason::Signature));
    let net = Net::new().connect_lying(Role::Client, |message| {
        if message.typ == CLIENT_HELLO {
            let mut hello = Hello::parse(CLIENT_HELLO, &message.body);
            hello.set(0x4242, &[]);
            message.body = hello.body();
        }
    });
    assert_eq!(net.failure(Role::Server), Some(FailureReason::Signature));
}

#[test]
fn a_message_out_of_its_turn_is_refused() {
    let orders = [
        (Role::Server, CERTIFICATE, SERVER_KEY_EXCHANGE),
        (Role::Server, SERVER_KEY_EXCHANGE, CERTIFICATE),
        (Role::Server, SERVER_HELLO, CERTIFICATE),
        (Role::Server, CERTIFICATE_REQUEST, SERVER_HELLO),
        (Role::Client, CLIENT_HELLO, CERTIFICATE),
        (Role::Client, CERTIFICATE, CLIENT_KEY_EXCHANGE),
        (Role::Client, CLIENT_KEY_EXCHANGE, CERTIFICATE_VERIFY),
        (Role::Client, CLIENT_KEY_EXCHANGE, 99),
    ];
    for (liar, typ, instead) in orders {
        let net = Net::new().connect_lying(liar, move |message: &mut Fragment| {
            if message.typ == typ {
                message.typ = instead;
            }
        });
        let failure = net.failure(liar.peer());
        assert_eq!(failure, Some(FailureReason::UnexpectedMessage), "{typ} as {instead}");
    }
}
