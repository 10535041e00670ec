/** The whole interface as an OpenAPI 3.1 document. Bounds and lists come from the code that holds to them. */
import { ERRORS, FAILURE_ANSWERS, HEADERS } from "./answers.ts";
import type { Document } from "./openapi.ts";
import { PARAMETERS } from "./parameters.ts";
import { DIRECTORY_PATHS } from "./paths/directory.ts";
import { MESSAGE_PATHS } from "./paths/messages.ts";
import { OPERATIONS_PATHS } from "./paths/operations.ts";
import { STREAM_PATHS } from "./paths/stream.ts";
import { TICKET_PATHS } from "./paths/tickets.ts";
import { WEBHOOK_PATHS } from "./paths/webhook.ts";
import { DIRECTORY } from "./schemas/directory.ts";
import { MESSAGE } from "./schemas/message.ts";
import { STREAM } from "./schemas/stream.ts";
import { TICKET } from "./schemas/ticket.ts";
import { VALUES } from "./schemas/values.ts";
import { SECURITY_SCHEMES } from "./security.ts";

const DESCRIPTION = `Inbound SMS and MMS of your phone numbers, the moment they arrive, over server-sent events: none lost, none doubled, and none seen by anyone else.

**Addresses.** Everything under \`/api/v1\` is the same under \`/v1\`.

**Keys.** \`Authorization: Bearer KEY\`. A team's key sees the team's messages; a user's key sees the user's own and those of every team the user is in, now. Who asks is judged before what is asked.

**Errors.** \`{"error":{"code","message","fields"?}}\`, with a closed set of codes. A method that an address does not take is answered 405 with \`Allow\`. Anything of another account is 404.

**Values.** JSON in UTF-8. Times are ISO 8601 in UTC with milliseconds. A \`+\` in a query may arrive as a space. Unknown query parameters are ignored, and later versions may add fields to answers.

**Names.** Each answer carries \`X-Request-Id\`: the request's own, where it is up to 128 letters, digits and \`_.:/+=@-\`, else one of the server's, under which its operator finds it.

**HEAD** answers as \`GET\` does, without a body, and opens no stream.`;

export interface DocumentOptions {
  readonly version: string;
  /** What the server is reached by from outside, without a slash at its end; null when nobody said. */
  readonly publicUrl: string | null;
}

export function openApiDocument({ version, publicUrl }: DocumentOptions): Document {
  return {
    openapi: "3.1.1",
    info: {
      title: "Inlet",
      version,
      summary: "Your own inbound-SMS stream.",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: publicUrl ?? "/", description: "This server." }],
    tags: [
      { name: "Stream", description: "Messages as they arrive." },
      { name: "Messages", description: "Messages as they were stored." },
      { name: "Account", description: "Whose a key is, and what it sees." },
      { name: "Telnyx", description: "The way in." },
      { name: "Operation", description: "For those who run it. No API key is needed." },
    ],
    paths: {
      ...STREAM_PATHS,
      ...TICKET_PATHS,
      ...MESSAGE_PATHS,
      ...DIRECTORY_PATHS,
      ...WEBHOOK_PATHS,
      ...OPERATIONS_PATHS,
    },
    components: {
      schemas: { ...MESSAGE, ...STREAM, ...TICKET, ...DIRECTORY, ...ERRORS, ...VALUES },
      parameters: { ...PARAMETERS },
      headers: { ...HEADERS },
      responses: { ...FAILURE_ANSWERS },
      securitySchemes: { ...SECURITY_SCHEMES },
    },
  };
}
