//! The messages and extensions of 1.3. Those of RFC 8448 are captured; DTLS changes none of them
//! but the hellos.

use super::super::extension::{
    ClientShares, Cookie, KeyShare, RecordSizeLimit, SelectedGroup, SelectedVersion, ServerShare,
    SupportedVersions,
};
use super::*;
use crate::event::Role;
use crate::record::{Epoch, RecordNumber};

/// RFC 8448 §5: a HelloRetryRequest with a group and a cookie.
const RETRY: &str = "\
    0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c00130100008400330002\
    0017002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aacad365dd0030953f\
    4edf625636e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa1\
    5b0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0002b00020304";

/// RFC 8448 §6, as all that follow.
const SERVER_HELLO: &str = "\
    03033b50fdf1c3d572e40e68953e7fff4e2758459c59afa0582c0ea032874255fe6e00130100002e00330024\
    001d00206c2e50e865919a6b5a12dfaf918f92b442567b0f89bc54478c6921366658f062002b00020304";

const ENCRYPTED_EXTENSIONS: &str = "\
    0022000a00140012001d00170018001901000101010201030104001c0002400100000000";

const CERTIFICATE_REQUEST: &str = "\
    000024000d0020001e040305030603020308040805080604010501060102010402050206020202";

const CERTIFICATE: &str = "\
    000001370001323082012e3081d5a003020102020107300a06082a8648ce3d04030230133111300f06035504\
    0313086563647361323536301e170d3136303733303031323430305a170d3236303733303031323430305a30\
    133111300f0603550403130865636473613235363059301306072a8648ce3d020106082a8648ce3d03010703\
    42000408d530161575f4cfe7f154ee3448180086001e88431a79ee62ee6e2f83ef38ba61e9fb37f34e007a7d\
    f4d2f5b56d1f04ece45d621f468406f5c3a15158948dd0a31a301830090603551d1304023000300b0603551d\
    0f040403020780300a06082a8648ce3d0403020348003045022100df30fd4507f5edd22c1a6ff86db479ca69\
    3feeca3b71b3f9ef556b2937c0594d022062e2a47250d320fea83c7e2dcb5b76a50e0200c09adbd13fee946e\
    513e011d110000";

const CERTIFICATE_VERIFY: &str = "\
    040300473045022100d7a4d34bd54f55fee1a89625678c3dd5e5f60dac73ec940c5c7b9304a02084a9022028\
    9f595ed488b9ac689a3d192b1a8bb38f34af7874c059c9806a1f38269353e8";

const FINISHED: &str = "93b70cdf4781985b96345caac701b4e750d3042df1a689d8faca812251113c11";

/// Of epoch 2, numbers 0 and 7.
const ACK: &str = "\
    0020000000000000000200000000000000000000000000000002000000000000000700";

fn captured_13() -> [(RoundTrip, Vec<u8>); 9] {
    macro_rules! round_trip {
        ($bytes:expr, $parse:expr) => {
            (
                |bytes| {
                    let mut out = Vec::new();
                    $parse(bytes)?.encode(&mut out);
                    Ok(out)
                },
                hex($bytes),
            )
        };
    }
    [
        round_trip!(RETRY, ServerHello::parse),
        round_trip!(SERVER_HELLO, ServerHello::parse),
        round_trip!(ENCRYPTED_EXTENSIONS, EncryptedExtensions::parse),
        round_trip!(CERTIFICATE_REQUEST, CertificateRequest13::parse),
        round_trip!(CERTIFICATE, CertificateMessage13::parse),
        round_trip!(CERTIFICATE_VERIFY, CertificateVerify::parse),
        round_trip!(FINISHED, |bytes| Finished::parse(bytes, 32)),
        round_trip!("01", KeyUpdate::parse),
        round_trip!(&ACK[..68], Ack::parse),
    ]
}

#[test]
fn the_messages_of_the_traces_are_read() {
    let retry = ServerHello::parse(&hex(RETRY)).unwrap();
    assert_eq!(retry.random, ServerHello::RETRY);
    assert_eq!(retry.extensions.get(), Ok(Some(SelectedGroup(23))));
    assert_eq!(retry.extensions.get::<Cookie>().unwrap().unwrap().0.len(), 114);
    let server = ServerHello::parse(&hex(SERVER_HELLO)).unwrap();
    assert_ne!(server.random, ServerHello::RETRY);
    // TLS 1.3, not DTLS.
    assert_eq!(server.extensions.get(), Ok(Some(SelectedVersion(0x0304))));
    let ServerShare(share) = server.extensions.get().unwrap().unwrap();
    assert_eq!((share.group, share.key.len()), (29, 32));
    let answers = EncryptedExtensions::parse(&hex(ENCRYPTED_EXTENSIONS)).unwrap().extensions;
    assert_eq!(answers.code_points().collect::<Vec<_>>(), [10, 28, 0]);
    let request = CertificateRequest13::parse(&hex(CERTIFICATE_REQUEST)).unwrap();
    let schemes: SignatureAlgorithms = request.extensions.get().unwrap().unwrap();
    assert_eq!((request.context.len(), schemes.0.len()), (0, 15));
    let certificate = CertificateMessage13::parse(&hex(CERTIFICATE)).unwrap();
    let [(leaf, extensions)] = &certificate.chain[..] else { panic!("one certificate") };
    assert_eq!(extensions.code_points().count(), 0);
    let key = crate::certificate::subject_public_key_info(leaf).unwrap();
    let scheme = lariat_crypto::SignatureScheme::EcdsaSecp256r1Sha256;
    assert!(crate::certificate::is_key_of(key, scheme));
}

#[test]
fn the_known_signature_verifies_over_the_known_hash() {
    // The hash of RFC 8448 §6's messages up to the server's Certificate.
    let hash = hex("859eaf14bd760766c74a398668367bc3a32687ce5a598b4383726ab82a911e26");
    let certificate = CertificateMessage13::parse(&hex(CERTIFICATE)).unwrap();
    let key = crate::certificate::subject_public_key_info(&certificate.chain[0].0).unwrap();
    let verify = CertificateVerify::parse(&hex(CERTIFICATE_VERIFY)).unwrap();
    let scheme = lariat_crypto::SignatureScheme::from_code_point(verify.scheme).unwrap();
    let provider = lariat_crypto::ring::provider();
    for (sender, is_right) in [(Role::Server, true), (Role::Client, false)] {
        let signed = CertificateVerify::signed_bytes(sender, &hash);
        let verified = provider.verify(scheme, key, &signed, &verify.signature);
        assert_eq!(verified.is_ok(), is_right);
    }
}

#[test]
fn an_ack_is_read() {
    let number = |sequence| RecordNumber { epoch: Epoch::HANDSHAKE, sequence };
    let ack = Ack::parse(&hex(&ACK[..68])).unwrap();
    assert_eq!(ack.record_numbers, [number(0), number(7)]);
    assert_eq!(Ack::parse(&[0, 0]), Ok(Ack { record_numbers: Vec::new() }));
}

#[test]
fn every_message_of_1_3_is_written_as_it_was_read() {
    for (round_trip, bytes) in captured_13() {
        assert_eq!(round_trip(&bytes), Ok(bytes));
    }
}

#[test]
fn every_shortening_and_lengthening_of_a_message_of_1_3_is_refused() {
    // adversarial D22
    for (round_trip, mut bytes) in captured_13() {
        for length in 0..bytes.len() {
            // Without its extension block a hello is a hello of an older kind.
            if let Ok(read) = round_trip(&bytes[..length]) {
                assert_eq!((length, read.len()), (38, 38), "{bytes:?}");
            }
        }
        bytes.push(0);
        assert!(round_trip(&bytes).is_err());
    }
}

#[test]
fn values_that_a_field_of_1_3_cannot_have_are_refused() {
    let invalid = ParseError::Invalid;
    assert_eq!(KeyUpdate::parse(&[2]), Err(invalid("request_update")));
    assert_eq!(Cookie::parse(&[0, 0]), Err(invalid("cookie")));
    assert_eq!(ClientShares::parse(&[0, 4, 0, 29, 0, 0]), Err(invalid("key_exchange")));
    assert_eq!(ServerShare::parse(&[0, 29, 0, 0]), Err(invalid("key_exchange")));
    assert_eq!(RecordSizeLimit::parse(&[0, 63]), Err(invalid("record_size_limit")));
    assert!(SelectedGroup::parse(&[0]).is_err());
    assert!(SelectedVersion::parse(&[0, 0, 0]).is_err());
    let empty = CertificateMessage13::parse(&[0, 0, 0, 5, 0, 0, 0, 0, 0]);
    assert_eq!(empty, Err(invalid("cert_data")));
    // An epoch past 16 bits.
    let ack = [&[0, 16, 0, 0, 0, 0, 0, 1, 0, 0][..], &[0; 8]].concat();
    assert_eq!(Ack::parse(&ack), Err(invalid("epoch")));
}

#[test]
fn one_key_share_past_the_limit_is_refused() {
    let parse = |count: usize| {
        let share = |group| KeyShare { group, key: vec![7] };
        let shares = ClientShares((0..u16::try_from(count).unwrap()).map(share).collect());
        let mut out = Vec::new();
        shares.encode(&mut out);
        ClientShares::parse(&out).map(|_| ())
    };
    assert_eq!(parse(limits::KEY_SHARES), Ok(()));
    assert_eq!(parse(limits::KEY_SHARES + 1), Err(ParseError::TooMany("key shares")));
}

#[test]
fn one_certificate_of_1_3_past_the_limit_is_refused() {
    // adversarial D17
    let parse = |count: usize| {
        let certificate = (vec![0x30, 0], Extensions::default());
        let mut out = Vec::new();
        CertificateMessage13 { context: Vec::new(), chain: vec![certificate; count] }
            .encode(&mut out);
        CertificateMessage13::parse(&out).map(|_| ())
    };
    assert_eq!(parse(limits::CERTIFICATES), Ok(()));
    assert_eq!(parse(limits::CERTIFICATES + 1), Err(ParseError::TooMany("certificates")));
}

proptest! {
    #[test]
    fn every_extension_of_1_3_that_is_written_is_read(
        group: u16,
        keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..20),
        cookie in prop::collection::vec(any::<u8>(), 1..100),
    ) {
        round_trip(&Cookie(cookie.clone()));
        round_trip(&SelectedGroup(group));
        round_trip(&RecordSizeLimit(group.max(64)));
        round_trip(&SelectedVersion(group));
        round_trip(&SupportedVersions(vec![group]));
        round_trip(&ServerShare(KeyShare { group, key: cookie }));
        let share = |(key, group): (Vec<u8>, u16)| KeyShare { group, key };
        round_trip(&ClientShares(keys.into_iter().zip(0..).map(share).collect()));
    }

    #[test]
    fn every_message_of_1_3_that_is_written_is_read(
        context in prop::collection::vec(any::<u8>(), 0..=255),
        certificates in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..16),
        numbers in prop::collection::vec((any::<u16>(), any::<u64>()), 0..100),
        request_update: bool,
    ) {
        let mut extensions = Extensions::default();
        extensions.push(&Cookie(vec![7]));
        let chain = certificates.into_iter().map(|der| (der, extensions.clone())).collect();
        let message = CertificateMessage13 { context: context.clone(), chain };
        let mut out = Vec::new();
        message.encode(&mut out);
        prop_assert_eq!(CertificateMessage13::parse(&out), Ok(message));
        let message = CertificateRequest13 { context, extensions };
        let mut out = Vec::new();
        message.encode(&mut out);
        prop_assert_eq!(CertificateRequest13::parse(&out), Ok(message));
        let number = |(epoch, sequence)| RecordNumber { epoch: Epoch(epoch), sequence };
        let message = Ack { record_numbers: numbers.into_iter().map(number).collect() };
        let mut out = Vec::new();
        message.encode(&mut out);
        prop_assert_eq!(Ack::parse(&out), Ok(message));
        let mut out = Vec::new();
        KeyUpdate { request_update }.encode(&mut out);
        prop_assert_eq!(KeyUpdate::parse(&out), Ok(KeyUpdate { request_update }));
    }

    #[test]
    fn arbitrary_bytes_never_panic_a_parser_of_1_3(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        for (round_trip, _) in captured_13() {
            // Whatever is read is written as it was.
            if let Ok(read) = round_trip(&bytes) {
                prop_assert_eq!(read, &bytes[..]);
            }
        }
    }
}
