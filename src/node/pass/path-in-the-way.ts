/**
 * A desired file whose path needs a directory where the last revision has a file, or the other way round. One
 * change does not do that: it takes two.
 */

import type { TransactionRecord } from '../model/record.ts';
import { HostFileError } from '../ports/files.ts';

/**
 * Replaces the error about a path that a committed file of ours is in the way of, and rethrows any other.
 *
 * @throws HostFileError PathThroughFile or NotAFile, with the remedy in two steps
 */
export function namePathInTheWay(committed: TransactionRecord | undefined): (error: unknown) => never {
  const ours = (committed?.files ?? []).filter(({ after }) => after.kind === 'File').map(({ path }) => path);
  return (error) => {
    if (!(error instanceof HostFileError)) throw error;
    const { code, path } = error;
    const above = code === 'PathThroughFile' ? ours.find((one) => path.startsWith(`${one}/`)) : undefined;
    const inside = code === 'NotAFile' ? ours.filter((one) => one.startsWith(`${path}/`)) : [];
    if (above !== undefined) {
      const reason = `cannot write ${path}: the applied revision has a file at ${above}, where a directory is needed now`;
      const remedy = `Apply the objects once without both files, so that ${above} is removed, and then with ${path}`;
      throw new HostFileError(code, path, reason, remedy, { cause: error });
    }
    if (inside.length === 0) throw error;
    const reason = `cannot write ${path}: it is the directory of ${inside.join(', ')} of the applied revision`;
    const remedy = `Apply the objects once without these files, remove the empty directory (\`rmdir ${path}\`), and apply again`;
    throw new HostFileError(code, path, reason, remedy, { cause: error });
  };
}
