//! What both versions have in common of the hellos, and the decision between them.
//!
//! A client offers all versions it speaks in one hello, and goes on as the server's answer has it;
//! a server decides when a hello is complete, because the list of versions may be at its very end.

mod client;
mod server;

use alloc::vec::Vec;

use lariat_crypto::{NamedGroup, SignatureScheme};

pub(crate) use client::ExpectServerHello;
pub(crate) use server::{ExpectClientHello, choose_version};

use crate::config::Config;
use crate::error::{FailureReason, ParseError};
use crate::event::Version;
use crate::limits;
use crate::message::Extensions;
use crate::message::extension::{RecordSizeLimit, UseSrtp};

/// The signatures that are verified, in order of preference.
pub(crate) const VERIFIED_SCHEMES: [SignatureScheme; 5] = [
    SignatureScheme::EcdsaSecp256r1Sha256,
    SignatureScheme::EcdsaSecp384r1Sha384,
    SignatureScheme::Ed25519,
    SignatureScheme::RsaPssSha256,
    SignatureScheme::RsaPkcs1Sha256,
];

/// The code points of [`VERIFIED_SCHEMES`].
pub(crate) fn verified_schemes() -> Vec<u16> {
    VERIFIED_SCHEMES.iter().map(|scheme| scheme.code_point()).collect()
}

/// The scheme with this code point, if it is one of [`VERIFIED_SCHEMES`].
pub(crate) fn scheme_from_code_point(code_point: u16) -> Result<SignatureScheme, FailureReason> {
    VERIFIED_SCHEMES
        .into_iter()
        .find(|scheme| scheme.code_point() == code_point)
        .ok_or(FailureReason::NotOffered("signature scheme"))
}

/// The group's name in IANA's registry.
pub(crate) const fn group_name(group: NamedGroup) -> &'static str {
    match group {
        NamedGroup::X25519 => "x25519",
        NamedGroup::Secp256r1 => "secp256r1",
        NamedGroup::Secp384r1 => "secp384r1",
        NamedGroup::X25519MlKem768 => "X25519MLKEM768",
        _ => "unknown",
    }
}

/// The code points of groups.
pub(crate) fn group_code_points(groups: &[NamedGroup]) -> Vec<u16> {
    groups.iter().map(|group| group.code_point()).collect()
}

/// The group with this code point, if it is one of those.
pub(crate) fn group_from_code_point(
    groups: &[NamedGroup],
    code_point: u16,
) -> Result<NamedGroup, FailureReason> {
    groups
        .iter()
        .copied()
        .find(|group| group.code_point() == code_point)
        .ok_or(FailureReason::NotOffered("group"))
}

/// As server: rfc5764 §4.1.2: our preference decides; without a profile in common there is no SRTP.
/// A client's MKI is not taken up, which the empty one in our answer says.
pub(crate) fn choose_srtp_profile(
    hello: &Extensions,
    config: &Config,
) -> Result<Option<u16>, FailureReason> {
    let offered = hello.get::<UseSrtp>()?;
    Ok(offered.and_then(|offered| {
        config.srtp_profiles.iter().copied().find(|profile| offered.profiles.contains(profile))
    }))
}

/// As server: the answer to a client's offer.
pub(crate) fn answer_srtp(profile: Option<u16>, answer: &mut Extensions) {
    if let Some(profile) = profile {
        answer.push(&UseSrtp { profiles: alloc::vec![profile], mki: Vec::new() });
    }
}

/// As client: rfc5764 §4.1.1: exactly one profile, of those offered, and the MKI that was offered,
/// or none.
pub(crate) fn accept_srtp_profile(
    hello: &Extensions,
    answer: &Extensions,
) -> Result<Option<u16>, FailureReason> {
    let Some(answer) = answer.get::<UseSrtp>()? else {
        return Ok(None);
    };
    let [profile] = answer.profiles[..] else {
        return Err(FailureReason::IllegalParameter("SRTP protection profile"));
    };
    if !hello.get::<UseSrtp>()?.is_some_and(|offered| offered.profiles.contains(&profile)) {
        return Err(FailureReason::NotOffered("SRTP protection profile"));
    }
    if !answer.mki.is_empty() {
        return Err(FailureReason::IllegalParameter("srtp_mki"));
    }
    Ok(Some(profile))
}

/// The longest record that we take, which is the longest that there is.
pub(crate) const fn record_size_limit(version: Version) -> RecordSizeLimit {
    let plaintext = limits::MAX_PLAINTEXT as u16;
    match version {
        Version::Dtls12 => RecordSizeLimit(plaintext),
        Version::Dtls13 => RecordSizeLimit(plaintext + 1),
    }
}

/// How long the content of a record may be that the peer takes, if it says so. rfc8449 §4: more
/// than there can be is no mistake; it may be meant for another version.
pub(crate) fn content_limit(
    extensions: &Extensions,
    version: Version,
) -> Result<Option<usize>, FailureReason> {
    let limit = match extensions.get::<RecordSizeLimit>() {
        Err(ParseError::Invalid(field)) => return Err(FailureReason::IllegalParameter(field)),
        limit => limit?,
    };
    let content_type = usize::from(version == Version::Dtls13);
    Ok(limit.map(|limit| usize::from(limit.0).saturating_sub(content_type)))
}

/// As client: rfc5246 §7.4.1.4, rfc8446 §4.2: an extension of the server answers one of ours.
pub(crate) fn check_solicited(
    hello: &Extensions,
    answer: &Extensions,
) -> Result<(), FailureReason> {
    match answer.code_points().find(|code_point| !hello.contains(*code_point)) {
        Some(code_point) => Err(FailureReason::UnsolicitedExtension(code_point)),
        None => Ok(()),
    }
}
