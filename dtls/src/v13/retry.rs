//! HelloRetryRequests, and going on after one without having kept anything (RFC 9147 §5.1).

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};
use lariat_crypto::{NamedGroup, Provider};

use super::server::{choose_group, server_hello};
use super::suite::{self, CipherSuite};
use crate::config::Config;
use crate::error::FailureReason;
use crate::handshake::{HandshakeType, Transcript};
use crate::message::extension::{
    ClientShares, Cookie, SelectedGroup, SelectedVersion, SupportedGroups,
};
use crate::message::{ClientHello, DTLS_1_3, Extensions, ServerHello};
use crate::negotiation;

/// What a HelloRetryRequest decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    pub(super) suite: &'static CipherSuite,
    pub(super) group: NamedGroup,
    /// Whether the client is asked for a key of that group. It must not be if it has sent one.
    pub(super) asks: bool,
}

impl Retry {
    /// What a server with this configuration decides on a first hello.
    pub(crate) fn decide(hello: &ClientHello, config: &Config) -> Result<Self, FailureReason> {
        let suite = suite::configured(config)
            .find(|suite| hello.cipher_suites.contains(&suite.code_point))
            .ok_or(FailureReason::NoCommonCipherSuite)?;
        let missing = FailureReason::MissingExtension;
        let extensions = &hello.extensions;
        let SupportedGroups(groups) = extensions.get()?.ok_or(missing("supported_groups"))?;
        let ClientShares(shares) = extensions.get()?.ok_or(missing("key_share"))?;
        let (group, share) = choose_group(&groups, shares, config)?;
        Ok(Self { suite, group, asks: share.is_none() })
    }

    /// The message that says so.
    pub(crate) fn request(&self, cookie: Option<&[u8]>) -> ServerHello {
        let mut extensions = Extensions::default();
        extensions.push(&SelectedVersion(DTLS_1_3));
        if self.asks {
            extensions.push(&SelectedGroup(self.group.code_point()));
        }
        if let Some(cookie) = cookie {
            extensions.push(&Cookie(cookie.to_vec()));
        }
        server_hello(ServerHello::RETRY, self.suite, extensions)
    }

    /// The hash that stands for the first hello in the transcript (RFC 8446 §4.4.1).
    pub(crate) fn hash_first(
        &self,
        provider: &dyn Provider,
        body: &[u8],
    ) -> Result<Vec<u8>, FailureReason> {
        let mut transcript = Transcript::default();
        transcript.begin_13(provider, self.suite.hash);
        transcript.add(HandshakeType::ClientHello, 0, body)?;
        Ok(transcript.hash_13())
    }

    /// Writes it into a cookie, with the hash of the first hello.
    pub(crate) fn write(&self, first_hash: &[u8], out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.u16(self.suite.code_point);
        writer.u16(self.group.code_point());
        writer.u8(u8::from(self.asks));
        writer.bytes(first_hash);
    }

    /// Reads what [`Self::write`] wrote. It is none if the configuration has become another one.
    pub(crate) fn read(content: &[u8], config: &Config) -> Option<(Self, Vec<u8>)> {
        let mut reader = Reader::new(content);
        let code_point = reader.u16().ok()?;
        let suite = suite::configured(config).find(|suite| suite.code_point == code_point)?;
        let group = reader.u16().ok()?;
        let group = negotiation::group_from_code_point(&config.groups, group).ok()?;
        let asks = reader.u8().ok()? == 1;
        let first_hash = reader.rest();
        let is_hash = first_hash.len() == suite.hash.digest_len();
        is_hash.then(|| (Self { suite, group, asks }, first_hash.to_vec()))
    }
}

/// What a cookie brought back: all that is left of a first hello and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retried {
    pub(crate) retry: Retry,
    pub(crate) first_hash: Vec<u8>,
    /// The cookie itself, which is part of the HelloRetryRequest.
    pub(crate) cookie: Vec<u8>,
}
