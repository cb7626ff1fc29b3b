// The three data channels: "chat" and "ping" are echoed, "throughput" is pushed full both ways.

const PUSH_SIZE = 16 * 1024;
const PUSH_BUFFER = 1024 * 1024;
const SAMPLE_MS = 250;
const THROUGHPUT_SLOTS = 30 * 1000 / SAMPLE_MS;
const PING_SLOTS = 60;
const SHOWN_LENGTH = 500;

/** The chat: says lines and lists what was said and what came back. */
class Chat {
  constructor(log) {
    this.log = log;
    this.sentAt = [];
  }

  open(channel) {
    this.channel = channel;
    this.sentAt = [];
    channel.addEventListener('message', ({ data }) => {
      const sent = this.sentAt.shift();
      const took = sent === undefined ? '' : `back after ${milliseconds(performance.now() - sent)}`;
      this.add(typeof data === 'string' ? data : `${data.byteLength} bytes`, 'echo', took);
    });
  }

  say(text) {
    this.channel.send(text);
    this.sentAt.push(performance.now());
    this.add(text, 'sent');
  }

  add(text, kind, detail) {
    const item = document.createElement('li');
    item.className = kind;
    item.textContent = text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
    if (detail) {
      const when = document.createElement('time');
      when.textContent = detail;
      item.append(when);
    }
    this.log.append(item);
    while (this.log.children.length > 200) this.log.firstChild.remove();
    this.log.scrollTop = this.log.scrollHeight;
  }
}

/** Pings once a second and keeps the last minute's round trips. */
class Ping {
  constructor(elements) {
    this.elements = elements;
    this.trips = [];
  }

  open(channel) {
    this.channel = channel;
    this.trips = [];
    this.count = 0;
    this.waiting = new Map();
    channel.addEventListener('message', ({ data }) => {
      const sent = this.waiting.get(data);
      if (sent === undefined) return;
      this.waiting.delete(data);
      this.trips.push(performance.now() - sent);
      if (this.trips.length > PING_SLOTS) this.trips.shift();
      this.show();
    });
    this.timer = setInterval(() => this.send(), 1000);
    this.send();
  }

  send() {
    if (this.channel?.readyState !== 'open' || this.waiting.size >= PING_SLOTS) return;
    const name = `ping ${this.count}`;
    this.count += 1;
    this.waiting.set(name, performance.now());
    this.channel.send(name);
  }

  show() {
    const { last, median, max, count, chart } = this.elements;
    const sorted = [...this.trips].sort((a, b) => a - b);
    last.textContent = milliseconds(this.trips.at(-1));
    median.textContent = milliseconds(sorted[Math.floor(sorted.length / 2)]);
    max.textContent = milliseconds(sorted.at(-1));
    count.textContent = this.count - this.waiting.size;
    this.draw();
    chart.ariaLabel = `Round trips of the last minute: median ${median.textContent}, worst ${max.textContent}`;
  }

  draw() {
    const values = this.trips;
    drawLines(this.elements.chart, [{ values, colour: colour('--accent') }], { slots: PING_SLOTS, unit: 'ms' });
  }

  close() {
    clearInterval(this.timer);
  }
}

/** Pushes data up as fast as back-pressure allows, asks Lariat to do the same, and counts. */
class Throughput {
  constructor(elements) {
    this.elements = elements;
    this.up = [];
    this.down = [];
    this.block = new Uint8Array(PUSH_SIZE);
    crypto.getRandomValues(this.block);
  }

  open(channel) {
    this.channel = channel;
    this.received = 0;
    this.counted = 0;
    channel.bufferedAmountLowThreshold = PUSH_BUFFER / 2;
    channel.addEventListener('bufferedamountlow', () => this.fill());
    channel.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.counted = JSON.parse(data).received;
      else this.received += data.byteLength;
    });
  }

  get running() {
    return this.timer !== undefined;
  }

  start() {
    this.up = [];
    this.down = [];
    let [at, received, counted] = [performance.now(), this.received, this.counted];
    this.timer = setInterval(() => {
      const now = performance.now();
      const rate = bytes => bytes * 8 / 1000 / (now - at);
      this.sample(rate(this.counted - counted), rate(this.received - received));
      [at, received, counted] = [now, this.received, this.counted];
    }, SAMPLE_MS);
    this.channel.send('{"push":true}');
    this.fill();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.channel?.readyState === 'open') this.channel.send('{"push":false}');
  }

  fill() {
    while (this.running && this.channel.readyState === 'open' && this.channel.bufferedAmount < PUSH_BUFFER) {
      this.channel.send(this.block);
    }
  }

  sample(up, down) {
    for (const [list, value] of [[this.up, up], [this.down, down]]) {
      list.push(value);
      if (list.length > THROUGHPUT_SLOTS) list.shift();
    }
    // Shown is the mean of the last second: single samples of 250 ms jump about.
    const mean = list => list.slice(-4).reduce((sum, v) => sum + v, 0) / Math.min(4, list.length);
    showRate(this.elements.up, mean(this.up));
    showRate(this.elements.down, mean(this.down));
    this.draw();
    this.elements.chart.ariaLabel =
      `Up ${mean(this.up).toFixed(0)} and down ${mean(this.down).toFixed(0)} megabits per second`;
  }

  draw() {
    drawLines(this.elements.chart, [
      { values: this.down, colour: colour('--down') },
      { values: this.up, colour: colour('--up') },
    ], { slots: THROUGHPUT_SLOTS, unit: 'M', caption: 'Mbit/s over 30 s' });
  }
}

function showRate(element, megabits) {
  const unit = document.createElement('small');
  unit.textContent = ' Mbit/s';
  element.replaceChildren(megabits < 10 ? megabits.toFixed(1) : megabits.toFixed(0), unit);
}

function milliseconds(value) {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
