// Schedules of the learning rate.
import type { ScheduleSetting } from "../lang/elaborate/settings.ts";

/** The factor on the learning rate for update `step` (from 1) of `total`. */
export function rateFactor(setting: ScheduleSetting | undefined, step: number, total: number): number {
  if (setting === undefined) return 1;
  const value = (name: string, otherwise: number): number => setting.values.get(name) ?? otherwise;
  const warmup = value("warmup", 0);
  if (step <= warmup) return step / warmup;
  const after = step - warmup - 1;
  switch (setting.kind) {
    case "step":
      return value("factor", 0.5) ** Math.floor(after / value("every", 1000));
    case "exponential":
      return value("factor", 0.999) ** after;
    case "cosine": {
      const share = Math.min(1, after / Math.max(1, total - warmup - 1));
      const final = value("final", 0);
      return final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * share));
    }
    default:
      return 1;
  }
}
