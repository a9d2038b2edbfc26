// Search for the address where somebody stands.

import { signal } from "@preact/signals";

import { get } from "../../api/client";
import { say } from "../../words/words";
import { choose } from "./state";
import { words } from "./words";

interface Found {
  kind: string;
  code: string;
  name: string | null;
  lon: number;
  lat: number;
  address: string | null;
}

const found = signal<Found[] | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

function look(text: string): void {
  clearTimeout(timer);
  const mine = ++asked;
  if (text.trim() === "") {
    found.value = null;
    return;
  }
  timer = setTimeout(() => {
    get<{ found: Found[] }>(`/api/v1/search?q=${encodeURIComponent(text.slice(0, 100))}&limit=8`).then(
      (told) => {
        if (mine === asked) found.value = told.found;
      },
      () => {
        if (mine === asked) found.value = [];
      },
    );
  }, 200);
}

export function SearchPlace() {
  return (
    <div class="staff-search" role="search">
      <input type="search" class="staff-input" autofocus maxLength={100} placeholder={say(words.searchplace)}
        aria-label={say(words.searchplace)} onInput={(event) => { look(event.currentTarget.value); }} />
      {found.value !== null && found.value.length === 0 && <p class="staff-quiet">{say(words.nothing)}</p>}
      <ul class="staff-list">
        {(found.value ?? []).map((one) => (
          <li key={`${one.kind}${one.code}`}>
            <button type="button" class="staff-item" onClick={() => { found.value = null; choose(one.lon, one.lat, "search"); }}>
              <strong>{one.name ?? one.address ?? one.code}</strong>
              <span class="staff-quiet">{one.name === null ? "" : one.address}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
