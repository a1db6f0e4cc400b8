/** KubeletConfig on a real API server: the generated CRD installed, and what the server says to an object. */

import { fileURLToPath } from 'node:url';
import type { FieldPath } from '../../src/api/problem.ts';
import { rootSchema, type Schema } from '../../src/api/schema/walk.ts';
import type { ControlPlane } from './control-plane.ts';

export const crdFile = fileURLToPath(new URL('../../crds/kubelet-config.dev_kubeletconfigs.yaml', import.meta.url));
export const crdName = 'kubeletconfigs.kubelet-config.dev';
export const resource = '/apis/kubelet-config.dev/v1alpha1/kubeletconfigs';

/**
 * Resolves when the server stores KubeletConfigs, after a second or two.
 * @throws Error with the output of kubectl
 */
export async function installCrd(plane: ControlPlane): Promise<void> {
  await succeed(plane, ['apply', '-f', crdFile]);
  await succeed(plane, ['wait', '--for=condition=Established', `crd/${crdName}`, '--timeout=60s']);
  await succeed(plane, ['get', 'kubeletconfigs']);
}

/** Standard output of kubectl. @throws Error with its standard error */
export async function succeed(plane: ControlPlane, args: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await plane.kubectl(args, input);
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${exitCode}: ${stderr || stdout}`);
  return stdout;
}

/** One of the reasons for which the server refuses an object. */
export interface Cause {
  /** As the server writes it: `spec.launcher.rkt.volumes[0]`. A key of a map is `.key` or `[key]`. */
  readonly field: string;
  readonly message: string;
}

export interface Verdict {
  readonly accepted: boolean;
  readonly causes: readonly Cause[];
  /** The whole message of a refusal; '' otherwise. */
  readonly message: string;
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Partial<Cause>[] };
}

/**
 * Asks the server to validate a new object, and stores nothing. Unknown fields are refused, as with `kubectl
 * apply`.
 */
export async function verdictOn(plane: ControlPlane, object: unknown): Promise<Verdict> {
  const { status, body } = await plane.request('POST', `${resource}?dryRun=All&fieldValidation=Strict`, object);
  if (status === 201) return { accepted: true, causes: [], message: '' };
  if (![400, 422].includes(status)) throw new Error(`no verdict but HTTP ${status}: ${JSON.stringify(body)}`);
  const { message = '', details } = body as Status;
  const causes = (details?.causes ?? []).map(({ field = '', message: cause = '' }) => ({ field, message: cause }));
  return { accepted: false, causes, message };
}

type Tree = { [key: string | number]: unknown };

/**
 * The smallest KubeletConfig with this value at a path, and nothing else that could be refused. At [] the
 * members of `value` are added.
 */
export function objectWith(path: FieldPath, value: unknown): Tree {
  const root: Tree = {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name: 'candidate' },
    spec: { nodeSelector: { matchLabels: {} } },
  };
  if (path.length === 0) return { ...root, ...(value as Tree) };
  let inner = root;
  for (const [index, key] of path.slice(0, -1).entries()) {
    inner[key] ??= typeof path[index + 1] === 'number' ? [] : {};
    inner = inner[key] as Tree;
  }
  inner[path.at(-1) ?? ''] = value;
  return root;
}

/**
 * Makes a path of an object from one of the schema: `*` becomes the first item of a list, or an entry of a
 * map.
 */
export function examplePath(schemaPath: readonly string[]): FieldPath {
  let node: Schema | undefined = rootSchema;
  return schemaPath.map((key) => {
    const isItem: boolean = key === '*' && node?.items !== undefined;
    node = key === '*' ? (node?.items ?? (node?.additionalProperties || undefined)) : node?.properties?.[key];
    if (key !== '*') return key;
    return isItem ? 0 : 'key';
  });
}
