/** Bytes of files, in memory. */

/** Bytes by host path, in memory. */
export type Contents = ReadonlyMap<string, Buffer>;
