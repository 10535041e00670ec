/** Reads variables one by one and gathers what is wrong with them: all faults are told at once. */
import { UsageError } from "../errors.ts";
import type { VariableName } from "./variables.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a variable holds when it is absent, and what it may hold, in words. */
export interface Form {
  readonly fallback: string;
  readonly allowed: string;
}

/** An empty variable counts as absent. */
export class Reader {
  readonly #env: Environment;
  readonly #faults: string[] = [];
  readonly #warnings: string[] = [];
  /** Every variable that was asked for. */
  readonly names = new Set<string>();
  /** Of those that are not just a text: the manual says what the reading does. */
  readonly forms = new Map<string, Form>();

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: VariableName): string | null {
    this.names.add(name);
    return this.#env[name]?.trim() || null;
  }

  number(name: VariableName, fallback: number, min: number, max: number, form = "a number"): number {
    const allowed = `${form} from ${min} to ${max}`;
    this.forms.set(name, { fallback: String(fallback), allowed });
    const text = this.text(name);
    if (text === null) return fallback;
    const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max && (form !== "a whole number" || Number.isInteger(value))) return value;
    this.fault(name, `holds ${JSON.stringify(text)}; it may be ${allowed}`);
    return fallback;
  }

  integer(name: VariableName, fallback: number, min: number, max: number): number {
    return this.number(name, fallback, min, max, "a whole number");
  }

  /** Milliseconds. */
  seconds(name: VariableName, fallback: number, min: number, max: number): number {
    return Math.round(this.number(name, fallback, min, max, "a number of seconds") * 1000);
  }

  /** Of a comma-separated list; none where it is absent. */
  list(name: VariableName): string[] {
    const parts = (this.text(name) ?? "").split(",");
    return parts.map((part) => part.trim()).filter(Boolean);
  }

  choice<T extends string>(name: VariableName, fallback: T, choices: readonly T[]): T {
    const allowed = choices.join(", ");
    this.forms.set(name, { fallback, allowed });
    const text = this.text(name);
    const found = choices.find((choice) => choice === text?.toLowerCase());
    if (text && !found) this.fault(name, `holds ${JSON.stringify(text)}; it may be ${allowed}`);
    return found ?? fallback;
  }

  fault(name: string, what: string): void {
    this.#faults.push(`${name} ${what}`);
  }

  /** What is wrong, and harms nobody. */
  warn(name: string, what: string): void {
    this.#warnings.push(`${name} ${what}`);
  }

  /** How many faults there are so far. */
  get faults(): number {
    return this.#faults.length;
  }

  /** One for each, which begins with its variable. */
  get faultLines(): readonly string[] {
    return this.#faults;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Of what is wrong nothing is used, and nothing is stopped by it. */
  forgive(): void {
    this.#warnings.push(...this.#faults.splice(0));
  }

  /** Throws {@link UsageError} with one line for each fault. */
  finish(): void {
    if (this.#faults.length > 0) throw new UsageError(this.#faults.join("\n"));
  }
}
