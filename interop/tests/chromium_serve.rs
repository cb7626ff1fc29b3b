//! Chromium meets `lariat serve`, on the page that it serves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use lariat_interop::browser::{Browser, Kind};
use lariat_interop::foreign::are_present;
use lariat_interop::process::Process;
use serde_json::Value;

/// The program; by default, where cargo builds it.
const PROGRAM: &str = "LARIAT_PROGRAM";

/// Where pictures go; by default, where cargo builds.
const ARTEFACTS: &str = "LARIAT_ARTEFACTS";

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn chromium_offers_to_lariat() {
    visit("", "page-offers");
}

#[test]
fn lariat_offers_to_chromium() {
    visit("&offer=lariat", "lariat-offers");
}

fn visit(query: &str, picture: &str) {
    if !are_present(&["chromium"]) {
        return;
    }
    let (_server, address) = serve();
    let mut browser = Browser::start(Kind::Chromium).unwrap();
    browser.open(&format!("http://{address}/?source=camera{query}")).unwrap();
    browser.click("#start").unwrap();
    let connected = browser.wait_until("lariat.chat?.readyState === 'open'", PATIENCE);
    let seen = browser.evaluate(SEEN).unwrap();
    connected.unwrap_or_else(|error| panic!("{error}; it shows {seen}"));

    chat(&mut browser);
    ping(&mut browser);
    thousand_messages(&mut browser);
    ten_seconds_of_media(&mut browser);
    same_statistics(&mut browser);
    throughput(&mut browser);
    unread_channel(&mut browser);
    journal(&mut browser);
    browser.screenshot(&artefacts().join(format!("chromium-{picture}.png"))).unwrap();

    browser.click("#stop").unwrap();
    browser.wait_until("document.querySelector('#start').hidden === false", PATIENCE).unwrap();
}

/// Starts `lariat serve` on a port of its own.
fn serve() -> (Process, SocketAddr) {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/lariat");
    let program = std::env::var(PROGRAM).unwrap_or_else(|_| beside.to_owned());
    let mut command = Command::new(program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--host-ip", "127.0.0.1"]);
    let mut server = Process::start(command).unwrap();
    let url = server.wait_for("http://").unwrap();
    let authority = url.split(['/', ' ']).next().unwrap_or_default();
    let address = authority.parse().unwrap_or_else(|_| panic!("{url} has no address"));
    (server, address)
}

fn chat(browser: &mut Browser) {
    browser.click("#chat-input").unwrap();
    browser.type_text("hello lariat").unwrap();
    browser.click("#chat-send").unwrap();
    let echoed = "document.querySelector('#chat-log .echo')?.textContent.includes('hello lariat')";
    browser.wait_until(echoed, PATIENCE).unwrap();
}

fn ping(browser: &mut Browser) {
    let before = browser.evaluate("lariat.trips.length").unwrap();
    browser.click("#ping").unwrap();
    browser.wait_until(&format!("lariat.trips.length > {before}"), PATIENCE).unwrap();
}

/// Texts and binary messages from nothing to 256 KiB come back as they were, in order.
fn thousand_messages(browser: &mut Browser) {
    let outcome = browser.evaluate(THOUSAND_MESSAGES).unwrap();
    assert_eq!(outcome["wrong"], Value::Null, "{outcome}");
    assert_eq!(outcome["got"], 1_000, "{outcome}");
}

fn ten_seconds_of_media(browser: &mut Browser) {
    // Sound that nobody hears is not decoded.
    browser.click("#listen").unwrap();
    browser.wait_until("lariat.stats?.page.streams.length >= 4", PATIENCE).unwrap();
    let samples = browser.evaluate(TEN_SECONDS).unwrap();
    let series = |key: &str| -> Vec<f64> {
        let samples = samples.as_array().unwrap();
        samples.iter().map(|sample| sample[key].as_f64().unwrap_or(-1.0)).collect()
    };
    let frames = series("framesDecoded");
    assert_eq!(frames.len(), 11);
    assert!(frames.windows(2).all(|pair| pair[0] < pair[1]), "framesDecoded {frames:?}");
    // The fake microphone beeps once a second, so that a second may pass in silence.
    let energy = series("totalAudioEnergy");
    assert!(energy.windows(3).all(|triple| triple[0] < triple[2]), "totalAudioEnergy {energy:?}");
}

/// Both ends tell the same story of the connection.
fn same_statistics(browser: &mut Browser) {
    let stats = browser.evaluate("lariat.stats").unwrap();
    let (page, lariat) = (&stats["page"], &stats["lariat"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(page["state"], "connected", "{stats}");
    assert_eq!(lariat["connection_state"], "connected", "{stats}");
    let remote = text(&lariat["selected_pair"]["remote"]);
    assert!(!remote.is_empty() && text(&page["pair"]).starts_with(&remote), "{stats}");
    let local = text(&lariat["selected_pair"]["local"]);
    assert!(text(&page["pair"]).contains(&format!("to {local} ")), "{stats}");
    let version = text(&lariat["dtls_version"]);
    assert!(!version.is_empty() && text(&page["dtls"]).starts_with(&version), "{stats}");
    let profile = text(&lariat["srtp_profile"]);
    assert!(!profile.is_empty() && text(&page["srtp"]).ends_with(&profile), "{stats}");
    for stream in page["streams"].as_array().unwrap() {
        let same = |theirs: &&Value| theirs["ssrc"] == stream["ssrc"];
        let Some(theirs) = lariat["streams"].as_array().unwrap().iter().find(same) else {
            // The page lists what it could send, too, such as repairs.
            assert_eq!(stream["packets"], 0, "Lariat does not know {stream} in {stats}");
            continue;
        };
        assert_ne!(theirs["direction"], stream["direction"], "{stats}");
        let (ours, theirs) = (stream["packets"].as_f64(), theirs["packets"].as_f64());
        let (ours, theirs) = (ours.unwrap_or(-1.0), theirs.unwrap_or(-1.0));
        // They are asked one after the other, while packets fly.
        assert!((ours - theirs).abs() < 100.0 + ours * 0.05, "{ours} or {theirs}: {stats}");
    }
}

fn throughput(browser: &mut Browser) {
    browser.click("#throughput").unwrap();
    let both = "lariat.rates.up.some(rate => rate > 1) && lariat.rates.down.some(rate => rate > 1)";
    browser.wait_until(both, PATIENCE).unwrap();
    browser.click("#throughput").unwrap();
}

/// A channel that Lariat does not read stops neither sound nor picture. Other channels may wait:
/// Chromium fills all of the window that Lariat offers with the messages of one.
fn unread_channel(browser: &mut Browser) {
    browser.click("#unread").unwrap();
    let full = "lariat.journal.some(entry => entry.text.endsWith('is full.'))";
    browser.wait_until(full, PATIENCE).unwrap();
    let media = "lariat.stats.page.streams.filter(s => s.direction === 'inbound')
        .reduce((sum, stream) => sum + stream.packets, 0)";
    let before = browser.evaluate(media).unwrap();
    browser.wait_until(&format!("{media} > {before}"), PATIENCE).unwrap();
}

/// The page has told what happened, and nothing that did not.
fn journal(browser: &mut Browser) {
    let entries = browser.evaluate("lariat.journal").unwrap();
    let texts: Vec<&str> = entries.as_array().unwrap().iter().map(text_of).collect();
    for start in ["Connected after ", "The path is ", "The round trip is "] {
        assert!(texts.iter().any(|text| text.starts_with(start)), "no “{start}” in {texts:?}");
    }
    assert!(!texts.iter().any(|text| text.starts_with("Path lost")), "{texts:?}");
    let state = browser.evaluate("document.querySelector('#state').textContent").unwrap();
    assert_eq!(state, "Connected");
}

fn text_of(entry: &Value) -> &str {
    entry["text"].as_str().unwrap_or_default()
}

fn artefacts() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/artefacts");
    std::env::var(ARTEFACTS).unwrap_or_else(|_| beside.to_owned()).into()
}

/// What the page says of itself, for a failure's message.
const SEEN: &str = "({
    state: document.querySelector('#state').textContent,
    error: document.querySelector('#error').textContent,
    ice: lariat.pc?.iceConnectionState,
    connection: lariat.pc?.connectionState,
    local: lariat.pc?.localDescription?.sdp,
    remote: lariat.pc?.remoteDescription?.sdp,
})";

const THOUSAND_MESSAGES: &str = "(async () => {
    const COUNT = 1000, LONGEST = 256 * 1024, ROOM = 1024 * 1024, PATIENCE = 60000;
    const channel = lariat.chat;
    // Mostly short ones, but of every size from nothing to the longest, long and short mixed.
    const size = i => Math.floor(LONGEST * ((i * 7919 % COUNT) / (COUNT - 1)) ** 8);
    const octets = i => Uint8Array.from({ length: size(i) }, (_, at) => (at * 31 + i) & 0xff);
    const letters = i => {
        const codes = Array.from({ length: 64 }, (_, at) => 32 + (at + i) % 94);
        const some = String.fromCharCode(...codes);
        return some.repeat(Math.ceil(size(i) / 64)).slice(0, size(i));
    };
    const message = i => i % 2 ? octets(i) : letters(i);
    const equal = (a, b) => {
        if (typeof a === 'string' || typeof b === 'string') return a === b;
        const c = new Uint8Array(b);
        return a.length === c.length && a.every((octet, at) => octet === c[at]);
    };
    let got = 0, wrong;
    const done = new Promise(resolve => {
        setTimeout(resolve, PATIENCE);
        channel.addEventListener('message', ({ data }) => {
            if (!equal(message(got), data)) wrong ??= `${got}: ${data.length ?? data.byteLength}`;
            if (++got === COUNT) resolve();
        });
    });
    for (let i = 0; i < COUNT; i++) {
        while (channel.bufferedAmount > ROOM) await new Promise(r => setTimeout(r, 5));
        channel.send(message(i));
    }
    await done;
    return { got, wrong };
})()";

const TEN_SECONDS: &str = "(async () => {
    const samples = [];
    for (let second = 0; second <= 10; second++) {
        if (second) await new Promise(resolve => setTimeout(resolve, 1000));
        const stats = [...(await lariat.pc.getStats()).values()];
        const all = stats.filter(s => s.type === 'inbound-rtp');
        const of = kind => all.find(s => s.kind === kind) ?? {};
        const { framesDecoded } = of('video'), { totalAudioEnergy } = of('audio');
        samples.push({ framesDecoded, totalAudioEnergy });
    }
    return samples;
})()";
