//! A peer in a browser: `browser-peer chromium|firefox [dtls12|classical] offer|answer [media]`.

use lariat_interop::browser::{Browser, Kind};
use lariat_interop::line::{Arguments, Dtls, Line, Role};
use lariat_interop::{Result, http};
use serde_json::json;

const PAGE: &str = include_str!("../../peers/browser.html");

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    let (name, kind) = match words.next().as_deref() {
        Some("chromium") => ("chromium", Kind::Chromium),
        Some("firefox") => ("firefox", Kind::Firefox),
        _ => return Err("say `chromium` or `firefox`".into()),
    };
    let dtls = Dtls::take(&mut words);
    let arguments = Arguments::parse(words)?;
    let line = Line::open();
    let mut browser = Browser::start_speaking(kind, dtls)?;
    browser.open(&format!("http://{}/", http::serve(PAGE)?))?;
    let media = arguments.media;
    match arguments.role {
        Role::Offer => {
            line.write_description(&browser.evaluate(&format!("offer({media})"))?);
            let answer = line.read_description()?;
            browser.evaluate(&format!("connection.setRemoteDescription({answer})"))?;
        }
        Role::Answer => {
            let offer = line.read_description()?;
            let answer = browser.evaluate(&format!("answer({offer}, {media})"))?;
            line.write_description(&answer);
        }
    }
    let mut result = browser.evaluate("result()")?;
    result["peer"] = name.into();
    println!("{}", json!({ "result": result }));
    line.wait_for_end();
    Ok(())
}
