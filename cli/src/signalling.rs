//! Signalling over HTTP: WHIP (RFC 9725), and its mirror image where this side offers.
//!
//! ```text
//! POST   /whip/echo         an offer       201, the answer, Location, ETag
//! POST   /offer/echo        nothing        201, an offer, Location, ETag
//! PATCH  Location           the answer, or candidates     204
//! DELETE Location                          200
//! GET    Location/stats                    200, what this side knows, as JSON
//! ```

use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use lariat::{
    DataChannel, DataChannelInit, Direction, Error, MediaKind, SdpType, SessionDescription,
};

use crate::refusal::Refusal;
use crate::sessions::{Session, Sessions};
use crate::{echo, fragment, stats};

/// The longest description, in bytes; those of browsers with every codec have some ten thousand.
const MAX_BODY: usize = 256 * 1024;

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

type Body = Result<Bytes, BytesRejection>;

pub(crate) fn routes(sessions: Arc<Sessions>) -> Router {
    Router::new()
        .route("/whip/echo", post(answer).options(accepts))
        .route("/offer/echo", post(offer).options(accepts))
        .route(
            "/whip/echo/{id}",
            get(nothing).patch(update).put(update).delete(end).options(accepts),
        )
        .route("/whip/echo/{id}/stats", get(statistics).options(accepts))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::map_response(allow_every_origin))
        .with_state(sessions)
}

/// Answers a client's offer.
async fn answer(
    State(sessions): State<Arc<Sessions>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let sdp = text(&headers, body, &[SDP])?.1;
    let session = sessions.open().await?;
    let connection = &session.connection;
    let result = async {
        let ufrags = ufrags(&sdp);
        let offer = SessionDescription { kind: SdpType::Offer, sdp };
        connection.set_remote_description(offer).await?;
        *session.remote_ufrags.lock().unwrap_or_else(PoisonError::into_inner) = ufrags;
        for transceiver in connection.transceivers().await? {
            transceiver.set_direction(Direction::SendRecv).await?;
        }
        let answer = connection.create_answer().await?;
        connection.set_local_description(answer.clone()).await?;
        Ok(answer)
    };
    start(&sessions, result.await, session, Vec::new()).await
}

/// Offers to a client: audio, video and the data channels that the page uses.
async fn offer(State(sessions): State<Arc<Sessions>>) -> Result<Response, Refusal> {
    let session = sessions.open().await?;
    let connection = &session.connection;
    let mut channels = Vec::new();
    let result = async {
        for label in echo::LABELS {
            channels.push(connection.create_data_channel(label, DataChannelInit::default()).await?);
        }
        connection.add_transceiver(MediaKind::Audio, Direction::SendRecv).await?;
        connection.add_transceiver(MediaKind::Video, Direction::SendRecv).await?;
        let offer = connection.create_offer().await?;
        connection.set_local_description(offer.clone()).await?;
        Ok(offer)
    };
    let result = result.await;
    start(&sessions, result, session, channels).await
}

/// Lists the session and lets it run, or ends it at once if `description` is an error.
async fn start(
    sessions: &Arc<Sessions>,
    description: Result<SessionDescription, Error>,
    session: Session,
    channels: Vec<DataChannel>,
) -> Result<Response, Refusal> {
    let description = match description {
        Ok(description) => description,
        Err(error) => {
            session.connection.close().await;
            return Err(error.into());
        }
    };
    let (id, session) = sessions.insert(session)?;
    let location = format!("/whip/echo/{id}");
    let (sessions, connection) = (Arc::clone(sessions), session.connection.clone());
    tokio::spawn(async move {
        echo::run(connection, channels).await;
        // It is not there any more if the client ended it.
        let _ = sessions.remove(&id);
    });
    let headers =
        [(CONTENT_TYPE, SDP.to_owned()), (LOCATION, location), (ETAG, session.etag.clone())];
    Ok((StatusCode::CREATED, headers, description.sdp).into_response())
}

/// Takes candidates, or the answer to an offer of this side.
async fn update(
    State(sessions): State<Arc<Sessions>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let session = sessions.get(&id)?;
    // rfc9725 §4.3.1: a request for another ICE session must not change this one.
    if let Some(tag) = headers.get(IF_MATCH)
        && tag.as_bytes() != b"*"
        && tag.as_bytes() != session.etag.as_bytes()
    {
        return Err(Refusal::new(
            StatusCode::PRECONDITION_FAILED,
            "If-Match does not name this session's current ETag.",
        ));
    }
    match text(&headers, body, &[FRAGMENT, SDP])? {
        (FRAGMENT, fragment) => add_candidates(&session, &fragment).await?,
        (_, sdp) => {
            let ufrags = ufrags(&sdp);
            let answer = SessionDescription { kind: SdpType::Answer, sdp };
            session.connection.set_remote_description(answer).await?;
            *session.remote_ufrags.lock().unwrap_or_else(PoisonError::into_inner) = ufrags;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn add_candidates(session: &Session, fragment: &str) -> Result<(), Refusal> {
    let candidates = fragment::parse(fragment)
        .map_err(|sentence| Refusal::new(StatusCode::BAD_REQUEST, sentence))?;
    {
        let known = session.remote_ufrags.lock().unwrap_or_else(PoisonError::into_inner);
        // rfc9725 §4.3.1: 422 for the half of trickling and restarting that is not supported.
        if !known.is_empty() && ufrags(fragment).iter().any(|ufrag| !known.contains(ufrag)) {
            return Err(Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The ICE credentials are not those of this session, and ICE cannot be restarted.",
            ));
        }
    }
    for candidate in candidates {
        // rfc9725 §4.3.2: candidates that cannot be used are skipped without a word.
        if let Err(Error::Closed) = session.connection.add_ice_candidate(candidate).await {
            return Err(Refusal::no_such_session());
        }
    }
    Ok(())
}

/// Ends a session. Its entity tag does not matter (RFC 9725 §4.3.1).
async fn end(
    State(sessions): State<Arc<Sessions>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    sessions.remove(&id)?.connection.close().await;
    Ok(StatusCode::OK)
}

async fn statistics(
    State(sessions): State<Arc<Sessions>>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Refusal> {
    let stats = sessions.get(&id)?.connection.stats().await?;
    Ok(([(CONTENT_TYPE, "application/json")], stats::json(&stats).to_string()))
}

/// A session has nothing to show under its own address (RFC 9725 §4.1).
async fn nothing(
    State(sessions): State<Arc<Sessions>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    sessions.get(&id).map(|_| StatusCode::NO_CONTENT)
}

/// What may be sent here, for clients and for browsers that ask before they send.
async fn accepts() -> impl IntoResponse {
    let accept_patch = format!("{FRAGMENT}, {SDP}");
    [
        (HeaderName::from_static("accept-post"), SDP.to_owned()),
        (HeaderName::from_static("accept-patch"), accept_patch),
    ]
}

/// WHIP clients may be pages from anywhere. There is nothing here that a cookie would unlock.
async fn allow_every_origin(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, PUT, DELETE, OPTIONS"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, if-match, authorization"),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "location, etag, accept-post, accept-patch"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The body as text, and which of `types` it is.
fn text(
    headers: &HeaderMap,
    body: Body,
    types: &[&'static str],
) -> Result<(&'static str, String), Refusal> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    let Some(known) = types.iter().find(|known| known.eq_ignore_ascii_case(essence)) else {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("The Content-Type must be {}.", types.join(" or ")),
        ));
    };
    let bytes = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is longer than {MAX_BODY} bytes."),
        ),
        status => Refusal::new(status, "The body could not be read."),
    })?;
    match String::from_utf8(bytes.into()) {
        Ok(text) => Ok((known, text)),
        Err(_) => Err(Refusal::new(StatusCode::BAD_REQUEST, "The body is not UTF-8 text.")),
    }
}

/// The values of the `a=ice-ufrag` lines.
fn ufrags(sdp: &str) -> Vec<String> {
    sdp.lines()
        .filter_map(|line| line.trim_end().strip_prefix("a=ice-ufrag:"))
        .map(str::to_owned)
        .collect()
}
