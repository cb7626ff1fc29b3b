// The page itself: what the buttons do, and one run from Start to Stop.

const $ = id => document.getElementById(id);
const SENTENCES = {
  new: 'Not connected', connecting: 'Connecting', connected: 'Connected',
  disconnected: 'Interrupted', failed: 'Failed', closed: 'Ended',
};

const QUIET = 0.02;

const chat = new Chat($('chat-log'));
const ping = new Ping({
  last: $('ping-last'), median: $('ping-median'), max: $('ping-max'), count: $('ping-count'),
  chart: $('ping-chart'),
});
const throughput = new Throughput({
  up: $('throughput-up'), down: $('throughput-down'), chart: $('throughput-chart'),
});
const statistics = new Statistics({ facts: $('connection-facts'), streams: $('stream-rows') });
const journal = new Journal({
  list: $('journal'), trip: $('now-trip'), lost: $('now-lost'), down: $('now-down'), up: $('now-up'),
});
const tell = (kind, text) => journal.tell(kind, text);
const unread = new Unread($('unread-facts'), tell);
const tools = { chat, ping, throughput };

/** Null, or the run between Start and Stop: { pc, session, source, .. }. */
let run = null;

// For tests and for the curious: what the page holds right now.
window.lariat = {
  get pc() { return run?.pc ?? null; },
  get chat() { return run ? chat.channel : null; },
  get ping() { return run ? ping.channel : null; },
  get throughput() { return run ? throughput.channel : null; },
  get session() { return run?.session ?? null; },
  get stats() { return run?.stats ?? null; },
  get journal() { return journal.entries; },
  get trips() { return ping.trips; },
  get rates() { return { up: throughput.up, down: throughput.down }; },
};

async function start() {
  say('error', '');
  say('note', '');
  showState('connecting');
  const mine = { pc: new RTCPeerConnection({ bundlePolicy: 'max-bundle' }), channels: [], undo: [] };
  run = mine;
  toggleButtons();
  journal.begin();
  try {
    mine.source = await openSource($('source').value);
    if (run !== mine) return mine.source.stop();
    say('note', mine.source.note ?? '');
    showLocal(mine.source);
    mine.story = new Story(tell);
    watch(mine);
    const trickle = new Trickle(mine.pc);
    mine.session = await ($('offerer').value === 'lariat' ? answerLariat(mine) : offerToLariat(mine));
    if (run !== mine) return void endSession(mine.session);
    trickle.open(mine.session);
    mine.timer = setInterval(() => refresh(mine), 1000);
  } catch (error) {
    if (run !== mine) return;
    stop();
    fail(error.message);
  }
}

async function offerToLariat({ pc, source }) {
  for (const label of Object.keys(tools)) adopt(pc.createDataChannel(label));
  for (const track of source.stream.getTracks()) pc.addTrack(track, source.stream);
  await pc.setLocalDescription();
  tell('plain', 'Offering a connection to Lariat.');
  const session = await whipOffer(pc.localDescription.sdp);
  await pc.setRemoteDescription({ type: 'answer', sdp: session.answer });
  return session;
}

async function answerLariat({ pc, source }) {
  tell('plain', 'Asking Lariat to offer a connection.');
  const session = await askForOffer();
  await pc.setRemoteDescription({ type: 'offer', sdp: session.offer });
  for (const track of source.stream.getTracks()) pc.addTrack(track, source.stream);
  await pc.setLocalDescription();
  await sendAnswer(session, pc.localDescription.sdp);
  return session;
}

/** Hands a channel to the part of the page that its label names. */
function adopt(channel) {
  const tool = tools[channel.label];
  if (!tool) return;
  const mine = run;
  channel.binaryType = 'arraybuffer';
  mine.channels.push(channel);
  const opened = () => {
    tool.open(channel);
    toggleButtons();
  };
  if (channel.readyState === 'open') opened();
  else channel.addEventListener('open', opened);
  channel.addEventListener('close', () => {
    if (run !== mine) return;
    // A browser tells this long before it notices that nobody answers any more.
    stop('Lariat ended the session.');
    say('note', 'Lariat ended the session.');
  });
}

function watch(mine) {
  const { pc } = mine;
  pc.addEventListener('datachannel', ({ channel }) => adopt(channel));
  const remote = new MediaStream();
  pc.addEventListener('track', ({ track }) => {
    remote.addTrack(track);
    if (track.kind === 'video') $('remote').parentElement.classList.add('live');
    if (track.kind === 'audio') {
      mine.undo.push(meterSound(new MediaStream([track]), $('level')));
      $('listen').disabled = false;
    }
    if ($('remote').srcObject === remote) return;
    $('remote').srcObject = remote;
    $('remote').play().catch(error => {
      // A browser that plays no sound unasked still shows the picture.
      if (error.name === 'NotAllowedError') $('remote').muted = true;
    });
  });
  pc.addEventListener('connectionstatechange', () => {
    if (run !== mine) return;
    showState(pc.connectionState);
    mine.story.state(pc.connectionState);
    toggleButtons();
    if (pc.connectionState === 'failed') {
      const why = mine.story.connected
        ? 'The connection was lost: nothing came back for too long.'
        : 'No path to the server was found. A firewall that blocks UDP is the usual reason.';
      stop();
      fail(why);
    }
  });
}

async function refresh(mine) {
  mine.stats = await statistics.refresh(mine.pc, mine.session);
  if (run !== mine) return;
  tellStory(mine);
  const facts = (direction, element) => {
    const video = mine.stats.page.streams.find(s => s.kind === 'video' && s.direction === direction);
    element.textContent = video?.width
      ? `${video.width} × ${video.height}, ${Math.round(video.frames_per_second ?? 0)} frames/s` : '';
  };
  facts('outbound', $('local-facts'));
  facts('inbound', $('remote-facts'));
}

/** Hands what both ends know to the journal. */
function tellStory({ pc, stats: { page, lariat }, story }) {
  const inbound = [...page.streams, ...lariat?.streams ?? []].filter(s => s.direction === 'inbound');
  const ours = page.streams.filter(s => s.direction === 'inbound');
  const sum = key => inbound.reduce((total, stream) => total + (stream[key] ?? 0), 0);
  const figures = story.sample({
    trip: page.trip, received: page.received ?? 0, sent: page.sent ?? 0,
    media: ours.reduce((total, stream) => total + stream.packets, 0),
    packets: sum('packets'), lost: sum('lost'),
    path: page.pair, seenFrom: lariat?.selected_pair?.remote,
  });
  journal.show({ trip: page.trip, ...figures });
  story.messages(ping.waiting?.values().next().value);
  unread.refresh();
  showState(story.isLost && pc.connectionState === 'connected' ? 'disconnected' : pc.connectionState);
}

function fail(sentence) {
  showState('failed');
  say('error', sentence);
  tell('bad', sentence);
}

/** Ends the run; `why` is a sentence for the journal where somebody wanted it to end. */
function stop(why) {
  const mine = run;
  if (!mine) return;
  run = null;
  if (typeof why === 'string') tell('plain', why);
  journal.clear();
  unread.stop();
  if (throughput.running) throughput.stop();
  ping.close();
  clearInterval(mine.timer);
  if (mine.session) endSession(mine.session);
  mine.pc.close();
  mine.source?.stop();
  mine.undo.forEach(undo => undo());
  for (const video of [$('local'), $('remote')]) {
    video.srcObject = null;
    video.parentElement.classList.remove('live');
  }
  $('local-facts').textContent = $('remote-facts').textContent = '';
  $('listen').disabled = true;
  setListening(false);
  showState('closed');
  toggleButtons();
}

function showLocal(source) {
  $('local').srcObject = source.stream;
  $('local').classList.toggle('mirror', source.camera === true);
  $('local').parentElement.classList.toggle('live', source.stream.getVideoTracks().length > 0);
}

function showState(state) {
  $('state').dataset.state = state;
  $('state').textContent = SENTENCES[state] ?? state;
}

function toggleButtons() {
  const open = channel => run !== null && channel?.readyState === 'open';
  $('start').hidden = run !== null;
  $('stop').hidden = run === null;
  $('chat-input').disabled = $('chat-send').disabled = !open(chat.channel);
  $('ping').disabled = !open(ping.channel);
  $('throughput').disabled = !open(throughput.channel);
  $('throughput').ariaPressed = String(throughput.running);
  $('unread').disabled = !open(chat.channel) || unread.channel !== undefined;
  $('throughput').textContent = throughput.running ? 'Stop pushing' : 'Push data';
}

/** Sound always plays, so that it is decoded and counted, but too quietly to feed a microphone. */
function setListening(on) {
  $('remote').muted = false;
  $('remote').volume = on ? 1 : QUIET;
  $('listen').ariaPressed = String(on);
}

function say(where, sentence) {
  $(where).textContent = sentence;
  $(where).hidden = sentence === '';
}

$('start').addEventListener('click', start);
$('stop').addEventListener('click', () => stop('Stopped here.'));
$('unread').addEventListener('click', () => {
  unread.start(run.pc);
  toggleButtons();
});
$('ping').addEventListener('click', () => ping.send());
$('listen').addEventListener('click', () => setListening($('listen').ariaPressed !== 'true'));
$('throughput').addEventListener('click', () => {
  if (throughput.running) throughput.stop();
  else throughput.start();
  toggleButtons();
});
$('chat-form').addEventListener('submit', event => {
  event.preventDefault();
  const text = $('chat-input').value;
  if (text === '') return;
  chat.say(text);
  $('chat-input').value = '';
});
addEventListener('pagehide', () => stop());
addEventListener('resize', () => { ping.draw(); throughput.draw(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { ping.draw(); throughput.draw(); });

const asked = new URLSearchParams(location.search);
if (asked.get('offer') === 'lariat') $('offerer').value = 'lariat';
if ([...$('source').options].some(option => option.value === asked.get('source'))) $('source').value = asked.get('source');
$('whip-url').textContent = new URL('/whip/echo', location.href).href;
setListening(false);
ping.draw();
throughput.draw();
