/** The requests that have no answer yet. One that is answered, but whose answer is not taken, does not count. */
export class Unanswered {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts a request until its answer is there. */
  until<T>(answer: T | Promise<T>): T | Promise<T> {
    if (!(answer instanceof Promise)) return answer;
    this.#count++;
    return answer.finally(() => this.#count--);
  }
}
