// What this page sends: the camera and microphone, or a picture and a tone made here.

/** Returns { stream, stop(), note }: a sentence in `note` says why it is not what was asked for. */
async function openSource(wanted) {
  if (wanted === 'none') return { stream: new MediaStream(), stop() {} };
  if (wanted === 'pattern') return openPattern();
  try {
    if (!navigator.mediaDevices) throw new DOMException('', 'SecurityError');
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: true, video: { width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    return { stream, camera: true, stop: () => stream.getTracks().forEach(track => track.stop()) };
  } catch (error) {
    const why = cameraSentence(error);
    if (wanted === 'camera') throw new Error(why);
    return { ...openPattern(), note: `${why} A test picture and a tone are sent instead.` };
  }
}

function cameraSentence(error) {
  switch (error.name) {
    case 'NotAllowedError': return 'The camera may not be used.';
    case 'NotFoundError': return 'This computer has no camera and microphone.';
    case 'NotReadableError': return 'The camera is in use by another program.';
    case 'SecurityError': return 'Browsers give the camera only to pages on localhost or https.';
    default: return 'The camera could not be opened.';
  }
}

/** A moving picture and a short tone every second. */
function openPattern() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const context = canvas.getContext('2d');
  const started = performance.now();
  let frame = 0;
  const timer = setInterval(() => drawPattern(context, frame++, performance.now() - started), 1000 / 30);
  drawPattern(context, frame++, 0);
  const stream = canvas.captureStream(30);
  const audio = new AudioContext();
  const out = audio.createMediaStreamDestination();
  const tone = new OscillatorNode(audio, { frequency: 440 });
  const gain = new GainNode(audio, { gain: 0.06 });
  // A slow second oscillator swells the tone, so that an ear and the meter can tell it is live.
  const swell = new OscillatorNode(audio, { frequency: 1 });
  const depth = new GainNode(audio, { gain: 0.05 });
  tone.connect(gain).connect(out);
  swell.connect(depth).connect(gain.gain);
  tone.start();
  swell.start();
  for (const track of out.stream.getAudioTracks()) stream.addTrack(track);
  return {
    stream,
    stop() {
      clearInterval(timer);
      stream.getTracks().forEach(track => track.stop());
      audio.close();
    },
  };
}

function drawPattern(context, frame, elapsed) {
  const { width, height } = context.canvas;
  const t = elapsed / 1000;
  const sky = context.createLinearGradient(0, 0, width, height);
  sky.addColorStop(0, `hsl(${(18 + t * 12) % 360} 62% 42%)`);
  sky.addColorStop(1, `hsl(${(190 + t * 12) % 360} 55% 24%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  // The loop of a lasso, seen from the side as it turns.
  context.lineWidth = 9;
  context.strokeStyle = 'rgb(255 246 230 / .92)';
  context.beginPath();
  const x = width / 2 + Math.cos(t * 1.3) * 150;
  const y = height * 0.38 + Math.sin(t * 2.1) * 30;
  context.ellipse(x, y, 92, 26 + 18 * Math.sin(t * 3), Math.sin(t) * 0.35, 0, 7);
  context.stroke();
  context.beginPath();
  context.moveTo(x, y + 30);
  context.bezierCurveTo(x + 50, y + 110, width / 2 - 80, height - 60, width / 2, height);
  context.stroke();
  context.fillStyle = '#fff';
  context.font = '600 30px ui-monospace, Menlo, Consolas, monospace';
  context.fillText(`${t.toFixed(2).padStart(7)} s`, 22, height - 24);
  context.textAlign = 'right';
  context.fillText(`frame ${frame}`, width - 22, height - 24);
  context.textAlign = 'left';
}

/** Shows the level of the sound in `stream` on `meter`; returns a function that stops. */
function meterSound(stream, meter) {
  const audio = new AudioContext();
  const analyser = new AnalyserNode(audio, { fftSize: 1024 });
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    meter.value = Math.min(1, samples.reduce((most, s) => Math.max(most, Math.abs(s)), 0) * 4);
  }, 100);
  return () => { clearInterval(timer); audio.close(); meter.value = 0; };
}
