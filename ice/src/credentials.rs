//! Username fragments and passwords (RFC 8445 §5.3, RFC 8839 §5.4).

use alloc::string::String;
use core::fmt;

use lariat_base::Rng;

use crate::CredentialsError;
use crate::limits::MAX_CREDENTIAL;

const UFRAG_LEN: usize = 4;
const PWD_LEN: usize = 24;
const MIN_UFRAG: usize = 4;
const MIN_PWD: usize = 22;

/// The username fragment and the password of one side of an ICE session.
///
/// `Debug` shows the username fragment, which is sent in the clear, and hides the password.
///
/// ```
/// use lariat_ice::Credentials;
///
/// let credentials = Credentials { ufrag: "8hhY".into(), pwd: "asd88fgpdd777uzjYhagZg".into() };
/// assert!(credentials.validate().is_ok());
/// assert_eq!(format!("{credentials:?}"), "Credentials { ufrag: \"8hhY\", .. }");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers build it from a session description")]
pub struct Credentials {
    /// The username fragment: 4 to 256 characters of `A-Z a-z 0-9 + /`.
    pub ufrag: String,
    /// The password: 22 to 256 characters of `A-Z a-z 0-9 + /`.
    pub pwd: String,
}

impl Credentials {
    /// Draws new ones.
    pub(crate) fn random(rng: &mut Rng) -> Self {
        // rfc8445 §5.3: at least 24 bits of randomness in the fragment and 128 in the password; six
        // per character make 24 and 144. The fragment is in every check, and is no secret.
        Self { ufrag: ice_chars(rng, UFRAG_LEN), pwd: ice_chars(rng, PWD_LEN) }
    }

    /// Whether both parts have the form that RFC 8839 demands.
    ///
    /// # Errors
    /// [`CredentialsError`] names the part that has not.
    pub fn validate(&self) -> Result<(), CredentialsError> {
        // rfc8839 §5.4: 4 to 256 and 22 to 256 ice-chars.
        if !is_credential(&self.ufrag, MIN_UFRAG) {
            return Err(CredentialsError::Ufrag);
        }
        if !is_credential(&self.pwd, MIN_PWD) {
            return Err(CredentialsError::Pwd);
        }
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

fn is_credential(text: &str, min: usize) -> bool {
    (min..=MAX_CREDENTIAL).contains(&text.len()) && text.bytes().all(is_ice_char)
}

/// RFC 8839 §5.1.
pub(crate) fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

fn ice_chars(rng: &mut Rng, count: usize) -> String {
    (0..count)
        .map(|_| match rng.below(64) as u8 {
            index @ 0..26 => char::from(b'A' + index),
            index @ 26..52 => char::from(b'a' + (index - 26)),
            index @ 52..62 => char::from(b'0' + (index - 52)),
            62 => '+',
            _ => '/',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use lariat_base::Seed;

    use super::*;

    fn credentials(ufrag: &str, pwd: &str) -> Credentials {
        Credentials { ufrag: ufrag.into(), pwd: pwd.into() }
    }

    #[test]
    fn drawn_credentials_are_valid_and_differ() {
        let mut rng = Seed::new([1; 32]).rng();
        let first = Credentials::random(&mut rng);
        let second = Credentials::random(&mut rng);
        assert_eq!(first.validate(), Ok(()));
        assert_eq!((first.ufrag.len(), first.pwd.len()), (4, 24));
        assert_ne!(first.ufrag, second.ufrag);
        assert_ne!(first.pwd, second.pwd);
    }

    #[test]
    fn drawn_credentials_use_the_whole_alphabet() {
        let mut rng = Seed::new([2; 32]).rng();
        let drawn = ice_chars(&mut rng, 4_000);
        assert!(drawn.bytes().all(is_ice_char));
        let mut seen: alloc::vec::Vec<u8> = drawn.bytes().collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 64);
    }

    #[test]
    fn credentials_of_a_wrong_length_or_alphabet_are_refused() {
        let pwd = "asd88fgpdd777uzjYhagZg";
        assert_eq!(credentials("8hhY", pwd).validate(), Ok(()));
        assert_eq!(credentials("8hh", pwd).validate(), Err(CredentialsError::Ufrag));
        assert_eq!(credentials("8h:Y", pwd).validate(), Err(CredentialsError::Ufrag));
        assert_eq!(credentials(&"a".repeat(256), pwd).validate(), Ok(()));
        assert_eq!(credentials(&"a".repeat(257), pwd).validate(), Err(CredentialsError::Ufrag));
        assert_eq!(credentials("8hhY", &pwd[1..]).validate(), Err(CredentialsError::Pwd));
        assert_eq!(credentials("8hhY", &"p".repeat(257)).validate(), Err(CredentialsError::Pwd));
        assert_eq!(
            credentials("8hhY", "asd88fgpdd777uzjYhagZ\u{e9}").validate(),
            Err(CredentialsError::Pwd)
        );
    }
}
