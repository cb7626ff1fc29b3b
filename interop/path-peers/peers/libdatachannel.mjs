// A peer on libdatachannel, for Node: data only. `LARIAT_NODE_MODULES` is where node-datachannel is.
// See `src/lib.rs` for the orders, and `src/meter.rs` for what is counted.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";

const require = createRequire(process.env.LARIAT_NODE_MODULES + "/");
const { PeerConnection } = require("node-datachannel");

const ROOM = 1 << 20;
let connection, channels = [], sending = 0, meter, described;

const now = () => performance.timeOrigin + performance.now();

class Meter {
  bytes = 0; open = 0; state = "new"; told = {}; data = {}; since = now();

  mark() { this.bytes = 0; this.data = {}; this.since = now(); }

  arrived(bytes) {
    const at = now(), flow = this.data;
    flow.count = (flow.count ?? 0) + 1;
    flow.gap = Math.max(flow.gap ?? 0, at - (flow.last ?? this.since));
    flow.first ??= at;
    flow.last = at;
    this.bytes += bytes;
  }

  reading() {
    const at = now(), none = { count: 0, first: null, last: null, gap: at - this.since };
    const { count = 0, first = null, last = null, gap = 0 } = this.data;
    const data = { count, first, last, gap: Math.max(gap, at - (last ?? this.since)) };
    const { bytes, open, state, told, since } = this;
    return { at, since, bytes, open, state, told, flows: { data, audio: none, video: none } };
  }
}

function create(media) {
  if (media) throw new Error("this peer has no media");
  connection?.close();
  channels = [];
  sending++;
  const counts = meter = new Meter();
  connection = new PeerConnection("peer", { iceServers: [], maxMessageSize: 1 << 18 });
  const mine = connection;
  mine.onStateChange(state => { counts.state = state; counts.told[state] = now(); });
  mine.onDataChannel(channel => { keep(channel, counts); counts.open++; });
  described = new Promise(resolve => {
    mine.onGatheringStateChange(state => state === "complete" && resolve());
  });
}

function keep(channel, counts) {
  channels.push(channel);
  channel.onOpen(() => counts.open++);
  channel.onMessage(data => counts.arrived(data.byteLength ?? data.length));
}

async function send(channel, size, every) {
  const order = sending, message = Buffer.alloc(size);
  channel.setBufferedAmountLowThreshold(ROOM / 2);
  let low = () => {};
  channel.onBufferedAmountLow(() => low());
  while (order === sending && channel.isOpen()) {
    if (channel.bufferedAmount() >= ROOM) {
      // The callback may come before somebody waits for it.
      await Promise.race([new Promise(resolve => { low = resolve; }), after(20)]);
      continue;
    }
    channel.sendMessageBinary(message);
    if (every) await after(every);
  }
}

async function carryOut(order) {
  switch (order.do) {
    case "offer":
      create(order.media);
      for (let number = 0; number < order.channels; number++) {
        keep(connection.createDataChannel(`channel ${number}`), meter);
      }
      connection.setLocalDescription();
      await described;
      return connection.localDescription();
    case "answer":
      create(order.media);
      connection.setRemoteDescription(order.offer.sdp, order.offer.type);
      await described;
      return connection.localDescription();
    case "accept":
      connection.setRemoteDescription(order.answer.sdp, order.answer.type);
      return {};
    case "send":
      sending++;
      for (const channel of channels) send(channel, order.size, order.every);
      return {};
    case "stop": sending++; return {};
    case "mark": meter.mark(); return {};
    case "read": return meter.reading();
    case "close": connection.close(); return {};
  }
  throw new Error(`there is no order ${order.do}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await carryOut(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
process.exit(0);
