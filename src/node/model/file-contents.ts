/** The bytes of files, in memory. */

/** The bytes of each file by its absolute path on the host. */
export type FileContents = ReadonlyMap<string, Buffer>;
