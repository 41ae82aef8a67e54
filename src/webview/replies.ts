/** Replies unfold to their texts, which are loaded when the first reply of a group is unfolded. */
import { visibleHtml } from "../render/html";
import { authorName } from "../render/labels";
import { replyBodyHtml, restOfRepliesHtml } from "../render/replyList";
import type { PageRevision } from "../shared/pageSeries";
import { type LoadedReply, mostReplies } from "../shared/protocol";
import { page } from "./elements";

export class ReplyLoader {
  private revision: PageRevision | null = null;
  private readonly asked = new Set<number>();
  private readonly texts = new Map<number, LoadedReply["text"]>();
  /** Whether folded replies are drawn too. */
  private isDrawingAll = false;

  /**
   * @param request asks the host for the texts of replies
   * @param open Message-IDs of the replies that are unfolded
   */
  constructor(
    private readonly request: (replies: readonly number[]) => void,
    private readonly open: ReadonlySet<string>,
  ) {}

  /** Forgets the page before and fills this one. */
  watch(revision: PageRevision): void {
    this.revision = revision;
    this.asked.clear();
    this.texts.clear();
    this.isDrawingAll = false;
    this.drawOpen(page);
  }

  /** Draws the unfolded replies in a part of the page; all of them while a person searches. */
  drawOpen(part: ParentNode): void {
    const wanted = this.isDrawingAll ? "details.reply" : "details.reply[open]";
    for (const reply of part.querySelectorAll<HTMLElement>(wanted)) this.draw(reply);
  }

  /** Draws folded replies too: the find box unfolds its hits in them, but finds only what is drawn. */
  drawAll(): void {
    if (this.isDrawingAll) return;
    this.isDrawingAll = true;
    while (this.drawRest(page)) continue;
    this.drawOpen(page);
  }

  /** Draws the next rows of long lists that are folded; false where all are drawn. */
  drawRest(part: ParentNode): boolean {
    const lists = part.querySelectorAll<HTMLElement>("[data-rest]");
    for (const list of lists) {
      const from = Number(list.dataset["rest"]);
      delete list.dataset["rest"];
      const patch = list.closest<HTMLElement>("[data-replies]")?.dataset["replies"];
      if (this.revision && patch !== undefined) list.innerHTML = restOfRepliesHtml(this.revision, Number(patch), this.open, from);
    }
    return lists.length > 0;
  }

  /** Draws the text of a reply that was unfolded, or asks for it together with those of the replies beside it. */
  draw(reply: HTMLElement): void {
    const at = Number(reply.dataset["reply"]);
    const body = reply.querySelector<HTMLElement>(".reply-body[data-text]");
    if (!body) return;
    const text = this.texts.get(at);
    if (text === undefined) {
      body.innerHTML = '<p class="note reading">Reading the reply…</p>';
      if (!this.asked.has(at)) this.askAround(reply, at);
      return;
    }
    delete body.dataset["text"];
    const author = this.revision?.posted?.replies[at]?.author;
    body.innerHTML = replyBodyHtml(text, author ? authorName({ author }) : "");
  }

  /** Takes the host's answer. */
  deliver(replies: readonly LoadedReply[], problem: string | null): void {
    for (const { reply, text } of replies) {
      if (problem === null) this.texts.set(reply, text);
      // A text that could not be read is asked for again at the next unfolding.
      else this.asked.delete(reply);
      const element = page.querySelector<HTMLElement>(`details.reply[data-reply="${reply}"]`);
      if (!element || !(element.hasAttribute("open") || this.isDrawingAll)) continue;
      const body = element.querySelector(".reply-body[data-text]");
      if (problem === null) this.draw(element);
      else if (body) body.innerHTML = `<p class="note">${visibleHtml(problem)}</p>`;
    }
  }

  /** Unfolds all replies of a section, or folds them if all are unfolded; announces which. */
  toggle(section: HTMLElement): boolean {
    this.drawRest(section);
    const replies = [...section.querySelectorAll<HTMLDetailsElement>("details.reply")];
    const unfold = replies.some((reply) => !reply.open);
    const rest = section.querySelector<HTMLDetailsElement>(":scope > details.rest");
    if (rest && unfold) rest.open = true;
    for (const reply of replies) {
      reply.open = unfold;
      if (unfold) this.draw(reply);
    }
    labelToggle(section);
    section.scrollIntoView({ block: "nearest", behavior: "instant" });
    return unfold;
  }

  private askAround(reply: HTMLElement, at: number): void {
    const beside = [...(reply.closest("[data-replies]")?.querySelectorAll<HTMLElement>("details.reply") ?? [])];
    const others = beside.map(({ dataset }) => Number(dataset["reply"])).filter((one) => one !== at && !this.asked.has(one));
    const wanted = [at, ...others].slice(0, mostReplies);
    for (const one of wanted) this.asked.add(one);
    this.request(wanted);
  }
}

/** The replies to a patch; null for those to the cover letter. */
export function repliesOf(patch: HTMLElement | null): HTMLElement | null {
  return patch ? patch.querySelector<HTMLElement>(".replies") : page.querySelector<HTMLElement>(".replies[data-replies='0']");
}

/** The button says what a click on it will do. */
export function labelToggle(section: Element): void {
  const isUnfolded = section.querySelector("details.reply:not([open])") === null;
  const label = section.querySelector("[data-do='toggleReplies'] span:last-child");
  if (label) label.textContent = isUnfolded ? "Collapse All" : "Expand All";
}
