//! Certificate fingerprints (RFC 8122 §5).

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use lariat_crypto::{HashAlgorithm, Provider};

/// The hash of a fingerprint.
///
/// SHA-1 and MD5 are not among them: RFC 8122 §5 forbids MD5, and a fingerprint is all that
/// authenticates a WebRTC peer. They are in order of preference, the most preferred one last.
///
/// ```
/// use lariat_dtls::FingerprintAlgorithm;
///
/// assert_eq!(FingerprintAlgorithm::Sha256.name(), "sha-256");
/// assert_eq!(FingerprintAlgorithm::from_name("SHA-512"), Some(FingerprintAlgorithm::Sha512));
/// assert_eq!(FingerprintAlgorithm::from_name("md5"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FingerprintAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl FingerprintAlgorithm {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in SDP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// The algorithm with this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    const fn hash(self) -> HashAlgorithm {
        match self {
            Self::Sha256 => HashAlgorithm::Sha256,
            Self::Sha384 => HashAlgorithm::Sha384,
            Self::Sha512 => HashAlgorithm::Sha512,
        }
    }
}

/// The hash of a certificate, as it stands in `a=fingerprint`.
///
/// ```
/// use lariat_dtls::Fingerprint;
///
/// let text = format!("sha-256 AB{}", ":00".repeat(31));
/// let fingerprint: Fingerprint = text.to_lowercase().parse()?;
/// assert_eq!(fingerprint.value[0], 0xab);
/// assert_eq!(fingerprint.to_string(), text);
/// # Ok::<(), lariat_dtls::ParseFingerprintError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The hash.
    pub algorithm: FingerprintAlgorithm,
    /// Its value; one of another length than the hash's matches no certificate.
    pub value: Vec<u8>,
}

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub fn of(provider: &dyn Provider, algorithm: FingerprintAlgorithm, der: &[u8]) -> Self {
        let mut hash = provider.hash(algorithm.hash());
        hash.update(der);
        Self { algorithm, value: hash.finish() }
    }

    /// Whether a certificate in DER has this fingerprint.
    pub fn matches(&self, provider: &dyn Provider, der: &[u8]) -> bool {
        *self == Self::of(provider, self.algorithm, der)
    }
}

/// Whether a certificate in DER has one of the fingerprints.
///
/// rfc8122 §5.1: of those that are announced only those of the most preferred hash count, which
/// here is the longest; each of them may be of another certificate.
pub(crate) fn is_expected(expected: &[Fingerprint], provider: &dyn Provider, der: &[u8]) -> bool {
    let Some(strongest) = expected.iter().map(|fingerprint| fingerprint.algorithm).max() else {
        return false;
    };
    let fingerprint = Fingerprint::of(provider, strongest, der);
    expected.contains(&fingerprint)
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.algorithm.name())?;
        for (index, byte) in self.value.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { ' ' } else { ':' })?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, ParseFingerprintError> {
        let (name, value) = text.split_once(' ').ok_or(ParseFingerprintError::Syntax)?;
        let algorithm =
            FingerprintAlgorithm::from_name(name).ok_or(ParseFingerprintError::Algorithm)?;
        let value: Vec<u8> = value
            .split(':')
            .map(|byte| match byte.as_bytes() {
                [high, low] => Some(hex_digit(*high)? << 4 | hex_digit(*low)?),
                _ => None,
            })
            .collect::<Option<_>>()
            .ok_or(ParseFingerprintError::Syntax)?;
        if value.len() == algorithm.hash().digest_len() {
            Ok(Self { algorithm, value })
        } else {
            Err(ParseFingerprintError::Length)
        }
    }
}

fn hex_digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Why a text is no fingerprint.
///
/// ```
/// use lariat_dtls::{Fingerprint, ParseFingerprintError};
///
/// assert_eq!("md5 AA".parse::<Fingerprint>(), Err(ParseFingerprintError::Algorithm));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseFingerprintError {
    /// The hash is unknown or too weak.
    Algorithm,
    /// Not a hash's name, a space, and pairs of hexadecimal digits with colons between them.
    Syntax,
    /// The value's length is not that of the hash.
    Length,
}

impl fmt::Display for ParseFingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "hash is unknown or too weak",
            Self::Syntax => "not a hash's name and pairs of hexadecimal digits with colons",
            Self::Length => "value has not the length of the hash",
        })
    }
}

impl core::error::Error for ParseFingerprintError {}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn a_fingerprint_is_the_hash_of_the_whole_certificate() {
        let provider = lariat_crypto::ring::provider();
        let abc = Fingerprint::of(&*provider, FingerprintAlgorithm::Sha256, b"abc");
        // The example of FIPS 180-4.
        assert_eq!(
            abc.to_string(),
            "sha-256 BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:\
             B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"
        );
        assert_eq!(abc.to_string().parse(), Ok(abc.clone()));
        assert!(abc.matches(&*provider, b"abc"));
        assert!(!abc.matches(&*provider, b"abd"));
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        use ParseFingerprintError::{Algorithm, Length, Syntax};
        let long = format!("sha-256 00{}", ":00".repeat(32));
        let plus = format!("sha-256 +0{}", ":00".repeat(31));
        for (text, error) in [
            ("", Syntax),
            ("sha-256", Syntax),
            ("sha-1 AA", Algorithm),
            ("sha-256 ", Syntax),
            ("sha-256 AA:B", Syntax),
            ("sha-256 AA::BB", Syntax),
            ("sha-256 ÄA", Syntax),
            ("sha-256 AA", Length),
            (&long, Length),
            (&plus, Syntax),
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(error), "{text}");
        }
    }
}
