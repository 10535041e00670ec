/** The page: its parts, made once, and the session of whichever key is given. */

import { Actions } from "./actions.ts";
import { Announcer } from "./announcer.ts";
import { Sender } from "./demoform.ts";
import { byId, onClick } from "./dom.ts";
import { Filters } from "./filters.ts";
import { clearIdentity } from "./identity.ts";
import { parseKey } from "./key.ts";
import { Gate } from "./keyform.ts";
import { forgetKey, keepKey, keptKey, takeFromAddress } from "./keystore.ts";
import { MessageList } from "./list.ts";
import { Notifier } from "./notifier.ts";
import { Numbers } from "./numbers.ts";
import { Search } from "./search.ts";
import { Session } from "./session.ts";
import { readSettings } from "./settings.ts";
import { ShareDialog } from "./share.ts";
import { Shortcuts } from "./shortcuts.ts";
import { Status } from "./status.ts";
import { Unseen } from "./tabtitle.ts";

const TICK_MS = 1_000;
/** Times are in minutes. */
const REFRESH_TICKS = 15;

const { heartbeatMs, demoNumber } = readSettings();
const page = byId("console", HTMLElement);
const over = byId("over", HTMLElement);
const panel = byId("panel", HTMLElement);
const panelButton = byId("panel-button", HTMLButtonElement);

let session: Session | null = null;

const status = new Status();
const announcer = new Announcer();
const unseen = new Unseen(new Notifier((number) => numbers.nameOf(number)));
let isTyped = false;
const gate = new Gate((key) => {
  begin(key);
  isTyped = true;
});
const numbers = new Numbers(() => filters.controlled());
const search = new Search(() => filters.controlled());
const filters: Filters = new Filters(numbers, search, (query) => session?.choose(query));
const actions = new Actions((from) => filters.chooseSender(from));
const list = new MessageList(
  {
    labelOf: numbers.labelOf,
    load: (messageId, n) => {
      if (!session) return Promise.reject(new Error("a key is needed first"));
      return session.api.picture(messageId, n);
    },
  },
  () => session?.loadOlder(),
  (message, at) => actions.open(message, at),
);
const share = new ShareDialog(byId("share-button", HTMLButtonElement), () => {
  const cursor = session?.cursor ?? null;
  const base = new URL(".", location.href).href.replace(/\/$/, "");
  return { base, to: numbers.chosen, cursor, heartbeatMs };
});
if (demoNumber !== null) {
  new Sender(demoNumber, (text) => {
    if (!session) throw new Error("a key is needed first");
    return session.api.sendDemoMessage(text);
  });
}

new Shortcuts({
  onSearch: () => search.focus(),
  onCopy: (row) => {
    const message = list.messageIn(row);
    if (message) actions.copy(message);
  },
  onMenu: (row) => row.querySelector<HTMLButtonElement>(".act")?.click(),
  onTimes: () => list.toggleTimes(),
  isOpen: () => !page.hidden,
});
for (const id of ["forget", "another-key"]) {
  onClick(byId(id, HTMLButtonElement), () => {
    history.replaceState(null, "", location.pathname + location.search);
    askForKey("");
  });
}
byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
  event.preventDefault(); // the address keeps what is chosen
  byId("list", HTMLElement).focus();
});
onClick(panelButton, () => showPanel(panelButton.getAttribute("aria-expanded") !== "true"));
panel.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || panelButton.getAttribute("aria-expanded") !== "true") return;
  showPanel(false);
  panelButton.focus();
});
// With the keyboard one passes through the numbers: only a finger or a mouse has chosen with the first touch.
panel.addEventListener("click", ({ target, detail }) => {
  if (detail > 0 && target instanceof Element && target.closest("#numbers label")) showPanel(false);
});
addEventListener("hashchange", () => {
  const given = takeFromAddress();
  if (given !== null) beginAsGiven(given);
  else if (page.dataset.known !== undefined) filters.readAddress();
});
addEventListener("online", () => session?.wake());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  session?.wake();
  numbers.look();
});
let ticks = 0;
setInterval(() => {
  if (document.hidden) return;
  status.tick(Date.now());
  if (ticks++ % REFRESH_TICKS === 0) list.refresh(new Date());
}, TICK_MS);
const given = takeFromAddress();
if (given === null) begin(keptKey());
else beginAsGiven(given);

/** The key that an address held, if it held one. */
function beginAsGiven(text: string | null): void {
  if (text === null) return;
  const key = parseKey(text);
  if (key === null) askForKey("What stood in the address is not an API key.");
  else begin(key);
}

/** Leaves the present session, if there is one, for that of this key. */
function begin(key: string | null): void {
  leave();
  if (key === null) return gate.open();
  keepKey(key);
  gate.close();
  const begun = new Session(
    key,
    { status, numbers, list, announcer, unseen, heartbeatMs },
    {
      onKnown: () => {
        page.dataset.known = "";
        filters.showChosen();
        // Whoever has given a key goes on with what it opens.
        if (isTyped) byId("list", HTMLElement).focus({ preventScroll: true });
        filters.readAddress();
      },
      onEnd: (message) => end(message),
    },
  );
  session = begun;
  page.hidden = false;
  void begun.run();
}

/** The key is of no use any more. What was shown stays, until another is given. */
function end(message: string): void {
  forgetKey();
  if (page.dataset.known === undefined) return askForKey(message);
  byId("over-text", HTMLElement).textContent = message;
  over.hidden = false;
}

function askForKey(problem: string): void {
  forgetKey();
  leave();
  gate.open(problem);
}

/** Nothing of the session stays on the screen. */
function leave(): void {
  isTyped = false;
  session?.stop();
  session = null;
  delete page.dataset.known;
  page.hidden = true;
  over.hidden = true;
  share.close();
  showPanel(false);
  clearIdentity();
  numbers.clear();
  filters.clear();
  actions.close();
  list.clear();
  unseen.clear();
  status.showGap(null);
  status.showHeartbeat(null);
  status.showCursor(null);
}

/** On a narrow screen the panel covers the list; on a wide one it stands beside it, whatever this says. */
function showPanel(isOpen: boolean): void {
  panelButton.setAttribute("aria-expanded", String(isOpen));
  panel.dataset.open = String(isOpen);
}
