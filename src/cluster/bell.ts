/**
 * What wakes the other processes over the same database at once. It says only that there may be something new: a
 * bell may be lost, doubled, late or a lie, and each process reads the store for itself.
 */

/** What there is to see, as far as whoever rings knows; zero where it does not. */
export interface Ring {
  /** Of the newest message. */
  readonly position: number;
  /** The version of the directory. */
  readonly directory: number;
}

/** There may be anything. */
export const UNKNOWN: Ring = { position: Number.POSITIVE_INFINITY, directory: Number.POSITIVE_INFINITY };

export interface Bell {
  /** Something was committed here. */
  readonly ring: (what: Ring) => void;
  /** Calls back when something may have been committed elsewhere. */
  readonly listen: (onRing: (what: Ring) => void) => void;
  /** Whether what others ring is heard: until then, and from then on, it is looked often. */
  readonly isHeard: () => boolean;
  /** Lets go of what it is connected to; within half a second. */
  readonly close: () => Promise<void>;
}
