//! Messages of a data channel.

use bytes::Bytes;
use lariat_peer::MessageKind;

/// A message of a data channel.
///
/// ```
/// use lariat::Message;
///
/// assert_eq!(Message::from("hello"), Message::Text("hello".to_owned()));
/// assert_eq!(Message::from(vec![1, 2, 3]).len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "data channels have these two kinds")]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl Message {
    /// How many bytes it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn into_parts(self) -> (MessageKind, Bytes) {
        match self {
            Self::Text(text) => (MessageKind::Text, Bytes::from(text)),
            Self::Binary(bytes) => (MessageKind::Binary, bytes),
        }
    }

    pub(crate) fn from_parts(kind: MessageKind, payload: Bytes) -> Self {
        match kind {
            MessageKind::Binary => Self::Binary(payload),
            MessageKind::Text => match String::from_utf8(payload.into()) {
                Ok(text) => Self::Text(text),
                // The peer lets only UTF-8 through; whatever else this is, it is not text.
                Err(error) => Self::Binary(error.into_bytes().into()),
            },
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}
