/** Prints imported objects on standard output. */

import { stringify } from 'yaml';
import type { KubeletConfig } from '../../api/types.ts';
import type { Terminal } from '../print/terminal.ts';

/**
 * @param comments one for each object, of one line; YAML has them before the object
 * @param shape in JSON, a List where there may be several, as kubectl prints them
 */
export function printObjects(
  objects: readonly KubeletConfig[],
  comments: readonly string[],
  shape: 'Object' | 'List',
  { out, format }: Pick<Terminal, 'out' | 'format'>,
): void {
  if (format === 'json') {
    const [only] = objects;
    out(JSON.stringify(shape === 'Object' ? only : { apiVersion: 'v1', kind: 'List', items: objects }, null, 2));
    return;
  }
  const documents = objects.map((object, index) => {
    const yaml = stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
    return `# ${(comments[index] ?? '').replace(/\s+/g, ' ')}\n${yaml}`;
  });
  out(documents.join('\n---\n'));
}
