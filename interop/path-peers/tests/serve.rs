//! Chromium calls `lariat serve` over a path, on the page that it serves.

use std::path::PathBuf;
use std::time::Duration;

use lariat_interop::foreign::are_present;
use lariat_interop::process::Process;
use lariat_path::{Path, Peer, Script, Side, address};
use serde_json::{Value, json};

const BROWSER: &str = env!("CARGO_BIN_EXE_path-browser");

/// The program; by default, where cargo builds it.
const PROGRAM: &str = "LARIAT_PROGRAM";

/// Where pictures go; by default, where cargo builds.
const ARTEFACTS: &str = "LARIAT_ARTEFACTS";

/// As an offerer behind a NAT has it.
const SCRIPT: &str = "delay 30ms\nloss 1%\nnat a";

/// How long the call goes on before its NAT rebinds.
const BEFORE: Duration = Duration::from_secs(10);

/// How long after that nothing need arrive.
const AFTER: Duration = Duration::from_secs(2);

/// Round trips of messages that the page has seen, one a second.
const TRIPS: &str = "lariat.trips.length";

/// Pictures that came back.
const FRAMES: &str = "document.querySelector('#remote').getVideoPlaybackQuality().totalVideoFrames";

#[test]
fn a_call_goes_on_after_a_rebinding_beside_an_unread_channel() {
    if !are_present(&["chromium"]) {
        return;
    }
    let Some(path) = Path::start_for_test(Script::parse(SCRIPT).unwrap()) else { return };
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/debug/lariat");
    let program = std::env::var(PROGRAM).unwrap_or_else(|_| beside.to_owned());
    let host = address(Side::B).to_string();
    let mut command = path.command(Side::B, &program);
    command.args(["serve", "--listen", &format!("{host}:8080"), "--host-ip", &host]);
    let mut server = Process::start(command).unwrap();
    server.wait_for("http://").unwrap();

    let mut command = path.command(Side::A, BROWSER);
    command.arg(format!("http://{host}:8080/"));
    let mut page = Page(Peer::start("chromium", command).unwrap());
    page.ask(&json!({ "do": "click", "selector": "#start" }));
    let is_open = "lariat.chat?.readyState === 'open'";
    assert!((0..4).any(|_| page.waits_until(is_open)), "{}", page.seen());
    page.evaluate(UNREAD);
    page.rests(BEFORE);
    path.tell("rebind a").unwrap();
    page.rests(AFTER);
    let (trips, frames) = (page.evaluate(TRIPS), page.evaluate(FRAMES));
    let goes_on = page.waits_until(&format!("{TRIPS} > {trips} && {FRAMES} > {frames} + 9"));
    let picture = artefacts().join("path-rebinding.png");
    page.ask(&json!({ "do": "screenshot", "path": picture.to_string_lossy() }));
    assert!(goes_on, "{}\n{:?}", page.seen(), path.report());
}

struct Page(Peer);

impl Page {
    fn ask(&mut self, order: &Value) -> Value {
        self.0.ask(order).unwrap()
    }

    fn evaluate(&mut self, expression: &str) -> Value {
        self.ask(&json!({ "do": "evaluate", "expression": expression }))["value"].take()
    }

    /// Whether a condition comes to hold within five seconds; the page looks.
    fn waits_until(&mut self, condition: &str) -> bool {
        let looks = format!(
            "(async () => {{
                for (let look = 0; look < 100; look++) {{
                    if ({condition}) return true;
                    await new Promise(resolve => setTimeout(resolve, 50));
                }}
                return false;
            }})()"
        );
        self.evaluate(&looks) == true
    }

    /// Lets the call go on for so long, by the page's clock.
    fn rests(&mut self, time: Duration) {
        let millis = time.as_millis();
        self.evaluate(&format!("new Promise(resolve => setTimeout(resolve, {millis}))"));
    }

    /// What the page shows.
    fn seen(&mut self) -> Value {
        self.evaluate("document.body.innerText")
    }
}

fn artefacts() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/artefacts");
    std::env::var(ARTEFACTS).unwrap_or_else(|_| beside.to_owned()).into()
}

/// A channel with more than anybody's window, whose echo nobody takes.
const UNREAD: &str = "(() => {
    const channel = lariat.pc.createDataChannel('unread');
    const piece = new Uint8Array(16384);
    channel.onopen = () => { for (let sent = 0; sent < 512; sent++) channel.send(piece); };
    return true;
})()";
