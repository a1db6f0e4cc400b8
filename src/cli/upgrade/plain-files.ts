/** What an upgrade does to a kubelet whose own files a person gives: its unit, flags, configuration. */

import { readFile } from 'node:fs/promises';
import type { Problem } from '../../api/problem.ts';
import { type FileKind, kindOf } from '../../importing/file-kind.ts';
import { type GivenFile, originalPlace, placeFiles } from '../../importing/given-files.ts';
import { assumedKubelet } from '../../kubelet/installed/assumed.ts';
import { formatRelease, type Release } from '../../kubelet/release.ts';
import { expandPath } from '../../manifest/load/expand.ts';
import { readKubelet } from '../../node/pass/kubelet-of-machine.ts';
import { textOf } from '../import/read-given.ts';
import { beginningAt, type Checked } from './checked.ts';
import { checkKubelet } from './machine.ts';

/** The paths of -f, by what stands in them. */
export interface GivenPaths {
  /** For the reader of objects. */
  readonly objects: readonly string[];
  /** The files of a kubelet itself. */
  readonly plain: readonly GivenFile[];
}

const ofKubelet: ReadonlySet<FileKind> = new Set(['Unit', 'DropIn', 'Environment', 'Configuration']);

/** Looks into each file that is there; whatever is no file of a kubelet is left to the reader of objects. */
export async function pathsByKind(paths: readonly string[]): Promise<GivenPaths> {
  const objects: string[] = [];
  const plain: GivenFile[] = [];
  for (const path of paths) {
    const { files, problems } = await expandPath(path);
    const found: GivenFile[] = [];
    for (const name of files) {
      const text = name === '-' ? undefined : await readText(name);
      if (text !== undefined && isOfKubelet(name, text)) found.push({ name, text });
      else objects.push(name);
    }
    plain.push(...found);
    // The reader of objects says what is wrong with the path.
    if (problems.length > 0) objects.push(path);
  }
  return { objects: [...new Set(objects)], plain };
}

async function readText(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && textOf(bytes, path);
}

function isOfKubelet(name: string, text: string): boolean {
  if (/^["{ ]{0,9}apiVersion["']?:[ "']{0,9}kubelet-config\.dev/m.test(text)) return false;
  const kind = kindOf({ name, text });
  // Every text may be an environment file, also a manifest with a mistake.
  return ofKubelet.has(kind) && !(kind === 'Environment' && /\.(ya?ml|json)$/.test(name));
}

/** Checks one kubelet that all these files belong to. Without a unit it is started as kubeadm starts it. */
export async function checkPlainFiles(
  given: readonly GivenFile[],
  unit: string,
  from: string | undefined,
  to: Release,
): Promise<{ readonly checked: Checked; readonly problems: readonly Problem[] }> {
  const isStarted = given.some((file) => kindOf(file) === 'Unit');
  const assumed = isStarted ? [] : assumedKubelet(unit).texts.map(({ path, content }) => ({ name: path, text: content }));
  const { files, origins, problems } = placeFiles([...assumed, ...given], unit);
  const { from: beginning, isAssumed } = beginningAt(from, to);
  const found = await readKubelet(files, unit, from, undefined);
  const { findings } = checkKubelet(found, from ?? formatRelease(beginning), to);
  const placed = findings.map((finding) => ({ ...finding, problem: originalPlace(finding.problem, origins) }));
  const name = given.map((file) => file.name).join(', ');
  return { checked: { name, from: beginning, isAssumed, findings: placed }, problems };
}
