/** One kind of hardship, borne for a while. */
export interface Trial {
  readonly name: string;
  /** At least one round, and another until it is over. */
  readonly run: (isOver: () => boolean) => Promise<Outcome>;
}

export interface Outcome {
  /** Counts and measures by their name, with the unit in it where there is one. */
  readonly figures: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}
