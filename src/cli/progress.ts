// Progress of a long run: in a terminal one line that is redrawn, otherwise a plain line every few seconds.
import pc from "picocolors";

export interface ProgressState {
  readonly done: number;
  readonly total: number;
  /** Averaged over recent updates. */
  readonly loss: number;
  /** Steps of sequences done so far, of all examples. */
  readonly tokens: number;
  /** Seconds since the start. */
  readonly seconds: number;
}

export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const BAR = 24;
/** The least time between two plain lines, except before the last one. */
const PLAIN_SECONDS = 5;
const REDRAW_SECONDS = 0.1;

/** `1.2k`, `35M`: at most three digits. */
export function shortCount(value: number): string {
  const units = ["", "k", "M", "G"];
  let [scaled, power] = [value, 0];
  while (scaled >= 999.5 && power < units.length - 1) {
    scaled /= 1000;
    power += 1;
  }
  return `${scaled.toFixed(power === 0 || scaled >= 9.95 ? 0 : 1)}${units[power] ?? ""}`;
}

/** `0:42`, `1:02:03`. */
export function shortTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `what` is the name of the loss. */
export function progressText(state: ProgressState, what = "loss"): string {
  const { done, total, loss, tokens, seconds } = state;
  const speed = seconds > 0 ? tokens / seconds : 0;
  const left = done > 0 ? (seconds / done) * (total - done) : Infinity;
  return `${done}/${total}  recent ${what} ${loss.toFixed(3)}  ${shortCount(speed)} steps/s  ${shortTime(left)} left`;
}

export function progressBar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

export class Progress {
  readonly #out: Output;
  readonly #clock: () => number;
  readonly #what: string;
  readonly #start: number;
  #last = -Infinity;

  /** `clock` returns seconds, and `what` is the name of the loss. */
  constructor(out: Output, clock: () => number = () => performance.now() / 1000, what = "loss") {
    this.#out = out;
    this.#what = what;
    this.#clock = clock;
    this.#start = clock();
  }

  update(state: Omit<ProgressState, "seconds">): void {
    const now = this.#clock();
    const isEnd = state.done >= state.total;
    const pause = this.#out.isTTY === true ? REDRAW_SECONDS : PLAIN_SECONDS;
    if (!isEnd && now - this.#last < pause) return;
    this.#last = now;
    const text = progressText({ ...state, seconds: now - this.#start }, this.#what);
    if (this.#out.isTTY !== true) {
      this.#out.write(`${text}\n`);
      return;
    }
    const line = `${pc.cyan(progressBar(state.done / state.total, BAR))} ${text}`;
    this.#out.write(`\r\u001b[K${line}${isEnd ? "\n" : ""}`);
  }

  /** Clears the line that is being redrawn, so that something else can be written. */
  pause(): void {
    if (this.#out.isTTY === true) this.#out.write("\r\u001b[K");
  }
}
