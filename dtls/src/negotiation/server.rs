//! The server's decision over the version.

use crate::config::Config;
use crate::context::{Context, expect};
use crate::error::FailureReason;
use crate::event::Version;
use crate::handshake::{HandshakeType, Message};
use crate::message::extension::SupportedVersions;
use crate::message::{ClientHello, DTLS_1_2};
use crate::state::State;
use crate::{v12, v13};

/// Nothing came yet.
///
/// No HelloVerifyRequest and no cookie is sent from here: a client's address has been checked
/// before its first record is let through, by ICE or by a [`CookieGate`](crate::CookieGate).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectClientHello;

impl ExpectClientHello {
    pub(crate) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<State, FailureReason> {
        expect(message, HandshakeType::ClientHello)?;
        let hello = ClientHello::parse(&message.body)?;
        match choose_version(&hello, context.config)? {
            Version::Dtls13 => v13::client_hello(hello, message, context).map(State::V13),
            Version::Dtls12 => v12::client_hello(&hello, message, context).map(State::V12),
        }
    }
}

/// rfc8446 §4.2.1: where supported_versions is present, it alone counts; it may come at the very
/// end of a hello of several datagrams.
pub(crate) fn choose_version(
    hello: &ClientHello,
    config: &Config,
) -> Result<Version, FailureReason> {
    let offered = hello.extensions.get::<SupportedVersions>()?;
    let offers = |version: Version| match &offered {
        Some(versions) => versions.0.contains(&version.code_point()),
        // Versions of DTLS count down: at most 1.2 means that or newer, of the same major version.
        None => {
            version == Version::Dtls12
                && hello.version >> 8 == DTLS_1_2 >> 8
                && hello.version <= DTLS_1_2
        }
    };
    [Version::Dtls13, Version::Dtls12]
        .into_iter()
        .find(|version| config.speaks(*version) && offers(*version))
        .ok_or(FailureReason::NoCommonVersion)
}
