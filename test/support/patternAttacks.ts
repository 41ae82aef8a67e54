/** The patterns of some source files, and texts made to keep each of them busy: what leads to a repetition, the repetition, and an end that does not fit. */
import { RegExpParser, type AST } from "@eslint-community/regexpp";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

export interface FoundPattern {
  /** `src/core/mail/address.ts:28`. */
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** All literals of patterns below some folders. */
export function patternsBelow(root: string, folders: readonly string[]): FoundPattern[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .flatMap((name) => patternsIn(root, path.join(folder, name))),
  );
}

function patternsIn(root: string, file: string): FoundPattern[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(root, file), "utf8"), ts.ScriptTarget.Latest, false);
  const found: FoundPattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const text = node.text;
      const end = text.lastIndexOf("/");
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push({ place: `${file}:${line + 1}`, source: text.slice(1, end), flags: text.slice(end + 1) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A text that is grown by repeating its middle. */
export interface Attack {
  readonly before: string;
  readonly pump: string;
  readonly after: string;
}

const ends = ["", "\0", "!", " x", "\n", "x\n", "@", ">", ":", "\u2028"];
/** A pattern of many repetitions has as many pairs of them as there are squares; the first ones are enough. */
const mostPumps = 16;

/** Texts that grow at each of a pattern's repetitions, and at two of them in turn. */
export function attacksOn({ source, flags }: FoundPattern): Attack[] {
  const { pattern } = new RegExpParser({ ecmaVersion: 2024 }).parseLiteral(`/${source}/${flags}`);
  const pumps = new Map<string, string>();
  const walk = (node: AST.Node, before: string): void => {
    if (node.type === "Quantifier") {
      if (node.max > 20) for (const one of samples(node.element)) if (one !== "") pumps.set(one, pumps.get(one) ?? before);
      walk(node.element, before);
    } else if (node.type === "Alternative") {
      let led = before;
      for (const element of node.elements) {
        walk(element, led);
        led += samples(element)[0] ?? "";
      }
    } else if ("alternatives" in node) for (const one of node.alternatives) walk(one, before);
  };
  walk(pattern, "");
  const all = [...pumps].slice(0, mostPumps);
  const attacks: Attack[] = [];
  for (const [pump, before] of all) {
    for (const after of ends) attacks.push({ before, pump, after });
    for (const [other, otherBefore] of all) {
      if (other === pump) continue;
      attacks.push({ before, pump: pump + other, after: "\0" }, { before: "", pump: otherBefore + pump, after: "\0" });
    }
    attacks.push({ before: "", pump: before + pump, after: "\0" }, { before: "", pump: before + pump, after: "" });
  }
  return attacks;
}

/** A few texts that a part of a pattern matches, the shortest kinds first; what only looks around is nothing. */
function samples(node: AST.Element | AST.QuantifiableElement): string[] {
  switch (node.type) {
    case "Character":
      return [String.fromCodePoint(node.value)];
    case "CharacterSet":
    case "CharacterClass":
    case "ExpressionCharacterClass":
      return lettersOf(node.raw, node.type === "CharacterClass" && node.unicodeSets ? "v" : "u");
    case "Quantifier": {
      const [one = ""] = samples(node.element);
      return [one.repeat(Math.max(node.min, node.max > 0 ? 1 : 0))];
    }
    case "Group":
    case "CapturingGroup":
      return node.alternatives.slice(0, 4).map(({ elements }) => elements.map((element) => samples(element)[0] ?? "").join(""));
    default:
      return [""];
  }
}

const letters = Array.from(" a1\t-.@:/<>=\"\\[](){}|_,;x#*+?!&%~'^$Zv\nä\u00a0—😀");

/** Letters a class has: one of each sort, since a run of blanks and a run of letters lead elsewhere. */
function lettersOf(raw: string, flag: string): string[] {
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^${raw}$`, raw === "." ? "" : flag);
  } catch {
    pattern = new RegExp(`^${raw}$`);
  }
  const found = letters.filter((letter) => pattern.test(letter));
  return found.length > 0 ? found.slice(0, 3) : [""];
}
