import { testKilledRuns } from "../../support/killedRuns";

/** In each of the three runs; `npm run fuzz` has more of them. */
const kills = 4;

suite(`an index whose writer is killed ${kills} times on its way`, () => {
  testKilledRuns(kills, (kill, steps) => 1 + Math.floor((steps * kill) / kills));
});
