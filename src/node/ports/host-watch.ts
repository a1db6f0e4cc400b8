/** Changes on the host, as they happen. `src/host` implements it with inotify and systemd's signals. */

/**
 * What may have happened on a host.
 * File: a watched path changed.
 * UnitFile: a watched path changed that systemd reads.
 * Reloaded: systemd has read all unit files anew.
 * Unit: the unit came up or went down, or some unit was enabled, disabled or masked.
 */
export type HostEvent = 'File' | 'UnitFile' | 'Reloaded' | 'Unit';

export interface WatchList {
  /** Files. Neither they nor their directories need to exist. */
  readonly paths: readonly string[];
  /** Directories in which every name is watched. */
  readonly directories: readonly string[];
  readonly unit: string;
}

/**
 * Reports changes soon after they are made, perhaps more often than they are made. A reader that looks after
 * each report misses nothing.
 */
export interface HostWatch {
  /**
   * Replaces what is watched. From the moment it resolves, every change is reported; earlier changes are not.
   */
  watch(list: WatchList): Promise<void>;
  /** Ends the reports. */
  close(): void;
}
