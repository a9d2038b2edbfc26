import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// The folium map inlines its script into one page, so it is one classic script and one style sheet without any other file.
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
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
