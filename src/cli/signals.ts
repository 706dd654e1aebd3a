// Signals that end a long run: it saves and exits. A second signal ends it at once.
import { constants } from "node:os";

/** Ctrl-C, the signal of containers and schedulers, and a closed terminal. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs `use`, and aborts its signal when the process receives a signal or its output is closed. Also returns the number of the system's
 * signal: a shell expects 128 + that number as the exit code.
 */
export async function untilSignal<R>(
  use: (aborting: AbortSignal) => Promise<R>,
): Promise<{ readonly outcome: R; readonly signal: number }> {
  const aborting = new AbortController();
  let number = 0;
  const stop = (name: NodeJS.Signals): void => {
    number = constants.signals[name];
    forget();
    aborting.abort();
  };
  // Writing to a closed terminal fails.
  const stopSilently = (): void => {
    number ||= constants.signals.SIGPIPE;
    aborting.abort();
  };
  const forget = (): void => SIGNALS.forEach((name) => process.removeListener(name, stop));
  SIGNALS.forEach((name) => process.on(name, stop));
  process.stdout.on("error", stopSilently);
  try {
    return { outcome: await use(aborting.signal), signal: number };
  } finally {
    forget();
  }
}
