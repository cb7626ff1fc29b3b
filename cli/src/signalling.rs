//! Signalling over HTTP: WHIP (RFC 9725), and its mirror image where this side offers.
//!
//! ```text
//! POST   /whip/echo         an offer       201, the answer, Location, ETag
//! POST   /offer/echo        nothing        201, an offer, Location, ETag
//! PATCH  Location           the answer, or candidates     204
//! DELETE Location                          200
//! GET    Location/stats                    200, what this side knows, as JSON
//! ```

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use lariat::{
    DataChannel, DataChannelInit, Direction, Error, MediaKind, SdpType, SessionDescription,
};
use tokio::time::timeout;

use crate::accept::Seat;
use crate::log::quoted;
use crate::refusal::Refusal;
use crate::sessions::{Ending, Session, Sessions, lock};
use crate::source::Ends;
use crate::{channels, echo, fragment, limits, stats};

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

pub(crate) fn routes(sessions: Arc<Sessions>) -> Router {
    Router::new()
        .route("/whip/echo", post(answer).options(accepts))
        .route("/offer/echo", post(offer).options(accepts))
        .route(
            "/whip/echo/{id}",
            get(nothing).patch(update).put(update).delete(end).options(accepts),
        )
        .route("/whip/echo/{id}/stats", get(statistics).options(accepts))
        .layer(DefaultBodyLimit::max(limits::BODY))
        .with_state(sessions)
}

/// Answers a client's offer.
async fn answer(
    State(sessions): State<Arc<Sessions>>,
    Extension(ends): Extension<Ends>,
    request: Request,
) -> Result<Response, Refusal> {
    sessions.admit(ends)?;
    let client = client(request.headers());
    let (_, sdp) = text(request, &[SDP]).await?;
    let session = sessions.open(ends).await?;
    let connection = &session.connection;
    let result = async {
        let ufrags = ufrags(&sdp);
        let sdp = lock(&session.filter).description(&sdp);
        let offer = SessionDescription { kind: SdpType::Offer, sdp };
        connection.set_remote_description(offer).await?;
        *lock(&session.remote_ufrags) = ufrags;
        for transceiver in connection.transceivers().await? {
            transceiver.set_direction(Direction::SendRecv).await?;
        }
        let answer = connection.create_answer().await?;
        connection.set_local_description(answer.clone()).await?;
        Ok(answer)
    };
    let result = result.await;
    let from = format!("offers: {}{client}", ends.remote);
    start(&sessions, result, session, Vec::new(), &from).await
}

/// Offers to a client: audio, video and the data channels that the page uses.
async fn offer(
    State(sessions): State<Arc<Sessions>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    sessions.admit(ends)?;
    let session = sessions.open(ends).await?;
    let connection = &session.connection;
    let mut opened = Vec::new();
    let result = async {
        for label in channels::LABELS {
            opened.push(connection.create_data_channel(label, DataChannelInit::default()).await?);
        }
        connection.add_transceiver(MediaKind::Audio, Direction::SendRecv).await?;
        connection.add_transceiver(MediaKind::Video, Direction::SendRecv).await?;
        let offer = connection.create_offer().await?;
        connection.set_local_description(offer.clone()).await?;
        Ok(offer)
    };
    let result = result.await;
    let from = format!("is offered to {}{}", ends.remote, client(&headers));
    start(&sessions, result, session, opened, &from).await
}

/// Lists the session and lets it run, or ends it at once if `description` is an error. `from` says
/// for the log who wants it.
async fn start(
    sessions: &Arc<Sessions>,
    description: Result<SessionDescription, Error>,
    session: Session,
    channels: Vec<DataChannel>,
    from: &str,
) -> Result<Response, Refusal> {
    let description = match description {
        Ok(description) => description,
        Err(error) => {
            session.connection.abort().await;
            return Err(error.into());
        }
    };
    let (id, session) = sessions.insert(session)?;
    let skipped = skipped(&session);
    sessions.log.session(session.number, format!("{from}{skipped}."));
    let location = format!("/whip/echo/{id}");
    let headers =
        [(CONTENT_TYPE, SDP.to_owned()), (LOCATION, location), (ETAG, session.etag.clone())];
    let sessions = Arc::clone(sessions);
    tokio::spawn(async move {
        echo::run(&session, channels, &sessions.log).await;
        // It is not there any more if the client ended it.
        let _ = sessions.remove(&id);
    });
    Ok((StatusCode::CREATED, headers, description.sdp).into_response())
}

/// What calls itself a client, for the log.
fn client(headers: &HeaderMap) -> String {
    let name = headers.get(USER_AGENT).map(|name| String::from_utf8_lossy(name.as_bytes()));
    name.map(|name| format!(", {}", quoted(&name))).unwrap_or_default()
}

/// How many candidates were not taken, for the log.
fn skipped(session: &Session) -> String {
    match lock(&session.filter).skipped() {
        0 => String::new(),
        skipped => format!("; {skipped} of its candidates are not used"),
    }
}

/// Takes candidates, or the answer to an offer of this side.
async fn update(
    State(sessions): State<Arc<Sessions>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let session = sessions.get(&id)?;
    // rfc9725 §4.3.1: a request for another ICE session must not change this one.
    if let Some(tag) = request.headers().get(IF_MATCH)
        && tag.as_bytes() != b"*"
        && tag.as_bytes() != session.etag.as_bytes()
    {
        return Err(Refusal::new(
            StatusCode::PRECONDITION_FAILED,
            "If-Match does not name this session's current ETag.",
        ));
    }
    match text(request, &[FRAGMENT, SDP]).await? {
        (FRAGMENT, fragment) => add_candidates(&session, &fragment).await?,
        (_, sdp) => {
            let ufrags = ufrags(&sdp);
            let sdp = lock(&session.filter).description(&sdp);
            let answer = SessionDescription { kind: SdpType::Answer, sdp };
            session.connection.set_remote_description(answer).await?;
            *lock(&session.remote_ufrags) = ufrags;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn add_candidates(session: &Session, fragment: &str) -> Result<(), Refusal> {
    let candidates = fragment::parse(fragment)
        .map_err(|sentence| Refusal::new(StatusCode::BAD_REQUEST, sentence))?;
    {
        let known = lock(&session.remote_ufrags);
        // rfc9725 §4.3.1: 422 for the half of trickling and restarting that is not supported.
        if !known.is_empty() && ufrags(fragment).iter().any(|ufrag| !known.contains(ufrag)) {
            return Err(Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The ICE credentials are not those of this session, and ICE cannot be restarted.",
            ));
        }
    }
    for candidate in candidates {
        // rfc9725 §4.3.2: so are those that may not be used, or are too many.
        if !lock(&session.filter).takes(&candidate.candidate) {
            continue;
        }
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
    let session = sessions.remove(&id)?;
    session.end.set(Ending::Deleted);
    session.connection.abort().await;
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

/// The body as text, and which of `types` it is.
async fn text(request: Request, types: &[&'static str]) -> Result<(&'static str, String), Refusal> {
    let given = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.unwrap_or("").split(';').next().unwrap_or("").trim();
    let Some(known) = types.iter().find(|known| known.eq_ignore_ascii_case(essence)) else {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("The Content-Type must be {}.", types.join(" or ")),
        ));
    };
    let bytes = read(request).await?;
    match String::from_utf8(bytes.into()) {
        Ok(text) => Ok((known, text)),
        Err(_) => Err(Refusal::new(StatusCode::BAD_REQUEST, "The body is not UTF-8 text.")),
    }
}

/// The body, which must be there soon and must not be long.
pub(crate) async fn read(request: Request) -> Result<Bytes, Refusal> {
    let seat = request.extensions().get::<Seat>().cloned();
    let Ok(body) = timeout(limits::BODY_TIMEOUT, Bytes::from_request(request, &())).await else {
        return Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("The body took longer than {} s.", limits::BODY_TIMEOUT.as_secs()),
        ));
    };
    if let Some(seat) = seat {
        seat.has_whole_request();
    }
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is longer than {} bytes.", limits::BODY),
        ),
        status => Refusal::new(status, "The body could not be read."),
    })
}

/// The values of the `a=ice-ufrag` lines.
fn ufrags(sdp: &str) -> Vec<String> {
    sdp.lines()
        .filter_map(|line| line.trim_end().strip_prefix("a=ice-ufrag:"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use lariat::{Configuration, Loopback, PeerConnection};

    use super::*;
    use crate::places::Bounds;

    /// Posts `sdp` from an address; returns how many of its candidates were not taken.
    async fn skipped_from(remote: [u8; 4], sdp: &str) -> usize {
        let bounds = Bounds { total: 1, per_source: 1, unsettled: 1 };
        let sessions = Arc::new(Sessions::new(Vec::new(), bounds, Arc::default()));
        let ends = Ends::new((remote, 5_000).into(), ([198, 51, 100, 1], 80).into());
        let request = Request::post("/").header(CONTENT_TYPE, SDP);
        let request = request.body(Body::from(sdp.to_owned())).unwrap();
        let response =
            answer(State(Arc::clone(&sessions)), Extension(ends), request).await.unwrap();
        let location = response.headers()[LOCATION].to_str().unwrap();
        let session = sessions.get(location.rsplit('/').next().unwrap()).unwrap();
        let fragment = "a=candidate:9 1 udp 1 127.0.0.1 9 typ host\r\n";
        add_candidates(&session, fragment).await.unwrap();
        lock(&session.filter).skipped()
    }

    #[tokio::test]
    async fn candidates_are_taken_of_whoever_is_as_near() {
        let mut configuration = Configuration::default();
        configuration.bind = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        configuration.loopback = Loopback::Always;
        let client = PeerConnection::new(configuration).await.unwrap();
        client.create_data_channel("x", DataChannelInit::default()).await.unwrap();
        let offer = client.create_offer().await.unwrap();
        client.set_local_description(offer.clone()).await.unwrap();
        assert_eq!(offer.sdp.matches("a=candidate:").count(), 1);
        assert_eq!(skipped_from([127, 0, 0, 1], &offer.sdp).await, 0);
        assert_eq!(skipped_from([203, 0, 113, 1], &offer.sdp).await, 2);
        client.close().await;
    }
}
