//! The server's side, in protocol order.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::{KeyExchange, NamedGroup};

use super::client::check_point_formats;
use super::keys::{MasterSecret, Randoms};
use super::suite::{self, Authentication, CIPHER_SUITES, CipherSuite, GROUPS, VERIFIED_SCHEMES};
use super::{Context, Established, Negotiated, State, expect};
use crate::error::FailureReason;
use crate::event::{ConnectedInfo, Role};
use crate::handshake::{HandshakeType, Message};
use crate::message::extension::{
    EcPointFormats, ExtendedMasterSecret, Extension as _, RenegotiationInfo, SignatureAlgorithms,
    SupportedGroups, SupportedVersions, UseSrtp,
};
use crate::message::{
    CertificateRequest, CertificateVerify, ClientHello, ClientKeyExchange, DTLS_1_2, Extensions,
    ServerHello, ServerKeyExchange,
};

/// Nothing came yet.
///
/// No HelloVerifyRequest is sent: a client's address has been checked by ICE before its first
/// record is let through to here.
#[derive(Debug)]
pub(crate) struct ExpectClientHello;

impl ExpectClientHello {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ClientHello)?;
        let hello = ClientHello::parse(&message.body)?;
        let choice = Choice::make(&hello, context)?;
        context.received(message)?;
        choice.send_server_hello(&hello, context)?;
        context.send_certificate()?;
        let exchange = choice.send_key_exchange(context)?;
        send_certificate_request(context)?;
        context.send(HandshakeType::ServerHelloDone, |_| ())?;
        let negotiated = choice.negotiated;
        Ok(State::ClientCertificate(ExpectClientCertificate { negotiated, exchange }))
    }
}

/// What we take of a client's offer.
struct Choice {
    negotiated: Negotiated,
    group: NamedGroup,
    client_schemes: Vec<u16>,
}

impl Choice {
    fn make(hello: &ClientHello, context: &mut Context<'_>) -> Result<Self, FailureReason> {
        check_version(hello)?;
        if !hello.compression_methods.contains(&0) {
            return Err(FailureReason::IllegalParameter("compression_methods"));
        }
        // rfc7627 §5.3: a client without it cannot be told from one whose hello was changed.
        if hello.extensions.get::<ExtendedMasterSecret>()?.is_none() {
            return Err(FailureReason::NoExtendedMasterSecret);
        }
        // rfc5746 §3.6: a first hello has it empty, or the signalling suite, or (in old clients)
        // neither.
        if hello.extensions.get()?.is_some_and(|info: RenegotiationInfo| !info.0.is_empty()) {
            return Err(FailureReason::Renegotiation);
        }
        check_point_formats(&hello.extensions)?;
        let suite = CIPHER_SUITES
            .iter()
            // Our own certificate is ECDSA.
            .filter(|suite| suite.authentication == Authentication::Ecdsa)
            .find(|suite| hello.cipher_suites.contains(&suite.code_point))
            .ok_or(FailureReason::NoCommonCipherSuite)?;
        let client_schemes = hello
            .extensions
            .get::<SignatureAlgorithms>()?
            .ok_or(FailureReason::NoCommonSignatureScheme)?
            .0;
        let randoms = Randoms { client: hello.random, server: context.rng.array() };
        let srtp_profile = choose_srtp_profile(hello, &context.config.srtp_profiles)?;
        Ok(Self {
            negotiated: Negotiated { suite, randoms, srtp_profile },
            group: choose_group(hello)?,
            client_schemes,
        })
    }

    fn send_server_hello(
        &self,
        hello: &ClientHello,
        context: &mut Context<'_>,
    ) -> Result<(), FailureReason> {
        let mut extensions = Extensions::default();
        let scsv = hello.cipher_suites.contains(&RenegotiationInfo::SCSV);
        if scsv || hello.extensions.contains(RenegotiationInfo::CODE_POINT) {
            extensions.push(&RenegotiationInfo(Vec::new()));
        }
        extensions.push(&ExtendedMasterSecret);
        if hello.extensions.contains(EcPointFormats::CODE_POINT) {
            extensions.push(&EcPointFormats(alloc::vec![EcPointFormats::UNCOMPRESSED]));
        }
        if let Some(profile) = self.negotiated.srtp_profile {
            extensions.push(&UseSrtp { profiles: alloc::vec![profile], mki: Vec::new() });
        }
        let server = ServerHello {
            version: DTLS_1_2,
            random: self.negotiated.randoms.server,
            // No session is ever resumed.
            session_id: Vec::new(),
            cipher_suite: self.negotiated.suite.code_point,
            compression_method: 0,
            extensions,
        };
        context.send(HandshakeType::ServerHello, |out| server.encode(out))
    }

    fn send_key_exchange(
        &self,
        context: &mut Context<'_>,
    ) -> Result<Box<dyn KeyExchange>, FailureReason> {
        let scheme = context.our_scheme(&self.client_schemes)?.code_point();
        let exchange =
            context.provider().start_key_exchange(self.group).map_err(|_| FailureReason::Crypto)?;
        let group = self.group.code_point();
        let public = exchange.share().to_vec();
        let Randoms { client, server } = &self.negotiated.randoms;
        let signed = ServerKeyExchange::signed_bytes(client, server, group, &public);
        let signature = context
            .config
            .certificate
            .signing_key()
            .sign(&signed)
            .map_err(|_| FailureReason::Crypto)?;
        context.send(HandshakeType::ServerKeyExchange, |out| {
            ServerKeyExchange { group, public, scheme, signature }.encode(out);
        })?;
        Ok(exchange)
    }
}

/// rfc8446 §4.2.1: where supported_versions is present, it alone counts; it may come at the very
/// end of a hello of several datagrams.
fn check_version(hello: &ClientHello) -> Result<(), FailureReason> {
    let speaks_ours = match hello.extensions.get::<SupportedVersions>()? {
        Some(versions) => versions.0.contains(&DTLS_1_2),
        // Versions of DTLS count down: at most ours means ours or newer, of the same major version.
        None => hello.version >> 8 == DTLS_1_2 >> 8 && hello.version <= DTLS_1_2,
    };
    if speaks_ours { Ok(()) } else { Err(FailureReason::NoCommonVersion) }
}

fn choose_group(hello: &ClientHello) -> Result<NamedGroup, FailureReason> {
    match hello.extensions.get::<SupportedGroups>()? {
        Some(offered) => GROUPS
            .into_iter()
            .find(|group| offered.0.contains(&group.code_point()))
            .ok_or(FailureReason::NoCommonGroup),
        // rfc8422 §4: a client that does not say may be given any.
        None => Ok(NamedGroup::Secp256r1),
    }
}

/// rfc5764 §4.1.2: our preference decides; without a profile in common there is no SRTP. A client's
/// MKI is not taken up, which the empty one in our answer says.
fn choose_srtp_profile(hello: &ClientHello, ours: &[u16]) -> Result<Option<u16>, FailureReason> {
    let offered = hello.extensions.get::<UseSrtp>()?;
    Ok(offered.and_then(|offered| {
        ours.iter().copied().find(|profile| offered.profiles.contains(profile))
    }))
}

fn send_certificate_request(context: &mut Context<'_>) -> Result<(), FailureReason> {
    let request = CertificateRequest {
        certificate_types: alloc::vec![
            CertificateRequest::ECDSA_SIGN,
            CertificateRequest::RSA_SIGN
        ],
        signature_schemes: VERIFIED_SCHEMES.iter().map(|scheme| scheme.code_point()).collect(),
        authorities: Vec::new(),
    };
    context.send(HandshakeType::CertificateRequest, |out| request.encode(out))
}

/// Our flight is sent.
#[derive(Debug)]
pub(crate) struct ExpectClientCertificate {
    negotiated: Negotiated,
    exchange: Box<dyn KeyExchange>,
}

impl ExpectClientCertificate {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::Certificate)?;
        let client_key = context.check_certificate(message)?;
        context.received(message)?;
        let Self { negotiated, exchange } = self;
        Ok(State::ClientKeyExchange(ExpectClientKeyExchange { negotiated, exchange, client_key }))
    }
}

/// The client's certificate is the expected one.
#[derive(Debug)]
pub(crate) struct ExpectClientKeyExchange {
    negotiated: Negotiated,
    exchange: Box<dyn KeyExchange>,
    client_key: Vec<u8>,
}

impl ExpectClientKeyExchange {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ClientKeyExchange)?;
        let share = ClientKeyExchange::parse(&message.body)?;
        let Self { negotiated, exchange, client_key } = self;
        let info = negotiated.info(exchange.group());
        let pre_master_secret =
            exchange.complete(&share.public).map_err(|_| FailureReason::KeyShare)?;
        context.received(message)?;
        let master_secret = negotiated.master_secret(context, &pre_master_secret);
        let keys = ServerKeys { suite: negotiated.suite, info, master_secret };
        Ok(State::CertificateVerify(ExpectCertificateVerify { keys, client_key }))
    }
}

/// The secrets, on their way to the end of the handshake.
#[derive(Debug)]
struct ServerKeys {
    suite: &'static CipherSuite,
    info: ConnectedInfo,
    master_secret: MasterSecret,
}

/// The secrets are known, but not with whom they are shared.
#[derive(Debug)]
pub(crate) struct ExpectCertificateVerify {
    keys: ServerKeys,
    client_key: Vec<u8>,
}

impl ExpectCertificateVerify {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::CertificateVerify)?;
        let verify = CertificateVerify::parse(&message.body)?;
        let scheme = suite::scheme_from_code_point(verify.scheme)
            .ok_or(FailureReason::NotOffered("signature scheme"))?;
        // rfc5246 §7.4.8: over all messages before this one, as they were received.
        context
            .provider()
            .verify(scheme, &self.client_key, context.transcript.as_bytes(), &verify.signature)
            .map_err(|_| FailureReason::Signature)?;
        context.received(message)?;
        let keys = self.keys;
        let inbound = keys.master_secret.protection(context.provider(), Role::Client)?;
        context.records.install_inbound(inbound);
        Ok(State::ClientFinished(ExpectClientFinished { keys }))
    }
}

/// The client holds its certificate's key.
#[derive(Debug)]
pub(crate) struct ExpectClientFinished {
    keys: ServerKeys,
}

impl ExpectClientFinished {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let ServerKeys { suite, info, master_secret } = self.keys;
        context.receive_finished(message, &master_secret, suite, Role::Client)?;
        context.send_finished(&master_secret, suite, Role::Server)?;
        Ok(State::Connected(Box::new(Established { info, master_secret })))
    }
}
