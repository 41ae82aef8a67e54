import assert from "node:assert/strict";
import { parseAddresses } from "../../../../src/core/mail/address";

suite("addresses", () => {
  for (const [value, ...expected] of [
    ["Ada Abel <ada@example.org>, bo@example.org", "Ada Abel <ada@example.org>", " <bo@example.org>"],
    ["Ada <ada@example.org>,  Bo Berg <bo@example.org>", "Ada <ada@example.org>", "Bo Berg <bo@example.org>"],
    ["=?UTF-8?q?J=C3=B6rg?= <joerg@example.org>,  Bo <bo@example.org>", "Jörg <joerg@example.org>", "Bo <bo@example.org>"],
    ['"Abel, Ada" <ada@example.org>, =?UTF-8?q?J=C3=B6rg?= <joerg@example.org>', "Abel, Ada <ada@example.org>", "Jörg <joerg@example.org>"],
  ] as const) {
    test(value, () => {
      const read = (): string[] => parseAddresses(value).map(({ name, email }) => `${name} <${email}>`);
      assert.deepEqual(read(), expected);
      assert.deepEqual(read(), expected, "read again");
    });
  }
});
