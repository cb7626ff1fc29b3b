//! Alerts (RFC 5246 §7.2, RFC 8446 §6).

use core::fmt;

use lariat_base::Reader;

use crate::error::ParseError;

/// What an alert says, by its code point in IANA's "TLS Alerts" registry.
///
/// ```
/// use lariat_dtls::AlertDescription;
///
/// assert_eq!(AlertDescription::BAD_CERTIFICATE.to_string(), "bad_certificate (42)");
/// assert_eq!(AlertDescription(200).to_string(), "alert 200");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertDescription(pub u8);

impl AlertDescription {
    /// The sender will send no more.
    pub const CLOSE_NOTIFY: Self = Self(0);
    /// A message came where it does not belong.
    pub const UNEXPECTED_MESSAGE: Self = Self(10);
    /// No acceptable set of parameters.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// A certificate is missing, unreadable or not the expected one.
    pub const BAD_CERTIFICATE: Self = Self(42);
    /// A field is out of range or contradicts another one.
    pub const ILLEGAL_PARAMETER: Self = Self(47);
    /// A message could not be read.
    pub const DECODE_ERROR: Self = Self(50);
    /// A signature or a Finished does not verify.
    pub const DECRYPT_ERROR: Self = Self(51);
    /// Connection identifiers were asked for too often (RFC 9147 §9).
    pub const TOO_MANY_CIDS_REQUESTED: Self = Self(52);
    /// The protocol version is not supported.
    pub const PROTOCOL_VERSION: Self = Self(70);
    /// Something failed on our side.
    pub const INTERNAL_ERROR: Self = Self(80);
    /// The sender goes away for a reason that is no failure; a close_notify follows.
    pub const USER_CANCELED: Self = Self(90);
    /// No second handshake on this connection.
    pub const NO_RENEGOTIATION: Self = Self(100);
    /// A hello lacks an extension that it must have.
    pub const MISSING_EXTENSION: Self = Self(109);
    /// A ServerHello answers an extension that was not offered.
    pub const UNSUPPORTED_EXTENSION: Self = Self(110);

    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::CLOSE_NOTIFY => "close_notify",
            Self::UNEXPECTED_MESSAGE => "unexpected_message",
            Self(20) => "bad_record_mac",
            Self(22) => "record_overflow",
            Self::HANDSHAKE_FAILURE => "handshake_failure",
            Self::BAD_CERTIFICATE => "bad_certificate",
            Self(43) => "unsupported_certificate",
            Self(44) => "certificate_revoked",
            Self(45) => "certificate_expired",
            Self(46) => "certificate_unknown",
            Self::ILLEGAL_PARAMETER => "illegal_parameter",
            Self(48) => "unknown_ca",
            Self(49) => "access_denied",
            Self::DECODE_ERROR => "decode_error",
            Self::DECRYPT_ERROR => "decrypt_error",
            Self::TOO_MANY_CIDS_REQUESTED => "too_many_cids_requested",
            Self::PROTOCOL_VERSION => "protocol_version",
            Self(71) => "insufficient_security",
            Self::INTERNAL_ERROR => "internal_error",
            Self::USER_CANCELED => "user_canceled",
            Self::NO_RENEGOTIATION => "no_renegotiation",
            Self::MISSING_EXTENSION => "missing_extension",
            Self::UNSUPPORTED_EXTENSION => "unsupported_extension",
            _ => return None,
        })
    }
}

impl fmt::Display for AlertDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "alert {}", self.0),
        }
    }
}

/// An alert as it is on the wire: two bytes, level and description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) fatal: bool,
    pub(crate) description: AlertDescription,
}

impl Alert {
    const WARNING: u8 = 1;
    const FATAL: u8 = 2;

    pub(crate) const fn fatal(description: AlertDescription) -> Self {
        Self { fatal: true, description }
    }

    pub(crate) const fn warning(description: AlertDescription) -> Self {
        Self { fatal: false, description }
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let level = reader.u8()?;
        let description = AlertDescription(reader.u8()?);
        reader.finish()?;
        match level {
            Self::WARNING => Ok(Self::warning(description)),
            Self::FATAL => Ok(Self::fatal(description)),
            _ => Err(ParseError::Invalid("alert level")),
        }
    }

    pub(crate) const fn encode(self) -> [u8; 2] {
        [if self.fatal { Self::FATAL } else { Self::WARNING }, self.description.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for description in 0..=255 {
            for fatal in [false, true] {
                let alert = Alert { fatal, description: AlertDescription(description) };
                assert_eq!(Alert::parse(&alert.encode()), Ok(alert));
            }
        }
    }

    #[test]
    fn malformed_alerts_are_refused() {
        for bytes in [&[][..], &[2], &[0, 0], &[3, 0], &[2, 40, 0]] {
            assert!(Alert::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
