//! The client's side, in protocol order.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::NamedGroup;

use super::keys::{MasterSecret, Randoms};
use super::suite::{self, Authentication, CipherSuite};
use super::{
    Negotiated, State, check_certificate, check_point_formats, receive_finished, send_certificate,
    send_finished,
};
use crate::context::{Context, expect};
use crate::error::{FailureReason, ParseError};
use crate::event::{ConnectedInfo, Role, Version};
use crate::handshake::{HandshakeType, Message};
use crate::message::extension::{ExtendedMasterSecret, RenegotiationInfo};
use crate::message::{
    CertificateRequest, CertificateVerify, ClientHello, ClientKeyExchange, ServerHello,
    ServerKeyExchange,
};
use crate::negotiation;
use crate::record::Epoch;
use crate::state::{Established, Keys};

/// Takes a server's choice of this version.
pub(crate) fn server_hello(
    hello: &ClientHello,
    server: &ServerHello,
    message: &Message,
    context: &mut Context<'_>,
) -> Result<State, FailureReason> {
    let negotiated = negotiate(hello, server)?;
    if let Some(limit) = negotiation::content_limit(&server.extensions, Version::Dtls12)? {
        context.records.limit_content(limit);
    }
    negotiation::accept_connection_id(&server.extensions, context)?;
    context.received(message)?;
    Ok(State::ServerCertificate(ExpectServerCertificate { negotiated }))
}

fn negotiate(hello: &ClientHello, server: &ServerHello) -> Result<Negotiated, FailureReason> {
    negotiation::check_solicited(&hello.extensions, &server.extensions)?;
    let suite = CipherSuite::from_code_point(server.cipher_suite)
        .filter(|suite| hello.cipher_suites.contains(&suite.code_point))
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
        randoms: Randoms { client: hello.random, server: server.random },
        srtp_profile: negotiation::accept_srtp_profile(&hello.extensions, &server.extensions)?,
    })
}

/// The server has chosen.
#[derive(Clone, Debug)]
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
        let server_key = check_certificate(message, context)?;
        context.received(message)?;
        let Self { negotiated } = self;
        Ok(State::ServerKeyExchange(ExpectServerKeyExchange { negotiated, server_key }))
    }
}

/// The server's certificate is the expected one.
#[derive(Clone, Debug)]
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
        let groups = suite::groups(context.config);
        let group = negotiation::group_from_code_point(&groups, exchange.group)?;
        let scheme = negotiation::scheme_from_code_point(exchange.scheme)?;
        // rfc8422 §5.4: the signature is of the kind in the suite's name.
        if self.negotiated.suite.authentication != Authentication::of(scheme) {
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
#[derive(Clone, Debug)]
struct ServerShare {
    group: NamedGroup,
    public: Vec<u8>,
}

/// The server's key share is authentic.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
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
            send_certificate(context)?;
        }
        let (public, pre_master_secret) = context
            .provider()
            .respond_key_exchange(share.group, &share.public)
            .map_err(|_| FailureReason::KeyShare)?;
        context.send(Epoch::PLAINTEXT, HandshakeType::ClientKeyExchange, |out| {
            ClientKeyExchange { public }.encode(out);
        })?;
        let session_hash = negotiated.session_hash(context);
        let master_secret = negotiated.master_secret(context, &pre_master_secret, &session_hash);
        if let Some(request) = request {
            send_certificate_verify(&request, context)?;
        }
        send_finished(&master_secret, negotiated.suite, Role::Client, context)?;
        let inbound = master_secret.protection(context.provider(), Role::Server)?;
        context.records.install_inbound(Epoch::PROTECTED, inbound);
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
    let signature = context.sign(context.transcript.as_bytes())?;
    context.send(Epoch::PLAINTEXT, HandshakeType::CertificateVerify, |out| {
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
        receive_finished(message, &master_secret, suite, Role::Server, context)?;
        Ok(State::Connected(Box::new(Established { info, keys: Keys::V12(master_secret) })))
    }
}
