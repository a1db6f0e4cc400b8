/** What a real kubelet did with settings, as it was recorded, and what we say of the same settings. */

import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { isJsonMap, type JsonMap } from '../../../src/api/json.ts';
import { judgePlainKubelet, type KubeletFault } from '../../../src/kubelet/plain-kubelet.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';

export interface RecordedCase {
  readonly id: string;
  readonly rule?: number;
  readonly config: JsonMap;
  readonly remove?: readonly string[];
  readonly flags: readonly string[];
  readonly files?: Readonly<Record<string, string | { readonly base64: string }>>;
  readonly dirs?: readonly string[];
  readonly rawConfig?: boolean;
  readonly noconfig?: boolean;
  readonly environment?: boolean;
  readonly before?: readonly unknown[];
  readonly verdict: 'started' | 'exited';
  readonly message: string;
  readonly note?: string;
}

interface Recording {
  readonly minimal: JsonMap;
  readonly cases: readonly RecordedCase[];
}

/** Numbers that JSON.parse would change (110.0, 9223372036854775807) become a text that `jsonOf` writes back. */
export function readRecording(name: string): Recording {
  const text = readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8');
  const kept = text.replace(
    /([:[,]\s*)(-?\d+\.0|\d{17,})(?=\s*[,}\]])/g,
    (_whole, before: string, number: string) => `${before}"\\u0000${number}"`,
  );
  return JSON.parse(kept) as Recording;
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value).replace(/"\\u0000([^"]*)"/g, '$1');
}

function merged(below: JsonMap, above: JsonMap): JsonMap {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const inner = result[key];
    result[key] = isJsonMap(value) && isJsonMap(inner) ? merged(inner, value) : value;
  }
  return result as JsonMap;
}

const config = '/kv/c/config.yaml';

/** The machine of the recordings: two CPUs, cgroup v1. */
const machine = {
  capacity: { cpu: 2, memory: 25_276_510_208 },
  onlineCpus: [0, 1],
  cgroupVersion: 1 as const,
  numaNodes: [0],
};

export function judgeRecorded(one: RecordedCase, minimal: JsonMap): KubeletFault[] {
  const whole = Object.fromEntries(Object.entries(merged(minimal, one.config)).filter(([key]) => !one.remove?.includes(key)));
  const files = new Map(
    Object.entries(one.files ?? {}).map(([path, text]) => [
      path,
      typeof text === 'string' ? text : Buffer.from(text.base64, 'base64').toString(),
    ]),
  );
  for (const [path, text] of statesBefore(one)) files.set(path, text);
  if (!one.rawConfig && !one.noconfig) files.set(config, jsonOf(whole));
  const hasConfig = !one.noconfig;
  const isKnown = (path: string) =>
    path.startsWith('/kv/') || path.startsWith('/nonexistent') || path.startsWith('/var/lib/kubelet/');
  const isThere = (path: string) =>
    files.has(path) || [...files.keys(), ...(one.dirs ?? [])].some((other) => other === path || other.startsWith(`${path}/`));
  return judgePlainKubelet(
    {
      words: [...(hasConfig ? [`--config=${config}`] : []), ...one.flags],
      read: (path) => files.get(path),
      dropIns: (directory) => dropInsOf(directory, files, one),
      workingDirectory: '/kv',
      machine: {
        ...machine,
        kindOf: (path) => (files.has(path) ? 'File' : !isKnown(path) ? undefined : isThere(path) ? 'Directory' : 'Absent'),
        text: (path) => files.get(path),
      },
    },
    knownRelease('1.36'),
  );
}

function dropInsOf(directory: string, files: ReadonlyMap<string, string>, { dirs = [] }: RecordedCase): string[] | undefined {
  if (files.has(directory)) return [directory];
  const below = [...files.keys()].filter((path) => path.startsWith(`${directory}/`));
  if (below.length === 0 && !dirs.includes(directory)) return undefined;
  return below.filter((path) => posix.basename(path).endsWith('.conf')).sort();
}

/** What an earlier run has left behind. */
function statesBefore({ before }: RecordedCase): [string, string][] {
  const [last] = (before ?? []).slice(-1) as { readonly config?: JsonMap }[];
  if (last === undefined) return [];
  const policy = (field: string, standard: string) =>
    JSON.stringify({ policyName: last.config?.[field] ?? standard, checksum: 2 });
  return [
    ['/var/lib/kubelet/cpu_manager_state', policy('cpuManagerPolicy', 'none')],
    ['/var/lib/kubelet/memory_manager_state', policy('memoryManagerPolicy', 'None')],
  ];
}
