//! Browsers, started and driven.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bidi::Bidi;
use crate::line::Dtls;
use crate::process::Process;
use crate::{Result, http};

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Chromium, through chromedriver.
    Chromium,
    /// Firefox, which needs nothing in between.
    Firefox,
}

/// A browser that runs without a window, and one page of it. It ends when this is dropped.
pub struct Browser {
    bidi: Bidi,
    page: String,
    driver: Driver,
}

enum Driver {
    Chromium { chromedriver: Process, address: SocketAddr, session: String },
    Firefox { firefox: Process, profile: PathBuf },
}

impl Browser {
    /// Starts a browser with a fake camera and microphone, that may be used without asking, and
    /// with candidates on loopback.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub fn start(kind: Kind) -> Result<Self> {
        Self::start_speaking(kind, Dtls::Default)
    }

    /// The same, with DTLS as it is said. Chromium cannot be told to speak version 1.2 alone: it
    /// has no switch for that.
    ///
    /// # Errors
    ///
    /// If it does not start, or has no switch for this.
    pub fn start_speaking(kind: Kind, dtls: Dtls) -> Result<Self> {
        let (mut bidi, driver) = match kind {
            Kind::Chromium => start_chromium(dtls)?,
            Kind::Firefox => start_firefox(dtls)?,
        };
        let tree = bidi.command("browsingContext.getTree", json!({}))?;
        let page = tree["contexts"][0]["context"].as_str().ok_or("a browser without a page")?;
        Ok(Self { page: page.to_owned(), bidi, driver })
    }

    /// Goes to `url` and waits until it is loaded.
    ///
    /// # Errors
    ///
    /// If it cannot be loaded.
    pub fn open(&mut self, url: &str) -> Result<()> {
        let params = json!({ "context": self.page, "url": url, "wait": "complete" });
        self.bidi.command("browsingContext.navigate", params).map(drop)
    }

    /// Evaluates an expression of JavaScript in the page, waits for it if it is a promise, and
    /// returns its value as JSON.
    ///
    /// # Errors
    ///
    /// What the page threw.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let expression = format!("(async () => JSON.stringify(await ({expression})) ?? 'null')()");
        let text = self.remote_value(&expression)?;
        Ok(serde_json::from_str(text["value"].as_str().unwrap_or("null"))?)
    }

    /// Waits until a condition of JavaScript holds in the page.
    ///
    /// # Errors
    ///
    /// If it does not within `patience`.
    pub fn wait_until(&mut self, condition: &str, patience: Duration) -> Result<()> {
        let held = self.evaluate(&format!(
            "(async () => {{
                const end = performance.now() + {};
                while (!({condition})) {{
                    if (performance.now() > end) return false;
                    await new Promise(resolve => setTimeout(resolve, 50));
                }}
                return true;
            }})()",
            patience.as_millis()
        ))?;
        if held == true { Ok(()) } else { Err(format!("the page never saw {condition}").into()) }
    }

    /// Presses the mouse on the first element that `selector` finds.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be pressed.
    pub fn click(&mut self, selector: &str) -> Result<()> {
        let element = self.remote_value(&format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView(); return e; }})()",
            json!(selector)
        ))?;
        let shared_id = element.get("sharedId").ok_or_else(|| format!("there is no {selector}"))?;
        let origin = json!({ "type": "element", "element": { "sharedId": shared_id } });
        self.perform(json!([{ "type": "pointer", "id": "mouse", "actions": [
            { "type": "pointerMove", "x": 0, "y": 0, "origin": origin },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ]}]))
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    ///
    /// If the browser has none.
    pub fn type_text(&mut self, text: &str) -> Result<()> {
        let key = |c: char| [("keyDown", c), ("keyUp", c)];
        let presses = text.chars().flat_map(key);
        let presses = presses.map(|(kind, c)| json!({ "type": kind, "value": c.to_string() }));
        let presses: Vec<Value> = presses.collect();
        self.perform(json!([{ "type": "key", "id": "keyboard", "actions": presses }]))
    }

    /// Writes what the whole page looks like to a PNG file.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn screenshot(&mut self, path: &Path) -> Result<()> {
        let params = json!({ "context": self.page, "origin": "document" });
        let shot = self.bidi.command("browsingContext.captureScreenshot", params)?;
        let base64 = shot["data"].as_str().unwrap_or_default().as_bytes();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, data_encoding::BASE64.decode(base64)?)?)
    }

    fn remote_value(&mut self, expression: &str) -> Result<Value> {
        let mut outcome = self.bidi.command(
            "script.evaluate",
            json!({
                "expression": expression,
                "target": { "context": self.page },
                "awaitPromise": true,
                "userActivation": true,
            }),
        )?;
        match outcome["type"].as_str() {
            Some("success") => Ok(outcome["result"].take()),
            _ => Err(format!("the page threw {}", outcome["exceptionDetails"]["text"]).into()),
        }
    }

    fn perform(&mut self, actions: Value) -> Result<()> {
        let params = json!({ "context": self.page, "actions": actions });
        self.bidi.command("input.performActions", params).map(drop)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        match &mut self.driver {
            Driver::Chromium { chromedriver, address, session } => {
                let _ = http::request(*address, "DELETE", &format!("/session/{session}"), None);
                chromedriver.kill();
            }
            Driver::Firefox { firefox, profile } => {
                let _ = self.bidi.command("browser.close", json!({}));
                firefox.wait_or_kill();
                let _ = fs::remove_dir_all(profile);
            }
        }
    }
}

fn start_chromium(dtls: Dtls) -> Result<(Bidi, Driver)> {
    let disabled_features = match dtls {
        Dtls::Default => CHROMIUM_WITHOUT_MDNS.to_owned(),
        Dtls::Only12 => return Err("Chromium has no switch for DTLS 1.3".into()),
        Dtls::Classical => format!("{CHROMIUM_WITHOUT_MDNS},WebRtcPqcForDtls"),
        Dtls::TwoFingerprints => return Err(ONE_FINGERPRINT.into()),
    };
    let mut command = Command::new("chromedriver");
    command.arg("--port=0");
    let mut chromedriver = Process::start(command)?;
    let port = chromedriver.wait_for("successfully on port ")?;
    let port: u16 = port.trim_end_matches('.').parse()?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        "--allow-loopback-in-peer-connection",
        &disabled_features,
        "--window-size=1280,900",
    ];
    let capabilities = json!({
        "webSocketUrl": true,
        "goog:chromeOptions": { "args": arguments },
    });
    let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
    let session = http::request(address, "POST", "/session", Some(&body))?;
    let session = &session["value"];
    let url = session["capabilities"]["webSocketUrl"].as_str().ok_or("no webSocketUrl")?;
    let id = session["sessionId"].as_str().ok_or("no session")?.to_owned();
    Ok((Bidi::connect(url)?, Driver::Chromium { chromedriver, address, session: id }))
}

fn start_firefox(dtls: Dtls) -> Result<(Bidi, Driver)> {
    let preferences = match dtls {
        Dtls::Default => FIREFOX_PREFERENCES.to_owned(),
        Dtls::Only12 => format!("{FIREFOX_PREFERENCES}{FIREFOX_WITHOUT_DTLS_1_3}"),
        Dtls::Classical => format!("{FIREFOX_PREFERENCES}{FIREFOX_WITHOUT_POST_QUANTUM}"),
        Dtls::TwoFingerprints => return Err(ONE_FINGERPRINT.into()),
    };
    let profile = std::env::temp_dir().join(format!("lariat-firefox-{}", std::process::id()));
    fs::create_dir_all(&profile)?;
    fs::write(profile.join("user.js"), preferences)?;
    let mut command = Command::new(firefox_program().ok_or("there is no Firefox")?);
    command.args(["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"]);
    command.arg(&profile);
    let mut firefox = Process::start(command)?;
    let url = firefox.wait_for("WebDriver BiDi listening on ")?;
    let mut bidi = Bidi::connect(&format!("{url}/session"))?;
    bidi.command("session.new", json!({ "capabilities": {} }))?;
    Ok((bidi, Driver::Firefox { firefox, profile }))
}

/// The name of the Firefox that is installed, if one is.
pub fn firefox_program() -> Option<&'static str> {
    ["firefox-esr", "firefox"].into_iter().find(|program| is_installed(program))
}

/// Whether a program lies in the path.
pub fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Names of mDNS would be sent to the network.
const CHROMIUM_WITHOUT_MDNS: &str = "--disable-features=WebRtcHideLocalIpsWithMdns";

const ONE_FINGERPRINT: &str = "browsers have one fingerprint";

const FIREFOX_WITHOUT_DTLS_1_3: &str = r#"
user_pref("media.peerconnection.dtls.version.max", 771);
"#;

const FIREFOX_WITHOUT_POST_QUANTUM: &str = r#"
user_pref("media.webrtc.enable_pq_hybrid_kex", false);
user_pref("media.webrtc.send_mlkem_keyshare", false);
"#;

const FIREFOX_PREFERENCES: &str = r#"
user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.autoplay.default", 0);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
"#;
