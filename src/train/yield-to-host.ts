// A moment for whatever else the process or the page has to do: signals, timers, clicks. Awaiting a target alone may never leave a loop.

/** Resolves when the host has had its turn. Timers of browsers would take 4 ms each; a message takes none. */
export function yieldToHost(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
