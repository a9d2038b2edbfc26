// Boot: the session, then the city, then the shell.

import "maplibre-gl/dist/maplibre-gl.css";
import "./ui/style.css";
import "./ui/find.css";

import { effect } from "@preact/signals";
import { render } from "preact";

import { language } from "./stores/language";
import { register } from "./offline/register";
import { App } from "./ui/App";
import { dress } from "./ui/theme";

effect(dress);
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});

const root = document.getElementById("app");
if (root) render(<App />, root);
register();
