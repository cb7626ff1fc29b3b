// What both ends know about the connection, once a second.

// Browsers write the names of profiles in more than one way.
const SRTP_PROFILES = {
  SRTP_AES128_CM_HMAC_SHA1_80: 'AES_CM_128_HMAC_SHA1_80',
  SRTP_AES128_CM_SHA1_80: 'AES_CM_128_HMAC_SHA1_80',
  SRTP_AEAD_AES_128_GCM: 'AEAD_AES_128_GCM',
  SRTP_AEAD_AES_256_GCM: 'AEAD_AES_256_GCM',
};

const DTLS_VERSIONS = { FEFF: 'DTLS 1.0', FEFD: 'DTLS 1.2', FEFC: 'DTLS 1.3' };

class Statistics {
  constructor(elements) {
    this.elements = elements;
    this.before = new Map();
  }

  /** Reads both sides and shows them. `session` may be null before there is one. */
  async refresh(pc, session) {
    const report = await pc.getStats();
    const theirs = session ? await lariatStats(session.url) : null;
    const ours = summary(pc, report);
    this.showConnection(ours, theirs);
    this.showStreams(ours.streams, theirs?.streams ?? []);
    return { page: ours, lariat: theirs };
  }

  showConnection(ours, theirs) {
    const pair = theirs?.selected_pair;
    const rows = [
      ['State', ours.state, theirs?.connection_state],
      ['Chosen path', ours.pair, pair && `${pair.local} to ${pair.remote}`],
      ['Round trip', ours.rtt, theirs?.rtt_ms == null ? null : milliseconds(theirs.rtt_ms)],
      ['DTLS', ours.dtls, [theirs?.dtls_version, theirs?.dtls_cipher].filter(Boolean).join(', ')],
      ['SRTP', ours.srtp, theirs?.srtp_profile],
      ['Sent', bytes(ours.sent), bytes(theirs?.bytes_sent)],
      ['Received', bytes(ours.received), bytes(theirs?.bytes_received)],
    ];
    this.elements.facts.replaceChildren(...rows.map(([name, ...values]) => {
      const row = document.createElement('tr');
      const head = document.createElement('th');
      head.scope = 'row';
      head.textContent = name;
      row.append(head, ...values.map(value => cell(value || '–')));
      return row;
    }));
  }

  showStreams(ours, theirs) {
    const rows = [];
    const add = (seen, stream) => {
      const key = `${seen} ${stream.ssrc} ${stream.direction}`;
      const rate = this.rate(key, stream.bytes);
      const way = (stream.direction === 'outbound') === (seen === 'Page') ? '→ Lariat' : '→ page';
      rows.push([`${stream.kind} ${way}`, seen, stream, rate]);
    };
    for (const stream of ours) add('Page', stream);
    for (const stream of theirs) add('Lariat', stream);
    rows.sort((a, b) => a[0].localeCompare(b[0]) || b[1].localeCompare(a[1]));
    if (rows.length === 0) return;
    this.elements.streams.replaceChildren(...rows.map(([name, seen, stream, rate]) => {
      const row = document.createElement('tr');
      row.append(
        cell(name), cell(seen), number(stream.packets), number(stream.lost),
        number(stream.jitter_ms == null ? null : milliseconds(stream.jitter_ms)), number(rate),
      );
      return row;
    }));
  }

  rate(key, total) {
    const now = performance.now();
    const before = this.before.get(key);
    this.before.set(key, { now, total });
    if (!before || now <= before.now) return null;
    return Math.max(0, (total - before.total) * 8 / (now - before.now)).toFixed(0);
  }
}

/** Lariat's own view, or null while it has none. */
async function lariatStats(url) {
  try {
    const response = await fetch(`${url}/stats`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function summary(pc, report) {
  const all = [...report.values()];
  const transport = all.find(s => s.type === 'transport');
  const pair = report.get(transport?.selectedCandidatePairId)
    ?? all.find(s => s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded');
  const address = id => {
    const candidate = report.get(id);
    if (!candidate) return 'unknown';
    const host = candidate.address || 'hidden address';
    return `${host.includes(':') ? `[${host}]` : host}:${candidate.port} (${candidate.candidateType})`;
  };
  return {
    state: pc.connectionState,
    pair: pair && `${address(pair.localCandidateId)} to ${address(pair.remoteCandidateId)}`,
    trip: pair?.currentRoundTripTime == null ? null : pair.currentRoundTripTime * 1000,
    rtt: pair?.currentRoundTripTime == null ? null : milliseconds(pair.currentRoundTripTime * 1000),
    dtls: transport && [DTLS_VERSIONS[transport.tlsVersion] ?? transport.tlsVersion, transport.dtlsCipher]
      .filter(Boolean).join(', '),
    srtp: SRTP_PROFILES[transport?.srtpCipher] ?? transport?.srtpCipher,
    sent: transport?.bytesSent ?? pair?.bytesSent,
    received: transport?.bytesReceived ?? pair?.bytesReceived,
    streams: all.filter(s => s.type === 'inbound-rtp' || s.type === 'outbound-rtp').map(s => ({
      kind: s.kind,
      ssrc: s.ssrc,
      direction: s.type === 'inbound-rtp' ? 'inbound' : 'outbound',
      packets: s.packetsReceived ?? s.packetsSent ?? 0,
      bytes: s.bytesReceived ?? s.bytesSent ?? 0,
      // Of what we send, the losses are those that the other side reported.
      lost: s.packetsLost ?? all.find(r => r.type === 'remote-inbound-rtp' && r.ssrc === s.ssrc)?.packetsLost,
      jitter_ms: s.jitter === undefined ? null : s.jitter * 1000,
      frames_per_second: s.framesPerSecond,
      width: s.frameWidth,
      height: s.frameHeight,
    })),
  };
}

function cell(text) {
  const data = document.createElement('td');
  data.textContent = text;
  return data;
}

function number(value) {
  const data = cell(value ?? '–');
  data.className = 'n';
  return data;
}

function bytes(value) {
  if (value == null) return null;
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(value, 1)) / 3));
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
