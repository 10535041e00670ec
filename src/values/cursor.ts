/** A position in the stream, `<epoch>-<seq>`: opaque to clients, and never trusted from another epoch. */

export const CURSOR = /^([a-z0-9]{4,16})-(0|[1-9][0-9]{0,14})$/;

export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export function formatCursor(epoch: string, seq: number): string {
  return `${epoch}-${seq}`;
}

/** Null when the text is not of the form. Fifteen digits are always a safe integer. */
export function parseCursor(text: string): Cursor | null {
  const match = CURSOR.exec(text);
  return match?.[1] && match[2] ? { epoch: match[1], seq: Number(match[2]) } : null;
}
