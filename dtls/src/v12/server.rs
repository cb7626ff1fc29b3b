//! The server's side, in protocol order.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::NamedGroup;

use super::keys::{MasterSecret, Randoms};
use super::suite::{self, Authentication, CipherSuite};
use super::{
    Negotiated, State, check_certificate, check_point_formats, receive_finished, send_certificate,
    send_finished,
};
use crate::config::Config;
use crate::context::{Context, expect};
use crate::error::FailureReason;
use crate::event::{ConnectedInfo, Role, Version};
use crate::handshake::{HandshakeType, Message};
use crate::message::extension::{
    EcPointFormats, ExtendedMasterSecret, Extension as _, RenegotiationInfo, SignatureAlgorithms,
    SupportedGroups,
};
use crate::message::{
    CertificateRequest, CertificateVerify, ClientHello, ClientKeyExchange, DTLS_1_2, Extensions,
    ServerHello, ServerKeyExchange,
};
use crate::negotiation;
use crate::record::Epoch;
use crate::state::{Established, Keys};

/// Answers a hello for which this version was decided on.
pub(crate) fn client_hello(
    hello: &ClientHello,
    message: &Message,
    context: &mut Context<'_>,
) -> Result<State, FailureReason> {
    let choice = Choice::make(hello, context)?;
    context.received(message)?;
    choice.send_server_hello(hello, context)?;
    send_certificate(context)?;
    let ours = choice.send_key_exchange(context)?;
    send_certificate_request(context)?;
    context.send(Epoch::PLAINTEXT, HandshakeType::ServerHelloDone, |_| ())?;
    let negotiated = choice.negotiated;
    Ok(State::ClientCertificate(ExpectClientCertificate { negotiated, ours }))
}

/// What we take of a client's offer.
struct Choice {
    negotiated: Negotiated,
    group: NamedGroup,
    client_schemes: Vec<u16>,
    content_limit: Option<usize>,
}

impl Choice {
    fn make(hello: &ClientHello, context: &mut Context<'_>) -> Result<Self, FailureReason> {
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
        let ours = Authentication::of(context.config.certificate.signing_key().scheme());
        let suite = suite::configured(context.config)
            .filter(|suite| suite.authentication == ours)
            .find(|suite| hello.cipher_suites.contains(&suite.code_point))
            .ok_or(FailureReason::NoCommonCipherSuite)?;
        let client_schemes = hello
            .extensions
            .get::<SignatureAlgorithms>()?
            .ok_or(FailureReason::NoCommonSignatureScheme)?
            .0;
        let randoms = Randoms { client: hello.random, server: server_random(context) };
        let srtp_profile = negotiation::choose_srtp_profile(&hello.extensions, context.config)?;
        Ok(Self {
            negotiated: Negotiated { suite, randoms, srtp_profile },
            group: choose_group(hello, context.config)?,
            client_schemes,
            content_limit: negotiation::content_limit(&hello.extensions, Version::Dtls12)?,
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
        negotiation::answer_srtp(self.negotiated.srtp_profile, &mut extensions);
        negotiation::answer_connection_id(&hello.extensions, context, &mut extensions)?;
        if let Some(limit) = self.content_limit {
            context.records.limit_content(limit);
            extensions.push(&negotiation::record_size_limit(Version::Dtls12));
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
        context.send(Epoch::PLAINTEXT, HandshakeType::ServerHello, |out| server.encode(out))
    }

    fn send_key_exchange(&self, context: &mut Context<'_>) -> Result<OurShare, FailureReason> {
        let scheme = context.our_scheme(&self.client_schemes)?.code_point();
        let exchange =
            context.provider().start_key_exchange(self.group).map_err(|_| FailureReason::Crypto)?;
        let group = self.group.code_point();
        let public = exchange.share().to_vec();
        let Randoms { client, server } = &self.negotiated.randoms;
        let signed = ServerKeyExchange::signed_bytes(client, server, group, &public);
        let signature = context.sign(&signed)?;
        context.send(Epoch::PLAINTEXT, HandshakeType::ServerKeyExchange, |out| {
            ServerKeyExchange { group, public, scheme, signature }.encode(out);
        })?;
        let ours = OurShare { group: self.group, public: exchange.share().to_vec() };
        context.keys.add(exchange);
        Ok(ours)
    }
}

/// Our key share, by which its private half is found.
#[derive(Clone, Debug)]
struct OurShare {
    group: NamedGroup,
    public: Vec<u8>,
}

/// rfc8446 §4.1.3: ends in a mark if we could have spoken a newer version, so that a client that
/// could, too, learns that somebody hid it.
fn server_random(context: &mut Context<'_>) -> [u8; 32] {
    let mut random: [u8; 32] = context.rng.array();
    if context.config.speaks(Version::Dtls13) {
        let end = random.iter_mut().skip(32 - ServerHello::DOWNGRADE.len());
        end.zip(ServerHello::DOWNGRADE).for_each(|(to, from)| *to = from);
    }
    random
}

fn choose_group(hello: &ClientHello, config: &Config) -> Result<NamedGroup, FailureReason> {
    let offered = hello.extensions.get::<SupportedGroups>()?;
    suite::groups(config)
        .into_iter()
        .find(|group| match &offered {
            Some(offered) => offered.0.contains(&group.code_point()),
            // rfc8422 §4: a client that does not say may be given any; this one all have.
            None => *group == NamedGroup::Secp256r1,
        })
        .ok_or(FailureReason::NoCommonGroup)
}

fn send_certificate_request(context: &mut Context<'_>) -> Result<(), FailureReason> {
    let request = CertificateRequest {
        certificate_types: alloc::vec![
            CertificateRequest::ECDSA_SIGN,
            CertificateRequest::RSA_SIGN
        ],
        signature_schemes: negotiation::verified_schemes(),
        authorities: Vec::new(),
    };
    context.send(Epoch::PLAINTEXT, HandshakeType::CertificateRequest, |out| request.encode(out))
}

/// Our flight is sent.
#[derive(Clone, Debug)]
pub(crate) struct ExpectClientCertificate {
    negotiated: Negotiated,
    ours: OurShare,
}

impl ExpectClientCertificate {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::Certificate)?;
        let client_key = check_certificate(message, context)?;
        context.received(message)?;
        let Self { negotiated, ours } = self;
        Ok(State::ClientKeyExchange(ExpectClientKeyExchange { negotiated, ours, client_key }))
    }
}

/// The client's certificate is the expected one.
#[derive(Clone, Debug)]
pub(crate) struct ExpectClientKeyExchange {
    negotiated: Negotiated,
    ours: OurShare,
    client_key: Vec<u8>,
}

impl ExpectClientKeyExchange {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ClientKeyExchange)?;
        let client_share = ClientKeyExchange::parse(&message.body)?.public;
        context.received(message)?;
        let Self { negotiated, ours, client_key } = self;
        let session_hash = negotiated.session_hash(context);
        Ok(State::CertificateVerify(ExpectCertificateVerify {
            negotiated,
            ours,
            client_key,
            client_share,
            session_hash,
        }))
    }
}

/// The client has said everything, but not shown that it was the one who did.
///
/// Our private key is good for one exchange, so it is not used before the client's signature is
/// found to cover the share that came.
#[derive(Clone, Debug)]
pub(crate) struct ExpectCertificateVerify {
    negotiated: Negotiated,
    ours: OurShare,
    client_key: Vec<u8>,
    client_share: Vec<u8>,
    session_hash: Vec<u8>,
}

impl ExpectCertificateVerify {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::CertificateVerify)?;
        let verify = CertificateVerify::parse(&message.body)?;
        let scheme = negotiation::scheme_from_code_point(verify.scheme)?;
        // rfc5246 §7.4.8: over all messages before this one, as they were received.
        context
            .provider()
            .verify(scheme, &self.client_key, context.transcript.as_bytes(), &verify.signature)
            .map_err(|_| FailureReason::Signature)?;
        context.received(message)?;
        let Self { negotiated, ours, client_share, session_hash, .. } = self;
        let exchange = context.keys.take(ours.group, &ours.public);
        // It is gone if the client has signed another share before, which was not valid.
        let exchange = exchange.ok_or(FailureReason::KeyShare)?;
        let pre_master_secret =
            exchange.complete(&client_share).map_err(|_| FailureReason::KeyShare)?;
        let master_secret = negotiated.master_secret(context, &pre_master_secret, &session_hash);
        let inbound = master_secret.protection(context.provider(), Role::Client)?;
        context.records.install_inbound(Epoch::PROTECTED, inbound);
        let (suite, info) = (negotiated.suite, negotiated.info(ours.group));
        let keys = ServerKeys { suite, info, master_secret };
        Ok(State::ClientFinished(ExpectClientFinished { keys }))
    }
}

/// The secrets, on their way to the end of the handshake.
#[derive(Debug)]
struct ServerKeys {
    suite: &'static CipherSuite,
    info: ConnectedInfo,
    master_secret: MasterSecret,
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
        receive_finished(message, &master_secret, suite, Role::Client, context)?;
        send_finished(&master_secret, suite, Role::Server, context)?;
        Ok(State::Connected(Box::new(Established { info, keys: Keys::V12(master_secret) })))
    }
}
