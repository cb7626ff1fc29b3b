//! Why a request is refused: a status, and a sentence for people.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) sentence: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    pub(crate) fn no_such_session() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such session; it may have ended.")
    }
}

impl From<lariat::Error> for Refusal {
    fn from(error: lariat::Error) -> Self {
        use lariat::PeerError;

        match error {
            lariat::Error::Closed => Self::no_such_session(),
            lariat::Error::Peer(PeerError::Sdp(error)) => Self::new(
                StatusCode::BAD_REQUEST,
                format!("This is not a session description: {error}."),
            ),
            lariat::Error::Peer(PeerError::Negotiation(error)) => Self::new(
                StatusCode::NOT_ACCEPTABLE,
                format!("This description cannot be agreed to: {error}."),
            ),
            lariat::Error::Peer(error @ PeerError::SignalingState { .. }) => {
                Self::new(StatusCode::CONFLICT, format!("Not now: {error}."))
            }
            lariat::Error::Peer(error) => {
                Self::new(StatusCode::BAD_REQUEST, format!("Refused: {error}."))
            }
            error => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("The server could not open a connection: {error}."),
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
        (self.status, headers, format!("{}\n", self.sentence)).into_response()
    }
}
