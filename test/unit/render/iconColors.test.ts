import assert from "node:assert/strict";
import { absentColor, newColor, toneColors } from "../../../src/render/treeNodes";
import { contrast, parseColor } from "../../support/contrast";
import { themes } from "../../support/pageThemes";

suite("colours of icons", () => {
  for (const [name, { colors }] of Object.entries(themes)) {
    test(`each stands out from the side bar in ${name}`, () => {
      const variable = (color: string): string | undefined => colors[`--vscode-${color.replaceAll(".", "-")}`];
      const back = parseColor(variable("sideBar.background") ?? "");
      for (const color of [...Object.values(toneColors), newColor, absentColor]) {
        // Where a theme gives no colour, VS Code draws the icon in that of all icons.
        const drawn = parseColor(variable(color) ?? variable("icon.foreground") ?? "");
        assert(contrast(drawn, back) >= 3, `${color}: ${contrast(drawn, back).toFixed(2)}`);
      }
    });
  }

  test("what was too faint is told as such", () => {
    const back = parseColor("#181818");
    assert(contrast(parseColor("rgba(234, 92, 0, 0.33)"), back) < 3);
    assert(Math.abs(contrast(parseColor("#000000"), parseColor("#ffffff")) - 21) < 0.01);
  });
});
