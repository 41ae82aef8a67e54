import { seeded } from "../support/archiveWords";
import { testKilledRuns } from "../support/killedRuns";

/** In each of the three runs. */
const kills = 100;
const random = seeded(7);

suite(`an index whose writer is killed ${kills} times anywhere on its way`, () => {
  testKilledRuns(kills, (_, steps) => 1 + Math.floor(random() * steps));
});
