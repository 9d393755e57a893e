// The muscle signal as a sweep, like a patient monitor: new columns replace the oldest, nothing scrolls.
const SWEEP_S = 5;
const STEPS = [1, 2, 5];
const BLANK_S = 0.12; // gap ahead of the newest column
const SHOWN = 0.985; // share of columns that fit their lane: one spike must not make the rest invisible
const RESCALE_MS = 500;
const CALM_MS = 1000; // between drawings for people who asked for less motion

export class Signal {
  constructor(canvas, setup, onScale) {
    this.canvas = canvas;
    this.channels = setup.channels.length;
    this.unit = setup.unit;
    this.onScale = onScale;
    this.columns = Math.max(50, Math.round(SWEEP_S / setup.bin_s));
    this.blank = Math.ceil(BLANK_S / setup.bin_s);
    this.values = new Float32Array(this.columns * this.channels * 2).fill(NaN);
    this.newest = -1;
    this.scale = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.drawnMs = 0;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas.parentElement);
    this.resize();
  }

  close() {
    this.observer.disconnect();
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    this.ratio = Math.min(2, devicePixelRatio || 1);
    this.width = this.canvas.width = Math.max(1, Math.round(box.width * this.ratio));
    this.height = this.canvas.height = Math.max(1, Math.round(box.height * this.ratio));
    this.pen = this.canvas.getContext("2d", { alpha: false });
    this.draw(0, this.columns);
  }

  push({ first, bins, scale, data }) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const pairs = new Int16Array(bytes.buffer);
    const stride = this.channels * 2;
    if (first <= this.newest) this.values.fill(NaN); // a new run counts from the start
    else if (this.newest >= 0) {
      const missing = Math.min(this.columns, first - this.newest - 1);
      for (let k = 0; k < missing; k++) this.values.fill(NaN, ...this.span(first - 1 - k));
    }
    for (let k = 0; k < bins; k++) {
      const [at] = this.span(first + k);
      for (let i = 0; i < stride; i++) {
        const value = pairs[k * stride + i];
        this.values[at + i] = value === -32768 ? NaN : value * scale;
      }
    }
    const from = this.newest < 0 || first <= this.newest ? first : this.newest + 1;
    this.newest = first + bins - 1;
    const rescaled = this.rescale();
    if (this.calm) {
      if (performance.now() - this.drawnMs < CALM_MS) return;
      this.drawnMs = performance.now();
    }
    if (rescaled || this.calm) this.draw(0, this.columns);
    else this.draw(from, Math.min(this.columns, this.newest - from + 1 + this.blank));
  }

  span(bin) {
    const at = (bin % this.columns) * this.channels * 2;
    return [at, at + this.channels * 2];
  }

  // One scale for all channels, in steps of 1, 2, 5: lanes can be compared, and it rarely jumps.
  rescale() {
    const now = performance.now();
    if (this.scale && now - this.scaledMs < RESCALE_MS) return false;
    this.scaledMs = now;
    const sizes = this.values.filter((value) => !Number.isNaN(value)).map(Math.abs).sort();
    const most = sizes.length ? sizes[Math.floor((sizes.length - 1) * SHOWN)] : 0;
    const wanted = step(most || 1);
    if (wanted === this.scale || (wanted < this.scale && most > this.scale * 0.3)) return false;
    this.scale = wanted;
    this.onScale(`RMS beside; lane ±${wanted} ${this.unit}, ${SWEEP_S} s`);
    return true;
  }

  draw(first, count) {
    const { pen, columns, channels, width, height } = this;
    if (!channels) return;
    const lane = height / channels;
    const gain = (lane * 0.48) / (this.scale || 1);
    const cursor = this.newest < 0 ? -1 : this.newest % columns;
    const thin = Math.max(1, this.ratio);
    for (let k = 0; k < count; k++) {
      const column = (first + k) % columns;
      const left = Math.floor((column * width) / columns);
      const right = Math.floor(((column + 1) * width) / columns);
      const wide = Math.max(1, right - left);
      pen.fillStyle = "#0c131b";
      pen.fillRect(left, 0, wide, height);
      const ahead = cursor < 0 ? 0 : (column - cursor + columns) % columns;
      const hidden = ahead > 0 && ahead <= this.blank;
      const at = column * channels * 2;
      for (let ch = 0; ch < channels; ch++) {
        const middle = (ch + 0.5) * lane;
        pen.fillStyle = "#1d2a37";
        pen.fillRect(left, Math.round(middle), wide, thin);
        if (hidden) continue;
        const low = this.values[at + ch * 2];
        const high = this.values[at + ch * 2 + 1];
        if (Number.isNaN(low)) continue;
        const top = Math.max(ch * lane, middle - high * gain);
        const bottom = Math.min((ch + 1) * lane, middle - low * gain);
        pen.fillStyle = "#5ee0d0";
        pen.fillRect(left, top, wide, Math.max(thin, bottom - top));
      }
    }
    if (cursor >= 0) {
      pen.fillStyle = "#e9f2f7";
      pen.fillRect(Math.floor(((cursor + 1) * width) / columns), 0, thin, height);
    }
  }
}

function step(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  const found = STEPS.find((s) => s * power >= most);
  return Number(((found ?? 10) * power).toPrecision(2));
}
