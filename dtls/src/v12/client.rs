//! The client's side, in protocol order.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::NamedGroup;

use super::keys::{MasterSecret, Randoms};
use super::suite::{self, CIPHER_SUITES, CipherSuite, GROUPS, VERIFIED_SCHEMES};
use super::{Context, Established, Negotiated, State, expect};
use crate::error::{FailureReason, ParseError};
use crate::event::{ConnectedInfo, Role};
use crate::handshake::{HandshakeType, Message};
use crate::limits;
use crate::message::extension::{
    EcPointFormats, ExtendedMasterSecret, RenegotiationInfo, SignatureAlgorithms, SupportedGroups,
    UseSrtp,
};
use crate::message::{
    CertificateRequest, CertificateVerify, ClientHello, ClientKeyExchange, DTLS_1_2, Extensions,
    HelloVerifyRequest, ServerHello, ServerKeyExchange,
};

pub(super) fn start(context: &mut Context<'_>) -> Result<State, FailureReason> {
    let hello = ClientHello {
        version: DTLS_1_2,
        random: context.rng.array(),
        session_id: Vec::new(),
        cookie: Vec::new(),
        cipher_suites: CIPHER_SUITES.iter().map(|suite| suite.code_point).collect(),
        compression_methods: alloc::vec![0],
        extensions: offered_extensions(&context.config.srtp_profiles),
    };
    context.send(HandshakeType::ClientHello, |out| hello.encode(out))?;
    Ok(State::ServerHello(ExpectServerHello { hello, cookies: 0 }))
}

fn offered_extensions(srtp_profiles: &[u16]) -> Extensions {
    let mut extensions = Extensions::default();
    extensions.push(&RenegotiationInfo(Vec::new()));
    extensions.push(&ExtendedMasterSecret);
    let groups = GROUPS.iter().map(|group| group.code_point());
    extensions.push(&SupportedGroups(groups.collect()));
    extensions.push(&EcPointFormats(alloc::vec![EcPointFormats::UNCOMPRESSED]));
    let schemes = VERIFIED_SCHEMES.iter().map(|scheme| scheme.code_point());
    extensions.push(&SignatureAlgorithms(schemes.collect()));
    if !srtp_profiles.is_empty() {
        extensions.push(&UseSrtp { profiles: srtp_profiles.to_vec(), mki: Vec::new() });
    }
    extensions
}

/// The hello is sent.
#[derive(Debug)]
pub(crate) struct ExpectServerHello {
    hello: ClientHello,
    cookies: u8,
}

impl ExpectServerHello {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        if message.handshake_type == HandshakeType::HelloVerifyRequest {
            return self.handle_cookie(message, context);
        }
        expect(message, HandshakeType::ServerHello)?;
        let server = ServerHello::parse(&message.body)?;
        let negotiated = self.negotiate(&server)?;
        context.received(message)?;
        Ok(State::ServerCertificate(ExpectServerCertificate { negotiated }))
    }

    /// rfc6347 §4.2.1: the same hello again, with the cookie; the handshake's hash begins anew with
    /// it.
    fn handle_cookie(
        mut self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        if self.cookies == limits::COOKIES {
            return Err(FailureReason::UnexpectedMessage);
        }
        self.cookies = self.cookies.saturating_add(1);
        self.hello.cookie = HelloVerifyRequest::parse(&message.body)?.cookie;
        context.transcript.clear();
        context.send(HandshakeType::ClientHello, |out| self.hello.encode(out))?;
        Ok(State::ServerHello(self))
    }

    fn negotiate(&self, server: &ServerHello) -> Result<Negotiated, FailureReason> {
        if server.version != DTLS_1_2 {
            return Err(FailureReason::NoCommonVersion);
        }
        // rfc5246 §7.4.1.4: an extension of the server answers one of the client.
        let unsolicited = server
            .extensions
            .code_points()
            .find(|code_point| !self.hello.extensions.contains(*code_point));
        if let Some(code_point) = unsolicited {
            return Err(FailureReason::UnsolicitedExtension(code_point));
        }
        let suite = CipherSuite::from_code_point(server.cipher_suite)
            .ok_or(FailureReason::NotOffered("cipher suite"))?;
        if server.compression_method != 0 {
            return Err(FailureReason::NotOffered("compression method"));
        }
        // rfc7627 §5.2: without it the handshake is not bound to its keys.
        if server.extensions.get::<ExtendedMasterSecret>()?.is_none() {
            return Err(FailureReason::NoExtendedMasterSecret);
        }
        // rfc5746 §3.4: must be empty in a first handshake. A server without it is let be, because
        // there is never a second handshake on a connection of ours.
        if server.extensions.get()?.is_some_and(|info: RenegotiationInfo| !info.0.is_empty()) {
            return Err(FailureReason::Renegotiation);
        }
        check_point_formats(&server.extensions)?;
        Ok(Negotiated {
            suite,
            randoms: Randoms { client: self.hello.random, server: server.random },
            srtp_profile: self.srtp_profile(server)?,
        })
    }

    /// rfc5764 §4.1.1: exactly one profile, of those offered, and the MKI that was offered, or
    /// none.
    fn srtp_profile(&self, server: &ServerHello) -> Result<Option<u16>, FailureReason> {
        let Some(answer) = server.extensions.get::<UseSrtp>()? else {
            return Ok(None);
        };
        let offered = self.hello.extensions.get::<UseSrtp>()?;
        let [profile] = answer.profiles[..] else {
            return Err(FailureReason::IllegalParameter("SRTP protection profile"));
        };
        if !offered.is_some_and(|offered| offered.profiles.contains(&profile)) {
            return Err(FailureReason::NotOffered("SRTP protection profile"));
        }
        if !answer.mki.is_empty() {
            return Err(FailureReason::IllegalParameter("srtp_mki"));
        }
        Ok(Some(profile))
    }
}

/// rfc8422 §5.1.2: whoever sends the list must have the uncompressed form in it.
pub(super) fn check_point_formats(extensions: &Extensions) -> Result<(), FailureReason> {
    match extensions.get::<EcPointFormats>()? {
        Some(formats) if !formats.0.contains(&EcPointFormats::UNCOMPRESSED) => {
            Err(FailureReason::IllegalParameter("ec_point_formats"))
        }
        _ => Ok(()),
    }
}

/// The server has chosen.
#[derive(Debug)]
pub(crate) struct ExpectServerCertificate {
    negotiated: Negotiated,
}

impl ExpectServerCertificate {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::Certificate)?;
        let server_key = context.check_certificate(message)?;
        context.received(message)?;
        let Self { negotiated } = self;
        Ok(State::ServerKeyExchange(ExpectServerKeyExchange { negotiated, server_key }))
    }
}

/// The server's certificate is the expected one.
#[derive(Debug)]
pub(crate) struct ExpectServerKeyExchange {
    negotiated: Negotiated,
    server_key: Vec<u8>,
}

impl ExpectServerKeyExchange {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ServerKeyExchange)?;
        let exchange = ServerKeyExchange::parse(&message.body)?;
        let group = suite::group_from_code_point(exchange.group)
            .ok_or(FailureReason::NotOffered("group"))?;
        let scheme = suite::scheme_from_code_point(exchange.scheme)
            .ok_or(FailureReason::NotOffered("signature scheme"))?;
        // rfc8422 §5.4: the signature is of the kind in the suite's name.
        if !self.negotiated.suite.authentication.allows(scheme) {
            return Err(FailureReason::IllegalParameter("signature scheme"));
        }
        let Randoms { client, server } = &self.negotiated.randoms;
        let signed =
            ServerKeyExchange::signed_bytes(client, server, exchange.group, &exchange.public);
        context
            .provider()
            .verify(scheme, &self.server_key, &signed, &exchange.signature)
            .map_err(|_| FailureReason::Signature)?;
        context.received(message)?;
        let share = ServerShare { group, public: exchange.public };
        let negotiated = self.negotiated;
        Ok(State::CertificateRequestOrDone(ExpectCertificateRequestOrDone { negotiated, share }))
    }
}

/// The server's key share, signed by its certificate's key.
#[derive(Debug)]
struct ServerShare {
    group: NamedGroup,
    public: Vec<u8>,
}

/// The server's key share is authentic.
#[derive(Debug)]
pub(crate) struct ExpectCertificateRequestOrDone {
    negotiated: Negotiated,
    share: ServerShare,
}

impl ExpectCertificateRequestOrDone {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let Self { negotiated, share } = self;
        if message.handshake_type != HandshakeType::CertificateRequest {
            // A server that does not ask loses the authentication of its peer, not ours.
            let next = ExpectServerHelloDone { negotiated, share, request: None };
            return next.handle(message, context);
        }
        let request = Some(CertificateRequest::parse(&message.body)?);
        context.received(message)?;
        Ok(State::ServerHelloDone(ExpectServerHelloDone { negotiated, share, request }))
    }
}

/// The server may have asked for our certificate.
#[derive(Debug)]
pub(crate) struct ExpectServerHelloDone {
    negotiated: Negotiated,
    share: ServerShare,
    request: Option<CertificateRequest>,
}

impl ExpectServerHelloDone {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ServerHelloDone)?;
        if !message.body.is_empty() {
            return Err(FailureReason::Malformed(ParseError::Trailing));
        }
        context.received(message)?;
        let Self { negotiated, share, request } = self;
        if request.is_some() {
            context.send_certificate()?;
        }
        let (public, pre_master_secret) = context
            .provider()
            .respond_key_exchange(share.group, &share.public)
            .map_err(|_| FailureReason::KeyShare)?;
        context.send(HandshakeType::ClientKeyExchange, |out| {
            ClientKeyExchange { public }.encode(out);
        })?;
        let master_secret = negotiated.master_secret(context, &pre_master_secret);
        if let Some(request) = request {
            send_certificate_verify(&request, context)?;
        }
        context.send_finished(&master_secret, negotiated.suite, Role::Client)?;
        let inbound = master_secret.protection(context.provider(), Role::Server)?;
        context.records.install_inbound(inbound);
        Ok(State::ServerFinished(ExpectServerFinished {
            suite: negotiated.suite,
            info: negotiated.info(share.group),
            master_secret,
        }))
    }
}

/// rfc5246 §7.4.8: a signature over all messages before it.
fn send_certificate_verify(
    request: &CertificateRequest,
    context: &mut Context<'_>,
) -> Result<(), FailureReason> {
    let scheme = context.our_scheme(&request.signature_schemes)?;
    let signature = context
        .config
        .certificate
        .signing_key()
        .sign(context.transcript.as_bytes())
        .map_err(|_| FailureReason::Crypto)?;
    context.send(HandshakeType::CertificateVerify, |out| {
        CertificateVerify { scheme: scheme.code_point(), signature }.encode(out);
    })
}

/// Our Finished is sent.
#[derive(Debug)]
pub(crate) struct ExpectServerFinished {
    suite: &'static CipherSuite,
    info: ConnectedInfo,
    master_secret: MasterSecret,
}

impl ExpectServerFinished {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let Self { suite, info, master_secret } = self;
        context.receive_finished(message, &master_secret, suite, Role::Server)?;
        Ok(State::Connected(Box::new(Established { info, master_secret })))
    }
}
