//! PEM (RFC 7468), in which certificates and keys lie in files.

use alloc::vec::Vec;
use core::fmt;

use pki_types::pem::{PemObject as _, SectionKind};

use crate::{Error, Secret};

/// A section of a PEM file.
///
/// ```
/// use lariat_crypto::{PemSection, read_pem};
///
/// let text = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
/// let sections = read_pem(text)?;
/// assert!(matches!(&sections[..], [PemSection::Certificate(der)] if der == &[0x30, 0]));
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
#[non_exhaustive]
pub enum PemSection {
    /// `CERTIFICATE`: an X.509 certificate in DER.
    Certificate(Vec<u8>),
    /// `PRIVATE KEY`, `EC PRIVATE KEY` or `RSA PRIVATE KEY`: a key in DER, which tells by itself
    /// whether it is a PKCS #8, a SEC 1 or a PKCS #1.
    PrivateKey(Secret),
}

impl fmt::Debug for PemSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(der) => write!(f, "Certificate({} bytes)", der.len()),
            Self::PrivateKey(key) => f.debug_tuple("PrivateKey").field(key).finish(),
        }
    }
}

/// Reads the certificates and private keys of a PEM text, in its order.
///
/// Text between sections and sections of another kind, encrypted keys among them, are passed over.
///
/// # Errors
/// [`Error::Pem`] if a section does not end, or is not Base64.
pub fn read_pem(text: &[u8]) -> Result<Vec<PemSection>, Error> {
    let mut sections = Vec::new();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text) {
        let (kind, der) = section.map_err(|_| Error::Pem)?;
        match kind {
            SectionKind::Certificate => sections.push(PemSection::Certificate(der)),
            SectionKind::PrivateKey | SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey => {
                sections.push(PemSection::PrivateKey(Secret::new(der)));
            }
            _ => {}
        }
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Result<alloc::string::String, Error> {
        let initial = |section: &PemSection| match section {
            PemSection::Certificate(_) => 'c',
            PemSection::PrivateKey(_) => 'k',
        };
        Ok(read_pem(text.as_bytes())?.iter().map(initial).collect())
    }

    fn section(label: &str) -> alloc::string::String {
        alloc::format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n")
    }

    #[test]
    fn sections_come_in_order_and_others_are_passed_over() {
        let text = [
            "subject=CN = peer\n",
            &section("EC PARAMETERS"),
            &section("EC PRIVATE KEY"),
            &section("CERTIFICATE"),
            "\r\n",
            &section("PUBLIC KEY").replace('\n', "\r\n"),
            &section("CERTIFICATE"),
            &section("ENCRYPTED PRIVATE KEY"),
            &section("RSA PRIVATE KEY"),
            &section("PRIVATE KEY"),
        ]
        .concat();
        assert_eq!(kinds(&text).as_deref(), Ok("kcckk"));
        assert_eq!(kinds("").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_not_pem_is_refused() {
        let good = section("CERTIFICATE");
        for text in [
            good.replace("MAA=", "M*A="),
            good.replace("MAA=", "MA"),
            good.replace("-----END CERTIFICATE-----", ""),
            good.replace("END CERTIFICATE", "END PRIVATE KEY"),
            good.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE"),
        ] {
            assert_eq!(kinds(&text), Err(Error::Pem), "{text}");
        }
    }

    #[test]
    fn debug_output_shows_no_key() {
        let sections = read_pem(section("PRIVATE KEY").as_bytes());
        assert_eq!(alloc::format!("{sections:?}"), "Ok([PrivateKey(Secret(2 bytes))])");
    }
}
