/**
 * What asks git about the person's checkout, composed as archiveEngine.ts composes what archives need, and a bundle of its own for
 * the same reason: it is loaded when it is used first.
 */
export { readBlobs } from "./worktree/blobs";
