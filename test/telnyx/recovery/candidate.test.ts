/** What Telnyx hides when it is asked is told from what somebody wrote. */
import { expect, test } from "bun:test";
import { readDelivery, readFetched } from "../../../src/telnyx/recovery/candidate.ts";

const SENDER = "+13125550001";

function fetched(payload: object) {
  const record = {
    id: "m1",
    to: "+14155550100",
    from: SENDER,
    createdAt: 0,
    type: "SMS",
    profileId: null,
    urls: [],
  };
  const whole = {
    id: "m1",
    direction: "inbound",
    type: "SMS",
    to: [{ phone_number: record.to }],
    ...payload,
  };
  return readFetched({ data: whole }, record, 0);
}

function delivered(payload: object) {
  const event = {
    event_type: "message.received",
    id: "e1",
    payload: { id: "m1", type: "SMS", to: [{ phone_number: "+14155550100" }], ...payload },
  };
  return readDelivery({ id: "d1", event, urls: [], startedAt: null }, 0);
}

test.each(["+1312*******", "+1312XXXXXXX", "xxxxxxxxxxx", "XXX-XXX-0001", "[REDACTED]", "•••0001", ""])(
  "an empty text from %j is redacted",
  (phone_number) => {
    const payload = { text: "", from: { phone_number } };
    for (const candidate of [fetched(payload), delivered(payload)])
      expect(candidate).toMatchObject({ kind: "text", isRedacted: true });
  },
);

test.each([
  { text: "", from: { phone_number: SENDER } },
  { text: "***", from: { phone_number: SENDER } },
  { text: "Your code", from: { phone_number: "TAXXI" } },
  { text: "Your code", from: { phone_number: "MAX MUSTER" } },
  { text: "Hi", from: { phone_number: "12345" } },
  {
    text: "",
    from: { phone_number: SENDER },
    media: [{ url: "https://media.telnyx.com/1.png" }],
    type: "MMS",
  },
])("%j is what somebody wrote", (payload) => {
  for (const candidate of [fetched(payload), delivered(payload)])
    expect(candidate).toMatchObject({ kind: "text", isRedacted: false });
});

test("the answer for another message, or for one that was sent, is none", () => {
  expect(fetched({ id: "m2" })).toBeNull();
  expect(fetched({ direction: "outbound" })).toBeNull();
  for (const json of [{}, { data: null }, { data: [] }, { data: "m1" }])
    expect(
      readFetched(
        json,
        { id: "m1", to: "", from: "", createdAt: 0, type: null, profileId: null, urls: [] },
        0,
      ),
    ).toBeNull();
});
