/** Numbers and names that two claim: for a terminal, as a report, in the row of a series, and as a section of the page. */
import type { Definition } from "../core/clashes/claimKinds";
import type { Claim } from "../core/clashes/claims";
import type { Clash } from "../core/clashes/clashes";
import { visibleText } from "../core/mail/hiddenCharacters";
import { versionLabel } from "../core/mail/subject";
import { newestRevision, type Problem, type Series } from "../core/series/series";
import type { PageClash } from "../shared/protocol";
import { iconHtml, isolated, visibleAttribute, visibleHtml } from "./html";
import { authorName, plural, revisionName, titleText } from "./labels";

/** `capability 249`, `file arch/x86/kvm/teapot.c`. */
export function clashName({ kind, number, names, reason, claims }: Clash): string {
  const [first] = claims;
  // Where the number is counted, the place says more than no number.
  const what = reason === "same-name" ? (names[0] ?? "") : number === null ? (first?.value ?? "") : numberText(number, first);
  return visibleText(`${kind} ${what}`);
}

/** As people write it: in hex where the line does. */
function numberText(number: number, claim: Claim | undefined): string {
  return claim && /0x[0-9a-f]/i.test(claim.value) ? `0x${number.toString(16)}` : String(number);
}

/** `KVM_CAP_TEAPOT 249`; the name alone where there is no more. */
function definitionText({ name, value }: Pick<Definition, "name" | "value">): string {
  return visibleText(value === "" ? name : `${name} ${value}`);
}

/** `KVM_CAP_TEAPOT 249 (include/uapi/linux/kvm.h:999)`. */
function doesText(one: Definition): string {
  return one.kind === "file" ? visibleText(one.path) : `${definitionText(one)} (${visibleText(one.path)}:${one.line})`;
}

function patchName({ series, at }: Claim): string {
  const { index } = newestRevision(series).patches[at] ?? { index: null };
  return index === null ? "" : `patch ${index}`;
}

/** The output of `clashes`. */
export function clashesText(found: readonly Clash[]): string {
  if (found.length === 0) return "No number or name is claimed twice.\n";
  return found.map((clash) => `${clashLines(clash, "the tree").join("\n")}\n`).join("");
}

/** The lines that `collides` adds: what the person's own changes and pending series both claim. */
export function ownClashesText(found: readonly Clash[]): string {
  return found.map((clash) => `${clashLines(clash, "your changes").join("\n")}\n`).join("");
}

function clashLines(clash: Clash, tree: string): string[] {
  const { claims, space, kind } = clash;
  const where = space === kind ? "" : ` (${visibleText(space)})`;
  return [
    `${clashName(clash)}${where}`,
    ...claims.map((claim) => {
      const { series } = claim;
      const what = kind === "file" ? "adds it" : definitionText(claim);
      const patch = patchName(claim);
      return `  ${what}  ${series.id}  ${titleText(series.title)}  ${revisionName(newestRevision(series))}${patch === "" ? "" : ` · ${patch}`}`;
    }),
    ...(clash.tree
      ? [
          `  ${kind === "file" ? "" : `${definitionText(clash.tree)}  `}${tree}${kind === "file" ? " has it" : `  ${visibleText(clash.tree.path)}:${clash.tree.line}`}`,
        ]
      : []),
  ];
}

/** The object `clashes --json` prints. */
export function clashesReport(found: readonly Clash[], problems: readonly Problem[]): object {
  return { schema: 1, clashes: found.map(clashJson), problems };
}

export function clashJson({ reason, kind, space, number, names, claims, tree }: Clash): object {
  return {
    reason,
    kind,
    space,
    number,
    names,
    claims: claims.map((claim) => {
      const { series, at } = claim;
      const revision = newestRevision(series);
      const patch = revision.patches[at];
      return {
        id: series.id,
        title: series.title,
        version: revision.version,
        label: versionLabel(revision.version, revision.point ?? 0),
        patch: patch?.index ?? null,
        messageId: patch?.messageId ?? null,
        ...placeJson(claim),
      };
    }),
    tree: tree && placeJson(tree),
  };
}

function placeJson({ kind, name, value, path, line }: Definition): object {
  return { name, value: value === "" ? null : value, path, line: kind === "file" ? null : line };
}

// In the editor: beside a series, and on its page.

/** `clash: capability 249`, `3 clashes`: for the row of a series; empty for none. */
export function clashesWords(clashes: readonly Clash[]): string {
  const [only] = clashes;
  return !only ? "" : clashes.length > 1 ? plural(clashes.length, "clash", "clashes") : `clash: ${clashName(only)}`;
}

/** What a claim says, and where: `KVM_CAP_TEAPOT 249 · patch 3`. */
export function claimText(claim: Claim): string {
  return [claim.kind === "file" ? `adds ${visibleText(claim.path)}` : definitionText(claim), patchName(claim)].filter(Boolean).join(" · ");
}

/** What the tree has there. */
export function treeText(tree: Definition): string {
  return `the open tree has ${tree.kind === "file" ? "it" : doesText(tree)}`;
}

/** One sentence for each clash of a series: `capability 249: KVM_CAP_TEAPOT here, KVM_CAP_KETTLE in “Kettles” v2`. */
export function clashSentences(series: Series, clashes: readonly Clash[]): string[] {
  return clashes.map((clash) => {
    const own = clash.claims.find((claim) => claim.series.id === series.id);
    const others = clash.claims.filter((claim) => claim.series.id !== series.id);
    const named = others.map((claim) => `“${titleText(claim.series.title)}” ${revisionName(newestRevision(claim.series))}`);
    const theirs = others.map((claim, at) =>
      clash.reason === "same-name" ? (named[at] ?? "") : `${visibleText(claim.name)} in ${named[at] ?? ""}`,
    );
    const tree = clash.tree ? [clash.kind === "file" ? "in the open tree" : `${definitionText(clash.tree)} in the open tree`] : [];
    const mine = clash.reason === "same-name" ? "" : `${visibleText(own?.name ?? "")} here, `;
    return `${clashName(clash)}: ${mine}${[...theirs, ...tree].join(", ")}`;
  });
}

/** The clashes of a series for its page. */
export function pageClashes(series: Series, clashes: readonly Clash[]): PageClash[] {
  return clashes.map((clash) => {
    const own = clash.claims.find((claim) => claim.series.id === series.id);
    return {
      what: clashName(clash),
      space: clash.space === clash.kind ? "" : clash.space,
      mine: own ? [clash.kind === "file" ? "" : definitionText(own), patchName(own)].filter(Boolean).join(" · ") : "",
      others: clash.claims.flatMap((claim) => {
        if (claim.series.id === series.id) return [];
        const revision = newestRevision(claim.series);
        const said = [clash.kind === "file" ? "" : definitionText(claim), revisionName(revision), patchName(claim)];
        return [
          {
            id: claim.series.id,
            title: titleText(claim.series.title),
            author: authorName(revision),
            about: said.filter(Boolean).join(" · "),
          },
        ];
      }),
      tree: clash.tree ? doesText(clash.tree) : null,
    };
  });
}

/** The section; empty when there are none. */
export function clashesHtml(clashes: readonly PageClash[]): string {
  if (clashes.length === 0) return "";
  const items = clashes.map(({ what, space, mine, others, tree }) => {
    const here = mine === "" ? "" : `<li><span class="about">this series</span> ${isolated(visibleHtml(mine))}</li>`;
    const series = others.map(
      ({ id, title, author, about }) =>
        `<li><button type="button" class="link series" data-do="openSeries" data-series="${visibleAttribute(id)}">${isolated(visibleHtml(title))}</button> <span class="about">${isolated(visibleHtml(about))} · ${isolated(visibleHtml(author))}</span></li>`,
    );
    const there = tree === null ? "" : `<li><span class="about">the open tree</span> ${isolated(visibleHtml(tree))}</li>`;
    const where = space === "" ? "" : ` <span class="about">${isolated(visibleHtml(space))}</span>`;
    return `<li><span class="kind conflicts">${iconHtml("warning")}${isolated(visibleHtml(what))}</span>${where}<ul>${here}${series.join("")}${there}</ul></li>`;
  });
  return `<section class="related clashes" aria-labelledby="heading-clashes"><h2 id="heading-clashes">Numbers and names claimed twice</h2><ul>${items.join("")}</ul></section>`;
}
