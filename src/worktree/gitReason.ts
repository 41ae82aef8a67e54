/** What git said when it refused, as a part of a sentence. */

/** The last of its errors is the reason, or else its last line; what stands above it is on the way there. */
export function reasonOf(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("hint:"));
  const said = lines.findLast((line) => /^(?:fatal|error): /.test(line)) ?? lines.at(-1) ?? "git said nothing";
  return said.replace(/^(?:fatal|error): /, "").replace(/[.:]$/, "");
}
