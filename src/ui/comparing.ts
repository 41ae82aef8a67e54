/** Comparing revisions: a bundle of its own, loaded with the first question. */
export { changeSides } from "../core/compare/changeSides";
export { bareLetter } from "../core/compare/coverLetter";
export { loadMatrix } from "../library/comparisons";
