import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import preact from "@preact/preset-vite";
import type { Plugin, PluginOption, UserConfig } from "vite";
import { defineConfig } from "vitest/config";

const at = (path: string) => resolve(import.meta.dirname, path);
const SERVED = at("../gridmap/server/static");

// Leaflet's licence asks that its notice goes wherever its code goes.
const licence = readFileSync(at("node_modules/leaflet/LICENSE"), "utf-8").trim();

// The folium map inlines its script into one page: one classic script and one style sheet that need no other file.
const folium: UserConfig["build"] = {
  outDir: at("../gridmap/maps/static"),
  emptyOutDir: true,
  target: "es2020",
  assetsInlineLimit: 1_000_000,
  cssCodeSplit: false,
  lib: {
    entry: at("src/folium/main.ts"),
    name: "gridmapFolium",
    formats: ["iife"],
    fileName: () => "folium.js",
    cssFileName: "folium",
  },
  rolldownOptions: { output: { postBanner: `/*! Leaflet\n${licence}\n*/` } },
};

// The web map: hashed files that browsers may keep for good, and MapLibre's worker as one of them.
const app: UserConfig["build"] = {
  outDir: SERVED,
  emptyOutDir: true,
  target: "es2022",
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
  chunkSizeWarningLimit: 1_500,
  rolldownOptions: { input: at("app.html") },
};

// What keeps the web map's last data on a phone: one classic script whose address never changes.
const worker: UserConfig["build"] = {
  outDir: SERVED,
  emptyOutDir: false,
  target: "es2022",
  lib: { entry: at("src/app/offline/worker.ts"), name: "gridmapOffline", formats: ["iife"], fileName: () => "sw.js" },
};

// The editor in a notebook: one module that needs no other file, its style and MapLibre's worker within it.
const widget: UserConfig["build"] = {
  outDir: at("../gridmap/notebook/static"),
  emptyOutDir: true,
  target: "es2022",
  chunkSizeWarningLimit: 2_500,
  lib: { entry: at("src/widget/index.tsx"), formats: ["es"], fileName: () => "editor.js" },
};

/** Hands MapLibre its worker as a blob: a notebook has no address from which it could be loaded. */
function blobWorker(): Plugin {
  const name = "maplibre-gl/dist/maplibre-gl-worker.mjs";
  return {
    name: "gridmap-blob-worker",
    enforce: "pre",
    resolveId: (asked) => (asked === `${name}?url` ? "\0gridmap-worker" : null),
    load: (id) =>
      id === "\0gridmap-worker"
        ? `const code = ${JSON.stringify(readFileSync(at(`node_modules/${name}`), "utf-8"))};
           export default URL.createObjectURL(new Blob([code], { type: "text/javascript" }));`
        : null,
  };
}

/** Names the page as servers expect it, and packs every file once instead of for every visitor. */
function packed(): Plugin {
  return {
    name: "gridmap-packed",
    apply: "build",
    closeBundle() {
      const names = readdirSync(SERVED, { recursive: true, encoding: "utf-8" });
      if (names.includes("app.html")) renameSync(join(SERVED, "app.html"), join(SERVED, "index.html"));
      for (const name of readdirSync(SERVED, { recursive: true, encoding: "utf-8" })) {
        if (!/\.(html|js|mjs|css|svg|json|webmanifest)$/.test(name)) continue;
        const body = readFileSync(join(SERVED, name));
        writeFileSync(join(SERVED, `${name}.gz`), gzipSync(body, { level: 9 }));
        const best = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
        writeFileSync(join(SERVED, `${name}.br`), brotliCompressSync(body, { params: best }));
      }
    },
  };
}

function pluginsOf(mode: string): PluginOption[] {
  if (mode === "app") return [preact({ devToolsEnabled: false }), packed()];
  if (mode === "widget") return [preact({ devToolsEnabled: false }), blobWorker()];
  return mode === "worker" ? [packed()] : [];
}

export default defineConfig(({ mode }) => ({
  base: mode === "app" ? "/app/" : "/",
  publicDir: false,
  plugins: pluginsOf(mode),
  build: { app, worker, widget }[mode] ?? folium,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"] },
}));
