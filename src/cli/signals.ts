// Signals that ask a long run to end: it saves and leaves. A second one ends it at once.
import { constants } from "node:os";

/** Ctrl-C; what containers and schedulers send; a terminal that is closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs `use`, whose signal is aborted when the process is asked to end, or nobody reads its output any more. Gives the number of the
 * system's signal too: a shell expects 128 more as the exit code.
 */
export async function untilSignal<R>(
  use: (leaving: AbortSignal) => Promise<R>,
): Promise<{ readonly outcome: R; readonly signal: number }> {
  const leaving = new AbortController();
  let number = 0;
  const stop = (name: NodeJS.Signals): void => {
    number = constants.signals[name];
    forget();
    leaving.abort();
  };
  // A closed terminal takes no output either: what is written then fails.
  const stopSilently = (): void => {
    number ||= constants.signals.SIGPIPE;
    leaving.abort();
  };
  const forget = (): void => SIGNALS.forEach((name) => process.removeListener(name, stop));
  SIGNALS.forEach((name) => process.on(name, stop));
  process.stdout.on("error", stopSilently);
  try {
    return { outcome: await use(leaving.signal), signal: number };
  } finally {
    forget();
  }
}
