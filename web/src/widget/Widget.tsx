// What stands around the map in a notebook: the balance beside it, the tools over it, and what is said.

import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { Lists } from "../app/modes/edit/Lists";
import { Live } from "../app/modes/edit/Live";
import { desk } from "../app/modes/edit/state";
import { t } from "../app/modes/edit/words";
import { notice } from "../app/stores/notice";
import { t as shell } from "../app/words/shell";

const SAID_MS = 5_000;

export function Side({ sample }: { sample: boolean }): JSX.Element {
  const made = desk.value;
  if (!made) return <p class="gm-quiet-text">{t("loading")}</p>;
  return (
    <>
      <h2>
        {made.plan}
        {sample ? <small>{shell("sample")}</small> : null}
      </h2>
      <Live />
      <Lists />
    </>
  );
}

/** What was said last, for a moment. */
export function Said(): JSX.Element | null {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = effect(() => {
      if (!notice.value) return;
      clearTimeout(timer);
      timer = setTimeout(() => (notice.value = null), SAID_MS);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, []);
  const said = notice.value;
  if (!said) return null;
  return (
    <p class={`gm-card gm-widget-said gm-${said.kind}`} role="status">
      {said.text} {said.hint}
    </p>
  );
}
