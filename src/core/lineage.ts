/** Why two revisions are held to be the same work, strongest first. */
export type LinkEvidence = "change-id" | "changelog-link" | "in-reply-to" | "same-patches" | "same-title" | "overlap";
