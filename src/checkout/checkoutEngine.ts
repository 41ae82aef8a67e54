/** Everything that asks git about the checkout: a bundle of its own, loaded on first use, like archiveEngine for archives. */
export { continueApply, skipPatch, startApply, stoppedPatch, applyReadiness, branchNameProblem, freeBranchName } from "./amSession";
export { checkApplies } from "./applies";
export { openApplyCache, openMoveCache } from "./cachedAnswers";
export { proveCollision, proveSeries, readCollisions } from "./collides";
export { commitOf, commitText, findBases, offeredBases } from "./commits";
export { fileOfCommit, folderOfCommit, readBlobTexts, readCommitted, readFilesAt } from "./committedFiles";
export { openMoveHistory } from "./moveHistory";
export { readMyChanges } from "./myChanges";
export { previewTree } from "./previewTree";
export { refsStamp } from "./remotes";
export { recoverApply, unfinishedApply } from "./recoverApply";
export { readTreeDefinitions } from "./treeDefinitions";
export { abortApply, restoreStash, undoApply } from "./undoApply";
