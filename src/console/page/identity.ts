/** Whose key this is. */
import type { Identity } from "./api.ts";
import { byId, element, setText } from "./dom.ts";
import { oneLine } from "./text.ts";

export function showIdentity({ keyName, account, teams, scopes }: Identity): void {
  const kind = account.kind === "team" ? "Team" : "User";
  setText(byId("account", HTMLElement), oneLine(account.name));
  setText(byId("account-kind", HTMLElement), keyName ? `${kind} · key “${oneLine(keyName)}”` : kind);
  setText(
    byId("teams", HTMLElement),
    teams.length > 0 ? `Sees also ${teams.map((team) => oneLine(team)).join(", ")}` : "",
  );
  byId("scopes", HTMLElement).replaceChildren(
    ...scopes.map((scope) => element("li", { class: "badge" }, oneLine(scope))),
  );
}

export function clearIdentity(): void {
  showIdentity({ keyName: "", account: { kind: "", name: "" }, teams: [], scopes: [] });
  setText(byId("account-kind", HTMLElement), "");
}
