import js from "@eslint/js";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "out", "node_modules", ".vscode-test", "coverage"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/array-type": ["error", { default: "array-simple", readonly: "array-simple" }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "no-control-regex": "off",
    },
  },
  {
    // Nothing that one mail holds takes more than linear time: no pattern tries one place in several ways.
    files: ["src/**/*.ts"],
    plugins: { regexp },
    rules: {
      "regexp/no-super-linear-backtracking": "error",
      "regexp/no-super-linear-move": ["error", { report: "potential" }],
    },
  },
  {
    files: ["src/core/**/*.ts", "src/render/**/*.ts"],
    rules: {
      // Core and render are functions of their arguments: the clock, the process and the page are not theirs.
      "no-restricted-globals": ["error", "process", "document", "window", "fetch", "setTimeout", "setInterval", "console"],
      "no-restricted-properties": ["error", { object: "Date", property: "now" }],
      "no-restricted-syntax": [
        "error",
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "The clock is passed in." },
      ],
    },
  },
  {
    // Work that nobody waits for is begun by `inBackground`, which logs how it failed.
    files: ["src/ui/**/*.ts", "src/engines/**/*.ts", "src/extension.ts"],
    rules: { "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: false, checkThenables: true }] },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-expressions": "off",
    },
  },
  { files: ["**/*.mjs"], languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } } },
);
