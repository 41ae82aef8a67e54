import assert from "node:assert/strict";
import * as vscode from "vscode";

interface Manifest {
  readonly contributes?: { readonly commands?: ReadonlyArray<{ readonly command: string }> };
}

suite("activation", () => {
  const extension = vscode.extensions.getExtension("kvm-series.kvm-series");

  test("the extension is present and activates", async () => {
    assert.ok(extension, "VS Code does not list kvm-series.kvm-series.");
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  test("every command of the manifest is registered", async () => {
    assert.ok(extension, "VS Code does not list kvm-series.kvm-series.");
    await extension.activate();
    const declared = ((extension.packageJSON as Manifest).contributes?.commands ?? []).map((each) => each.command);
    // `true` leaves VS Code's own commands out, and those that begin with an underscore.
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });
});
