/** Whichever process is asked, all answer; one that hangs is left out, and holds nobody up for long. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { Survey, Surveyor } from "../../src/cluster/survey.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Three workers and their parent; those in `hanging` hear nothing. */
function family(hanging: readonly number[] = []): Survey[] {
  const places = new Map([1, 2, 3].map((place) => [place, place]));
  const surveyor = new Surveyor<number>((worker, message) => {
    if (!hanging.includes(worker)) surveys[worker - 1]?.hear(message);
  });
  const surveys = [1, 2, 3].map(
    (place) =>
      new Survey(
        (message) => surveyor.hear(place, message, places),
        () => `I am ${place}`,
      ),
  );
  return surveys;
}

const ALL = [1, 2, 3].map((place) => ({ place, value: `I am ${place}` }));

test("whoever is asked hears all of them", async () => {
  for (const survey of family()) expect(await survey.take()).toEqual(ALL);
});

test("one that hangs is left out after half a second", async () => {
  const [first] = family([2]);
  const taken = first?.take();
  jest.advanceTimersByTime(500);
  expect(await taken).toEqual(ALL.filter(({ place }) => place !== 2));
});

test("without its parent a process has an answer after a second, and holds no more than sixteen at once", async () => {
  const survey = new Survey(
    () => undefined,
    () => "alone",
  );
  const taken = Array.from({ length: 17 }, () => survey.take());
  expect(await taken[16]).toEqual([]);
  jest.advanceTimersByTime(1_000);
  for (const each of taken) expect(await each).toEqual([]);
});
