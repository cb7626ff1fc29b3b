// What happened to the connection, in plain words and with times.

const JOURNAL_LENGTH = 200;
/** So long without a packet counts as a lost path: a call has some every 20 ms. */
const SILENCE_MS = 1900;
/** Losses are told at most once in this time. */
const LOSS_MS = 10_000;

/** The list of what happened, and the figures of now. */
class Journal {
  constructor({ list, trip, down, up, lost }) {
    this.list = list;
    this.figures = { trip, down, up, lost };
    this.entries = [];
    this.clear();
  }

  /** Times are counted from here on. */
  begin() {
    this.started = performance.now();
  }

  /** Adds a sentence; `kind` is 'plain', 'good', 'warn' or 'bad'. */
  tell(kind, text) {
    const after = `+${seconds(performance.now() - this.started)}`;
    this.entries.push({ kind, text, after });
    if (this.entries.length > JOURNAL_LENGTH) this.entries.shift();
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 8;
    const item = document.createElement('li');
    item.className = kind;
    const when = document.createElement('time');
    const now = new Date();
    when.dateTime = now.toISOString();
    when.textContent = now.toTimeString().slice(0, 8);
    const since = document.createElement('span');
    since.className = 'since';
    since.textContent = after;
    const said = document.createElement('span');
    said.textContent = text;
    item.append(when, since, said);
    this.list.append(item);
    while (this.list.children.length > JOURNAL_LENGTH) this.list.firstChild.remove();
    // Whoever has scrolled back to read is left there.
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  show({ trip, down, up, lost }) {
    this.figures.trip.textContent = trip == null ? '–' : tripText(trip);
    showFigure(this.figures.down, down);
    showFigure(this.figures.up, up);
    this.figures.lost.textContent = lost == null ? '–' : percent(lost);
  }

  clear() {
    this.show({});
  }
}

/** Makes sentences out of states and samples of one run. */
class Story {
  constructor(tell) {
    this.tell = tell;
    this.started = performance.now();
    this.connected = false;
    /** When the last packet came before the path was lost, or null. */
    this.lostAt = null;
  }

  get isLost() {
    return this.lostAt !== null;
  }

  /** The browser's view of the connection's state. */
  state(state) {
    const now = performance.now();
    if (state === 'connected' && !this.connected) {
      this.connected = true;
      this.heardAt = now;
      this.tell('good', `Connected after ${seconds(now - this.started)}.`);
    } else if (state === 'connected') this.recover();
    else if (state === 'disconnected') this.lose();
  }

  /** Takes { trip, received, sent, media, packets, lost, path, seenFrom }; returns rates and losses. */
  sample(sample) {
    const now = performance.now();
    const before = this.before;
    this.before = { ...sample, now };
    if (!this.connected) return {};
    this.tellPath(sample);
    if (!before) return {};
    if (sample.received > before.received) {
      this.recover();
      this.heardAt = now;
    } else if (now - this.heardAt >= SILENCE_MS) this.lose();
    this.tellMedia(sample.media, now);
    this.tellTrip(sample.trip, now);
    const rate = key => Math.max(0, (sample[key] - before[key]) * 8 / (now - before.now));
    return { down: rate('received'), up: rate('sent'), lost: this.tellLosses(sample, now) };
  }

  lose() {
    if (this.isLost) return;
    this.lostAt = this.heardAt;
    this.tell('warn', `Path lost: nothing has arrived for ${seconds(performance.now() - this.lostAt)}.`);
  }

  recover() {
    if (!this.isLost) return;
    this.tell('good', `Recovered: packets arrive again after ${seconds(performance.now() - this.lostAt)}.`);
    this.lostAt = null;
  }

  /** Tells when packets arrive, but none of sound and picture, of which there were some. */
  tellMedia(media, now) {
    if (media !== this.media) {
      if (this.isSilent) this.tell('good', `Sound and picture go on after ${seconds(now - this.mediaAt)}.`);
      [this.media, this.mediaAt, this.isSilent] = [media, now, false];
    } else if (media > 0 && !this.isLost && !this.isSilent && now - this.mediaAt >= SILENCE_MS) {
      this.isSilent = true;
      this.tell('warn', `Sound and picture stopped: none came back for ${seconds(now - this.mediaAt)}.`);
    }
  }

  /** Takes the sending time of the oldest message that has not come back, if there is one. */
  messages(oldest) {
    const age = oldest === undefined ? 0 : performance.now() - oldest;
    if (!this.waitSince && age >= 3000 && !this.isLost) {
      this.waitSince = oldest;
      this.tell('warn', `Messages wait: one has not come back for ${seconds(age)}.`);
    } else if (this.waitSince && age < 3000) {
      this.tell('good', `Messages go on after ${seconds(performance.now() - this.waitSince)}.`);
      this.waitSince = undefined;
    }
  }

  tellPath({ path, seenFrom }) {
    if (path && !this.path) this.tell('plain', `The path is ${path}.`);
    else if (path && path !== this.path) this.tell('warn', `Path changed: it is ${path} now.`);
    // Not twice, if the browser knows of it as well.
    const isNews = seenFrom && this.seenFrom && seenFrom !== this.seenFrom && !path?.startsWith(seenFrom);
    if (isNews) {
      this.tell('warn', `Path changed: Lariat hears this page from ${seenFrom}, no longer from ${this.seenFrom}.`);
    }
    this.path = path ?? this.path;
    this.seenFrom = seenFrom ?? this.seenFrom;
  }

  /** Tells a round trip that is another one: twice or half, and by more than noise. */
  tellTrip(trip, now) {
    if (trip == null) return;
    if (this.trip === undefined) {
      this.trip = trip;
      this.tell('plain', `The round trip is ${tripText(trip)}.`);
      return;
    }
    const isOther = Math.max(trip, this.trip) > 2 * Math.min(trip, this.trip)
      && Math.abs(trip - this.trip) > 20;
    this.otherSince = isOther ? this.otherSince ?? now : undefined;
    // One slow check says nothing yet.
    if (!isOther || now - this.otherSince < 5000) return;
    this.tell('plain', `The round trip went from ${tripText(this.trip)} to ${tripText(trip)}.`);
    [this.trip, this.otherSince] = [trip, undefined];
  }

  /** Returns the share that was lost in the last ten seconds or so, and tells it. */
  tellLosses({ packets, lost }, now) {
    this.window = (this.window ?? []).filter(entry => now - entry.now <= LOSS_MS);
    const first = this.window[0];
    this.window.push({ now, packets, lost });
    if (!first) return null;
    const [gone, came] = [Math.max(0, lost - first.lost), Math.max(0, packets - first.packets)];
    if (gone + came === 0) return null;
    const share = gone / (gone + came);
    const isDue = this.toldLoss === undefined || now - this.toldLoss >= LOSS_MS;
    if (gone > 0 && isDue && now - first.now >= LOSS_MS / 2) {
      this.toldLoss = now;
      const size = `${gone} of ${gone + came} media packets (${percent(share)})`;
      this.tell('warn', `Lost: ${size} in ${seconds(now - first.now)}.`);
      this.isLossy = true;
    } else if (gone === 0 && this.isLossy && now - first.now >= LOSS_MS - 1500) {
      this.isLossy = false;
      this.tell('good', 'No media packet was lost in the last ten seconds.');
    }
    return share;
  }
}

/**
 * A channel that Lariat never reads, filled until it takes no more. Sound and picture have to go on. Messages of
 * other channels may wait: a browser lets one channel have all of the room that the other side offers.
 */
class Unread {
  constructor(facts, tell) {
    this.facts = facts;
    this.tell = tell;
  }

  start(pc) {
    this.sent = this.taken = 0;
    this.stuck = false;
    this.grewAt = performance.now();
    this.channel = pc.createDataChannel('unread');
    this.channel.bufferedAmountLowThreshold = PUSH_BUFFER / 2;
    this.channel.addEventListener('open', () => this.fill());
    this.channel.addEventListener('bufferedamountlow', () => this.fill());
    this.tell('plain', 'Filling a channel that Lariat does not read.');
  }

  fill() {
    while (this.channel.readyState === 'open' && this.channel.bufferedAmount < PUSH_BUFFER) {
      this.channel.send(new Uint8Array(PUSH_SIZE));
      this.sent += PUSH_SIZE;
    }
  }

  refresh() {
    if (!this.channel) return;
    const taken = this.sent - this.channel.bufferedAmount;
    if (taken > this.taken) [this.taken, this.grewAt] = [taken, performance.now()];
    this.facts.textContent = `${bytes(taken)} taken, ${bytes(this.channel.bufferedAmount)} wait`;
    if (this.stuck || performance.now() - this.grewAt < 3000) return;
    this.stuck = true;
    this.tell('plain', `The channel that is not read took ${bytes(taken)} and is full.`);
  }

  stop() {
    this.channel = undefined;
    this.facts.textContent = 'not open';
  }
}

function showFigure(element, kilobits) {
  if (kilobits == null) {
    element.textContent = '–';
    return;
  }
  const unit = document.createElement('small');
  unit.textContent = kilobits < 1000 ? ' kbit/s' : ' Mbit/s';
  const value = kilobits < 1000 ? kilobits : kilobits / 1000;
  element.replaceChildren(value.toFixed(kilobits >= 1000 && value < 100 ? 1 : 0), unit);
}

/** Browsers know the round trip in whole milliseconds. */
function tripText(value) {
  return value < 1 ? '< 1 ms' : `${value.toFixed(0)} ms`;
}

function seconds(value) {
  const s = value / 1000;
  if (s < 10) return `${s.toFixed(s < 1 ? 2 : 1)} s`;
  return s < 120 ? `${s.toFixed(0)} s` : `${Math.floor(s / 60)} min ${(s % 60).toFixed(0)} s`;
}

function percent(share) {
  if (share === 0) return '0 %';
  return share < 0.001 ? '< 0.1 %' : `${(share * 100).toFixed(1)} %`;
}
