// The page's side of working offline: registers the worker, says what the page can be installed as, forgets at logout.

import { session } from "../stores/session";
import manifest from "./manifest.webmanifest?url";

/** Register the service worker; without one the page works as long as there is a network. */
export function register(): void {
  const link = document.createElement("link");
  link.rel = "manifest";
  link.href = manifest;
  document.head.append(link);
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  const { serviceWorker } = navigator;
  serviceWorker.register("/sw.js", { scope: "/" }).catch(() => undefined);
  void serviceWorker.ready.then(({ active }) => {
    // What came before the worker was there is kept too.
    if (navigator.onLine) active?.postMessage({ keep: loaded() });
  });
  let before = "";
  session.subscribe((who) => {
    const name = who?.name ?? before;
    if (before !== "" && name !== before) serviceWorker.controller?.postMessage("forget");
    before = name;
  });
}

function loaded(): string[] {
  const own = performance.getEntriesByType("resource").map(({ name }) => name);
  return [...new Set(own)].filter((name) => name.startsWith(location.origin));
}
