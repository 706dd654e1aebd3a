// Lets the process or page handle signals, timers and clicks. A loop that only awaits a target may never leave the microtask queue.

/** Resolves after the host has handled its events. Uses a message in browsers, because timers take 4 ms each. */
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
