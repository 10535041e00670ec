/** Answers that are no stream, as a client sees them. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields?: Record<string, string>;
  };
}

/** Asks for a path below the server's address, with a key or without. */
export async function ask(
  url: string,
  key: string | null,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const headers = new Headers(init.headers);
  if (key !== null) headers.set("authorization", `Bearer ${key}`);
  const response = await fetch(`${url}${path}`, { ...init, headers });
  const { error } = (await response.json()) as Pick<Answer, "error">;
  return { status: response.status, headers: response.headers, error };
}
