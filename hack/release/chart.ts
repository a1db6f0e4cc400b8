/** The Helm chart as `helm package` packs it: one directory with the name of the chart. */

import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Entry } from './entries.ts';

const folder = 'manifests/helm/kubelet-config';

/** The files of the chart, with their paths in it. */
export function chartEntries(): Entry[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({ path: relative(folder, file), mode: 0o644, content: { file } }));
}
