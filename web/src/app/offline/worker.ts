/// <reference lib="webworker" />
// The service worker: the app and the data last seen, for when there is no network. Data come from the network where there is one.

import { keyOf, nearestKept, ruleOf, surplus } from "./keep";

declare const self: ServiceWorkerGlobalScope;

const APP = "gridmap-app-1";
const DATA = "gridmap-data-1";

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(APP);
      const page = await fetch("/", { cache: "no-cache" });
      if (page.ok && !page.redirected) await cache.put("/", page.clone());
      const html = await page.text();
      const assets = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1] ?? "/");
      await Promise.all([...new Set(assets)].map((path) => cache.add(path).catch(() => undefined)));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name !== APP && name !== DATA).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", (event) => {
  // Who logs out leaves nothing behind.
  if (event.data === "forget") event.waitUntil(caches.delete(DATA));
  const { keep } = (event.data ?? {}) as { keep?: unknown };
  if (Array.isArray(keep)) event.waitUntil(Promise.all(keep.map(kept)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const rule = ruleOf(request.method, url, self.location.origin, request.mode);
  if (rule === "app") event.respondWith(app(request, url));
  if (rule === "data") event.respondWith(data(request, url));
});

/** Keep what the page had loaded before there was a worker. */
async function kept(path: unknown): Promise<void> {
  const url = new URL(String(path), self.location.origin);
  const rule = ruleOf("GET", url, self.location.origin);
  if (rule === "network") return;
  const request = new Request(url);
  await (rule === "app" ? app(request, url) : data(request, url)).catch(() => undefined);
}

/** Files with a hash in their names never change; the page itself comes from the network where there is one. */
async function app(request: Request, url: URL): Promise<Response> {
  const cache = await caches.open(APP);
  const fixed = url.pathname !== "/";
  const key = fixed ? request : "/";
  const held = await cache.match(key, { ignoreSearch: !fixed });
  if (fixed && held !== undefined) return held;
  try {
    const fresh = await fetch(request);
    if (fresh.ok && !fresh.redirected) await cache.put(key, fresh.clone());
    return fresh;
  } catch (error) {
    if (held !== undefined) return held;
    throw error;
  }
}

/** The network first; without one what was seen last, marked so that the page can say since when. */
async function data(request: Request, url: URL): Promise<Response> {
  const cache = await caches.open(DATA);
  const key = keyOf(url);
  try {
    const fresh = await fetch(request);
    if (fresh.status === 200) {
      const kept = new Response(fresh.clone().body, { headers: new Headers(fresh.headers) });
      kept.headers.set("x-kept-at", new Date().toISOString());
      await cache.put(key, kept);
      for (const old of surplus(await cache.keys())) await cache.delete(old);
    }
    if (fresh.status === 401 || fresh.status === 403) await cache.delete(key);
    return fresh;
  } catch (error) {
    const near = nearestKept(url, (await cache.keys()).map((one) => one.url));
    const held = (await cache.match(key)) ?? (near === null ? undefined : await cache.match(near));
    if (held !== undefined) return held;
    throw error;
  }
}
