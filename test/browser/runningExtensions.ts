import { eventually, waitFor, type Window } from "./fixture";

/** VS Code lists an installed extension by its name, one under development by its identifier. */
const ours = /KVM Series|kvm-series\.kvm-series/;

/**
 * Waits until VS Code's own list of running extensions has ours with the time its activation took, and closes the list.
 * @returns that time in milliseconds, as the extension host reports it
 */
export async function waitUntilRunning({ page, runCommand }: Window): Promise<number> {
  const size = page.viewportSize() ?? { width: 1280, height: 800 };
  // The list is sorted by activation time and has only those rows in the page that fit on the screen.
  await page.setViewportSize({ ...size, height: 3000 });
  await runCommand("Developer: Show Running Extensions");
  const entries = page.locator(".runtime-extensions-editor .extension");
  const texts = await eventually(
    "the extension among the running ones, with its activation time",
    () => entries.allInnerTexts(),
    (found) => found.some((text) => ours.test(text) && text.includes("Activation")),
  );
  await page.keyboard.press("Escape");
  await waitFor("the list of running extensions to close", entries.first().waitFor({ state: "hidden" }));
  await page.setViewportSize(size);
  const own = texts.find((text) => ours.test(text)) ?? "";
  return Number(/Activation:\s*([\d.]+)\s*ms/.exec(own)?.[1] ?? NaN);
}
