// Small charts on canvases, in the page's own colours.

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Prepares a canvas for its size on this screen; returns its context and size in CSS pixels. */
function surface(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = '11px system-ui, sans-serif';
  return { context, width, height };
}

/** The smallest of 1, 2, 5 × 10ⁿ that is not below `value`. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-3)));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= value);
}

/**
 * Draws lines over the same time axis: `series` is [{ values, colour }], each of at most `slots` values, the
 * newest last and at the right edge.
 */
function drawLines(canvas, series, { slots, unit, caption }) {
  const { context, width, height } = surface(canvas);
  const right = 2, top = 8, bottom = caption ? 18 : 6;
  const most = roundUp(Math.max(1, ...series.flatMap(s => s.values)));
  const label = `${most} ${unit}`;
  const left = Math.max(44, Math.ceil(context.measureText(label).width) + 8);
  const x = (index, count) => width - right - ((count - 1 - index) / (slots - 1)) * (width - left - right);
  const y = value => top + (1 - value / most) * (height - top - bottom);
  context.strokeStyle = colour('--line');
  context.fillStyle = colour('--soft');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const value of [0, most / 2, most]) {
    context.beginPath();
    context.moveTo(left, Math.round(y(value)) + 0.5);
    context.lineTo(width - right, Math.round(y(value)) + 0.5);
    context.stroke();
    context.fillText(value === most ? label : `${value}`, left - 6, y(value));
  }
  if (caption) {
    context.textAlign = 'left';
    context.fillText(caption, left, height - 6);
    context.textAlign = 'right';
    context.fillText('now', width - right, height - 6);
  }
  for (const { values, colour: stroke } of series) {
    if (values.length < 2) continue;
    const line = new Path2D();
    values.forEach((value, i) => line.lineTo(x(i, values.length), y(value)));
    const area = new Path2D(line);
    area.lineTo(x(values.length - 1, values.length), y(0));
    area.lineTo(x(0, values.length), y(0));
    context.fillStyle = stroke;
    context.globalAlpha = 0.13;
    context.fill(area);
    context.globalAlpha = 1;
    context.strokeStyle = stroke;
    context.lineWidth = 2;
    context.lineJoin = 'round';
    context.stroke(line);
    context.lineWidth = 1;
  }
}
