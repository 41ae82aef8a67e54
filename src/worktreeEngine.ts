/**
 * What asks git about the person's checkout, composed as archiveEngine.ts composes what archives need, and a bundle of its own for
 * the same reason: it is loaded when it is used first.
 */
export { proveMerge } from "./worktree/mergeProof";
export { readCommitted, readFilesAt, readMyChanges } from "./worktree/myChanges";
export { readBlobs } from "./worktree/blobs";
export { findBases } from "./worktree/knownBases";
export { checkApplies } from "./worktree/applies";
export { openMoveCache } from "./worktree/moveCache";
export { openMoveHistory } from "./worktree/moveHistory";
export { openApplyCache } from "./worktree/applyCache";
export { continueApply, skipPatch, startApply, stoppedPatch } from "./worktree/amSession";
export { abortApply, bringBack, undoApply } from "./worktree/applyBack";
export { applyReadiness, branchNameProblem, freeBranchName } from "./worktree/applyReady";
export { commitOf } from "./worktree/objectId";
export { fileOfCommit, folderOfCommit, previewTree } from "./worktree/previewTree";
export { offeredBases, resolveBase } from "./worktree/baseTree";
