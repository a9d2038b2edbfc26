// The form to log in with.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

import { Problem } from "../api/client";
import { login } from "../stores/session";
import { t } from "../words/shell";

export function Login({ onDone }: { onDone: () => void }): JSX.Element {
  const fault = useSignal("");
  const busy = useSignal(false);
  const submit = async (form: HTMLFormElement) => {
    const given = new FormData(form);
    const text = (name: string) => {
      const value = given.get(name);
      return typeof value === "string" ? value : "";
    };
    busy.value = true;
    try {
      await login(text("name"), text("password"));
      onDone();
    } catch (error) {
      fault.value = error instanceof Problem ? `${error.message} ${error.hint}` : t("failed");
    } finally {
      busy.value = false;
    }
  };
  return (
    <main class="gm-alone">
      <form
        class="gm-login"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <h1>{t("app")}</h1>
        <label>
          {t("user")}
          <input name="name" autocomplete="username" required autofocus />
        </label>
        <label>
          {t("password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p role="alert">{fault.value}</p>
        <button type="submit" class="gm-button gm-main" disabled={busy.value}>
          {t("login")}
        </button>
      </form>
    </main>
  );
}
