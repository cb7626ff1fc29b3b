//! Messages as they were sent between OpenSSL 3.0 and this crate; what is written is read; and
//! what is refused.

mod connection_id;
mod v13;

use alloc::vec;

use proptest::prelude::*;

use super::extension::{
    EcPointFormats, ExtendedMasterSecret, Extension, Padding, RenegotiationInfo,
    SignatureAlgorithms, SupportedGroups, SupportedVersions, UseSrtp,
};
use super::*;
use crate::limits;
use crate::testing::hex;

const HELLO_VERIFY_REQUEST: &str = "\
    feff148ae67eb5098fff1cd5d6d8f5cf7c0b9e1f7720cf";

const SERVER_HELLO: &str = "\
    fefd0ac559881ba1ce1d7182b77c4722ad8f5180442de785a1eeb9bc30cc6a26569b204c69937ea5e6e7fb\
    00c7dde859b52d9bd9b69f568538179f938f316367436cbec02b00001aff01000100000b00040300010200\
    0e0005000200010000170000";

const CERTIFICATE: &str = "\
    0001790001763082017230820119a00302010202147ea3af3ad57c809212ad4c69ae303da9ed315ba1300a\
    06082a8648ce3d040302300f310d300b06035504030c0470656572301e170d323631313231303330393335\
    5a170d3236313232313033303933355a300f310d300b06035504030c04706565723059301306072a8648ce\
    3d020106082a8648ce3d03010703420004cc827e8c2b03467cb48fb462c55ad16ee2c60590b43a252fb41e\
    70a02dd452021b6e2e49f8afccdc8b4743c1773cd528469de50d5252ef8c97189bc6e9151c7fa353305130\
    1d0603551d0e041604146e615a656b8ec82675dd8e75fe4bb4c27f98c96d301f0603551d23041830168014\
    6e615a656b8ec82675dd8e75fe4bb4c27f98c96d300f0603551d130101ff040530030101ff300a06082a86\
    48ce3d0403020347003044022034290797c5e4e05ed9a2f29dcd38c9799991a4e73ebce7a510cf81fe5f00\
    81bf02206b9d3011b41a08ec60e53fbe238324fcdaf6e7439015265dcd8286f53c616fde";

const SERVER_KEY_EXCHANGE: &str = "\
    03001d20cc9bb9b98d3c01e355ad87ba2fecdc85c46c177a1b58ff9711b49faaab2eda5404030047304502\
    21008a6e9b780096821c29adcd87e22c8c27b04184fcc5d14ec1fad38489a5bd6cc70220408cfbf9deb0c6\
    e708bef29320f94f69075fcbf5566019fad817b762faaefb50";

const CERTIFICATE_REQUEST: &str = "\
    030102400028040305030603080708080809080a080b080408050806040105010601030303010302040205\
    0206020000";

const CLIENT_KEY_EXCHANGE: &str = "\
    205e8e0f3266c2fca4e8e3eda8856f3dcf8d3240f9bd1179f17b5d9653606bd97d";

const CERTIFICATE_VERIFY: &str = "\
    040300483046022100ac93f73d46be5e981c361910627d9ab6d1c6440691023535eb0a3cfab4cb4a380221\
    00f1adcd0143c9ae86771555138321afd5b156845f4f061f6c2776d337e7459ef5";

const FINISHED: &str = "\
    30ae1d27224300f7c9c868a0";

const CLIENT_HELLO: &str = "\
    fefd59fc66b69ac68b3004ebf8b3cd1c1609f4c9e6b3fa9efd9cc2a87e1fbf981b2800000038c02cc03000\
    9fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d\
    003c0035002f00ff0100005d000b000403000102000a000c000a001d0017001e0019001800230000000e00\
    07000400010007000016000000170000000d002a0028040305030603080708080809080a080b0804080508\
    06040105010601030303010302040205020602";

#[test]
fn the_client_hello_of_openssl_is_read() {
    let hello = ClientHello::parse(&hex(CLIENT_HELLO)).unwrap();
    assert_eq!(hello.version, DTLS_1_2);
    assert_eq!((hello.session_id.len(), hello.cookie.len()), (0, 0));
    assert_eq!(hello.cipher_suites.len(), 28);
    assert!(hello.cipher_suites.contains(&RenegotiationInfo::SCSV));
    assert_eq!(hello.compression_methods, [0]);
    let groups = SupportedGroups(vec![29, 23, 30, 25, 24]);
    assert_eq!(hello.extensions.get(), Ok(Some(groups)));
    let srtp = UseSrtp { profiles: vec![1, 7], mki: Vec::new() };
    assert_eq!(hello.extensions.get(), Ok(Some(srtp)));
    assert_eq!(hello.extensions.get::<SupportedVersions>(), Ok(None));
    let schemes = hello.extensions.get::<SignatureAlgorithms>().unwrap().unwrap();
    assert_eq!(schemes.0.len(), 20);
}

#[test]
fn the_server_hello_of_openssl_is_read() {
    let hello = ServerHello::parse(&hex(SERVER_HELLO)).unwrap();
    assert_eq!(hello.version, DTLS_1_2);
    assert_eq!(hello.session_id.len(), 32);
    assert_eq!((hello.cipher_suite, hello.compression_method), (0xc02b, 0));
    assert_eq!(hello.extensions.get(), Ok(Some(ExtendedMasterSecret)));
    assert_eq!(hello.extensions.get(), Ok(Some(RenegotiationInfo(Vec::new()))));
    assert_eq!(hello.extensions.get(), Ok(Some(EcPointFormats(vec![0, 1, 2]))));
    let srtp = UseSrtp { profiles: vec![1], mki: Vec::new() };
    assert_eq!(hello.extensions.get(), Ok(Some(srtp)));
}

#[test]
fn the_other_messages_of_openssl_are_read() {
    let verify = HelloVerifyRequest::parse(&hex(HELLO_VERIFY_REQUEST)).unwrap();
    assert_eq!((verify.version, verify.cookie.len()), (0xfeff, 20));
    let exchange = ServerKeyExchange::parse(&hex(SERVER_KEY_EXCHANGE)).unwrap();
    assert_eq!((exchange.group, exchange.public.len()), (29, 32));
    assert_eq!((exchange.scheme, exchange.signature.len()), (0x0403, 71));
    let request = CertificateRequest::parse(&hex(CERTIFICATE_REQUEST)).unwrap();
    assert_eq!(request.certificate_types, [1, 2, 64]);
    assert_eq!(request.signature_schemes.len(), 20);
    assert_eq!(request.authorities, []);
    let certificate = CertificateMessage::parse(&hex(CERTIFICATE)).unwrap();
    let [leaf] = &certificate.chain[..] else { panic!("one certificate") };
    let key = crate::certificate::subject_public_key_info(leaf).unwrap();
    assert_eq!(key.len(), 91);
}

/// Reads a message and writes it again.
type RoundTrip = fn(&[u8]) -> Result<Vec<u8>, ParseError>;

/// Every message that was captured.
fn captured() -> [(RoundTrip, Vec<u8>); 9] {
    macro_rules! round_trip {
        ($message:ty, $bytes:expr) => {
            (
                |bytes| {
                    let mut out = Vec::new();
                    <$message>::parse(bytes)?.encode(&mut out);
                    Ok(out)
                },
                hex($bytes),
            )
        };
    }
    [
        round_trip!(ClientHello, CLIENT_HELLO),
        round_trip!(HelloVerifyRequest, HELLO_VERIFY_REQUEST),
        round_trip!(ServerHello, SERVER_HELLO),
        round_trip!(CertificateMessage, CERTIFICATE),
        round_trip!(ServerKeyExchange, SERVER_KEY_EXCHANGE),
        round_trip!(CertificateRequest, CERTIFICATE_REQUEST),
        round_trip!(ClientKeyExchange, CLIENT_KEY_EXCHANGE),
        round_trip!(CertificateVerify, CERTIFICATE_VERIFY),
        (
            |bytes| {
                let mut out = Vec::new();
                Finished::parse(bytes, 12)?.encode(&mut out);
                Ok(out)
            },
            hex(FINISHED),
        ),
    ]
}

#[test]
fn every_captured_message_is_written_as_it_was_read() {
    for (round_trip, bytes) in captured() {
        assert_eq!(round_trip(&bytes), Ok(bytes));
    }
}

#[test]
fn every_shortening_and_lengthening_of_a_message_is_refused() {
    // adversarial D22: the hellos' extensions among them.
    for (round_trip, mut bytes) in captured() {
        for length in 0..bytes.len() {
            // Without its extension block a hello is a hello of an older kind.
            if let Ok(read) = round_trip(&bytes[..length]) {
                assert!(bytes[length..].starts_with(&[0]), "{length} of {bytes:?}");
                assert_eq!(read, bytes[..length]);
            }
        }
        bytes.push(0);
        assert!(round_trip(&bytes).is_err());
    }
}

#[test]
fn values_that_a_field_cannot_have_are_refused() {
    let hello = |change: fn(&mut ClientHello)| {
        let mut hello = ClientHello::parse(&hex(CLIENT_HELLO)).unwrap();
        change(&mut hello);
        let mut out = Vec::new();
        hello.encode(&mut out);
        ClientHello::parse(&out).map(|_| ())
    };
    let invalid = |field| Err(ParseError::Invalid(field));
    assert_eq!(hello(|hello| hello.session_id = vec![0; 32]), Ok(()));
    assert_eq!(hello(|hello| hello.session_id = vec![0; 33]), invalid("session_id"));
    assert_eq!(hello(|hello| hello.cipher_suites.clear()), invalid("cipher_suites"));
    assert_eq!(hello(|hello| hello.compression_methods.clear()), invalid("compression_methods"));
    assert_eq!(ServerKeyExchange::parse(&[1]), Err(ParseError::Invalid("curve_type")));
    let no_point = ServerKeyExchange::parse(&[3, 0, 29, 0]);
    assert_eq!(no_point, Err(ParseError::Invalid("public")));
    assert_eq!(ClientKeyExchange::parse(&[0]), Err(ParseError::Invalid("public")));
    let no_types = CertificateRequest::parse(&[0, 0, 2, 4, 3, 0, 0]);
    assert_eq!(no_types, Err(ParseError::Invalid("certificate_types")));
    assert_eq!(CertificateMessage::parse(&[0, 0, 3, 0, 0, 0]).unwrap_err(), {
        ParseError::Invalid("certificate")
    });
    assert!(Padding::parse(&[0, 1]).is_err(), "something in the padding");
    assert!(UseSrtp::parse(&[0, 0, 0]).is_err(), "no profile");
    assert!(UseSrtp::parse(&[0, 3, 0, 1, 0, 0]).is_err(), "half a profile");
    assert!(SupportedGroups::parse(&[0, 0]).is_err());
    assert!(SupportedVersions::parse(&[0]).is_err());
    assert!(SignatureAlgorithms::parse(&[0, 0]).is_err());
    assert!(EcPointFormats::parse(&[0]).is_err());
    assert!(ExtendedMasterSecret::parse(&[0]).is_err());
    assert!(RenegotiationInfo::parse(&[1]).is_err());
}

#[test]
fn an_extension_that_occurs_twice_is_refused() {
    // adversarial D22
    let bytes = [0, 8, 0, 23, 0, 0, 0, 23, 0, 0];
    let twice = Extensions::read(&mut Reader::new(&bytes));
    assert_eq!(twice, Err(ParseError::DuplicateExtension(23)));
}

#[test]
fn one_extension_past_the_limit_is_refused() {
    // adversarial D22
    let read = |count: usize| {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        let mut block = writer.length_prefixed_u16();
        for code_point in 0..count {
            block.u16(u16::try_from(code_point).unwrap());
            block.u16(0);
        }
        drop(block);
        Extensions::read(&mut Reader::new(&out)).map(|_| ())
    };
    assert_eq!(read(limits::EXTENSIONS), Ok(()));
    assert_eq!(read(limits::EXTENSIONS + 1), Err(ParseError::TooMany("extensions")));
}

#[test]
fn one_certificate_past_the_limit_is_refused() {
    // adversarial D17
    let parse = |count: usize| {
        let mut out = Vec::new();
        CertificateMessage { chain: vec![vec![0x30, 0]; count] }.encode(&mut out);
        CertificateMessage::parse(&out).map(|_| ())
    };
    assert_eq!(parse(limits::CERTIFICATES), Ok(()));
    assert_eq!(parse(limits::CERTIFICATES + 1), Err(ParseError::TooMany("certificates")));
    assert_eq!(parse(1_000), Err(ParseError::TooMany("certificates")));
}

fn round_trip<E: Extension + PartialEq + core::fmt::Debug>(extension: &E) {
    let mut extensions = Extensions::default();
    extensions.push(extension);
    let mut out = Vec::new();
    extensions.write(&mut Writer::new(&mut out));
    let read = Extensions::read(&mut Reader::new(&out)).unwrap();
    assert_eq!(read, extensions);
    assert_eq!(read.get::<E>().unwrap().as_ref(), Some(extension));
}

proptest! {
    #[test]
    fn every_extension_that_is_written_is_read(
        list in prop::collection::vec(any::<u16>(), 1..100),
        bytes in prop::collection::vec(any::<u8>(), 1..100),
    ) {
        round_trip(&SupportedGroups(list.clone()));
        round_trip(&SignatureAlgorithms(list.clone()));
        round_trip(&SupportedVersions(list.clone()));
        round_trip(&Padding(u16::try_from(list.len()).unwrap()));
        round_trip(&UseSrtp { profiles: list, mki: bytes.clone() });
        round_trip(&EcPointFormats(bytes.clone()));
        round_trip(&RenegotiationInfo(bytes));
        round_trip(&ExtendedMasterSecret);
    }

    #[test]
    fn every_hello_that_is_written_is_read(
        random: [u8; 32],
        short in prop::collection::vec(any::<u8>(), 0..=32),
        list in prop::collection::vec(any::<u16>(), 1..50),
        methods in prop::collection::vec(any::<u8>(), 1..5),
    ) {
        let mut extensions = Extensions::default();
        extensions.push(&SupportedGroups(list.clone()));
        let client = ClientHello {
            version: list[0],
            random,
            session_id: short.clone(),
            cookie: short.clone(),
            cipher_suites: list.clone(),
            compression_methods: methods.clone(),
            extensions: extensions.clone(),
        };
        let mut out = Vec::new();
        client.encode(&mut out);
        prop_assert_eq!(ClientHello::parse(&out), Ok(client));
        let server = ServerHello {
            version: list[0],
            random,
            session_id: short,
            cipher_suite: list[0],
            compression_method: methods[0],
            extensions,
        };
        let mut out = Vec::new();
        server.encode(&mut out);
        prop_assert_eq!(ServerHello::parse(&out), Ok(server));
    }

    #[test]
    fn arbitrary_bytes_never_panic_a_parser(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for (round_trip, _) in captured() {
            // Whatever is read is written as it was.
            if let Ok(read) = round_trip(&bytes) {
                prop_assert_eq!(read, &bytes[..]);
            }
        }
    }
}
