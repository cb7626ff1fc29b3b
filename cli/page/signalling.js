// The exchange of descriptions over HTTP: WHIP (RFC 9725), and its mirror image where Lariat offers.

/** Posts our offer and returns { url, etag, answer }. */
async function whipOffer(offer) {
  const response = await request('/whip/echo', {
    method: 'POST', headers: { 'content-type': 'application/sdp' }, body: offer,
  });
  return { ...session(response), answer: await response.text() };
}

/** Asks for Lariat's offer and returns { url, etag, offer }. */
async function askForOffer() {
  const response = await request('/offer/echo', { method: 'POST' });
  return { ...session(response), offer: await response.text() };
}

/** Hands our answer to a session that Lariat offered. */
async function sendAnswer({ url }, answer) {
  await request(url, { method: 'PATCH', headers: { 'content-type': 'application/sdp' }, body: answer });
}

/** Ends a session; a page that goes away does not wait for the reply. */
function endSession({ url }) {
  return fetch(url, { method: 'DELETE', keepalive: true }).catch(() => {});
}

/** Sends candidates as they are found, several at a time, once the session exists (RFC 8840 §4.4). */
class Trickle {
  constructor(pc) {
    this.pc = pc;
    this.waiting = [];
    this.session = null;
    pc.addEventListener('icecandidate', ({ candidate }) => {
      this.waiting.push(candidate);
      this.flush();
    });
  }

  open(session) {
    this.session = session;
    this.flush();
  }

  async flush() {
    if (!this.session || this.busy || this.waiting.length === 0) return;
    this.busy = true;
    try {
      const batch = this.waiting.splice(0);
      await request(this.session.url, {
        method: 'PATCH',
        headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': this.session.etag },
        body: fragment(this.pc.localDescription.sdp, batch),
      });
    } catch (error) {
      // A session that ended meanwhile needs no more candidates; a dead server shows elsewhere.
      console.warn(error.message);
    } finally {
      this.busy = false;
    }
    this.flush();
  }
}

function fragment(sdp, candidates) {
  const line = start => sdp.split('\r\n').find(l => l.startsWith(start));
  const lines = [line('a=group:BUNDLE'), line('a=ice-ufrag:'), line('a=ice-pwd:')];
  const mid = candidates.find(c => c)?.sdpMid ?? line('a=mid:')?.slice(6) ?? '0';
  const media = sdp.split('\r\nm=').slice(1).find(m => m.includes(`\r\na=mid:${mid}\r\n`)) ?? '';
  lines.push(`m=${media.split('\r\n')[0]}`, `a=mid:${mid}`);
  for (const c of candidates) if (c?.candidate) lines.push(`a=${c.candidate}`);
  if (candidates.includes(null)) lines.push('a=end-of-candidates');
  return `${lines.filter(Boolean).join('\r\n')}\r\n`;
}

function session(response) {
  return {
    url: new URL(response.headers.get('location'), response.url).href,
    etag: response.headers.get('etag') ?? '*',
  };
}

/** fetch, with every failure an Error whose message is a sentence. */
async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Error('The server does not answer. Is the program “lariat” still running?');
  }
  if (!response.ok) {
    const why = (await response.text()).trim();
    throw new Error(why || `The server refused with status ${response.status}.`);
  }
  return response;
}
