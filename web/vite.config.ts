import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// Leaflet's licence asks that its notice goes wherever its code goes.
const licence = readFileSync(resolve(import.meta.dirname, "node_modules/leaflet/LICENSE"), "utf-8").trim();

// The folium map inlines its script into one page: one classic script and one style sheet that need no other file.
export default defineConfig({
  build: {
    outDir: resolve(import.meta.dirname, "../gridmap/maps/static"),
    emptyOutDir: true,
    target: "es2020",
    assetsInlineLimit: 1_000_000,
    cssCodeSplit: false,
    lib: {
      entry: resolve(import.meta.dirname, "src/folium/main.ts"),
      name: "gridmapFolium",
      formats: ["iife"],
      fileName: () => "folium.js",
      cssFileName: "folium",
    },
    rolldownOptions: { output: { postBanner: `/*! Leaflet\n${licence}\n*/` } },
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
