//! The demo page: one document that asks for nothing from anywhere else.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

const DOCUMENT: &str = include_str!("../page/index.html");
const STYLE: &str = include_str!("../page/style.css");
/// In the order of use: later ones call earlier ones.
const SCRIPTS: [&str; 7] = [
    include_str!("../page/media.js"),
    include_str!("../page/signalling.js"),
    include_str!("../page/charts.js"),
    include_str!("../page/channels.js"),
    include_str!("../page/stats.js"),
    include_str!("../page/journal.js"),
    include_str!("../page/page.js"),
];

/// Nothing but this document runs, and it talks to this server only.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data:; media-src blob: mediastream:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static PAGE: LazyLock<String> = LazyLock::new(|| {
    DOCUMENT.replace("/* style.css */", STYLE).replace("/* script.js */", &SCRIPTS.join("\n"))
});

pub(crate) fn routes() -> Router {
    Router::new().route("/", get(page))
}

async fn page() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_whole_and_refers_to_nothing_outside() {
        assert!(!PAGE.contains("/* style.css */") && !PAGE.contains("/* script.js */"));
        assert_eq!(PAGE.matches("</script>").count(), 1);
        // The one address in it names a vocabulary and is never fetched.
        let outside = PAGE.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("http://") && !outside.contains("https://"));
        assert!(!outside.contains("src=\"") && !outside.contains("@import"));
    }
}
