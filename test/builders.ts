/** Valid things to start a test from: each test changes the one thing it is about. */

import type { KubeletConfig, KubeletConfigSpec } from '../src/api/types.ts';
import { absent, type TransactionRecord } from '../src/node/model/record.ts';
import { unmanaged } from '../src/render/revision.ts';

/** Selects every node; launched by the host's kubelet unless the test says otherwise. */
export function kubeletConfig(
  name: string,
  spec: Partial<KubeletConfigSpec> = {},
  metadata: Partial<KubeletConfig['metadata']> = {},
): KubeletConfig {
  return {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name, ...metadata },
    spec: { nodeSelector: { matchLabels: {} }, ...spec },
  };
}

/** A host with a disabled, stopped kubelet.service before us, whose unit runs all along; no file is touched. */
export function transactionRecord(fields: Partial<TransactionRecord> = {}): TransactionRecord {
  const unit = { enabled: true, active: true };
  const managed = (fields.files ?? []).filter(({ after }) => after.kind === 'File');
  return {
    ...unmanaged,
    format: 1,
    sequence: 1,
    revision: 'r',
    inputs: null,
    files: [],
    originals: { files: managed.map(({ path }) => ({ path, state: absent })), unit: { enabled: false, active: false } },
    orphans: [],
    unit: { name: 'kubelet.service', before: unit, invocationBefore: '', after: unit },
    ...fields,
  };
}
