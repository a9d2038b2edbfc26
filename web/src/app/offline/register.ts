// The page's side of working offline: registers the worker, and tells whether there is a network.

import { signal } from "@preact/signals";

/** Whether there is a network, as far as the browser knows. */
export const online = signal(typeof navigator === "undefined" || navigator.onLine);

/** Register the service worker; without one the page works as long as there is a network. */
export function register(): void {
  addEventListener("online", () => (online.value = true));
  addEventListener("offline", () => (online.value = false));
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => undefined);
}

/** Forget all data that was kept. */
export function forget(): void {
  navigator.serviceWorker?.controller?.postMessage("forget");
}
