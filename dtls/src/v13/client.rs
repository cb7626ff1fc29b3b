//! The client's side, in protocol order.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_crypto::{Error, KeyExchange, NamedGroup};

use super::key_schedule::HandshakeSecrets;
use super::suite::CipherSuite;
use super::{
    Negotiated, State, install_handshake_keys, install_inbound_application_keys,
    install_outbound_application_keys, receive_certificate, receive_certificate_verify,
    receive_finished, send_certificate, send_finished,
};
use crate::config::Config;
use crate::connection_id::ConnectionId;
use crate::context::{Context, expect};
use crate::error::{ConfigError, FailureReason};
use crate::event::{Role, Version};
use crate::handshake::{HandshakeType, Mark, Message, PrivateKeys};
use crate::message::extension::{
    ClientShares, Cookie, Extension as _, KeyShare, Padding, RecordSizeLimit, SelectedGroup,
    SelectedVersion, ServerShare, SignatureAlgorithms, SupportedGroups, SupportedVersions, UseSrtp,
};
use crate::message::{
    CertificateRequest13, ClientHello, DTLS_1_2, DTLS_1_3, EncryptedExtensions, Extensions,
    ServerHello,
};
use crate::negotiation;
use crate::record::Epoch;

/// Adds to a hello what 1.3 needs, and to `keys` the private halves of its key shares.
pub(crate) fn offer(
    config: &Config,
    keys: &mut PrivateKeys,
    extensions: &mut Extensions,
) -> Result<(), FailureReason> {
    let mut versions = alloc::vec![DTLS_1_3];
    if config.speaks(Version::Dtls12) {
        versions.push(DTLS_1_2);
    }
    extensions.push(&SupportedVersions(versions));
    let groups = config.key_shares.iter().filter(|group| config.groups.contains(group));
    let start = |group: &NamedGroup| match config.provider.start_key_exchange(*group) {
        Err(Error::Unsupported) => {
            Err(ConfigError::UnsupportedGroup(negotiation::group_name(*group)).into())
        }
        share => share.map_err(|_| FailureReason::Crypto),
    };
    let shares = groups.map(start).collect::<Result<Vec<_>, _>>()?;
    let is_empty = shares.is_empty();
    extensions.push(&public_shares(shares, keys));
    if is_empty {
        // A server that answers with no more than it got has room for a cookie.
        extensions.push(&Padding(COOKIE_ROOM));
    }
    Ok(())
}

/// The public halves of key shares. The private ones are kept.
fn public_shares(shares: Vec<Box<dyn KeyExchange>>, keys: &mut PrivateKeys) -> ClientShares {
    let public = |share: Box<dyn KeyExchange>| {
        let public = KeyShare { group: share.group().code_point(), key: share.share().to_vec() };
        keys.add(share);
        public
    };
    ClientShares(shares.into_iter().map(public).collect())
}

/// What was offered, and is ours to keep until the server has chosen.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) hello: ClientHello,
    /// What the transcript was before the hello.
    pub(crate) before: Mark,
}

/// The hello is sent, or sent once more.
#[derive(Clone, Debug)]
pub(crate) struct ServerChoice {
    pub(crate) offer: Offer,
    /// The suite of the HelloRetryRequest, if there was one.
    pub(crate) retried: Option<u16>,
}

impl ServerChoice {
    pub(super) fn handle_message(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ServerHello)?;
        let server = ServerHello::parse(&message.body)?;
        self.handle(&server, message, context)
    }

    /// Takes a ServerHello or a HelloRetryRequest.
    pub(crate) fn handle(
        self,
        server: &ServerHello,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let suite = self.check_choice(server)?;
        context.transcript.begin_13(context.provider(), suite.hash);
        if server.random == ServerHello::RETRY {
            self.retry(server, message, context)
        } else {
            self.accept(suite, server, message, context)
        }
    }

    /// What is the same in both messages (RFC 8446 §4.1.3 and §4.1.4).
    fn check_choice(&self, server: &ServerHello) -> Result<&'static CipherSuite, FailureReason> {
        if server.version != DTLS_1_2 {
            return Err(FailureReason::IllegalParameter("legacy_version"));
        }
        let version = server.extensions.get::<SelectedVersion>()?;
        if version != Some(SelectedVersion(DTLS_1_3)) {
            return Err(FailureReason::IllegalParameter("selected_version"));
        }
        // rfc9147 §5: not echoed, and ours is empty in any case.
        if !server.session_id.is_empty() {
            return Err(FailureReason::IllegalParameter("legacy_session_id_echo"));
        }
        if server.compression_method != 0 {
            return Err(FailureReason::NotOffered("compression method"));
        }
        if self.retried.is_some_and(|before| before != server.cipher_suite) {
            return Err(FailureReason::IllegalParameter("cipher suite"));
        }
        CipherSuite::from_code_point(server.cipher_suite)
            .filter(|suite| self.offer.hello.cipher_suites.contains(&suite.code_point))
            .ok_or(FailureReason::NotOffered("cipher suite"))
    }

    /// rfc8446 §4.1.4: the hello again, with a cookie, or with the key that the server wants.
    fn retry(
        mut self,
        server: &ServerHello,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        if self.retried.is_some() {
            return Err(FailureReason::UnexpectedMessage);
        }
        // A cookie is the one thing that may come without having been offered.
        let solicited = server.extensions.without(&[Cookie::CODE_POINT]);
        negotiation::check_solicited(&self.offer.hello.extensions, &solicited)?;
        only(&solicited, &[SelectedVersion::CODE_POINT, SelectedGroup::CODE_POINT])?;
        let cookie = server.extensions.get::<Cookie>()?;
        let group = server.extensions.get::<SelectedGroup>()?;
        // One that changes nothing would go on for ever.
        if cookie.is_none() && group.is_none() {
            return Err(FailureReason::IllegalParameter("HelloRetryRequest"));
        }
        let hello = &mut self.offer.hello;
        if let Some(SelectedGroup(code_point)) = group {
            let group = negotiation::group_from_code_point(&context.config.groups, code_point)?;
            if share_of(hello, code_point)?.is_some() {
                return Err(FailureReason::IllegalParameter("selected_group"));
            }
            let share = context.provider().start_key_exchange(group);
            let share = share.map_err(|_| FailureReason::Crypto)?;
            hello.extensions.set(&public_shares(alloc::vec![share], context.keys));
        }
        if let Some(cookie) = cookie {
            // At the front: a server that keeps nothing looks for it in the first fragment.
            hello.extensions.push_front(&cookie);
        }
        context.transcript.replace_by_hash(context.provider());
        context.received(message)?;
        self.offer.before = context.transcript.mark();
        let typ = HandshakeType::ClientHello;
        context.send(Epoch::PLAINTEXT, typ, |out| self.offer.hello.encode(out))?;
        self.retried = Some(server.cipher_suite);
        Ok(State::ServerHello(self))
    }

    /// The key was used up on another ServerHello, which was not the server's: a private key is
    /// used once. Says the hello again with new keys, in the place of the one before. A server that
    /// has answered that one can take this one for the genuine one, as we do with its answers.
    fn renew(mut self, context: &mut Context<'_>) -> Result<State, FailureReason> {
        if !context.keys.renew() {
            return Err(FailureReason::KeyShare);
        }
        let offered =
            self.offer.hello.extensions.get::<ClientShares>()?.map_or(Vec::new(), |all| all.0);
        let mut shares = Vec::new();
        for KeyShare { group, .. } in offered {
            let group = negotiation::group_from_code_point(&context.config.groups, group)?;
            let share = context.provider().start_key_exchange(group);
            shares.push(share.map_err(|_| FailureReason::Crypto)?);
        }
        self.offer.hello.extensions.set(&public_shares(shares, context.keys));
        context.transcript.go_back(&self.offer.before);
        let hello_seq = context.outbox.next_seq().saturating_sub(1);
        context.outbox.go_back(hello_seq);
        let typ = HandshakeType::ClientHello;
        context.send(Epoch::PLAINTEXT, typ, |out| self.offer.hello.encode(out))?;
        context.again = true;
        Ok(State::ServerHello(self))
    }

    fn accept(
        self,
        suite: &'static CipherSuite,
        server: &ServerHello,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        negotiation::check_solicited(&self.offer.hello.extensions, &server.extensions)?;
        only(
            &server.extensions,
            &[SelectedVersion::CODE_POINT, ServerShare::CODE_POINT, ConnectionId::CODE_POINT],
        )?;
        negotiation::accept_connection_id(&server.extensions, context)?;
        let ServerShare(share) =
            server.extensions.get()?.ok_or(FailureReason::IllegalParameter("key_share"))?;
        let group = negotiation::group_from_code_point(&context.config.groups, share.group)?;
        let ours =
            share_of(&self.offer.hello, share.group)?.ok_or(FailureReason::NotOffered("group"))?;
        let Some(ours) = context.keys.take(group, &ours) else {
            return self.renew(context);
        };
        let hello = self.offer.hello;
        let shared = ours.complete(&share.key).map_err(|_| FailureReason::KeyShare)?;
        context.received(message)?;
        let hash = context.transcript.hash_13();
        let derivation = suite.derivation(context.provider());
        let secrets = HandshakeSecrets::derive(derivation, suite, &shared, &hash)?;
        install_handshake_keys(&secrets, &hello.random, Role::Client, context)?;
        let client_random = hello.random;
        let negotiated = Negotiated { client_random, suite, group, srtp_profile: None };
        let offered = hello.extensions;
        Ok(State::EncryptedExtensions(ExpectEncryptedExtensions { negotiated, secrets, offered }))
    }
}

/// The key of this group that a hello offers, if it does.
fn share_of(hello: &ClientHello, group: u16) -> Result<Option<Vec<u8>>, FailureReason> {
    let shares = hello.extensions.get::<ClientShares>()?.map_or(Vec::new(), |shares| shares.0);
    Ok(shares.into_iter().find(|share| share.group == group).map(|share| share.key))
}

/// rfc8446 §4.2: an extension that was offered may still be in the wrong message.
fn only(extensions: &Extensions, allowed: &[u16]) -> Result<(), FailureReason> {
    if extensions.code_points().all(|code_point| allowed.contains(&code_point)) {
        Ok(())
    } else {
        Err(FailureReason::IllegalParameter("extension"))
    }
}

/// The keys of the handshake are there.
#[derive(Debug)]
pub(crate) struct ExpectEncryptedExtensions {
    negotiated: Negotiated,
    secrets: HandshakeSecrets,
    offered: Extensions,
}

impl ExpectEncryptedExtensions {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::EncryptedExtensions)?;
        let Self { mut negotiated, secrets, offered } = self;
        let answers = EncryptedExtensions::parse(&message.body)?.extensions;
        negotiation::check_solicited(&offered, &answers)?;
        only(
            &answers,
            &[UseSrtp::CODE_POINT, SupportedGroups::CODE_POINT, RecordSizeLimit::CODE_POINT],
        )?;
        if let Some(limit) = negotiation::content_limit(&answers, Version::Dtls13)? {
            context.records.limit_content(limit);
        }
        negotiated.srtp_profile = negotiation::accept_srtp_profile(&offered, &answers)?;
        context.received(message)?;
        Ok(State::CertificateRequest(ExpectCertificateRequest { negotiated, secrets }))
    }
}

/// The server has chosen everything.
#[derive(Debug)]
pub(crate) struct ExpectCertificateRequest {
    negotiated: Negotiated,
    secrets: HandshakeSecrets,
}

impl ExpectCertificateRequest {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let Self { negotiated, secrets } = self;
        if message.handshake_type != HandshakeType::CertificateRequest {
            // A server that does not ask loses the authentication of its peer, not ours.
            let next = ExpectServerCertificate { negotiated, secrets, request: None };
            return next.handle(message, context);
        }
        let request = CertificateRequest13::parse(&message.body)?;
        // rfc8446 §4.3.2: empty during the handshake.
        if !request.context.is_empty() {
            return Err(FailureReason::IllegalParameter("certificate_request_context"));
        }
        let schemes = request.extensions.get::<SignatureAlgorithms>()?;
        let schemes = schemes.ok_or(FailureReason::MissingExtension("signature_algorithms"))?;
        context.received(message)?;
        let request = Some(schemes);
        Ok(State::ServerCertificate(ExpectServerCertificate { negotiated, secrets, request }))
    }
}

/// The server may have asked for our certificate, with signatures that it can verify.
#[derive(Debug)]
pub(crate) struct ExpectServerCertificate {
    negotiated: Negotiated,
    secrets: HandshakeSecrets,
    request: Option<SignatureAlgorithms>,
}

impl ExpectServerCertificate {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let server_key = receive_certificate(message, context)?;
        let Self { negotiated, secrets, request } = self;
        let ours = OurTurn { negotiated, secrets, request };
        Ok(State::ServerCertificateVerify(ExpectServerCertificateVerify { server_key, ours }))
    }
}

/// What our flight is made from.
#[derive(Debug)]
struct OurTurn {
    negotiated: Negotiated,
    secrets: HandshakeSecrets,
    request: Option<SignatureAlgorithms>,
}

/// The server's certificate is the expected one.
#[derive(Debug)]
pub(crate) struct ExpectServerCertificateVerify {
    server_key: Vec<u8>,
    ours: OurTurn,
}

impl ExpectServerCertificateVerify {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        receive_certificate_verify(message, &self.server_key, Role::Server, context)?;
        Ok(State::ServerFinished(ExpectServerFinished { ours: self.ours }))
    }
}

/// The server holds its certificate's key.
#[derive(Debug)]
pub(crate) struct ExpectServerFinished {
    ours: OurTurn,
}

impl ExpectServerFinished {
    pub(super) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        let OurTurn { negotiated, secrets, request } = self.ours;
        let suite = negotiated.suite;
        receive_finished(message, suite, secrets.of(Role::Server), context)?;
        let hash = context.transcript.hash_13();
        let application = secrets.application(suite.derivation(context.provider()), &hash)?;
        if let Some(SignatureAlgorithms(schemes)) = request {
            send_certificate(Vec::new(), &schemes, Role::Client, context)?;
        }
        send_finished(suite, secrets.of(Role::Client), context)?;
        let random = &negotiated.client_random;
        install_outbound_application_keys(&application, Role::Client, context)?;
        install_inbound_application_keys(&application, random, Role::Client, context)?;
        Ok(negotiated.established(application))
    }
}

/// What a first hello without keys is made longer by.
const COOKIE_ROOM: u16 = 64;
