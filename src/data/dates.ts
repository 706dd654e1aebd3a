// Dates of a series: read as ISO 8601 writes them, in UTC, and continued with the same distance.
export interface SeriesDate {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
}

const DATE =
  /^(\d{4})([-/])(\d{2})(?:\2(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/;

/** `2024-01`, `2024-01-31`, `2024/01/31`, `2024-01-31 12:00`, `2024-01-31T12:00:00.5+02:00`; null for any other text. Without a zone it is UTC. */
export function readDate(text: string): SeriesDate | null {
  const [, year, , month, day = "01", hour = "00", minute = "00", second = "00", part = "", zone = "Z"] =
    DATE.exec(text) ?? [];
  if (year === undefined || month === undefined) return null;
  const offset = zone === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${part}${offset}`);
  const isDay = new Date(Date.parse(`${year}-${month}-${day}T00:00:00Z`)).getUTCDate() === Number(day);
  return Number.isNaN(time) || !isDay ? null : { time, text };
}

export const DATE_FORM = "2024-01-31, 2024-01 or 2024-01-31T12:00";

/** The date `steps` steps after the last of at least two, which are equally far apart in months or in milliseconds; null if they are not. */
export function dateAfter(dates: readonly SeriesDate[], steps: number): string | null {
  const [before, last] = dates.slice(-2);
  if (before === undefined || last === undefined) return null;
  const [a, b] = [new Date(before.time), new Date(last.time)];
  const months = 12 * (b.getUTCFullYear() - a.getUTCFullYear()) + b.getUTCMonth() - a.getUTCMonth();
  const isMonthly = months > 0 && a.getUTCDate() === b.getUTCDate() && a.getTime() % DAY === b.getTime() % DAY;
  const next = new Date(b);
  if (isMonthly) next.setUTCMonth(b.getUTCMonth() + steps * months);
  else next.setTime(b.getTime() + steps * (b.getTime() - a.getTime()));
  return likeText(next, last.text);
}

const DAY = 24 * 60 * 60 * 1000;

/** A date as `text` is written; a time of another zone as UTC. */
function likeText(date: Date, text: string): string {
  const iso = date.toISOString();
  const [day, time] = [iso.slice(0, 10), iso.slice(11)];
  const own = text.includes("/") ? day.replaceAll("-", "/") : day;
  if (text.length <= 10) return own.slice(0, text.length);
  const digits = /^\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?/.exec(text.slice(11))?.[0] ?? "";
  const zone = text.length > 11 + digits.length ? "Z" : "";
  return `${own}${text[10] ?? "T"}${time.slice(0, digits.length)}${zone}`;
}

/** What a field may be that is not a column: a part of the date, from 0; the year as it is. */
export const DATE_PARTS: ReadonlyMap<string, (date: Date) => number> = new Map([
  ["year", (date: Date) => date.getUTCFullYear()],
  ["month", (date: Date) => date.getUTCMonth()],
  ["day", (date: Date) => date.getUTCDate() - 1],
  ["weekday", (date: Date) => (date.getUTCDay() + 6) % 7],
  ["hour", (date: Date) => date.getUTCHours()],
  ["minute", (date: Date) => date.getUTCMinutes()],
]);
