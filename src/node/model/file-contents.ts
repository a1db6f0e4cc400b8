/** Bytes of files, in memory. */

/** Bytes by host path, in memory. */
export type FileContents = ReadonlyMap<string, Buffer>;
