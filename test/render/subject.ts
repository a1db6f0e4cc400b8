/** From the spec of one object to what is rendered for one machine. */

import { defaultAllowance } from '../../src/api/paths.ts';
import { formatPath } from '../../src/api/problem.ts';
import type { KubeletConfig, KubeletConfigSpec, RktLauncher } from '../../src/api/types.ts';
import { desiredFor, type Effective } from '../../src/desired/effective.ts';
import type { HostFacts } from '../../src/render/facts.ts';
import { type Rendered, render } from '../../src/render/render.ts';
import { splitWords, unescapeSpecifiers } from '../../src/systemd/words.ts';
import { kubeletConfig } from '../builders.ts';
import { unescapeExecWord } from '../systemd/words.ts';

export const unitPath = '/etc/systemd/system/kubelet.service';
export const unknown: HostFacts = { osRelease: {} };

/** One release of each class of wrapper: the three variables of 2016, the rewrite, the last. */
export const legacy = coreos('1010.5.0');
export const rewrite = coreos('1298.6.0');
export const last = coreos('2512.3.0');

export function coreos(version: string, more: Partial<HostFacts> = {}): HostFacts {
  return { osRelease: { ID: 'coreos', VERSION_ID: version }, ...more };
}

export const version = 'v1.5.4_coreos.0';

/** A spec that launches with rkt. */
export function withRkt(rkt: RktLauncher = {}, more: Partial<KubeletConfigSpec> = {}): Partial<KubeletConfigSpec> {
  return { kubelet: { version }, launcher: { rkt }, ...more };
}

export function effectiveOf(...objects: KubeletConfig[]): Effective {
  const desired = desiredFor(objects, {}, defaultAllowance);
  if (desired.kind !== 'Effective') throw new Error(`not effective: ${JSON.stringify(desired)}`);
  return desired.effective;
}

export function renderOf(spec: Partial<KubeletConfigSpec>, facts: HostFacts = unknown): Rendered {
  return render(effectiveOf(kubeletConfig('workers', { launcher: { host: {} }, ...spec })), facts);
}

export function rendered(spec: Partial<KubeletConfigSpec>, facts: HostFacts = unknown): Extract<Rendered, { kind: 'Rendered' }> {
  const found = renderOf(spec, facts);
  if (found.kind === 'Refused') throw new Error(`refused: ${JSON.stringify(found.problems)}`);
  return found;
}

/** `spec.launcher.rkt: RktTooOld: the reason` for each error; [] when it was rendered. */
export function checkWrites(spec: Partial<KubeletConfigSpec>, facts: HostFacts = unknown): string[] {
  const found = renderOf(spec, facts);
  const problems = found.kind === 'Refused' ? found.problems : [];
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ path, code, reason }) => `${formatPath(path)}: ${code}: ${reason}`);
}

export function file(spec: Partial<KubeletConfigSpec>, path: string = unitPath, facts: HostFacts = unknown): string {
  const found = rendered(spec, facts).revision.files.find((one) => one.path === path);
  if (!found) throw new Error(`${path} is not rendered`);
  return found.content;
}

/** Right-hand sides of one key of a unit file, with continued lines joined as systemd.syntax(7) says. */
export function valuesOf(unit: string, key: string): string[] {
  const lines = unit.replaceAll('\\\n', ' ').split('\n');
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

/** The environment that systemd would give the process. */
export function environmentOf(unit: string): Record<string, string> {
  const words = valuesOf(unit, 'Environment').flatMap((value) => wordsOf(value).map(unescapeSpecifiers));
  return Object.fromEntries(words.map((word) => [word?.slice(0, word.indexOf('=')), word?.slice(word.indexOf('=') + 1)]));
}

/** The arguments that systemd would start the process with. */
export function argumentsOf(unit: string, key = 'ExecStart'): (string | undefined)[] {
  return wordsOf(valuesOf(unit, key).at(-1) ?? '').map(unescapeExecWord);
}

function wordsOf(value: string): readonly string[] {
  const split = splitWords(value);
  if (!split.ok) throw new Error(split.reason);
  return split.words;
}
