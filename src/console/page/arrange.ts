/** How rows stand to one another, newest first: a rule above each day, and a sender named once for what came together. */
import { dayName } from "./clock.ts";
import { element, setText } from "./dom.ts";
import type { Row } from "./row.ts";

/** What one sender wrote within this time is one thing said in several texts. */
const TOGETHER_MS = 5 * 60_000;

/** The rows from one place up to another, and the one behind them, whose neighbour may have changed. */
export function arrange(rows: readonly Row[], from: number, until: number, now: Date): void {
  for (let i = from; i <= until; i++) {
    const row = rows[i];
    if (!row) return;
    const above = rows[i - 1];
    const day = dayName(row.receivedAt, now);
    const isFirst = !above || dayName(above.receivedAt, now) !== day;
    showDay(row.item, isFirst ? day : "");
    row.item.classList.toggle("follows", !isFirst && isTogether(above, row));
  }
}

function isTogether(above: Row, { message, receivedAt }: Row): boolean {
  if (above.message.from !== message.from || above.message.to !== message.to) return false;
  return Math.abs(above.receivedAt.getTime() - receivedAt.getTime()) < TOGETHER_MS;
}

function showDay(item: HTMLElement, day: string): void {
  const shown = item.querySelector(":scope > .day");
  if (day === "") shown?.remove();
  else if (shown) setText(shown, day);
  else item.prepend(element("p", { class: "day" }, day));
}
