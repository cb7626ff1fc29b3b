//! A peer in Chromium, on the page `peers/browser.html`: `path-browser [URL]`.
//!
//! With an address it opens the page there instead, which need not know any orders. On every page
//! there are three more: `{"do": "click", "selector": ".."}`, `{"do": "evaluate", "expression":
//! ".."}`, answered with `{"value": ..}`, and `{"do": "screenshot", "path": ".."}`.

use std::io::BufRead as _;
use std::path::Path;

use lariat_interop::browser::{Browser, Kind};
use lariat_interop::{Result, http};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../peers/browser.html");

fn main() -> Result<()> {
    let mut browser = Browser::start(Kind::Chromium)?;
    let url = match std::env::args().nth(1) {
        Some(url) => url,
        None => format!("http://{}/", http::serve(PAGE)?),
    };
    browser.open(&url)?;
    for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
        let answered = carry_out(&mut browser, &line);
        println!("{}", answered.unwrap_or_else(|error| json!({ "error": error.to_string() })));
    }
    Ok(())
}

fn carry_out(browser: &mut Browser, line: &str) -> Result<Value> {
    let order: Value = serde_json::from_str(line)?;
    let text = |key: &str| order[key].as_str().unwrap_or_default();
    match text("do") {
        "click" => browser.click(text("selector")).map(|()| json!({})),
        "evaluate" => browser.evaluate(text("expression")).map(|value| json!({ "value": value })),
        "screenshot" => browser.screenshot(Path::new(text("path"))).map(|()| json!({})),
        _ => browser.evaluate(&format!("carryOut({line})")),
    }
}
