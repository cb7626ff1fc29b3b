//! The program and pages of other origins: what is answered, and how it is opened.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::net::Ipv4Addr;

use program::{Program, Response};

/// Sends a request with these header lines and nothing else.
async fn ask(program: &Program, method: &str, path: &str, headers: &[&str]) -> Response {
    let headers = headers.join("\r\n");
    let request = format!(
        "{method} {path} HTTP/1.1\r\n{headers}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    program.exchange(Ipv4Addr::LOCALHOST, &request).await.unwrap()
}

#[tokio::test]
async fn a_page_of_another_origin_learns_nothing() {
    // Q18
    let program = Program::start();
    let port = program.port();
    let host = format!("Host: localhost:{port}");
    let own = format!("Origin: http://localhost:{port}");
    let rebound = format!("Host: rebound.example:{port}");
    let rebound_origin = format!("Origin: http://rebound.example:{port}");
    for (headers, status, says) in [
        (&[&*host][..], 201, "a=candidate"),
        (&[&host, &own], 201, "a=candidate"),
        (&[&host, "Origin: http://page.example"], 403, "--allow-origin http://page.example."),
        (&[&host, "Origin: null"], 403, "--allow-origin '*'."),
        (&[&host, "Origin: http://localhost:1"], 403, "--allow-origin http://localhost:1."),
        (&[&rebound, &rebound_origin], 421, "--host rebound.example."),
        (&[&rebound], 421, "--host rebound.example."),
        (&["Host: 192.0.2.1"], 421, "--host 192.0.2.1."),
        (&["X: none"], 400, "Host header"),
    ] {
        let response = ask(&program, "POST", "/offer/echo", headers).await;
        assert_eq!(response.status, status, "{headers:?}: {}", response.body);
        assert!(response.body.contains(says), "{headers:?}: {}", response.body);
        assert_eq!(response.body.contains("a=candidate"), status == 201, "{headers:?}");
        assert_eq!(response.header("access-control-allow-origin"), "", "{headers:?}");
        // The page is for nobody else, either.
        let page = ask(&program, "GET", "/", headers).await;
        assert_eq!(page.status == 200, status == 201, "{headers:?}");
    }
}

#[tokio::test]
async fn browsers_may_ask_before_they_send() {
    let arguments = ["--allow-origin", "https://page.example", "--host", "echo.example"];
    let program = Program::start_with(&arguments);
    for path in ["/whip/echo", "/offer/echo", "/whip/echo/x"] {
        let headers = [
            "Host: echo.example",
            "Origin: https://page.example",
            "Access-Control-Request-Method: POST",
        ];
        let response = ask(&program, "OPTIONS", path, &headers).await;
        let accepts = response.header("accept-post");
        assert_eq!((response.status, accepts), (200, "application/sdp"), "{path}");
        assert_eq!(response.header("access-control-allow-origin"), "https://page.example");
        assert_eq!(response.header("vary"), "origin");
        assert!(response.header("access-control-allow-methods").contains("PATCH"));
        assert!(response.header("access-control-expose-headers").contains("location"));

        let foreign = ["Host: echo.example", "Origin: https://other.example"];
        let response = ask(&program, "OPTIONS", path, &foreign).await;
        assert_eq!(response.status, 403, "{path}");
        assert_eq!(response.header("access-control-allow-origin"), "");
        assert_eq!(response.header("access-control-allow-methods"), "");

        // A client that is no page gets the same answer without the permissions.
        let response = ask(&program, "OPTIONS", path, &headers[..1]).await;
        let accepts = response.header("accept-post");
        assert_eq!((response.status, accepts), (200, "application/sdp"), "{path}");
    }
}

#[tokio::test]
async fn a_flag_opens_it_to_every_origin() {
    let program = Program::start_with(&["--allow-origin", "*"]);
    for origin in ["Origin: null", "Origin: http://page.example"] {
        let response = ask(&program, "POST", "/offer/echo", &["Host: localhost", origin]).await;
        assert_eq!(response.status, 201, "{origin}");
        assert_eq!(response.header("access-control-allow-origin"), "*", "{origin}");
    }
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    for arguments in [
        ["--allow-origin", "page.example"],
        ["--host", "http://page.example"],
        ["--max-sessions", "0"],
        ["--max-connections", "many"],
    ] {
        let (code, error) = Program::fails(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(error.contains(arguments[0]), "{error}");
    }
}
