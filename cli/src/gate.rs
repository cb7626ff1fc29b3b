//! What every request passes first, and every answer last.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN, VARY,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use crate::log::Log;
use crate::origin::{Asker, Known};
use crate::refusal::Refusal;
use crate::source::Ends;

/// What the gate goes by.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) known: Arc<Known>,
    pub(crate) log: Arc<Log>,
}

impl Gate {
    /// Puts the gate before everything in `router`.
    pub(crate) fn before(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, pass))
    }
}

async fn pass(
    State(gate): State<Gate>,
    Extension(ends): Extension<Ends>,
    request: Request,
    next: Next,
) -> Response {
    let target = request.uri().authority();
    let asker = gate.known.judge(ends.local.ip(), target, request.headers());
    let mut response = match &asker {
        Ok(_) => next.run(request).await,
        Err(refusal) => refusal.clone().into_response(),
    };
    // That a session has ended meanwhile happens every day.
    if let Some(refusal) = response.extensions().get::<Refusal>()
        && refusal.status != StatusCode::NOT_FOUND
    {
        gate.log.refused(ends, &refusal.sentence);
    }
    // What one origin is answered is not for another one.
    response.headers_mut().insert(VARY, HeaderValue::from(ORIGIN));
    if let Ok(Asker::Foreign(origin)) = asker {
        share(&mut response, origin);
    }
    response
}

/// Lets a page of another origin read the answer. There is nothing here that a cookie would unlock.
fn share(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, PUT, DELETE, OPTIONS"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, if-match, authorization"),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "location, etag, accept-post, accept-patch, retry-after"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
