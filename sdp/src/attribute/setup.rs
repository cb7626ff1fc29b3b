//! Who opens the DTLS connection.

use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};

/// `a=setup` (RFC 4145 §4, used for DTLS by RFC 5763 §5 and RFC 8842): who opens the connection.
///
/// ```
/// use lariat_sdp::Setup;
///
/// assert_eq!(Setup::ActPass.to_string(), "actpass");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The answer decides. Only an offer may say this.
    ActPass,
    /// The writer opens: it is the DTLS client.
    Active,
    /// The writer waits: it is the DTLS server.
    Passive,
    /// No connection for now.
    HoldConn,
}

impl Setup {
    pub(crate) fn parse(value: Cursor<'_>) -> Result<Self, Fault> {
        let text = value.text(Field::Setup)?;
        // rfc4145 §4: the roles are ABNF literals, so letter case does not matter.
        [Self::ActPass, Self::Active, Self::Passive, Self::HoldConn]
            .into_iter()
            .find(|setup| text.eq_ignore_ascii_case(setup.name()))
            .ok_or_else(|| value.fault(Reason::Malformed(Field::Setup)))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::ActPass => "actpass",
            Self::Active => "active",
            Self::Passive => "passive",
            Self::HoldConn => "holdconn",
        }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
