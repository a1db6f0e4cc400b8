/** Changes on the host, as they happen. `src/host` implements it. */

/**
 * What may have happened on a host. File: to something that is watched. UnitFile: likewise, and systemd reads it. Reloaded: systemd has read all unit
 * files anew. Unit: the unit came up or went down, or units were enabled, disabled or masked.
 */
export type HostEvent = 'File' | 'UnitFile' | 'Reloaded' | 'Unit';

export interface WatchList {
  /** Of files, whether or not they or their directories are there. */
  readonly paths: readonly string[];
  /** In these every name counts. */
  readonly directories: readonly string[];
  readonly unit: string;
}

/** Tells of changes soon after they were made, perhaps more often than they were; whoever looks after having been told misses nothing. */
export interface HostWatch {
  /** When it resolves these count, and nothing else. What happened to them earlier is not told. */
  watch(things: WatchList): Promise<void>;
  close(): void;
}
