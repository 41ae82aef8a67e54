/** `npm run cases:update`: writes what each case of test/cases comes to now as its expected.json, and says which changed. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { caseFolders, caseProblems, casesFolder, expectedFile, expectedText, outputOf } from "./caseFiles";

let changed = 0;
for (const one of caseFolders(casesFolder)) {
  const problems = caseProblems(one);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    process.exitCode = 1;
    continue;
  }
  const [before, now] = [expectedText(one), outputOf(one)];
  if (before === now) continue;
  changed++;
  writeFileSync(join(one.path, expectedFile), now);
  console.log(`${before === null ? "written" : "changed"}: test/cases/${one.name}/${expectedFile}`);
}
console.log(changed === 0 ? "No case has changed." : `Read the changes with “git diff test/cases” before you commit them.`);
