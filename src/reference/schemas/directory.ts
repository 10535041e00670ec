/** Whose a key is and what it sees, and what surrounds lists. */
import { SCOPES } from "../../keys/key.ts";
import { object, ref, type Schema, type Schemas } from "../openapi.ts";

const ID: Schema = { type: "integer", minimum: 1, examples: [42] };
const NAME: Schema = { type: "string", examples: ["Support"] };

export const DIRECTORY: Schemas = {
  Me: object("Whose a key is, and what it may do.", {
    api_key_id: { ...ID, examples: [7] },
    name: { type: ["string", "null"], description: "The key's own name.", examples: ["help desk"] },
    account: object("The account that the key belongs to.", {
      id: ID,
      kind: { type: "string", enum: ["user", "team"] },
      name: NAME,
    }),
    teams: {
      type: "array",
      description:
        "The teams that the user is in, now: the key sees their messages too. Empty for a team's key.",
      items: object("A team.", { id: ID, name: NAME }),
    },
    scopes: { type: "array", items: { type: "string", enum: [...SCOPES] }, examples: [["sms:read"]] },
  }),
  Number: object("A number that the key sees.", {
    number: ref("schemas", "PhoneNumber"),
    account_id: { ...ID, description: "Whose it is now." },
    active: {
      type: "boolean",
      description: "Messages to an inactive number are kept, and streamed to nobody.",
    },
    label: { type: ["string", "null"], examples: ["Support"] },
  }),
  ListMeta: object("Where a page stands.", {
    cursor: {
      type: ["string", "null"],
      description: "Hand it back as `cursor` for the next page; null on the last. Opaque.",
      examples: ["ZGVzYyBrM2Y5LTEwNDI"],
    },
    page_size: { type: "integer", minimum: 1, description: "The `limit` that was used.", examples: [50] },
    position: {
      ...ref("schemas", "Cursor"),
      description:
        "The stream's position of this page's snapshot: follow the stream from there (`Last-Event-ID`), and nothing falls between.",
    },
  }),
};
