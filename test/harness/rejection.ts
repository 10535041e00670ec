/** The message of the error that a promise rejects with. Throws when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
  );
  if (error === null) throw new Error("it was not rejected");
  return error.message;
}
