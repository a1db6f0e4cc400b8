/** The kubelet's own files among those of -f. */

import { isConfiguration, type PlainFile, plainFilesIn } from '../../importing/plain/plain-file.ts';
import type { Take } from '../../manifest/load/manifest-file.ts';

/** Puts the plain files into the list, and leaves all others. */
export function takePlainFiles(into: PlainFile[]): Take {
  return (name, text) => {
    const found = plainFilesIn(name, text);
    into.push(...found);
    const [first] = found;
    if (first === undefined) return undefined;
    return first.kind === 'Configuration' && first.text !== text ? isConfiguration : 'Whole';
  };
}
