/**
 * The theme's colours that icons of the trees have. Each stands out from the side bar by 3:1 in the four themes that VS Code
 * comes with (test/unit/render/iconColors.test.ts); `charts.orange` and `disabledForeground`, which say the same, do not.
 */

/** Quiet ones for whether a series applies: what applies is as it should be, and what does not is no error. */
export const toneColors = { good: "charts.green", bad: "list.warningForeground", past: "descriptionForeground" } as const;

/** What the person has not looked at yet. */
export const newColor = "list.highlightForeground";

/** Revisions and patches that are in no source. */
export const absentColor = "descriptionForeground";
