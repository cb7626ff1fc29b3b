//! A peer in Chromium, on the page `peers/browser.html`.

use std::io::BufRead as _;

use lariat_interop::browser::{Browser, Kind};
use lariat_interop::{Result, http};
use serde_json::json;

const PAGE: &str = include_str!("../../peers/browser.html");

fn main() -> Result<()> {
    let mut browser = Browser::start(Kind::Chromium)?;
    browser.open(&format!("http://{}/", http::serve(PAGE)?))?;
    for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
        let answered = browser.evaluate(&format!("carryOut({line})"));
        println!("{}", answered.unwrap_or_else(|error| json!({ "error": error.to_string() })));
    }
    Ok(())
}
