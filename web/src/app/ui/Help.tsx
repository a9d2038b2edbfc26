// The keys, in a dialog.

import type { JSX } from "preact";

import { t } from "../words/shell";
import type { Hotkey } from "./keys";
import { Dialog } from "./parts";

export function Help({ keys, onClose }: { keys: readonly Hotkey[]; onClose: () => void }): JSX.Element {
  return (
    <Dialog title={t("help")} onClose={onClose}>
      <dl class="gm-keys">
        {keys.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key === "Escape" ? "Esc" : key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
