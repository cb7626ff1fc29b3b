//! Why a request is refused: a status, and a sentence for people.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) sentence: String,
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into(), retry_after: None }
    }

    /// Says when it may be tried again.
    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
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

/// The refusal is also an extension of the response, for the log.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
        let body = format!("{}\n", self.sentence);
        let mut response = (self.status, headers, body).into_response();
        if let Some(wait) = self.retry_after {
            // Whole seconds, so that nobody comes a little too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
