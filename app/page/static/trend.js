// The slowest decision of each frame over ten seconds, with the budget as a line.
const SPAN_MS = 10000;

export class Trend {
  constructor(canvas) {
    this.canvas = canvas;
    this.points = [];
    this.drawnMs = 0;
  }

  close() {}

  push({ peak_ms: peak, budget_ms: budget, skipped }, nowMs) {
    if (peak !== null) this.points.push([nowMs, peak]);
    while (this.points.length && this.points[0][0] < nowMs - SPAN_MS) this.points.shift();
    if (nowMs - this.drawnMs < 240) return;
    this.drawnMs = nowMs;
    this.draw(nowMs, budget, skipped);
  }

  draw(nowMs, budget) {
    const box = this.canvas.parentElement.getBoundingClientRect();
    const ratio = Math.min(2, devicePixelRatio || 1);
    const width = Math.max(1, Math.round(box.width * ratio));
    const height = Math.max(1, Math.round(box.height * ratio));
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    const top = budget * 1.5;
    const y = (value) => height - Math.min(1, value / top) * height;
    for (const [at, value] of this.points) {
      const x = width - ((nowMs - at) / SPAN_MS) * width;
      pen.fillStyle = value > budget ? "#ff7a7a" : "#5ee0d0";
      pen.fillRect(x - 2 * ratio, y(value), 2 * ratio, height - y(value));
    }
    pen.strokeStyle = "#ffc857";
    pen.lineWidth = ratio;
    pen.setLineDash([5 * ratio, 4 * ratio]);
    pen.beginPath();
    pen.moveTo(0, y(budget));
    pen.lineTo(width, y(budget));
    pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = "#ffd98a";
    pen.font = `${11 * ratio}px Roboto, sans-serif`;
    pen.fillText("budget", 4 * ratio, y(budget) - 4 * ratio);
  }
}
