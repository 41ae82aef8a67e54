/**
 * Property tests try the same values in every run, so that a change is judged by what it changes. KVM_SERIES_SEED tries others.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["KVM_SERIES_SEED"] ?? 20_261_122) });
