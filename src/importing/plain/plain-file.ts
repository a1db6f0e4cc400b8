/**
 * Which files are a kubelet's own: units, environment files and configurations that nobody made an object
 * of. Pure.
 */

import { isJsonMap } from '../../api/json.ts';
import { apiVersion } from '../../api/schema/schema.ts';
import { readStream } from '../../manifest/read/stream.ts';
import { plainValue } from '../../manifest/read/tree.ts';
import { readEnvironmentFile } from '../../systemd/environment-file.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import { readUnit } from '../../systemd/unit-text.ts';
import { kindOf } from '../file-kind.ts';

export interface PlainFile {
  /** As the person named it. */
  readonly name: string;
  /** Of a document among others, with empty lines in place of what stands before it. */
  readonly text: string;
  readonly kind: 'Unit' | 'DropIn' | 'Environment' | 'Configuration';
}

/** Finds the plain files in one that was given: itself, or its documents that are configurations. */
export function plainFilesIn(name: string, text: string): PlainFile[] {
  const configurations = configurationsIn(name, text);
  if (configurations.length > 0) return configurations.map((one) => ({ name, text: one, kind: 'Configuration' }));
  if (isManifest(name, text)) return [];
  const kind = kindOf({ name, text });
  if (kind === 'Unit' || kind === 'DropIn') return [{ name, text, kind }];
  return kind === 'Environment' && isEnvironment(name, text) ? [{ name, text, kind }] : [];
}

/** Whether a document is a configuration of a kubelet as it reads it itself. */
export function isConfiguration(value: unknown): boolean {
  if (!isJsonMap(value) || value['kind'] !== 'KubeletConfiguration') return false;
  const version = value['apiVersion'];
  return version === undefined || (typeof version === 'string' && /^kubelet(?:\.config\.k8s\.io|config)\//.test(version));
}

function configurationsIn(name: string, text: string): string[] {
  if (!text.includes('KubeletConfiguration') || !couldBeOne(name, text)) return [];
  const documents = readStream(text, name).filter(({ tree, faults }) => tree !== undefined || faults.length > 0);
  // A kubelet reads a file that holds nothing else as a whole, and says itself what it cannot read.
  const isOwn = documents.map(({ tree }) =>
    tree === undefined ? undefined : isConfiguration(plainValue(tree, { left: largest })),
  );
  if (isOwn.every((own) => own !== false) && (isOwn.includes(true) || (isOwn.length > 0 && isNamedSo(text)))) return [text];
  return documentTexts(text).filter((one) => {
    const [only] = readStream(one, name);
    return only?.tree !== undefined && only.faults.length === 0 && isConfiguration(plainValue(only.tree, { left: largest }));
  });
}

const largest = 3 * 1024 * 1024;

/** A text with blocks of other languages in it is a file of a machine. */
function couldBeOne(name: string, text: string): boolean {
  return ['Configuration', 'Object', 'Environment'].includes(kindOf({ name, text })) || /\.(ya?ml|json)$/.test(name);
}

function isNamedSo(text: string): boolean {
  return /^[ \t]{0,8}"?kind"?[ \t]{0,8}:[ \t]{0,8}"?KubeletConfiguration\b/m.test(text) && !text.includes(apiVersion);
}

function documentTexts(text: string): string[] {
  if (/^[ \t\r\n]{0,1000}\{/.test(text)) return [];
  const lines = text.split('\n');
  const found: string[] = [];
  let start = 0;
  for (const [index, line] of [...lines, '---'].entries()) {
    if (!line.startsWith('---')) continue;
    if (index > start) found.push(`${'\n'.repeat(start)}${lines.slice(start, index).join('\n')}\n`);
    start = index + 1;
  }
  return found;
}

/** Its blocks of text may be units. */
function isManifest(name: string, text: string): boolean {
  return /\.(ya?ml|json)$/.test(name) || /^(apiVersion|kind)[ \t]{0,8}:/m.test(text) || /^[ \t\r\n]{0,1000}\{/.test(text);
}

/** An environment file that hands flags to a kubelet, or that one of its own names. */
function isEnvironment(name: string, text: string): boolean {
  const lines = readUnit(text);
  if (lines.some(({ key }) => key === undefined || !/^(?:export[ \t]{1,9})?[A-Za-z_][A-Za-z0-9_]*$/.test(key))) return false;
  const isOurs = /kubelet|kubeadm/i.test(lastNameOf(name));
  const variables = [...readEnvironmentFile(text)];
  return variables.length > 0 ? isOurs || flagVariables(variables).length > 0 : isOurs && lines.length === 0;
}

/** Of the variables those that hold flags of a kubelet, by their names. */
export function flagVariables(variables: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  return variables.flatMap(([name, value = '']) => (/^\s{0,100}-/.test(value) && /KUBE/i.test(name) ? [name] : []));
}
